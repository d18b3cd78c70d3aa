"""A plan as a list of constraints that hold or do not: what JUnit, SARIF and annotations are made from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal

from planner.plan.record import Plan, Relaxation, WorkloadPlan
from planner.review.gates import GateResult
from planner.review.limits import limits_held
from planner.review.metrics import latency

if TYPE_CHECKING:
    from planner.plan.tool import Tool

Outcome = Literal["passed", "failed", "skipped"]
RULES = {
    "slo": "A latency bound of the specification holds at the load carried",
    "demand": "The pools carry the demand",
    "memory": "Weights, KV cache and activations fit the fullest accelerator",
    "limit": "A limit of the specification holds",
    "clash": "The request can be met",
    "promise": "A stored plan still holds, recomputed",
    "gate": "A gate of the review passes",
    "time": "The search ended within its time limit",
}
"""Every rule by id, as a sentence."""
KEYS = {"demand": "workload", "memory": "model", "budget": "limits.max_usd_per_h", "formats": "formats"}
"""Where a constraint group is stated, when not under its own name."""


@dataclass(frozen=True)
class Case:
    """One constraint: ``rule`` is a key of :data:`RULES`, ``key`` the dotted key of the specification."""

    rule: str
    name: str
    outcome: Outcome
    message: str
    key: str = ""


@dataclass(frozen=True)
class Review:
    """A plan and all that was found about it; ``source`` and ``lines`` say where its request stands."""

    plan: Plan
    gates: tuple[GateResult, ...] = ()
    problems: tuple[str, ...] = ()
    source: str = ""
    lines: "Mapping[str, int] | None" = None
    checked_with: "Tool | None" = None
    """The planner and the catalogue that it was checked with; ``None``: those that made it."""

    @property
    def failed(self) -> bool:
        """Whether a gate or a promise failed."""
        return bool(self.problems) or any(gate.failed for gate in self.gates)

    def line(self, key: str) -> int:
        """Return the line on which ``key`` stands, or the nearest key above it; 1 where none does."""
        lines = self.lines or {}
        while key:
            if lines.get(key):
                return lines[key]
            key = key.rpartition(".")[0]
        return 1


def cases(review: Review) -> tuple[Case, ...]:
    """Return every constraint of a plan with its outcome, then the promises and the gates."""
    plan = review.plan
    found: list[Case] = []
    if plan.status == "infeasible":
        found += _clash(plan)
    elif plan.status == "unknown":
        found.append(Case("time", "answer", "failed", "no plan was found or refuted in time"))
    else:
        for index, workload in enumerate(plan.workloads):
            found += _workload(plan, workload, index)
        found += _limits(review)
    found += [Case("promise", f"promise {n}", "failed", text) for n, text in enumerate(review.problems, start=1)]
    found += [
        Case("gate", gate.gate, "failed" if gate.failed else "passed", gate.because, _there(plan, gate.key))
        for gate in review.gates
    ]
    return tuple(found)


def _workload(plan: Plan, workload: WorkloadPlan, index: int) -> Iterator[Case]:
    prefix = _prefix(plan, index)
    for key, limit in workload.slo.items():
        value = latency(list(workload.pools), key)
        held = value is not None and value <= limit
        words = "no value" if value is None else f"{value:g} ms expected, {limit:g} promised"
        yield _case("slo", workload, key, held, words, f"{prefix}slo.{key}")
    asked, carried = workload.demand.requests_per_s, sum(pool.requests_per_s for pool in workload.pools)
    words = f"{carried:g} of {asked:g} requests/s are carried"
    yield _case("demand", workload, "demand", carried >= asked * (1.0 - 1e-4), words, f"{prefix}workload")
    for number, pool in enumerate(workload.pools, start=1):
        memory = pool.memory_per_accelerator_gib
        used = memory.weights + memory.kv_cache + memory.activations + memory.overhead
        words = f"{used:g} of {memory.usable:g} GiB are filled"
        held = used <= memory.usable * (1.0 + 1e-4)
        yield _case("memory", workload, f"memory of pool {number}", held, words, f"{prefix}model")


def _case(rule: str, workload: WorkloadPlan, name: str, held: bool, message: str, key: str) -> Case:
    return Case(rule, f"{workload.name}: {name}", "passed" if held else "failed", message, key)


def _limits(review: Review) -> Iterator[Case]:
    for held in limits_held(review.plan, review.problems):
        yield Case("limit", held.name, "passed" if held.holds else "failed", held.message, held.key)


def _clash(plan: Plan) -> Iterator[Case]:
    """Yield the groups that cannot hold together as failed, every other bound that was asked for as skipped."""
    clash = plan.clash or ("request",)
    nearest = {relaxation.group: relaxation for relaxation in plan.relaxations or ()}
    together = " and ".join(clash)
    for group in clash:
        message = f"{together} cannot hold together" if len(clash) > 1 else f"{group} alone rules out every plan"
        yield Case("clash", group, "failed", message + _remedy(nearest.get(group)), key_of(plan, group))
    for index, workload in enumerate(plan.workloads):
        for key in workload.slo:
            if key.partition("_")[0] not in clash:
                where = f"{_prefix(plan, index)}slo.{key}"
                yield Case("slo", f"{workload.name}: {key}", "skipped", "there is no plan", where)


def _remedy(relaxation: Relaxation | None) -> str:
    if relaxation is None:
        return ""
    return f"; {relaxation.group} would do at {relaxation.to:g} {relaxation.unit} instead of {relaxation.start:g}"


def key_of(plan: Plan, group: str) -> str:
    """Return the key of the specification that states a constraint group; empty where it states none.

    Of several latency bounds it is the one that the relaxation starts from, or else the first.
    """
    starts = [relaxation.start for relaxation in plan.relaxations or () if relaxation.group == group]
    bounds = [
        (limit not in starts, f"{_prefix(plan, index)}slo.{key}")
        for index, workload in enumerate(plan.workloads)
        for key, limit in workload.slo.items()
        if key.startswith(f"{group.removeprefix('slo.')}_")
    ]
    if bounds:
        return min(bounds, key=itemgetter(0))[1]
    return _there(plan, KEYS.get(group, group if group.startswith("limits.") else f"limits.{group}"))


def _there(plan: Plan, key: str) -> str:
    """Return ``key`` as the document spells it: that of the first workload where there are several."""
    document: Any = plan.input or {}
    if key and isinstance(document.get("workloads"), Sequence) and not _stated(document, key):
        return f"workloads[0].{key}"
    return key


def _stated(document: Any, key: str) -> bool:  # noqa: ANN401  a document holds anything
    for part in key.split("."):
        if not isinstance(document, dict) or part not in document:
            return False
        document = document[part]
    return True


def _prefix(plan: Plan, index: int) -> str:
    return f"workloads[{index}]." if (plan.input or {}).get("workloads") else ""
