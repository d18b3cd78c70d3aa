"""What several workloads buy together over a demand that changes: units, commitments and stock are shared.

Each workload takes one way to be served; ways and units are decided at once. A workload's spare replica cannot stand in
for another's, so what interruptions of spot take is made good workload by workload.
"""

import time
from dataclasses import dataclass, field, replace
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from planner.solve.effort import Effort
from planner.solve.joint_bound import relaxed
from planner.solve.joint_search import Search
from planner.solve.joint_ways import JointProblem, Narrowed, Way, narrowed
from planner.solve.mix import PER_MILLE, Profile, Source, starting
from planner.solve.problem import Ints
from planner.solve.spot import tradeoff

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver, IntVar

RELAXING, SEARCHING, PLACING = 0.3, 0.2, 0.3
"""Of the time that is left: for the bound, for ways that do well together, and for placing those."""
NONE = np.zeros((0, 0), dtype=np.int64)


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


def solve_joint_mix(problem: JointProblem, *, time_limit_s: float = 60.0, seed: int = 0, workers: int = 1) -> JointMix:
    """Return the choice of least cost over the whole profile, and what is proven of it."""
    effort = Effort(time.monotonic() + time_limit_s, seed, workers)
    small = narrowed(problem)
    if not all(served.ways for served in small.problem.served):
        return JointMix((), NONE, NONE, NONE, 0, 0, "INFEASIBLE")
    merged, back = _merged(small.problem)
    known = relaxed(merged, effort.share(RELAXING))
    first = [0] * len(merged.served) if known is None else [int(each.argmin()) for each in known.ways]
    search = Search(merged, effort.share(SEARCHING))
    chosen, _ = search.best(first)
    fixed, few = [[k] for k in chosen], replace(merged, markets=search.narrowed(chosen))
    start = _solved(few, fixed, effort.share(PLACING))
    found = _solved(merged, fixed, effort.share(PLACING), start if start.way else None)
    left = [list(range(len(served.ways))) for served in merged.served]
    if known is not None and found.way:
        left = [[k for k in each if known.ways[w][k] < found.cost_uusd] for w, each in enumerate(left)]
        left = [sorted({*each, k}) for each, k in zip(left, found.way, strict=True)]
    if any(len(each) > 1 for each in left):
        better = _solved(merged, left, effort, found if found.way else None)
        found = replace(better if better.way else found, bound_uusd=better.bound_uusd, status=better.status)
    return _whole(found, small, back, 0.0 if known is None else known.uusd)


def _whole(found: JointMix, small: Narrowed, back: Ints, relaxed_uusd: float) -> JointMix:
    """Return an answer in the ways and periods of the whole problem, with what is proven of it."""
    if not found.way:
        lost = found.status == "INFEASIBLE" and np.isfinite(small.floor_uusd)
        return replace(found, status="UNKNOWN" if lost else found.status)
    proven = max(found.bound_uusd, ceil(relaxed_uusd - 0.5))
    bound = int(min(proven, found.cost_uusd, small.floor_uusd))
    return replace(
        found,
        way=tuple(int(small.kept[w][k]) for w, k in enumerate(found.way)),
        replicas=found.replicas[:, back],
        spot=found.spot[:, back],
        steps=found.steps[:, back],
        bound_uusd=bound,
        status="OPTIMAL" if bound >= found.cost_uusd else "FEASIBLE",
    )


def _solved(problem: JointProblem, left: list[list[int]], effort: Effort, known: JointMix | None = None) -> JointMix:
    """Return the best answer of the integer model that uses the ways ``left``, and the bound over those."""
    from ortools.sat.python import cp_model  # noqa: PLC0415  slow to import

    if effort.left_s <= 0.0:
        return JointMix((), NONE, NONE, NONE, 0, 0, "UNKNOWN")
    served = tuple(
        replace(each, ways=tuple(each.ways[k] for k in kept)) for each, kept in zip(problem.served, left, strict=True)
    )
    built = _Built(replace(problem, served=served), cp_model.CpModel())
    built.write()
    if known is not None:
        built.start(known, left)
    solver = effort.solver()
    status = solver.solve(built.model)
    name, bound = solver.status_name(status), round(max(solver.best_objective_bound, 0.0))
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return JointMix((), NONE, NONE, NONE, 0, bound if name == "UNKNOWN" else 0, name)
    return built.answer(solver, left)


def _merged(problem: JointProblem) -> tuple[JointProblem, Ints]:
    """Return the problem with periods of the same needs as one, and which of them each period has become."""
    needs = np.array([served.needs(way) for served in problem.served for way in served.ways])
    first, back = np.unique(needs, axis=1, return_index=True, return_inverse=True)[1:]
    back = np.asarray(back).ravel()
    old = problem.profile
    order = back[old.order] if len(old.order) else old.order
    hours = np.bincount(back, weights=old.hours, minlength=len(first)).astype(np.int64)
    served = tuple(replace(each, demand_urps=each.demand_urps[first]) for each in problem.served)
    return replace(problem, served=served, profile=Profile(hours * 0, hours, order, old.start_share)), back


@dataclass(eq=False)
class _Built:
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

    def write(self) -> None:
        """Write variables, constraints and the objective."""
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
        self._minimise()

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

    def _minimise(self) -> None:
        """Every hour of every unit, and the hours that hired units take to start."""
        hours, profile = self.problem.profile.hours, self.problem.profile
        terms = []
        for (_, _, source), row in zip(self.sources(), self.units, strict=True):
            if source.committed:
                terms.append(source.cost_uusd_per_h * int(hours.sum()) * row[0])
                continue
            terms += [source.cost_uusd_per_h * int(h) * v for h, v in zip(hours.tolist(), row, strict=True)]
            terms += starting(self.model, source, row, profile)
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
