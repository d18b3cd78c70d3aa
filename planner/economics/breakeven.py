"""Self-hosting against an API: the plan's cost curve over the tokens of a day, the API's line, where they cross."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.catalog.loader import load_catalog
from planner.economics.crossings import crossings
from planner.economics.ladder import ladder
from planner.errors import SpecError
from planner.pipeline import candidates
from planner.plan.breakeven import Api, Breakeven, Changed, Mix, Point, Sensitivity
from planner.plan.pools import identity
from planner.plan.tool import tool_of
from planner.solve.problem import consumed
from planner.units import HOURS_PER_DAY, HOURS_PER_MONTH, MICRO, MTOK, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from planner.candidates.table import Table
    from planner.catalog.catalog import Catalog
    from planner.economics.api import ApiPrice
    from planner.economics.crossings import Crossings
    from planner.economics.ladder import Ladder
    from planner.spec.schema import Spec

Floats = NDArray[np.float64]

POINTS = 41
MOST_EDGES = 400
UTILISATIONS = (0.3, 0.5, 0.7, 0.9)
FACTORS = (0.5, 2.0)
SECONDS_PER_DAY = SECONDS_PER_HOUR * HOURS_PER_DAY
NOTE = "The API's model and this one are different models: the comparison is of money, not of quality."


def breakeven(
    spec: "Spec", api: "ApiPrice", *, catalog: "Catalog | None" = None, overflow: bool = False
) -> Breakeven | None:
    """Compare self-hosting with an API at every demand; ``None`` where no column serves the workload at all.

    Parameters
    ----------
    spec
        A request with one workload; its limits, prices, ``max_utilisation`` and overheads count.
    api
        The API's prices.
    overflow
        Whether to add the cheapest split between whole replicas and the API.

    Raises
    ------
    SpecError
        When the request has several workloads or no rate.
    """
    if len(spec.workloads) > 1 or spec.workloads[0].requests_per_s is None or spec.workloads[0].hourly:
        remedy = "state requests_per_s or tokens_per_day"
        raise SpecError(f"{spec.source}: workload: break-even takes one workload with a steady rate ({remedy})")
    table = candidates(spec, catalog=catalog or load_catalog())[0]
    question = _Question(table, ladder(table), api, overflow)
    return question.answer() if len(question.steps) else None


@dataclass(frozen=True, eq=False)
class _Question:
    """The table of candidates, its steps, the API and what is added to the cost of compute."""

    table: "Table"
    steps: "Ladder"
    api: "ApiPrice"
    overflow: bool

    @property
    def usd_per_request(self) -> float:
        return self.api.usd_per_request(self.table.workload.lengths)

    @property
    def tokens(self) -> float:
        """Input + output tokens of a mean request."""
        lengths = self.table.workload.lengths
        return lengths.mean_input_tokens + lengths.mean_output_tokens

    @property
    def fixed_usd_per_h(self) -> float:
        return self.table.spec.overheads.usd_per_month / HOURS_PER_MONTH

    @property
    def share(self) -> float:
        return self.table.spec.overheads.share_of_compute

    def crossings(self, steps: "Ladder", api_factor: float = 1.0) -> "Crossings":
        """Return where the line meets ``steps``, overheads included."""
        paid = steps.scaled(cost=1.0 + self.share) if self.share else steps
        return crossings(paid, self.usd_per_request * api_factor, self.fixed_usd_per_h)

    def answer(self) -> Breakeven:
        """Return the whole document."""
        found = self.crossings(self.steps)
        workload, overheads = self.table.workload, self.table.spec.overheads
        lengths, own = workload.lengths, self.table.demand
        return Breakeven(
            tool=tool_of(self.table.catalog),
            input=dict(self.table.spec.document) or None,
            model=workload.model_id,
            api=Api(
                **{name: getattr(self.api, name) for name in ("name", "source")},
                input_usd_per_mtok=self.api.input_usd_per_mtok,
                output_usd_per_mtok=self.api.output_usd_per_mtok,
                cached_usd_per_mtok=self.api.cached_usd_per_mtok,
                usd_per_request=self.usd_per_request,
                usd_per_mtok=self.usd_per_request / self.tokens * MTOK,
            ),
            mix=Mix(
                input_tokens=lengths.mean_input_tokens,
                output_tokens=lengths.mean_output_tokens,
                cached_input_tokens=lengths.cached_input_tokens,
                utilisation=workload.limits.max_utilisation,
            ),
            overheads_usd_per_month=overheads.usd_per_month or None,
            overheads_share_of_compute=overheads.share_of_compute or None,
            first_crossing=self.point(found.first),
            breakeven=self.point(found.lasting),
            largest_tokens_per_day=None if found.most is None else self.per_day(found.most),
            at_request=self.point(own),
            sensitivity=self.sensitivity(),
            points=tuple(filter(None, (self.point(float(rate)) for rate in self.rates(found)))),
            notes=(NOTE,),
        )

    def per_day(self, rate: float) -> float:
        """Return the tokens of a day at a rate."""
        return rate * self.tokens * SECONDS_PER_DAY

    def point(self, rate: float | None) -> Point | None:
        """Return the cheapest plan for a demand and the API's bill; ``None`` where nothing serves it."""
        if rate is None:
            return None
        # a demand at the very end of a step must not need one more for its last binary digit
        asked = consumed(rate * (1.0 - 1e-12))
        best, count = (int(part[0]) for part in self.steps.cheapest(np.maximum(asked.reshape(1), 1)))
        if best < 0:
            return None
        step = self.steps
        compute = count * int(step.cost_uusd_per_h[best]) / MICRO
        month = (compute * (1.0 + self.share) + self.fixed_usd_per_h) * HOURS_PER_MONTH
        column, bought = int(step.column[best]), count * int(step.accelerators[best])
        replicas = self._replicas(best, int(asked))
        named = identity(self.table, column)
        capacity = replicas * float(self.table.requests_per_s[column]) / self.table.workload.limits.max_utilisation
        return Point(
            tokens_per_day=self.per_day(rate),
            requests_per_s=rate,
            self_usd_per_month=month,
            api_usd_per_month=self._bill(rate),
            overflow_usd_per_month=self._with_overflow(rate) if self.overflow else None,
            self_usd_per_mtok=month / (self.per_day(rate) / HOURS_PER_DAY * HOURS_PER_MONTH) * MTOK,
            utilisation=rate / capacity,
            replicas=replicas,
            accelerators=bought,
            purchase=self.table.sellers[self.table.seller[column]].price.purchase,
            **{name: named[name] for name in Point.model_fields if name in named and name not in {"accelerators"}},
        )

    def _replicas(self, best: int, demand_urps: int) -> int:
        each = int(self.steps.capacity_urps[best]) // int(self.steps.replicas[best])
        return max(-(-demand_urps // each), 1)

    def _bill(self, rate: float) -> float:
        return rate * self.usd_per_request * SECONDS_PER_HOUR * HOURS_PER_MONTH

    def _with_overflow(self, rate: float) -> float:
        """Return the least bill [USD a month] where whole steps and the API may share the demand."""
        steps = self.steps
        q, p = steps.capacity_urps / MICRO, steps.cost_uusd_per_h / MICRO * (1.0 + self.share)
        full = np.minimum(np.floor(rate / q), steps.most)
        over = np.minimum(full + 1.0, steps.most)
        costs = [n * p * HOURS_PER_MONTH + self._bill(1.0) * np.maximum(rate - n * q, 0.0) for n in (full, over)]
        hosted = float(np.minimum(*costs).min()) + self.fixed_usd_per_h * HOURS_PER_MONTH
        return min(hosted, self._bill(rate))

    def rates(self, found: "Crossings") -> Floats:
        """Demands to show: evenly spaced on a logarithmic axis, and both sides of every step where they are few."""
        near = [rate for rate in (found.first, found.lasting, self.table.demand) if rate]
        low, high = min(near) / 10.0, max(near) * 4.0
        high = min(high, found.most) if found.most is not None else high
        even = np.geomspace(max(low, 1e-6), max(high, low * 10.0), POINTS)
        edges = self._edges(high)
        shown = np.concatenate([even, edges, edges + 2.0 / MICRO, near])
        return np.asarray(np.unique(shown[shown <= (found.most or np.inf)]))

    def _edges(self, high: float) -> Floats:
        """Demands at which the cheapest plan changes."""
        q = self.steps.capacity_urps / MICRO
        counts = np.minimum(np.floor(high / q), self.steps.most)
        if counts.sum() > MOST_EDGES * 100:
            return np.zeros(0)
        ends = np.unique(np.concatenate([np.arange(1, n + 1) * each for n, each in zip(counts, q, strict=True)]))
        if not len(ends):
            return ends
        before, after = (self.steps.cheapest(consumed(at)) for at in (ends, ends + 1.0 / MICRO))
        changes = (before[0] != after[0]) | (before[1] != after[1])
        return np.asarray(ends[changes][:MOST_EDGES])

    def sensitivity(self) -> tuple[Sensitivity, ...]:
        """Return the break-even at other utilisations, API prices and hardware prices."""
        asked = self.table.workload.limits.max_utilisation
        made: list[tuple[Changed, float, Ladder, float]] = [
            ("utilisation", u, self.steps.scaled(capacity=u / asked), 1.0) for u in UTILISATIONS
        ]
        made += [("api_price", factor, self.steps, factor) for factor in FACTORS]
        made += [("hardware_price", factor, self.steps.scaled(cost=factor), 1.0) for factor in FACTORS]
        return tuple(self._changed(*each) for each in made)

    def _changed(self, name: Changed, value: float, steps: "Ladder", api_factor: float) -> Sensitivity:
        found = self.crossings(steps, api_factor)
        first, lasting = (None if rate is None else self.per_day(rate) for rate in (found.first, found.lasting))
        return Sensitivity(
            changed=name,
            value=value,
            first_crossing_tokens_per_day=first,
            breakeven_tokens_per_day=lasting,
        )
