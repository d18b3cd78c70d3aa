"""A request edited step by step: after every edit the plan is checked, and its cost moves as the order laws say."""

from io import BytesIO
from math import inf
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from ruamel.yaml import YAML

from planner import solve
from planner.plan.check import check_plan
from planner.spec.document import parse_document
from planner.spec.loader import read_spec
from tests import reviewed

ACCELERATORS = ("l4", "l40s", "a10g", "rtx-4090")
BOUNDS, LIMITS = ("ttft_p95_ms", "tpot_p95_ms"), ("max_accelerators", "max_usd_per_h")
FORMATS = ("bf16", "fp8")
SLACK = 1.0 + 1e-6
"""Documents show six digits; what they are made from is compared to the micro-dollar."""


class Edits(RuleBasedStateMachine):
    """``cost`` is what the request in ``asked`` costs an hour, infinite where nothing can serve it."""

    asked: dict[str, Any]
    cost: float

    @initialize(rate=st.sampled_from((0.5, 2.0, 6.0)), tpot=st.sampled_from((30.0, 60.0, 120.0)))
    def request(self, rate: float, tpot: float) -> None:
        self.asked = {
            "model": "meta-llama/Meta-Llama-3.1-8B",
            "workload": {"requests_per_s": rate, "input_tokens": 800, "output_tokens": 150},
            "slo": {"ttft_p95_ms": 3000.0, "tpot_p95_ms": tpot},
            "formats": ["bf16"],
            "limits": {"accelerators": ["l4"], "max_accelerators": 16, "max_usd_per_h": 40.0},
        }
        self.cost = self.solved()

    def solved(self) -> float:
        """Solve the request as it stands, and have every promise of the plan checked again."""

        text = BytesIO()
        YAML(typ="safe").dump(self.asked, text)
        spec = read_spec(parse_document(text.getvalue(), "s.yaml"), Path(), catalog=reviewed.catalog())
        plan = solve(spec, catalog=reviewed.catalog())
        assert plan.status in {"optimal", "infeasible"}
        assert check_plan(plan, spec, reviewed.catalog()) == ()
        return inf if plan.totals is None else plan.totals.usd_per_h

    def moved(self, *, up: bool) -> None:
        """Hold the cost after an edit against the one before: it must not fall (``up``), or must not rise."""
        before, self.cost = self.cost, self.solved()
        low, high = (before, self.cost) if up else (self.cost, before)
        assert low <= high * SLACK, (self.asked, before, self.cost)

    @rule(
        key=st.sampled_from(BOUNDS),
        factor=st.sampled_from((1.1, 1.5, 3.0)),
        looser=st.booleans(),
    )
    def slo(self, key: str, factor: float, looser: bool) -> None:
        self.asked["slo"][key] = round(self.asked["slo"][key] * (factor if looser else 1.0 / factor), 3)
        self.moved(up=not looser)

    @rule(factor=st.sampled_from((1.2, 2.0)), more=st.booleans())
    def demand(self, factor: float, more: bool) -> None:
        rate = self.asked["workload"]["requests_per_s"]
        self.asked["workload"]["requests_per_s"] = round(rate * (factor if more else 1.0 / factor), 6)
        self.moved(up=more)

    @rule(key=st.sampled_from(LIMITS), factor=st.sampled_from((2, 4)), more=st.booleans())
    def limit(self, key: str, factor: int, more: bool) -> None:
        limits = self.asked["limits"]
        limits[key] = limits[key] * factor if more else max(limits[key] // factor, 1)
        self.moved(up=not more)

    @rule(accelerator=st.sampled_from(ACCELERATORS))
    def offers(self, accelerator: str) -> None:
        listed = self.asked["limits"]["accelerators"]
        more = accelerator not in listed
        if more:
            listed.append(accelerator)
        elif len(listed) > 1:
            listed.remove(accelerator)
        self.moved(up=not more)

    @rule(name=st.sampled_from(FORMATS))
    def formats(self, name: str) -> None:
        listed = self.asked["formats"]
        more = name not in listed
        if more:
            listed.append(name)
        elif len(listed) > 1:
            listed.remove(name)
        self.moved(up=not more)


Edits.TestCase.settings = settings(max_examples=6, stateful_step_count=7, deadline=None)
TestEdits = Edits.TestCase
