"""What several workloads buy together over a demand that changes: units, commitments and stock are shared.

Each workload takes one way to be served; ways and units are decided at once. A workload's spare replica cannot stand in
for another's, so what interruptions of spot take is made good workload by workload.
"""

import time
from dataclasses import replace
from math import ceil

import numpy as np

from planner.solve.effort import Effort
from planner.solve.interrupt import run
from planner.solve.joint_bound import relaxed
from planner.solve.joint_model import JointMix, JointModel
from planner.solve.joint_search import Search
from planner.solve.joint_ways import JointProblem, Narrowed, narrowed
from planner.solve.mix import Profile
from planner.solve.problem import Floats, Ints

RELAXING, SEARCHING, PLACING = 0.3, 0.2, 0.3
"""Of the time that is left: for the bound, for ways that do well together, and for placing those."""
CLOSE_ENOUGH = 1e-4
"""Relative gap at which the search for a better answer ends."""
MOST_WAYS = 12
"""Ways of one workload that the integer model sees."""
NONE = np.zeros((0, 0), dtype=np.int64)
UNKNOWN = JointMix((), NONE, NONE, NONE, 0, 0, "UNKNOWN")


def solve_joint_mix(problem: JointProblem, *, time_limit_s: float = 60.0, seed: int = 0, workers: int = 1) -> JointMix:
    """Return the choice of least cost over the whole profile, and what is proven of it."""
    effort = Effort(time.monotonic() + time_limit_s, seed, workers)
    small = narrowed(problem)
    if not all(served.ways for served in small.problem.served):
        return JointMix((), NONE, NONE, NONE, 0, 0, "INFEASIBLE")
    merged, back = _merged(small.problem)
    known = relaxed(merged, effort.share(RELAXING))
    bounds = [np.zeros(len(each.ways)) for each in merged.served] if known is None else list(known.ways)
    few = [np.sort(np.argsort(each, kind="stable")[:MOST_WAYS]) for each in bounds]
    found = _improved(merged, few, bounds, effort)
    beyond = [np.delete(each, kept).min(initial=np.inf) for each, kept in zip(bounds, few, strict=True)]
    floor = min(small.floor_uusd, *(float(each) for each in beyond))
    return _whole(found, replace(small, floor_uusd=floor), back, 0.0 if known is None else known.uusd)


def _improved(problem: JointProblem, few: list[Ints], bounds: list[Floats], effort: Effort) -> JointMix:
    """Return the best answer with ``few`` ways of each workload, and the bound over those."""
    left, floor = [each.tolist() for each in few], min(float(own.min()) for own in bounds)
    first = [min(range(len(kept)), key=lambda at: own[kept[at]]) for kept, own in zip(left, bounds, strict=True)]
    search = Search(_taking(problem, left), effort.share(SEARCHING))
    chosen, cost = search.best(first)
    fixed = [[kept[at]] for kept, at in zip(left, chosen, strict=True)]
    found_all = np.isfinite(cost)
    start = _bought(problem, [each[0] for each in fixed], search.answer(chosen)) if found_all else UNKNOWN
    placed = _solved(problem, fixed, effort.share(PLACING), start, floor)
    found = _cheaper(start, placed)
    if found.way:
        left = [[k for k in kept if own[k] < found.cost_uusd] for kept, own in zip(left, bounds, strict=True)]
        left = [sorted({*each, k}) for each, k in zip(left, found.way, strict=True)]
    if all(len(each) == 1 for each in left):
        return found
    better = _solved(problem, left, effort, found, floor)
    return _cheaper(found, better)


def _cheaper(one: JointMix, other: JointMix) -> JointMix:
    """Return the cheaper of two answers, the first where they cost the same, with what is proven by the second."""
    best = one if one.way and not (other.way and other.cost_uusd < one.cost_uusd) else other
    return replace(best, bound_uusd=other.bound_uusd, status=other.status)


def _bought(problem: JointProblem, way: list[int], bought: tuple[Ints, Ints, Ints]) -> JointMix:
    """Return what a search has found as an answer; none where it breaks a limit that it does not see."""
    steps, replicas, spot = bought
    sources = [source for market in problem.markets for source in market.sources]
    for weights, most in problem.limits():
        if (np.array(weights) @ steps > most).any():
            return UNKNOWN
    if any(row.max(initial=0) > source.most for row, source in zip(steps, sources, strict=True)):
        return UNKNOWN
    profile, cost = problem.profile, 0
    for source, row in zip(sources, steps, strict=True):
        begun = 0 if source.committed or not profile.start_share else profile.starts(row)
        cost += source.cost_uusd_per_h * int(row @ profile.hours)
        cost += ceil(source.cost_uusd_per_h * profile.start_share) * begun
    return JointMix(tuple(way), replicas, spot, steps, cost, 0, "FEASIBLE")


def _taking(problem: JointProblem, left: list[list[int]]) -> JointProblem:
    """Return the problem with the ways ``left``."""
    served = tuple(
        replace(each, ways=tuple(each.ways[k] for k in kept)) for each, kept in zip(problem.served, left, strict=True)
    )
    return replace(problem, served=served)


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


def _solved(
    problem: JointProblem, left: list[list[int]], effort: Effort, known: JointMix, floor_uusd: float
) -> JointMix:
    """Return the best answer of the integer model that uses the ways ``left``, and the bound over those."""
    from ortools.sat.python import cp_model  # noqa: PLC0415  slow to import

    if effort.left_s <= 0.0:
        return UNKNOWN
    built = JointModel(_taking(problem, left), cp_model.CpModel())
    built.write(floor_uusd)
    if known.way:
        built.start(known, left)
    solver = effort.solver()
    solver.parameters.relative_gap_limit = CLOSE_ENOUGH
    status = run(solver, built.model)
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
