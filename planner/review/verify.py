"""Re-verification: a stored plan held against its own request and the catalogue of today. Never sees the solver."""

import json
from pathlib import Path

from planner.catalog.catalog import Catalog
from planner.catalog.loader import load_catalog
from planner.errors import SpecError
from planner.plan.check import check_plan
from planner.plan.record import Plan
from planner.review.diff import leaves
from planner.spec.document import parse_document
from planner.spec.loader import read_spec
from planner.spec.schema import Spec


def spec_of(plan: Plan, folder: Path, name: str, catalog: Catalog) -> Spec:
    """Return the request that a plan embeds; files that it names are looked for from ``folder``.

    Raises
    ------
    SpecError
        When the plan embeds none, or what it embeds is no longer a right request.
    """
    if plan.input is None:
        raise SpecError(f"{name}: the plan does not hold its input (name the specification too: check PLAN SPEC)")
    document = parse_document(json.dumps(plan.input).encode(), f"{name} (input)")
    return read_spec(document, folder, catalog=catalog)


def check(plan: Plan, spec: Spec | None = None, *, catalog: Catalog | None = None) -> tuple[str, ...]:
    """Return every promise of a plan that does not hold, in words; empty when all do. Solves nothing.

    Parameters
    ----------
    plan
        A plan, from :func:`planner.solve` or :func:`planner.read_plan`.
    spec
        The request; the one that the plan embeds by default (files that it names are looked for from here).
    catalog
        The catalogue to recompute from; the bundled one by default.

    Raises
    ------
    SpecError
        When the plan embeds no request, or one that is no longer right.
    """
    catalog = catalog or load_catalog()
    return verify(plan, spec or spec_of(plan, Path(), "plan", catalog), catalog)


def verify(plan: Plan, spec: Spec, catalog: Catalog) -> tuple[str, ...]:
    """Return every promise of a plan that does not hold today, in words."""
    asked = [(workload.name, workload.model_id) for workload in spec.workloads]
    served = [(workload.name, workload.model) for workload in plan.workloads]
    if asked != served:
        return (f"the plan serves {_named(served)}, the specification asks for {_named(asked)}",)
    stored = plan.files or {}
    other = [name for name, digest in spec.files.items() if stored.get(name, digest) != digest]
    changed = [f"{name} is not the file that the plan was made from (solve again)" for name in other]
    return (*changed, *check_plan(plan, spec, catalog))


def changed_keys(plan: Plan, spec: Spec) -> tuple[str, ...]:
    """Return the dotted keys in which the request that a plan embeds differs from ``spec``."""
    if plan.input is None:
        return ()
    before, after = dict(leaves(plan.input)), dict(leaves(dict(spec.document)))
    return tuple(key for key in dict.fromkeys((*before, *after)) if before.get(key) != after.get(key))


def _named(workloads: list[tuple[str, str]]) -> str:
    return ", ".join(f"{name}: {model}" for name, model in workloads)
