"""What changed between two plans, and why: compares documents, solves nothing."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from planner.plan.figures import Figure, Shown
from planner.plan.record import Objective, Plan, Pool, Solver, Status, WorkloadPlan
from planner.plan.tool import DIALECT, Tool, Whole
from planner.review.metrics import LATENCIES, latency

SCHEMA_ID = "urn:servingplan:diff:1"
Scalar = bool | int | Figure | str | None
CauseKind = Literal["input", "default", "price", "catalogue", "version", "solver"]
IDENTITY = (
    "offer",
    "purchase",
    "accelerator",
    "tensor_parallel",
    "pipeline_parallel",
    "expert_parallel",
    "attention_data_parallel",
    "weight_format",
    "kv_format",
    "engine",
)
"""What makes two pools the same column."""
SIZES = (
    "replicas",
    "accelerators",
    "units",
    "requests_per_s",
    "capacity_requests_per_s",
    "max_concurrency",
    "usd_per_h",
)
TOTALS = ("usd_per_h", "usd_per_mtok", "usd_per_mtok_output", "accelerators", "nodes", "energy_wh_per_mtok")


class Change(Shown):
    """A figure before and after; ``share`` is the relative change, absent where there was none before."""

    what: str
    before: Scalar = None
    after: Scalar = None
    share: Figure | None = None


class PoolChange(Shown):
    """A pool that came, went, or kept its column and changed in size or load."""

    workload: str
    change: Literal["added", "removed", "changed", "same"]
    pool: dict[str, Any]
    """What names the column."""
    changes: tuple[Change, ...] = ()


class Cause(Shown):
    """A difference between what the two plans were made from."""

    kind: CauseKind
    what: str
    before: Scalar = None
    after: Scalar = None


class Side(Shown):
    """Where a plan comes from and what was proven: one side of a comparison, or what was checked."""

    status: Status
    objective: Objective
    solver: Solver
    tool: Tool


class PlanDiff(Whole):
    """The difference between two plans. ``same`` says that no pool, total, latency or status differs."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    same: bool
    old: Side | None = None
    new: Side | None = None
    status: Change
    totals: tuple[Change, ...] = ()
    latencies: tuple[Change, ...] = ()
    pools: tuple[PoolChange, ...] = ()
    causes: tuple[Cause, ...] = ()


def diff_plans(old: Plan, new: Plan) -> PlanDiff:
    """Return what changed from ``old`` to ``new``, and what of their inputs differs."""
    totals = tuple(_changes(_figures(old.totals, TOTALS), _figures(new.totals, TOTALS)))
    latencies = tuple(_latencies(old, new))
    pools = tuple(_pools(old, new))
    moved = [*totals, *latencies, *(pool for pool in pools if pool.change != "same")]
    return PlanDiff(
        same=not moved and old.status == new.status,
        old=side_of(old),
        new=side_of(new),
        status=Change(what="status", before=old.status, after=new.status),
        totals=totals,
        latencies=latencies,
        pools=pools,
        causes=tuple(_causes(old, new)),
    )


def side_of(plan: Plan) -> Side:
    """Return where a plan comes from and what was proven."""
    return Side(status=plan.status, objective=plan.objective, solver=plan.solver, tool=plan.tool)


def diff_json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the difference."""
    return {"$schema": DIALECT, "$id": SCHEMA_ID, **PlanDiff.model_json_schema()}


def _figures(record: Shown | None, names: tuple[str, ...]) -> dict[str, Any]:
    return {} if record is None else {name: getattr(record, name) for name in names}


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Yield what differs between two mappings, key by key."""
    for key in dict.fromkeys((*before, *after)):
        one, other = before.get(key), after.get(key)
        if one == other:
            continue
        share = None
        numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (one, other))
        if numeric and one:
            share = (other - one) / abs(one)
        yield Change(what=key, before=one, after=other, share=share)


