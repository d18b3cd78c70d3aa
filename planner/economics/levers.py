"""Batching, format, accelerator, layout and purchase of a deployment that exists: each alone, and all together.

A lever alone keeps everything else as it is: the batch limit, the share of the capacity that is used, the price of the
hardware. Batching means continuous batching without the limit, filled to ``max_utilisation`` within the SLO.
"""

from dataclasses import dataclass, replace
from math import ceil, isfinite
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.candidates.table import candidates
from planner.catalog.loader import load_catalog
from planner.economics.alike import formatted, native, on_current, opened, shaped
from planner.economics.fleet import Fleet, fleet
from planner.errors import SpecError
from planner.perf.capacity import at_rate
from planner.plan.levers import LeverName, Levers, Option
from planner.plan.pools import identity, units_of
from planner.plan.tool import tool_of
from planner.spec.limits import Limits
from planner.spec.prices import Owned
from planner.units import HOURS_PER_MONTH, MS_PER_S, MTOK, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from planner.candidates.table import Table
    from planner.catalog.catalog import Catalog
    from planner.economics.current import Current
    from planner.spec.schema import Spec

Bools = NDArray[np.bool_]

COMMITTED = ("on_demand", "reserved_1y", "reserved_3y")
P95 = 3
"""Place of p95 among the statistics of a latency."""


@dataclass(frozen=True)
class _Pick:
    """One column of a fleet with the replicas that it needs, and the bill [USD/h]."""

    fleet: Fleet
    at: int
    replicas: int
    usd_per_h: float
    accelerators: int


def levers(spec: "Spec", current: "Current", *, catalog: "Catalog | None" = None) -> Levers:
    """Return what each lever would do to a deployment.

    Raises
    ------
    SpecError
        When the deployment cannot run at all, or the request has several workloads.
    """
    if len(spec.workloads) > 1 or spec.workloads[0].hourly:
        raise SpecError(
            f"{spec.source}: workloads: levers take one workload with a steady rate (write one file for each)"
        )
    return _Deployment.of(spec, current, catalog or load_catalog()).answer()


