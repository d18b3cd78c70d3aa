"""From tables of candidates to the integers that the solver sees, and back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil, isnan
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.candidates.power import busy_of_columns_w, full_w, idle_share_of, known_power
from planner.candidates.quality import kept
from planner.candidates.table import ADMITTED
from planner.solve.problem import Columns, Offer, Problem, Stock, Workload, consumed, supplied
from planner.units import US_PER_S

if TYPE_CHECKING:
    from planner.candidates.sellers import Seller
    from planner.candidates.table import Table
    from planner.catalog.catalog import Catalog
    from planner.spec.limits import Stock as Quota
    from planner.spec.schema import Spec

Ints = NDArray[np.int64]

STAGES = {"usd_per_mtok": "cost", "usd_per_h": "cost"} | {
    name: name for name in ("accelerators", "ttft", "energy", "quality")
}
"""Objective of a request to objective of the model: with demand fixed, cost per token is cost per hour."""
PPM = 1e6
MILLI = 1e3
TIES = ("cost", "accelerators", "ttft")


@dataclass(frozen=True, eq=False)
class Question:
    """A problem and what its columns stand for: ``columns[w][i]`` is the column of table ``w`` behind column ``i``."""

    problem: Problem
    tables: "tuple[Table, ...]"
    columns: tuple[Ints, ...]
    sellers: "tuple[Seller, ...]"


class _Keys(Sequence[str]):
    """Names of columns, made when asked for."""

    def __init__(self, table: "Table", index: Ints) -> None:
        self._table, self._index = table, index

    def __len__(self) -> int:
        return len(self._index)

    def __getitem__(self, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204
        return self._table.key(int(self._index[at]))


def question(spec: "Spec", tables: "tuple[Table, ...]", left_out: frozenset[str] = frozenset()) -> Question:
    """Write the integer problem over every admitted column, in the order of the columns' keys."""
    sold = tables[0].sellers
    offers = tuple(offer_of(seller) for seller in sold)
    if "energy" in spec.objective:
        idle = idle_share_of(tables[0].catalog)
        offers = tuple(
            replace(offer, idle_mw=_idle_mw(seller, tables[0].catalog, idle))
            for offer, seller in zip(offers, sold, strict=True)
        )
    chosen = tuple(_order(table) for table in tables)
    workloads = tuple(_workload(table, index) for table, index in zip(tables, chosen, strict=True))
    stocks = stocks_of(spec, sold)
    stages = tuple(dict.fromkeys([STAGES[name] for name in spec.objective] + list(TIES)))
    budget = spec.limits.max_usd_per_h
    problem = Problem(
        offers,
        workloads,
        stocks,
        max_accelerators=spec.limits.max_accelerators,
        max_cost_uusd_per_h=None if budget is None else int(supplied(budget)),
        apart=spec.apart,
        objectives=stages,
        left_out=left_out,
    )
    return Question(problem, tables, chosen, sold)


def _order(table: "Table") -> Ints:
    """Columns that can serve, ordered by what their keys are made of, so that ties do not depend on the input."""
    index = np.flatnonzero((table.rejected == ADMITTED) & (supplied(table.requests_per_s) > 0))
    if any(table.workload.name in pair for pair in table.spec.apart):
        index = index[[bool(table.sellers[seller].offer.regions) for seller in table.seller[index]]]
    if "energy" in table.spec.objective:
        index = index[known_power(table, index)]
    if table.workload.requests_per_s is None:
        index = index[index == (-1 if table.only is None else table.only)]
    if not len(index) or table.physical is None:
        return index
    layout, row = table.physical.layout, table.row[index]
    name = np.argsort(np.argsort([seller.key for seller in table.sellers], kind="stable"), kind="stable")
    settings = np.array([setting.key for setting in table.physical.settings])
    setting = np.argsort(np.argsort(settings, kind="stable"), kind="stable")[table.physical.setting[row]]
    parts = (layout.expert[row], layout.attention_data[row], layout.pipeline[row], layout.tensor[row])
    return np.asarray(index[np.lexsort((setting, *parts, name[table.seller[index]]))])


