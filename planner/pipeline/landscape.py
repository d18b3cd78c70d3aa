"""What surrounds a plan: every candidate at the plan's own demand, and each pool's latency at other loads."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.table import ADMITTED, FILTERS
from planner.catalog.loader import load_catalog
from planner.perf.capacity import at_rate
from planner.perf.percentiles import STATISTICS
from planner.perf.steady import Operation
from planner.pipeline.solve import candidates
from planner.plan.landscape import Candidate, Landscape, LoadPoint, Surroundings
from planner.plan.pools import identity
from planner.units import MS_PER_S, MTOK, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from planner.candidates.table import Ints, Table
    from planner.catalog.catalog import Catalog
    from planner.perf.hardware import Floats
    from planner.plan.record import Plan, Pool
    from planner.spec.schema import Spec

MOST = 4000
"""Candidates kept a report, divided among its workloads: what a file that is mailed can hold."""
LOAD_POINTS = 48
BEYOND = 1.15
"""How far beyond the capacity within the SLO the load curve is drawn."""


def landscape(plan: "Plan", spec: "Spec", *, catalog: "Catalog | None" = None) -> Landscape:
    """Return the candidates of each workload of a plan and the load curve of each pool.

    Of every accelerator, layout, pair of formats and engine setting the cheapest offer is kept, and of those the
    cheapest :data:`MOST`, the Pareto front of cost and TPOT and the chosen ones always among them.
    """
    tables = candidates(spec, catalog=catalog or load_catalog())
    most = max(MOST // len(tables), 20)
    shown = zip(tables, plan.workloads, strict=True)
    return Landscape(workloads=tuple(_surroundings(table, served.pools, most) for table, served in shown))


def _surroundings(table: "Table", pools: "tuple[Pool, ...]", most: int) -> Surroundings:
    admitted = np.flatnonzero((table.rejected == ADMITTED) & (table.requests_per_s > 0.0))
    common = {
        "workload": table.workload.name,
        "considered": len(table),
        "admitted": len(admitted),
        "distinct": len(np.unique(table.row[admitted])),
        "rejected": _rejected(table),
    }
    if table.physical is None or not len(admitted) or not table.demand:
        return Surroundings(**common)
    keys = [(pool.offer, pool.purchase, *_shape(pool)) for pool in pools]
    priced = _priced(table, admitted)
    places = {key: index for index, column in enumerate(admitted) if (key := _key(table, int(column))) in keys}
    mine = list(places.values())
    order = _kept(table, admitted, priced, np.array(mine, dtype=np.int64))
    front = _front(priced.usd_per_h[order], priced.tpot_s[order])
    chosen = np.isin(order, mine)
    kept = front | chosen
    kept[: max(most - int(kept.sum()), 0)] = True
    return Surroundings(
        **common,
        candidates=tuple(
            _candidate(
                table, int(admitted[order[at]]), priced, int(order[at]), front=bool(front[at]), chosen=bool(chosen[at])
            )
            for at in np.flatnonzero(kept)
        ),
        loads=tuple(
            _load(table, int(admitted[places[key]]), pool) if key in places else ()
            for key, pool in zip(keys, pools, strict=True)
        ),
    )


def _rejected(table: "Table") -> dict[str, int]:
    """Return how many columns each constraint group ruled out, in the order of the groups."""
    groups = table.rejected[table.rejected != ADMITTED]
    counts = np.bincount(groups.astype(np.int64), minlength=len(FILTERS))
    return {name: int(count) for name, count in zip(FILTERS, counts, strict=True) if count}


@dataclass(frozen=True, eq=False)
class _Priced:
    """Cost and latency of columns that each serve the whole demand; arrays ``(columns,)``."""

    replicas: "Floats"
    accelerators: "Floats"
    usd_per_h: "Floats"
    ttft_s: "Floats"
    tpot_s: "Floats"


def _priced(table: "Table", columns: "Ints") -> _Priced:
    """Whole replicas in whole billing units, as many as the demand needs."""
    replicas = np.ceil(table.demand / table.requests_per_s[columns] * (1.0 - 1e-9))
    size, seller = table.accelerators[columns], table.seller[columns]
    unit = np.array([each.offer.unit_accelerators for each in table.sellers])[seller]
    price = np.array([each.price.usd_per_unit_h for each in table.sellers])[seller]
    together = np.ceil(replicas / np.maximum(unit // size, 1))
    units = np.where(size <= unit, together, replicas * np.ceil(size / unit))
    load = _at(table, columns, table.demand / replicas)
    return _Priced(replicas, units * unit, units * price, load.ttft_s[:, 0], load.tpot_s[:, 0])


def _at(table: "Table", columns: "Ints", rate_per_s: "Floats") -> Operation:
    """Operating point of each column at the rate of one replica; columns that share physics and rate share it."""
    assert table.physical is not None
    served = table.physical.served[table.row[columns]]
    pairs, back = np.unique(np.stack([served, rate_per_s]), axis=1, return_inverse=True)
    point = at_rate(table.physical.service.take(pairs[0].astype(np.int64)), pairs[1])
    return Operation(*(getattr(point, each.name)[back.ravel()] for each in fields(Operation)))


def _kept(table: "Table", columns: "Ints", priced: _Priced, mine: "Ints") -> "Ints":
    """Return the cheapest stable offer in stock of each physical column, and the chosen ones, cheapest first."""
    stock = np.array([np.inf if each.stock is None else each.stock for each in table.sellers])[table.seller[columns]]
    had = np.isfinite(priced.tpot_s) & (priced.accelerators <= stock)
    had[mine] = True
    cost = np.where(had, priced.usd_per_h, np.inf)
    cost[mine] = np.nextafter(cost[mine], 0.0)
    order = np.lexsort((np.arange(len(cost)), priced.tpot_s, cost))
    order = order[np.isfinite(cost[order])]
    first = np.unique(table.row[columns][order], return_index=True)[1]
    return order[np.sort(first)]


def _front(cost: "Floats", latency: "Floats") -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Whether no earlier, cheaper candidate is as fast; ``cost`` rises."""
    before = np.concatenate([[np.inf], np.minimum.accumulate(latency)[:-1]])
    return np.asarray(latency < before)


