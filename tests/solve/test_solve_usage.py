"""What a pattern takes and what losses leave of it, against counting; how far spot stands in for others."""

from dataclasses import replace

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planner.solve.choice import Choice
from planner.solve.instance import prepare
from planner.solve.losses import left_urps, lost_at_once
from planner.solve.mixing import completed
from planner.solve.packing import fewest_units
from planner.solve.patterns import Patterns
from planner.solve.problem import Offer, Problem, Workload
from planner.solve.solver import solve_problem
from planner.solve.spot import tradeoff
from planner.solve.usage import OfferArrays, usage_of
from tests.solve.brute_force import Pools, accelerators, cost, fewest_bins, left, units_needed
from tests.solve.instances import columns_of, problems, scarce, tangled

uneven = scarce(max_pools=3, workloads=1, sizes=(2, 3, 5, 6, 12)) | tangled(max_pools=2, sizes=(2, 3, 6, 7))


def pools_of(choice: Choice, p: int) -> Pools:
    rows = zip(*(part[p].tolist() for part in choice.patterns.arrays), strict=True)
    return tuple(pool for pool in rows if pool[1])


@settings(max_examples=80)
@given(problems() | uneven | scarce())
def test_a_pattern_takes_the_fewest_units_that_hold_it_and_meets_the_demand_after_losses(problem: Problem) -> None:
    instance = completed(prepare(problem))
    for choice in instance.choices:
        workload, usage = choice.workload, choice.usage
        losses = workload.survive_nodes or workload.survive_replicas
        lost = lost_at_once(workload, choice.patterns.column, choice.patterns.spread, problem.offers)
        after = left_urps(workload, choice.patterns.replicas, choice.patterns.column, lost)
        seeming = Choice.of(
            replace(workload, max_accelerators=None, max_cost_uusd_per_h=None, stocks=()),
            choice.patterns,
            instance.offers,
            problem.offers,
            exact=False,
        )
        assert (seeming.usage.units <= usage.units).all()
        for p in range(0, len(choice), 1 + len(choice) // 20):
            pools = pools_of(choice, p)
            units = units_needed([(workload, pools)], problem.offers)
            taken = np.zeros(len(units), dtype=np.int64)
            np.add.at(taken, usage.offer[p], usage.units[p])
            assert taken.tolist() == units
            assert usage.bought(usage.units)[p] == accelerators(units, problem.offers)
            assert usage.cost(usage.units)[p] == cost(units, problem.offers)
            assert after[p] >= workload.demand_urps
            assert after[p] == left(workload, pools, problem.offers, losses)


@st.composite
def drawn_patterns(draw: st.DrawFn) -> tuple[Problem, Patterns]:
    """Patterns of up to three pools, whole units and parts of them among them, on a few offers of uneven sizes."""
    units = draw(st.lists(st.integers(1, 7), min_size=1, max_size=2))
    sold = tuple(Offer(f"o{at}", f"o{at}", "a", "p", unit, 1) for at, unit in enumerate(units))
    row = st.tuples(st.integers(0, len(sold) - 1), st.integers(1, 8), st.just(1), st.just(1))
    columns = draw(st.lists(row, min_size=3, max_size=4))
    made = []
    for _ in range(12):
        column = draw(st.lists(st.integers(0, len(columns) - 1), min_size=3, max_size=3, unique=True))
        made.append([column, draw(st.lists(st.integers(0, 4), min_size=3, max_size=3)), [0, 0, 0]])
    arrays = np.array(made, dtype=np.int64)
    served = tuple(Workload(name, 1, columns_of(columns), max_pools=3) for name in "ab"[: draw(st.integers(1, 2))])
    return Problem(sold, served), Patterns(arrays[:, 0], arrays[:, 1], arrays[:, 2])


@settings(max_examples=60)
@given(drawn_patterns())
def test_pools_of_one_pattern_share_units_whatever_their_sizes(drawn: tuple[Problem, Patterns]) -> None:
    problem, patterns = drawn
    workload, used = problem.workloads[0], [each.columns for each in problem.workloads]
    offers = OfferArrays.of(problem.offers, used, [False] * len(used))
    exact, least = (usage_of(patterns, workload.columns, offers, exact=exact) for exact in (True, False))
    unit = np.array([offer.accelerators for offer in problem.offers])
    for p, rows in enumerate(zip(*(part.tolist() for part in patterns.arrays), strict=True)):
        pools = tuple(pool for pool in zip(*rows, strict=True) if pool[1])
        needed, taken, seeming, slots = (np.zeros(len(unit), dtype=np.int64) for _ in range(4))
        needed[:] = units_needed([(workload, pools)], problem.offers)
        np.add.at(taken, exact.offer[p], exact.units[p])
        np.add.at(seeming, least.offer[p], least.units[p])
        assert taken.tolist() == needed.tolist()
        assert (seeming <= taken).all()
        np.add.at(slots, exact.offer[p], exact.slots[p])
        inside = [(c, n) for c, n, _ in pools if workload.columns.accelerators[c] < unit[workload.columns.offer[c]]]
        shared = len(problem.workloads) > 1
        assert slots.sum() == shared * sum(int(workload.columns.accelerators[c]) * n for c, n in inside)
        assert (exact.own_units[p] == np.where(exact.slots[p] > 0, 0, exact.units[p])).all()


@settings(max_examples=40)
@given(uneven)
def test_sizes_that_do_not_divide_one_another_share_units_as_well_as_they_can(problem: Problem) -> None:
    """Never fewer units than hold all that lies there, and an arrangement of it in as many as are bought."""
    solution = solve_problem(problem)
    if solution.status == "infeasible":
        return
    served = [
        (workload, tuple((pool.column, pool.replicas, pool.spread) for pool in pools))
        for workload, pools in zip(problem.workloads, solution.pools, strict=True)
    ]
    assert list(solution.units) == units_needed(served, problem.offers)
    held: dict[tuple[int, int], int] = {}
    for units in solution.arrangement:
        offer = problem.offers[units.offer]
        sizes = [int(problem.workloads[w].columns.accelerators[solution.pools[w][p].column]) for w, p, _ in units.holds]
        filled = sum(size * n for size, (_, _, n) in zip(sizes, units.holds, strict=True))
        assert filled <= units.across * offer.accelerators
        for w, p, n in units.holds:
            assert problem.workloads[w].columns.offer[solution.pools[w][p].column] == units.offer
            assert n <= (solution.pools[w][p].spread or n)
            held[w, p] = held.get((w, p), 0) + n * units.count
    assert held == {(w, p): pool.replicas for w, pools in enumerate(solution.pools) for p, pool in enumerate(pools)}


@given(st.integers(5, 12), st.lists(st.integers(2, 9), min_size=2, max_size=3, unique=True), st.integers(11, 14))
def test_more_replicas_than_are_tried_place_by_place(unit: int, sizes: list[int], each: int) -> None:
    """Beyond `FEW` replicas the answer is that of a model: no fewer than fill the units, no more than one by one."""
    fitting = tuple(min(size, unit) for size in sizes)
    counts = tuple(each for _ in fitting)
    few = fewest_units(unit, fitting, tuple(1 for _ in fitting))
    many = fewest_units(unit, fitting, counts)
    items = tuple(sorted(((size, k, unit) for k, size in enumerate(fitting)), reverse=True))
    assert few == fewest_bins(items, unit)
    assert -(-sum(size * each for size in fitting) // unit) <= many <= few * each
    assert many <= sum(-(-each // (unit // size)) for size in fitting)
    assert fewest_units(unit, fitting, tuple(n + 1 for n in counts)) <= many + few


@given(st.integers(0, 9) | st.integers(9, 24), st.integers(0, 600), st.integers(0, 1000) | st.just(1000))
@example(12, 382, 1000)
def test_spot_saves_no_more_than_it_says_and_all_that_it_can(need: int, loss: int, most: int) -> None:
    able = {
        (spot, need - others)
        for others in range(need + 1)
        for spot in range(1, 3 * need + 2)
        if 1000 * others + (1000 - loss) * spot >= 1000 * need and 1000 * spot <= most * (others + spot)
    }
    found = tradeoff(need, loss, most)
    useful = {(spot, saved) for spot, saved in able if saved}
    assert found.saves == max((saved for _, saved in useful), default=0)
    assert all(saved * found.slope[1] <= found.slope[0] * spot for spot, saved in useful)
    assert not useful or found.slope in {(saved, spot) for spot, saved in useful}
    assert found.most >= min((spot for spot, saved in useful if saved == found.saves), default=0)
    assert found.corners[0] == (need, 0)
    assert all(spot <= found.most and need - others <= found.saves for others, spot in found.corners)
    for price in np.arange(1, 20) / 20:
        best = min((need - saved + price * spot for spot, saved in able), default=need)
        assert min(others + price * spot for others, spot in found.corners) <= best + 1e-9
    steep = [(b[1] - a[1]) / (a[0] - b[0]) for a, b in zip(found.corners, found.corners[1:], strict=False)]
    assert steep == sorted(set(steep))
