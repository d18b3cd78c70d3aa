"""The integer model of a mix that several workloads share: ways, units and spot replicas, and what binds them."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.solve.joint_ways import JointProblem, Way
from planner.solve.mix import PER_MILLE, Source, starting
from planner.solve.problem import Ints
from planner.solve.spot import tradeoff

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver, IntVar


@dataclass(frozen=True, eq=False)
class JointMix:
    """The best choice: ``way`` of each workload (empty: none), its replicas ``(workloads, periods)`` and those on spot.

    ``steps`` ``(sources, periods)`` are the units bought, the sources of all markets one after the other. Cost and
    bound are those of all hours [micro-USD].
    """

    way: tuple[int, ...]
    replicas: Ints
    spot: Ints
    steps: Ints
    cost_uusd: int
    bound_uusd: int
    status: str


@dataclass(eq=False)
class JointModel:
    """The model: ``chosen[w][k]`` ways, ``units[i][t]`` steps of a source, spot replicas and what they save."""

    problem: JointProblem
    model: "CpModel"
    chosen: "list[list[IntVar]]" = field(default_factory=list)
    units: "list[list[IntVar]]" = field(default_factory=list)
    spot: "dict[tuple[int, int], list[IntVar]]" = field(default_factory=dict)
    saved: "dict[tuple[int, int], list[IntVar]]" = field(default_factory=dict)

    @property
    def periods(self) -> int:
        """How many periods there are."""
        return len(self.problem.profile.hours)

    def sources(self) -> list[tuple[int, int, Source]]:
        """Return market, place in it and source, in the order of ``units``."""
        markets = enumerate(self.problem.markets)
        return [(m, at, source) for m, market in markets for at, source in enumerate(market.sources)]

    def ways(self) -> list[tuple[int, int, Way]]:
        """Return workload, place and way of all ways."""
        return [(w, k, way) for w, served in enumerate(self.problem.served) for k, way in enumerate(served.ways)]

    def write(self, floor_uusd: float) -> None:
        """Write variables, constraints and the objective, which is known to reach ``floor_uusd``."""
        for served in self.problem.served:
            self.chosen.append([self.model.new_bool_var(f"way[{served.name}, {k}]") for k in range(len(served.ways))])
            self.model.add_exactly_one(self.chosen[-1])
        most = self._most()
        for (_, _, source), top in zip(self.sources(), most, strict=True):
            if source.committed:
                self.units.append([self.model.new_int_var(0, top, f"committed[{source.key}]")] * self.periods)
            else:
                hired = [self.model.new_int_var(0, top, f"hired[{source.key}, {t}]") for t in range(self.periods)]
                self.units.append(hired)
        for w, k, way in self.ways():
            if self.problem.discounted and self._spots(way):
                self._spot_of(w, k, way)
        for market in sorted({way.market for _, _, way in self.ways()}):
            self._holds(market)
        self._limits()
        self._minimise(floor_uusd)

    def _spots(self, way: Way) -> bool:
        market = self.problem.markets[way.market]
        return any(market.sources[at].spot and market.sources[at].most for at in market.holding(way.size))

    def _most(self) -> list[int]:
        """Return the most steps of each source that could be wanted: every workload on its largest need at once."""
        wanted: dict[int, int] = {}
        loss = self.problem.spot_loss if self.problem.discounted else 0
        for served in self.problem.served:
            largest: dict[int, int] = {}
            for way in served.ways:
                slots = int(served.needs(way).max()) * way.size
                largest[way.market] = max(largest.get(way.market, 0), slots)
            for market, slots in largest.items():
                wanted[market] = wanted.get(market, 0) + -(-PER_MILLE * slots // (PER_MILLE - loss)) + slots
        return [min(s.most, -(-wanted.get(market, 0) // s.replicas)) for market, _, s in self.sources()]

    def _spot_of(self, w: int, k: int, way: Way) -> None:
        """(J1) Spot replicas of a workload save whole other replicas, less what interruptions take, within the cap."""
        loss, most = self.problem.spot_loss, self.problem.spot_most
        spot, saved = [], []
        for t, need in enumerate(self.problem.served[w].needs(way).tolist()):
            best = tradeoff(need, loss, most)
            some = self.model.new_int_var(0, best.most, f"spot[{w}, {k}, {t}]")
            less = self.model.new_int_var(0, best.saves, f"saved[{w}, {k}, {t}]")
            x = self.chosen[w][k]
            self.model.add(some <= best.most * x)
            self.model.add(PER_MILLE * less <= (PER_MILLE - loss) * some)
            self.model.add(best.slope[1] * less <= best.slope[0] * some)
            self.model.add(PER_MILLE * some <= most * (need * x - less + some))
            spot.append(some)
            saved.append(less)
        self.spot[w, k], self.saved[w, k] = spot, saved

    def _holds(self, market: int) -> None:
        """(J2) In every period the units that can hold replicas of a size or a larger one hold all of those."""
        sold, offset = self.problem.markets[market], sum(len(m.sources) for m in self.problem.markets[:market])
        inside = [(w, k, way) for w, k, way in self.ways() if way.market == market]
        for apart in (False, True) if self.problem.discounted else (None,):
            seen: set[tuple[int, ...]] = set()
            for size in sorted({way.size for _, _, way in inside}):
                places = tuple(at for at in sold.holding(size) if apart is None or sold.sources[at].spot == apart)
                if places in seen or (apart and not places):
                    continue
                seen.add(places)
                users = [each for each in inside if each[2].size >= size]
                for t in range(self.periods):
                    slots = sum(sold.sources[at].replicas * self.units[offset + at][t] for at in places)
                    self.model.add(sum(way.size * self._wanted(w, k, t, spot=apart) for w, k, way in users) <= slots)

    def _wanted(self, w: int, k: int, t: int, *, spot: bool | None):  # type: ignore[no-untyped-def]  # noqa: ANN202
        """Return the replicas of a way on spot, on anything else, or on anything at all."""
        if spot:
            return self.spot[w, k][t] if (w, k) in self.spot else 0
        served = self.problem.served[w]
        need = int(served.needs(served.ways[k])[t]) * self.chosen[w][k]
        return need - self.saved[w, k][t] if (w, k) in self.saved else need

    def _limits(self) -> None:
        """(J3) What is had in any period keeps the caps, the budget and every stock; commitments count always."""
        for weights, most in self.problem.limits():
            if not any(weights):
                continue
            for t in range(self.periods):
                self.model.add(sum(w * row[t] for w, row in zip(weights, self.units, strict=True) if w) <= most)

    def _minimise(self, floor_uusd: float) -> None:
        """Every hour of every unit, and the hours that hired units take to start."""
        hours, profile = self.problem.profile.hours, self.problem.profile
        terms = []
        for (_, _, source), row in zip(self.sources(), self.units, strict=True):
            if source.committed:
                terms.append(source.cost_uusd_per_h * int(hours.sum()) * row[0])
                continue
            terms += [source.cost_uusd_per_h * int(h) * v for h, v in zip(hours.tolist(), row, strict=True)]
            terms += starting(self.model, source, row, profile)
        self.model.add(sum(terms) >= int(floor_uusd))
        self.model.minimize(sum(terms))

    def start(self, known: JointMix, left: list[list[int]]) -> None:
        """Begin with a known answer, and ask for no worse a one."""
        for w, row in enumerate(self.chosen):
            for k, variable in zip(left[w], row, strict=True):
                self.model.add_hint(variable, k == known.way[w])
        for (_, _, source), row, steps in zip(self.sources(), self.units, known.steps.tolist(), strict=True):
            for variable, value in zip(row[:1] if source.committed else row, steps, strict=False):
                self.model.add_hint(variable, value)
        for (w, k), row in self.spot.items():
            on = known.spot[w].tolist() if left[w][k] == known.way[w] else [0] * self.periods
            for variable, value in zip(row, on, strict=True):
                self.model.add_hint(variable, value)

    def answer(self, solver: "CpSolver", left: list[list[int]]) -> JointMix:
        """Read the answer."""
        picked = [next(k for k, v in enumerate(row) if solver.boolean_value(v)) for row in self.chosen]
        replicas, spot = [], []
        for w, k in enumerate(picked):
            served = self.problem.served[w]
            extra = [solver.value(v) for v in self.spot.get((w, k), ())] or [0] * self.periods
            less = [solver.value(v) for v in self.saved.get((w, k), ())] or [0] * self.periods
            replicas.append(served.needs(served.ways[k]) - np.array(less) + np.array(extra))
            spot.append(extra)
        return JointMix(
            tuple(left[w][k] for w, k in enumerate(picked)),
            np.array(replicas, dtype=np.int64),
            np.array(spot, dtype=np.int64),
            np.array([[solver.value(v) for v in row] for row in self.units], dtype=np.int64),
            round(solver.objective_value),
            round(solver.best_objective_bound),
            "FEASIBLE",
        )
