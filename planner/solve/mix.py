"""What is bought how over a demand that changes: commitments that pay in every hour, and units by the hour.

One kind of replica serves the workload, whoever sells it. A kind is decided by a small integer model, with committed
units the same in every period and the others free; kinds are tried in the order of a lower bound, until no bound that
is left lies below the best answer.
"""

import time
from collections import Counter
from dataclasses import dataclass, field, replace
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from planner.solve.effort import Effort
from planner.solve.interrupt import run
from planner.solve.problem import Floats, Ints, Stock
from planner.solve.problem import Offer as Sold

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar, LinearExpr

PER_MILLE = 1000
LARGEST = 2**40


@dataclass(frozen=True)
class Source:
    """One seller of a kind of replica, in steps of whole units: ``replicas`` and ``accelerators`` of one step.

    ``committed`` steps are paid in every hour of the profile, used or not. ``spot`` steps may be interrupted.
    """

    key: str
    offer: Sold
    replicas: int
    accelerators: int
    cost_uusd_per_h: int
    committed: bool
    spot: bool
    most: int = LARGEST


@dataclass(frozen=True)
class Kind:
    """One kind of replica: the capacity of each [micro-requests/s] and who sells it."""

    capacity_urps: int
    sources: tuple[Source, ...]


@dataclass(frozen=True, eq=False)
class Profile:
    """Demand [micro-requests/s] and hours of each period, the busiest first, every demand once.

    ``order`` is the period of each hour as the hours follow one another and then begin again. A unit that is hired
    runs for ``start_share`` of an hour, one at most, before it serves; without it the order does not matter.
    """

    demand_urps: Ints
    hours: Ints
    order: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    start_share: float = 0.0

    def changes(self) -> dict[tuple[int, int], int]:
        """Return how often one period follows another, for each pair of different ones."""
        pairs = zip(self.order.tolist(), np.roll(self.order, -1).tolist(), strict=True)
        return dict(Counter((one, other) for one, other in pairs if one != other))

    def starts(self, steps: Ints) -> int:
        """Return how many of the ``steps`` of each period ``(periods,)`` are started over the whole profile."""
        return sum(count * max(int(steps[b] - steps[a]), 0) for (a, b), count in self.changes().items())


@dataclass(frozen=True, eq=False)
class MixProblem:
    """Everything that the choice of a mix depends on.

    ``spot_loss`` is the share of spot capacity that interruptions take, ``spot_most`` the largest share of the replicas
    of a period that may be spot, both in thousandths.
    """

    profile: Profile
    kinds: tuple[Kind, ...]
    stocks: tuple[Stock, ...] = ()
    max_accelerators: int | None = None
    max_cost_uusd_per_h: int | None = None
    spot_loss: int = 0
    spot_most: int = PER_MILLE
    least: int = 0
    """Replicas that every period has at least."""


@dataclass(frozen=True, eq=False)
class Mix:
    """The best mix: the kind (-1: none), steps ``(sources, periods)``, cost and bound over all hours [micro-USD]."""

    kind: int
    steps: Ints
    cost_uusd: int
    bound_uusd: int
    status: str
    needs: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


def solve_mix(problem: MixProblem, *, time_limit_s: float = 60.0, seed: int = 0, workers: int = 1) -> Mix:
    """Return the mix of least cost over the whole profile, and what is proven of it."""
    effort = Effort(time.monotonic() + time_limit_s, seed, workers)
    bounds = np.array([lower_bound(problem, kind) for kind in problem.kinds])
    best: Mix | None = None
    unproven = np.inf
    for at in np.argsort(bounds, kind="stable").tolist():
        if not np.isfinite(bounds[at]) or (best is not None and bounds[at] >= best.cost_uusd):
            break
        if effort.left_s <= 0.0:
            unproven = min(unproven, bounds[at])
            break
        found = _solve_kind(problem, at, effort, best)
        if found.status not in {"OPTIMAL", "INFEASIBLE"}:
            unproven = min(unproven, found.bound_uusd)
        if found.kind >= 0 and (best is None or found.cost_uusd < best.cost_uusd):
            best = found
    if best is None:
        status = "INFEASIBLE" if np.isinf(unproven) else "UNKNOWN"
        return Mix(-1, np.zeros((0, 0), dtype=np.int64), 0, 0, status)
    bound = int(min(best.cost_uusd, unproven))
    status = "OPTIMAL" if bound >= best.cost_uusd else "FEASIBLE"
    return Mix(best.kind, best.steps, best.cost_uusd, bound, status, best.needs)


