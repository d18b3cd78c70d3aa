"""Every way considered to serve one workload: physics joined with what is sold, each rejection with its number."""

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.candidates.bounds import METRICS, slowdown, tightened
from planner.candidates.quality import below_floor, kept
from planner.candidates.rows import evaluate, hardware_key, possible, settings
from planner.candidates.sellers import sellers, variation_of
from planner.perf.capacity import LIGHT, capacity
from planner.perf.steady import operate
from planner.units import GIB

if TYPE_CHECKING:
    from planner.candidates.rows import Physical
    from planner.candidates.sellers import Seller
    from planner.catalog.catalog import Catalog
    from planner.catalog.schema import Node
    from planner.perf.hardware import Floats
    from planner.spec.schema import Spec, WorkloadSpec

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

FILTERS = (
    "accelerators",
    "providers",
    "regions",
    "tenancy",
    "fabric",
    "formats",
    "quality",
    "memory",
    "ttft",
    "tpot",
    "e2e",
)
"""Constraint groups that reject a column by itself, in the order in which they are tried."""
ADMITTED = -1


@dataclass(frozen=True, eq=False)
class Table:
    """All columns of one workload; arrays ``(columns,)`` unless said.

    ``seller`` and ``row`` index ``sellers`` and the rows of ``physical``; ``rejected`` is an index into ``FILTERS`` or
    ``ADMITTED``, with the ``value`` that decided and its ``limit`` (NaN where the reason is a name, not a number).
    ``requests_per_s`` is what one replica sustains within the SLO and the utilisation allowed, zero when rejected.
    """

    spec: "Spec"
    workload: "WorkloadSpec"
    catalog: "Catalog"
    physical: "Physical | None"
    """``None`` when the allow lists leave nothing to evaluate."""
    sellers: "tuple[Seller, ...]"
    refused: Ints
    """``(sellers,)``: the allow list that a seller is not on, as in ``rejected``."""
    seller: Ints
    row: Ints
    rejected: Ints
    value: "Floats"
    limit: "Floats"
    requests_per_s: "Floats"
    ttft_s: "Floats"
    tpot_s: "Floats"
    """Mean TTFT and TPOT at the largest rate within the SLO; of a rejected column at the lightest load (NaN: none)."""

    fixed_demand: float | None = None
    """Rate of a request by concurrency without an SLO, which follows from the column."""
    only: int | None = None
    """The one column that such a request can mean."""

    def __len__(self) -> int:
        return len(self.row)

    @cached_property  # asked for once a column, of up to some 100,000
    def accelerators(self) -> Ints:
        """Accelerators of one replica."""
        if self.physical is None:
            return self.row
        return self.physical.layout.accelerators[self.row].astype(np.int64)

    @property
    def demand(self) -> float:
        """Rate that the workload asks for [requests/s]."""
        return (self.workload.requests_per_s if self.fixed_demand is None else self.fixed_demand) or 0.0

    def key(self, column: int) -> str:
        """Return the name of a column: offer, purchase option, layout, formats and engine setting."""
        assert self.physical is not None
        row = self.row[column]
        split = self.physical.layout
        numbers = (split.tensor[row], split.pipeline[row], split.expert[row], split.attention_data[row])
        layout = "tp{:.0f}-pp{:.0f}-ep{:.0f}-adp{:.0f}".format(*numbers)
        return (
            f"{self.sellers[self.seller[column]].key}/{layout}/{self.physical.settings[self.physical.setting[row]].key}"
        )


def candidates(
    spec: "Spec",
    workload: "WorkloadSpec",
    catalog: "Catalog",
    left_out: frozenset[str] = frozenset(),
    known: "dict[tuple[str, bytes], Physical] | None" = None,
) -> Table:
    """Evaluate every column of a workload, without the constraint groups ``left_out``.

    Only what cannot be served at all (memory, a format that cannot run) stays rejected when its group is left out.
    ``known`` keeps physics from one call to the next, for requests that differ in bounds and limits alone.
    """
    return judged(laid_out(spec, workload, catalog, left_out, known), left_out)