def _workload(table: "Table", index: Ints) -> Workload:
    limits, demand = table.workload.limits, table.demand
    budget = limits.max_usd_per_h
    columns = Columns(
        _Keys(table, index),
        table.seller[index],
        table.accelerators[index],
        supplied(table.requests_per_s[index]),
        _ttft_us(table, index),
        _busy_mw(table, index),
        _quality_loss_ppm(table, index),
    )
    return Workload(
        table.workload.name,
        int(consumed(demand)),
        columns,
        max_pools=limits.max_pools,
        max_accelerators=limits.max_accelerators,
        max_cost_uusd_per_h=None if budget is None else int(supplied(budget)),
        survive_replicas=(limits.survive and limits.survive.replicas) or 0,
        survive_nodes=(limits.survive and limits.survive.nodes) or 0,
        stocks=tuple(_stock(entry) for entry in limits.inventory),
    )


def _ttft_us(table: "Table", index: Ints) -> Ints:
    """Mean TTFT at the largest load that the SLO and the utilisation allow [us]."""
    if table.physical is None or not len(index):
        return np.zeros(len(index), dtype=np.int64)
    ttft_s = table.ttft_s[index]
    return np.asarray(np.ceil(ttft_s * US_PER_S), dtype=np.int64)


def _busy_mw(table: "Table", index: Ints) -> Ints:
    """Power of a replica beyond idle at its capacity [mW], for requests that minimise energy."""
    if "energy" not in table.spec.objective:
        return np.zeros(len(index), dtype=np.int64)
    return np.asarray(np.ceil(busy_of_columns_w(table, index) * MILLI), dtype=np.int64)


def _idle_mw(seller: "Seller", catalog: "Catalog", idle_share: float) -> int:
    """Power of a billing unit without load [mW]; 0 where it is not known: its columns are left out."""
    each_w = full_w(seller.node, catalog) * idle_share
    return 0 if isnan(each_w) else ceil(each_w * MILLI) * seller.offer.unit_accelerators


def _quality_loss_ppm(table: "Table", index: Ints) -> Ints:
    """Share of the model's quality that a column's formats lose [ppm], all of it where nobody knows.

    Counted only for requests that minimise it: elsewhere columns may fall to others that lose more.
    """
    if "quality" not in table.spec.objective or table.physical is None:
        return np.zeros(len(index), dtype=np.int64)
    loss = 1.0 - np.nan_to_num(kept(table.physical.settings, table.workload))
    return np.asarray(np.ceil(np.round(loss * PPM, 3)), dtype=np.int64)[table.physical.setting[table.row[index]]]


@lru_cache(maxsize=4096)  # prices of a catalogue; a service that lives long sees others
def _uusd(usd: float) -> int:
    return int(consumed(usd))


def offer_of(seller: "Seller") -> Offer:
    """Return what the solver sees of a seller."""
    return Offer(
        seller.key,
        seller.offer.id,
        seller.node.accelerator,
        seller.offer.provider,
        seller.offer.unit_accelerators,
        _uusd(seller.price.usd_per_unit_h),
        purchase=seller.price.purchase,
        regions=seller.offer.regions,
        node_accelerators=seller.node.accelerators,
    )


def stocks_of(spec: "Spec", sold: "tuple[Seller, ...]") -> tuple[Stock, ...]:
    """Return the common inventory and the stock of what is owned."""
    owned = (
        Stock(f"owned.{seller.offer.id}", seller.stock, offer=seller.offer.id)
        for seller in sold
        if seller.stock is not None
    )
    return (*(_stock(entry) for entry in spec.limits.inventory), *owned)


def _stock(entry: "Quota") -> Stock:
    named = {key: getattr(entry, key) for key in ("accelerator", "offer", "provider", "region") if getattr(entry, key)}
    label = ",".join(f"{key}={value}" for key, value in named.items())
    return Stock(f"inventory[{label}]", entry.max, **named)