def needs(problem: MixProblem, kind: Kind) -> Ints:
    """Return the replicas that each period needs."""
    return np.asarray(np.maximum(-(-problem.profile.demand_urps // kind.capacity_urps), problem.least))


def lower_bound(problem: MixProblem, kind: Kind) -> float:
    """Return what no mix of a kind costs less than [micro-USD]: each replica bought where that is cheapest, in parts.

    The j-th replica is needed in the hours whose need is at least j; committed it costs all hours, otherwise those and
    its starts. A start takes an hour at most, so that no gap is worth paying through.
    """
    hours, need = problem.profile.hours, needs(problem, kind)
    each: dict[bool, float] = {True: np.inf, False: np.inf}
    for source in kind.sources:
        held = 1.0 - (problem.spot_loss / PER_MILLE if source.spot else 0.0)
        if held > 0.0:
            price = source.cost_uusd_per_h / (source.replicas * held)
            each[source.committed] = min(each[source.committed], price)
    levels: Floats = np.append(need, 0)[:-1] - np.append(need, 0)[1:]
    busy = np.cumsum(hours) + problem.profile.start_share * _begun(problem.profile, need)
    with np.errstate(invalid="ignore"):
        cost = np.minimum(each[True] * float(hours.sum()), each[False] * busy)
    return float((levels * np.where(levels > 0, cost, 0.0)).sum())


def _begun(profile: Profile, need: Ints) -> Ints:
    """Return how often the replicas of each period's level are started over the whole profile ``(periods,)``."""
    if not profile.start_share:
        return np.zeros(len(need), dtype=np.int64)
    needed = need[profile.order][None, :] >= need[:, None]
    return np.asarray((needed & ~np.roll(needed, 1, axis=1)).sum(axis=1))


def starting(model: "CpModel", source: Source, row: "list[IntVar]", profile: Profile) -> "list[LinearExpr]":
    """Return the cost of the time that hired steps of a source take to start, between periods that follow another."""
    if not profile.start_share:
        return []
    each, terms = ceil(source.cost_uusd_per_h * profile.start_share), []
    for (one, other), count in profile.changes().items():
        most = max(row[other].proto.domain)
        begun = model.new_int_var(0, most, f"begun[{source.key}, {one}, {other}]")
        model.add(begun >= row[other] - row[one])
        terms.append(each * count * begun)
    return terms


def _solve_kind(problem: MixProblem, at: int, effort: Effort, best: Mix | None) -> Mix:
    from ortools.sat.python import cp_model  # noqa: PLC0415  slow to import

    kind = problem.kinds[at]
    need = needs(problem, kind)
    distinct, back = np.unique(-need, return_inverse=True)
    hours = np.bincount(back.ravel(), weights=problem.profile.hours).astype(np.int64)
    model = cp_model.CpModel()
    steps = _steps(model, problem, kind, -distinct)
    _serves(model, problem, kind, (steps, -distinct))
    _limits(model, problem, kind, steps)
    order = back.ravel()[problem.profile.order]
    merged = replace(problem.profile, hours=hours, order=order)
    cost = sum(
        source.cost_uusd_per_h * int(h) * variable
        for source, row in zip(kind.sources, steps, strict=True)
        for h, variable in zip(hours, row, strict=True)
    ) + sum(
        term
        for source, row in zip(kind.sources, steps, strict=True)
        if not source.committed
        for term in starting(model, source, row, merged)
    )
    if best is not None:
        model.add(cost <= best.cost_uusd - 1)
    model.minimize(cost)
    solver = effort.solver()
    status = run(solver, model)
    name = solver.status_name(status)
    none = np.zeros((0, 0), dtype=np.int64)
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return Mix(-1, none, 0, round(max(solver.best_objective_bound, 0.0)), name)
    values = np.array([[solver.value(v) for v in row] for row in steps], dtype=np.int64)
    return Mix(
        at, values[:, back.ravel()], round(solver.objective_value), round(solver.best_objective_bound), name, need
    )


def _steps(model: "CpModel", problem: MixProblem, kind: Kind, need: Ints) -> "list[list[IntVar]]":
    """Return the steps of each source in each period; those of a commitment are one variable."""
    rows = []
    for source in kind.sources:
        lost = problem.spot_loss if source.spot else 0
        most = min(source.most, -(-PER_MILLE * int(need[0]) // (source.replicas * (PER_MILLE - lost))))
        if source.committed:
            rows.append([model.new_int_var(0, most, f"committed[{source.key}]")] * len(need))
        else:
            rows.append([model.new_int_var(0, most, f"hired[{source.key}, {n}]") for n in need.tolist()])
    return rows


def _serves(model: "CpModel", problem: MixProblem, kind: Kind, asked: "tuple[list[list[IntVar]], Ints]") -> None:
    """(M1) Every period has the replicas it needs, spot less what interruptions take; (M2) spot keeps its share."""
    steps, need = asked
    for t, replicas in enumerate(need.tolist()):
        held = sum(
            source.replicas * (PER_MILLE - (problem.spot_loss if source.spot else 0)) * row[t]
            for source, row in zip(kind.sources, steps, strict=True)
        )
        model.add(held >= PER_MILLE * replicas)
        if problem.spot_most < PER_MILLE and any(source.spot for source in kind.sources):
            every = sum(s.replicas * row[t] for s, row in zip(kind.sources, steps, strict=True))
            spot = sum(s.replicas * row[t] for s, row in zip(kind.sources, steps, strict=True) if s.spot)
            model.add(PER_MILLE * spot <= problem.spot_most * every)


def _limits(model: "CpModel", problem: MixProblem, kind: Kind, steps: "list[list[IntVar]]") -> None:
    """(M3) What is had in any period keeps the caps, the budget and every stock; commitments count always."""
    rows: list[tuple[list[int], int]] = []
    if problem.max_accelerators is not None:
        rows.append(([s.accelerators for s in kind.sources], problem.max_accelerators))
    if problem.max_cost_uusd_per_h is not None:
        rows.append(([s.cost_uusd_per_h for s in kind.sources], problem.max_cost_uusd_per_h))
    rows += [
        ([s.accelerators if stock.matches(s.offer) else 0 for s in kind.sources], stock.max_accelerators)
        for stock in problem.stocks
    ]
    for weights, most in rows:
        if not any(weights):
            continue
        for t in range(len(steps[0])):
            model.add(sum(w * row[t] for w, row in zip(weights, steps, strict=True)) <= most)