def laid_out(
    spec: "Spec",
    workload: "WorkloadSpec",
    catalog: "Catalog",
    left_out: frozenset[str] = frozenset(),
    known: "dict[tuple[str, bytes], Physical] | None" = None,
) -> Table:
    """Return every column of a workload with its physics, before anything is promised: see :func:`candidates`."""
    sold = sellers(spec, catalog)
    refused = np.array([_refusal(seller, workload, left_out) for seller in sold], dtype=np.int64)
    nodes, node_of = _distinct([seller.node for seller in sold])
    wanted = np.zeros(len(nodes), dtype=bool)
    wanted[node_of[refused == ADMITTED]] = True
    if not wanted.any():
        return _empty(spec, workload, catalog, sold, refused)
    choices = settings(spec, workload, catalog)
    native = workload.formats is None and "formats" not in left_out
    allowed = np.array(
        [[ok and possible(s, n, native_only=native) for n, ok in zip(nodes, wanted, strict=True)] for s in choices]
    )
    if not allowed.any():
        formats = np.where(refused == ADMITTED, FILTERS.index("formats"), refused)
        return _empty(spec, workload, catalog, sold, formats)
    memo = {} if known is None else known
    name = (workload.name, allowed.tobytes())
    physical = memo.get(name) or memo.setdefault(name, evaluate(choices, nodes, allowed))
    seller, row = _join(sold, refused, node_of, physical)
    untold, none = np.full(len(row), np.nan), np.zeros(len(row))
    open_ = np.where(physical.served[row] >= 0, ADMITTED, FILTERS.index("memory"))
    return Table(
        spec, workload, catalog, physical, sold, refused, seller, row, open_, untold, untold, none, untold, untold
    )  # fmt: skip


def judged(table: Table, left_out: frozenset[str]) -> Table:
    """Return the table of :func:`laid_out` with what each column sustains, or what rejects it."""
    spec, workload, physical, row = table.spec, table.workload, table.physical, table.row
    if physical is None:
        return table
    varied = np.array([variation_of(workload, each) for each in table.sellers])[table.seller]
    verdicts = [(varied == v, _judge(spec, workload, physical, left_out, v)) for v in np.unique(varied).tolist()]
    verdict = _Verdict.of_columns(verdicts, row)
    blocked = _unfabricated(workload, table.sellers, table.seller, physical, row, left_out)
    rejected = np.where(blocked, FILTERS.index("fabric"), verdict.group)
    return replace(
        table,
        rejected=rejected,
        value=np.where(blocked, np.nan, verdict.value),
        limit=np.where(blocked, np.nan, verdict.limit),
        requests_per_s=np.where(rejected == ADMITTED, verdict.rate, 0.0),
        ttft_s=verdict.ttft_s,
        tpot_s=verdict.tpot_s,
    )


@dataclass(frozen=True, eq=False)
class _Verdict:
    group: Ints
    value: "Floats"
    limit: "Floats"
    rate: "Floats"
    ttft_s: "Floats"
    tpot_s: "Floats"

    @classmethod
    def of_columns(cls, verdicts: "list[tuple[Bools, _Verdict]]", row: Ints) -> "_Verdict":
        """Return the verdict on every column: that on its ``row`` among those on machines that vary as its own do."""
        parts = [
            np.select([mask for mask, _ in verdicts], [getattr(verdict, item.name)[row] for _, verdict in verdicts])
            for item in fields(cls)
        ]
        return cls(*parts)


def _refusal(seller: "Seller", workload: "WorkloadSpec", left_out: frozenset[str]) -> int:
    """Return the first allow list that a seller is not on, as an index into ``FILTERS``."""
    limits, offer = workload.limits, seller.offer
    tests = {
        "accelerators": not limits.accelerators or seller.node.accelerator in limits.accelerators,
        "providers": not limits.providers or offer.provider in limits.providers,
        "regions": not limits.regions or bool(set(offer.regions) & set(limits.regions)),
        "tenancy": offer.tenancy in limits.tenancy,
    }
    failed = [FILTERS.index(name) for name, passed in tests.items() if not passed and name not in left_out]
    return failed[0] if failed else ADMITTED


def _distinct(nodes: "list[Node]") -> "tuple[tuple[Node, ...], Ints]":
    """Nodes that physics can tell apart, and which of them each node is."""
    seen: dict[tuple[object, ...], int] = {}
    kept: list[Node] = []
    index = []
    for node in nodes:
        key = hardware_key(node)
        if key not in seen:
            seen[key] = len(kept)
            kept.append(node)
        index.append(seen[key])
    return tuple(kept), np.array(index, dtype=np.int64)