@dataclass(frozen=True, eq=False)
class _Deployment:
    spec: "Spec"
    current: "Current"
    own: "Table"
    """Columns on today's hardware at today's price."""
    market: "Table"
    native: Bools
    today: Fleet
    """Today's column alone."""
    demand: float

    @classmethod
    def of(cls, spec: "Spec", current: "Current", catalog: "Catalog") -> "_Deployment":
        workload = opened(spec.workloads[0], current, catalog)
        node = next(n for n in catalog.nodes.values() if n.accelerator == current.accelerator and n.reference)
        price = current.usd_per_accelerator_h * node.accelerators
        nodes = max(ceil(current.count / node.accelerators), ceil(current.size / node.accelerators))
        owned = (Owned(node=node.id, count=nodes, usd_per_node_h=price),)
        free = Limits(accelerators=(current.accelerator,), max_utilisation=workload.limits.max_utilisation)
        inside = replace(workload, limits=free)
        own = candidates(replace(spec, workloads=(inside,), owned=owned, limits=free), inside, catalog)
        prices = spec.prices
        if "purchase" not in prices.model_fields_set:
            prices = prices.model_copy(update={"purchase": COMMITTED})
        market = candidates(replace(spec, workloads=(workload,), owned=(), prices=prices), workload, catalog)
        mine = on_current(own, current) & shaped(own, current) & formatted(own, current)
        today = fleet(own, mine, current.max_concurrency) if own.physical is not None else None
        if today is None or not len(today.index):
            raise SpecError(f"{spec.source}: current: {_shape(current)} does not run or fit: see `planner estimate`")
        demand = workload.requests_per_s or 0.0
        if current.utilisation is not None:
            demand = current.utilisation * float(today.rate_per_s.max()) * (current.count // current.size)
        if not demand > 0.0:
            problem = "the workload has no rate, or today's deployment keeps the SLO at none"
            raise SpecError(f"{spec.source}: workload: {problem} (state requests_per_s)")
        return cls(spec, current, own, market, native(market, workload, spec.workloads[0]), today, demand)

    @property
    def most(self) -> float:
        return self.own.workload.limits.max_utilisation

    def answer(self) -> Levers:
        replicas = self.current.count // self.current.size
        at = int(self.today.rate_per_s.argmax())
        rate = float(self.today.rate_per_s[at])
        used = self.demand / (rate * replicas) if rate > 0.0 else float("inf")
        now = _Pick(
            self.today, at, replicas, self.current.count * self.current.usd_per_accelerator_h, self.current.count
        )
        lengths = self.own.workload.lengths
        shown = [self._option("as it is", now, now)]
        for name, pick in self._picks(min(used, self.most), now).items():
            if pick is not None:
                shown.append(self._option(name, pick, now))
        return Levers(
            tool=tool_of(self.own.catalog),
            input=dict(self.spec.document) or None,
            model=self.own.workload.model_id,
            requests_per_s=self.demand,
            input_tokens=lengths.mean_input_tokens,
            output_tokens=lengths.mean_output_tokens,
            options=tuple(shown),
            notes=() if shown[0].keeps_slo else ("Today's deployment does not keep the SLO at this load.",),
        )

    def _picks(self, used: float, now: _Pick) -> "dict[LeverName, _Pick | None]":
        """Return the cheapest choice of each lever alone and of all together."""
        own, market, current = self.own, self.market, self.current
        mine, limit = on_current(own, current), current.max_concurrency
        shape, formats = shaped(own, current), formatted(own, current)
        kept = fleet(own, mine & shape & formats, limit)
        found: dict[LeverName, _Pick | None] = {
            "batching": self._best([fleet(own, mine & shape & formats, None)], self.most),
            "format": self._best([kept, fleet(own, mine & shape & self._allowed(own), limit)], used),
            "layout": self._best([kept, fleet(own, mine & formats, limit)], used),
        }
        everywhere = [fleet(own, mine & self._allowed(own), None)]
        if market.physical is not None:
            same = shaped(market, current) & formatted(market, current)
            rented = np.array([s.price.purchase == "on_demand" for s in market.sellers])[market.seller]
            alike = np.array([s.node.accelerator == current.accelerator for s in market.sellers])[market.seller]
            found["accelerator"] = self._best([kept, fleet(market, same & rented & ~alike, limit)], used)
            found["purchase"] = self._bought(fleet(market, same & alike, limit), now)
            everywhere.append(fleet(market, self.native, None))
        found["together"] = self._best(everywhere, self.most)
        order: tuple[LeverName, ...] = ("batching", "format", "accelerator", "layout", "purchase", "together")
        return {name: found.get(name) for name in order}

    def _allowed(self, table: "Table") -> Bools:
        """Columns whose formats the request admits, or that are today's."""
        return native(table, table.workload, self.spec.workloads[0]) | formatted(table, self.current)

    def _best(self, fleets: list[Fleet], used: float) -> _Pick | None:
        """Return the cheapest column that carries the demand when ``used`` of its capacity is."""
        picks = [pick for each in fleets for pick in [self._cheapest(each, used)] if pick is not None]
        return min(picks, key=lambda pick: (pick.usd_per_h, pick.accelerators), default=None)

    def _cheapest(self, columns: Fleet, used: float) -> _Pick | None:
        good = np.flatnonzero(columns.rate_per_s > 0.0)
        if not len(good):
            return None
        replicas = np.maximum(np.ceil(self.demand / (columns.rate_per_s[good] * used) * (1.0 - 1e-9)), 1.0)
        bills = [self._bill(columns, int(at), int(n)) for at, n in zip(good, replicas, strict=True)]
        best = min(range(len(bills)), key=lambda at: bills[at])
        return _Pick(columns, int(good[best]), int(replicas[best]), *bills[best])

    def _bill(self, columns: Fleet, at: int, replicas: int) -> tuple[float, int]:
        """Return USD an hour and accelerators paid for: today's hardware by replica, rented by whole units."""
        table, column = columns.table, int(columns.index[at])
        size, seller = int(table.accelerators[column]), table.sellers[table.seller[column]]
        if table is self.own:
            return replicas * size * self.current.usd_per_accelerator_h, replicas * size
        units = units_of(seller, size, replicas)
        return units * seller.price.usd_per_unit_h, units * seller.offer.unit_accelerators

    def _bought(self, columns: Fleet, now: _Pick) -> _Pick | None:
        """Return today's replicas on the cheapest seller of the same accelerator, or where they are."""
        places = range(len(columns.index))
        found = [now, *(_Pick(columns, at, now.replicas, *self._bill(columns, at, now.replicas)) for at in places)]
        return min(found, key=lambda pick: pick.usd_per_h)

    def _option(self, name: LeverName, pick: _Pick, now: _Pick) -> Option:
        table, column = pick.fleet.table, int(pick.fleet.index[pick.at])
        service = pick.fleet.service(pick.at)
        load = at_rate(service, np.array([self.demand / pick.replicas]))
        rate = float(pick.fleet.rate_per_s[pick.at])
        used = self.demand / (rate * pick.replicas) if rate > 0.0 else 1e9
        seller = table.sellers[table.seller[column]]
        named = identity(table, column)
        lengths = table.workload.lengths
        tokens = self.demand * (lengths.mean_input_tokens + lengths.mean_output_tokens) * SECONDS_PER_HOUR
        latency = {
            f"{metric}_{statistic}_ms": value
            for metric in ("ttft", "tpot")
            for statistic, place in (("mean", 0), ("p95", P95))
            if isfinite(value := float(getattr(load, f"{metric}_s")[0, place]) * MS_PER_S)
        }
        wanted = {
            k: named[k] for k in Option.model_fields if k in named and k not in {"provider", "offer", "accelerators"}
        }
        today = table is self.own
        return Option(
            lever=name,
            **wanted,
            **latency,
            provider="today's" if today else seller.offer.provider,
            offer=None if today else seller.offer.id,
            purchase="today's" if today else seller.price.purchase,
            max_concurrency=int(service.slots[0]),
            replicas=pick.replicas,
            accelerators=pick.accelerators,
            utilisation=used,
            keeps_slo=used <= 1.0 + 1e-9,
            usd_per_month=pick.usd_per_h * HOURS_PER_MONTH,
            usd_per_mtok=pick.usd_per_h / tokens * MTOK,
            saving=1.0 - pick.usd_per_h / now.usd_per_h if now.usd_per_h else 0.0,
        )


def _shape(current: "Current") -> str:
    split = f"TP {current.tensor_parallel}, PP {current.pipeline_parallel}"
    return f"{split} in {current.weight_format} on {current.accelerator}"
