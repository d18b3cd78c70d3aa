"""planner: which accelerator, how many, which split and which precision serve a language model at the least cost."""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.catalog.loader import load_catalog
    from planner.errors import CatalogError, NoAnswerError, PlannerError, SpecError
    from planner.pipeline.documents import document, gates
    from planner.pipeline.estimate import estimate
    from planner.pipeline.solve import solve
    from planner.plan.estimate import Estimate
    from planner.plan.explanation import Explained
    from planner.plan.frontier import Front
    from planner.plan.record import Plan, read_plan
    from planner.reasons.explain import explain
    from planner.reasons.frontier import frontier
    from planner.review.diff import PlanDiff, diff_plans
    from planner.review.gates import GateResult
    from planner.review.verify import check
    from planner.spec.loader import load_spec

__version__ = "0.1.0"
__all__ = [
    "CatalogError",
    "Estimate",
    "Explained",
    "Front",
    "GateResult",
    "NoAnswerError",
    "Plan",
    "PlanDiff",
    "PlannerError",
    "SpecError",
    "check",
    "diff_plans",
    "document",
    "estimate",
    "explain",
    "frontier",
    "gates",
    "load_catalog",
    "load_spec",
    "read_plan",
    "solve",
]

_HOMES = {
    "CatalogError": "planner.errors",
    "GateResult": "planner.review.gates",
    "NoAnswerError": "planner.errors",
    "PlanDiff": "planner.review.diff",
    "PlannerError": "planner.errors",
    "SpecError": "planner.errors",
    "check": "planner.review.verify",
    "diff_plans": "planner.review.diff",
    "document": "planner.pipeline.documents",
    "gates": "planner.pipeline.documents",
    "read_plan": "planner.plan.record",
    "Estimate": "planner.plan.estimate",
    "Plan": "planner.plan.record",
    "Explained": "planner.plan.explanation",
    "Front": "planner.plan.frontier",
    "estimate": "planner.pipeline",
    "explain": "planner.reasons.explain",
    "frontier": "planner.reasons.frontier",
    "load_catalog": "planner.catalog.loader",
    "load_spec": "planner.spec.loader",
    "solve": "planner.pipeline",
}


class _Package(ModuleType):
    """The package, whose public name ``solve`` stays a function when the room ``planner/solve`` is imported."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