def _judge(
    spec: "Spec", workload: "WorkloadSpec", physical: "Physical", left_out: frozenset[str], variation: float
) -> _Verdict:
    """Rate and latencies of every row within the bounds, and what rejects it, where machines vary."""
    held = physical.served >= 0
    served = physical.served[held]
    group = np.where(held, ADMITTED, FILTERS.index("memory"))
    value, limit = physical.memory.needed_bytes / GIB, physical.memory.usable_bytes / GIB
    rate, ttft_s, tpot_s = np.zeros(len(held)), np.full(len(held), np.nan), np.full(len(held), np.nan)
    bounds = tightened(spec, workload, physical, left_out, variation)
    lightest = operate(physical.service, np.full(len(physical.service.slots), LIGHT))
    found = capacity(physical.service, bounds, lightest)
    serves = found.rate_per_s > 0.0
    sustained = found.rate_per_s / slowdown(spec, workload, variation)
    rate[held] = (sustained * workload.limits.max_utilisation)[served]
    ttft_s[held] = np.where(serves, found.ttft_s[:, 0], lightest.ttft_s[:, 0])[served]
    tpot_s[held] = np.where(serves, found.tpot_s[:, 0], lightest.tpot_s[:, 0])[served]
    for metric in METRICS:
        seen, bound = getattr(lightest, f"{metric}_s"), getattr(bounds, f"{metric}_s")
        worst = (seen / bound).argmax(axis=1), np.arange(len(seen))
        most, allowed = seen[worst[1], worst[0]], bound[worst[1], worst[0]]
        rows = np.flatnonzero(held)[((most > allowed) & ~serves)[served]]
        rows = rows[group[rows] == ADMITTED]
        at = physical.served[rows]
        group[rows], value[rows], limit[rows] = FILTERS.index(metric), most[at], allowed[at]
    coarse, recovery = _coarse(workload, physical, left_out)
    group[coarse], value[coarse] = FILTERS.index("quality"), recovery[coarse]
    limit[coarse] = np.nan if workload.quality.min_recovery is None else workload.quality.min_recovery
    return _Verdict(group, value, limit, rate, ttft_s, tpot_s)


def _coarse(workload: "WorkloadSpec", physical: "Physical", left_out: frozenset[str]) -> "tuple[Bools, Floats]":
    """Rows whose formats keep too little of the model's quality, and what each row keeps (NaN: nobody knows)."""
    if workload.quality.min_recovery is None or "quality" in left_out:
        return np.zeros(len(physical.node), dtype=bool), np.zeros(len(physical.node))
    recovery = kept(physical.settings, workload)
    return below_floor(workload, recovery)[physical.setting], recovery[physical.setting]


def _join(sold: "tuple[Seller, ...]", refused: Ints, node_of: Ints, physical: "Physical") -> tuple[Ints, Ints]:
    """Pair every admitted seller with the rows of its node that its unit can hold."""
    size = physical.layout.accelerators
    by_node = [np.flatnonzero(physical.node == index) for index in range(len(physical.nodes))]
    pairs: list[tuple[Ints, Ints]] = []
    for index, seller in enumerate(sold):
        if refused[index] != ADMITTED:
            continue
        rows = by_node[node_of[index]]
        if not seller.whole_node:
            rows = rows[size[rows] <= seller.offer.unit_accelerators]
        pairs.append((np.full(len(rows), index, dtype=np.int64), rows))
    return np.concatenate([p[0] for p in pairs]), np.concatenate([p[1] for p in pairs])


def _unfabricated(
    workload: "WorkloadSpec",
    sold: "tuple[Seller, ...]",
    seller: Ints,
    physical: "Physical",
    row: Ints,
    left_out: frozenset[str],
) -> Bools:
    """Columns that span nodes over a fabric outside the request's list."""
    if not workload.limits.fabrics or "fabric" in left_out:
        return np.zeros(len(row), dtype=bool)
    foreign = np.array([s.node.fabric.kind not in workload.limits.fabrics for s in sold])
    whole = np.array([max(s.node.accelerators, s.node.domain) for s in sold])
    return np.asarray(foreign[seller] & (physical.layout.accelerators[row] > whole[seller]))


def _empty(
    spec: "Spec", workload: "WorkloadSpec", catalog: "Catalog", sold: "tuple[Seller, ...]", refused: Ints
) -> Table:
    """Return a table without columns, for a request whose allow lists leave nothing to evaluate."""
    none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
    return Table(
        spec, workload, catalog, None, sold, refused, none, none, none, nothing, nothing, nothing, nothing, nothing
    )