def _latencies(old: Plan, new: Plan) -> Iterator[Change]:
    earlier = {workload.name: list(workload.pools) for workload in old.workloads}
    for workload in new.workloads:
        if workload.name not in earlier:
            continue
        before, after = (
            {name: value for name in LATENCIES if (value := latency(pools, name)) is not None}
            for pools in (earlier[workload.name], list(workload.pools))
        )
        for change in _changes(before, after):
            name = change.what if len(new.workloads) == 1 else f"{workload.name}.{change.what}"
            yield change.model_copy(update={"what": name})


def _pools(old: Plan, new: Plan) -> Iterator[PoolChange]:
    before, after = _by_column(old.workloads), _by_column(new.workloads)
    for key, pool in after.items():
        earlier = before.get(key)
        if earlier is None:
            yield PoolChange(workload=key[0], change="added", pool=_named(pool))
            continue
        changes = tuple(_changes(_figures(earlier, SIZES), _figures(pool, SIZES)))
        kind: Literal["changed", "same"] = "changed" if changes else "same"
        yield PoolChange(workload=key[0], change=kind, pool=_named(pool), changes=changes)
    for key, pool in before.items():
        if key not in after:
            yield PoolChange(workload=key[0], change="removed", pool=_named(pool))


def _by_column(workloads: tuple[WorkloadPlan, ...]) -> dict[tuple[str, ...], Pool]:
    return {
        (workload.name, *(str(getattr(pool, name)) for name in IDENTITY)): pool
        for workload in workloads
        for pool in workload.pools
    }


def _named(pool: Pool) -> dict[str, Any]:
    shown = ("provider", "accelerator_name", *IDENTITY, "replicas", "accelerators", "usd_per_h")
    return {name: value for name in shown if (value := getattr(pool, name)) is not None}


def _causes(old: Plan, new: Plan) -> Iterator[Cause]:
    if old.input is not None and new.input is not None:
        yield from _differing("input", leaves(old.input), leaves(new.input))
    if old.files is not None and new.files is not None:
        yield from _differing("input", old.files.items(), new.files.items())
    yield from _defaults(old.assumed or {}, new.assumed or {})
    yield from _prices(old, new)
    for kind, what, one, other in (
        ("catalogue", "catalogue", _catalogue(old), _catalogue(new)),
        ("version", "planner", old.tool.version, new.tool.version),
        ("solver", old.solver.name, old.solver.version, new.solver.version),
        ("solver", "seed", old.solver.seed, new.solver.seed),
    ):
        if one != other:
            yield Cause(kind=kind, what=what, before=one, after=other)


def _differing(kind: CauseKind, old: Iterable[tuple[str, Any]], new: Iterable[tuple[str, Any]]) -> Iterator[Cause]:
    for change in _changes(dict(old), dict(new)):
        yield Cause(kind=kind, what=change.what, before=change.before, after=change.after)


def _defaults(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Cause]:
    """Defaults that both plans took and that are no longer the same."""
    both = [key for key in old if key in new]
    return _differing("default", leaves({key: old[key] for key in both}), leaves({key: new[key] for key in both}))


def _catalogue(plan: Plan) -> str:
    tool = plan.tool
    return " ".join(str(part) for part in (tool.catalog_date, (tool.catalog_digest or "")[:12]) if part)


def _prices(old: Plan, new: Plan) -> Iterator[Cause]:
    """Prices of the offers that both plans use."""
    before, after = (
        {(pool.offer, pool.purchase): pool.usd_per_unit_h for workload in plan.workloads for pool in workload.pools}
        for plan in (old, new)
    )
    for offer, price in after.items():
        if offer in before and before[offer] != price:
            yield Cause(kind="price", what=f"{offer[0]} ({offer[1]})", before=before[offer], after=price)


def leaves(value: object, key: str = "") -> Iterator[tuple[str, Scalar]]:
    """Yield every scalar of a document by its dotted key."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield from leaves(child, f"{key}.{name}".lstrip("."))
    elif isinstance(value, list | tuple):
        for index, child in enumerate(value):
            yield from leaves(child, f"{key}[{index}]")
    else:
        yield key, value if isinstance(value, bool | int | float | str) or value is None else str(value)