def _shape(pool: "Pool") -> tuple[object, ...]:
    layout = (pool.tensor_parallel, pool.pipeline_parallel, pool.expert_parallel, pool.attention_data_parallel)
    return (*layout, pool.weight_format, pool.kv_format, pool.engine, pool.max_num_batched_tokens)


def _key(table: "Table", column: int) -> tuple[object, ...]:
    physical, row, seller = table.physical, int(table.row[column]), table.sellers[table.seller[column]]
    assert physical is not None
    split, setting = physical.layout, physical.settings[physical.setting[row]]
    layout = (split.tensor[row], split.pipeline[row], split.expert[row], split.attention_data[row])
    formats = (setting.formats.name, setting.formats.kv.id, setting.engine.id, setting.batched_tokens)
    return (seller.offer.id, seller.price.purchase, *(int(n) for n in layout), *formats)


def _candidate(table: "Table", column: int, priced: _Priced, at: int, *, front: bool, chosen: bool) -> Candidate:
    usd_per_h = float(priced.usd_per_h[at])
    named = identity(table, column)
    named["provider"] = named.pop("provider_name") or named["provider"]
    lengths = table.workload.lengths
    tokens = table.demand * (lengths.mean_input_tokens + lengths.mean_output_tokens) * SECONDS_PER_HOUR
    physical, seller = table.physical, table.sellers[table.seller[column]]
    assert physical is not None
    setting = physical.settings[physical.setting[table.row[column]]]
    return Candidate(
        **named,
        purchase=seller.price.purchase,
        max_num_batched_tokens=setting.batched_tokens,
        replicas=int(priced.replicas[at]),
        accelerators=int(priced.accelerators[at]),
        usd_per_h=usd_per_h,
        usd_per_mtok=usd_per_h / tokens * MTOK,
        ttft_ms=float(priced.ttft_s[at]) * MS_PER_S,
        tpot_ms=float(priced.tpot_s[at]) * MS_PER_S,
        front=front,
        chosen=chosen,
    )


def _load(table: "Table", column: int, pool: "Pool") -> tuple[LoadPoint, ...]:
    """Latencies of a pool from almost no load to beyond its capacity within the SLO, as far as its queue is stable."""
    rates = np.linspace(0.02, BEYOND, LOAD_POINTS) * pool.capacity_requests_per_s
    load = _at(table, np.full(LOAD_POINTS, column, dtype=np.int64), rates / pool.replicas)
    points = []
    for index in np.flatnonzero(load.stable):
        ttft, tpot = (
            {name: float(value) * MS_PER_S for name, value in zip(STATISTICS, values[index], strict=True)}
            for values in (load.ttft_s, load.tpot_s)
        )
        points.append(LoadPoint(requests_per_s=float(rates[index]), ttft_ms=ttft, tpot_ms=tpot))
    return tuple(points)
