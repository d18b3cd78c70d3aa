"""Medium instances against HiGHS on the plain integer model: the same optimum."""

import numpy as np
import pytest

from planner.solve import narrowing, solver
from planner.solve.problem import Offer, Problem, Stock, Workload
from planner.solve.solver import solve_problem
from tests.oracle.plain_model import solve_plain
from tests.solve.instances import columns_of

SIZES = (1, 2, 4, 8)


def medium(seed: int, max_pools: int, survive_replicas: int = 0) -> Problem:
    """Five workloads of twelve columns on ten offers, with too little of the cheaper accelerators."""
    random = np.random.default_rng(seed)
    offers = tuple(
        Offer(
            f"o{at}", f"o{at}", f"a{at % 4}", "p", int(size), int(size * random.integers(90, 140)), node_accelerators=8
        )
        for at, size in enumerate(random.choice(SIZES, 10))
    )
    served = []
    for at in range(5):
        rows = []
        for _ in range(12):
            offer = int(random.integers(len(offers)))
            size = int(random.choice([s for s in SIZES if s <= offers[offer].accelerators]))
            rows.append((offer, size, int(size * random.integers(60, 140)), 1))
        demand = int(random.integers(200, 1500))
        served.append(
            Workload(f"w{at}", demand, columns_of(rows), max_pools=max_pools, survive_replicas=survive_replicas)
        )
    stocks = tuple(Stock(f"a{k}", int(random.integers(12, 40)), accelerator=f"a{k}") for k in range(3))
    return Problem(offers, tuple(served), stocks)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("max_pools", "survive_replicas"), [(1, 0), (2, 0), (1, 1)])
def test_highs_finds_the_same_optimum(seed: int, max_pools: int, survive_replicas: int) -> None:
    problem = medium(seed, max_pools, survive_replicas)
    solution, plain = solve_problem(problem), solve_plain(problem)
    if solution.status == "infeasible":
        assert plain.status == "Infeasible"
        return
    assert (solution.status, plain.status) == ("optimal", "Optimal")
    assert solution.stages[0].value == pytest.approx(plain.cost, rel=1e-7)


@pytest.mark.parametrize("seed", range(6))
def test_a_search_that_begins_with_few_patterns_ends_with_all_that_can_matter(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a plan to start from, and on hardly a pattern at first: what is called optimal is."""
    problem = medium(seed, 1)
    least = solve_problem(problem)
    monkeypatch.setattr(solver, "SMALL", 0)
    monkeypatch.setattr(narrowing, "FIRST", 0)
    monkeypatch.setattr(narrowing, "greedy_plan", lambda *_: None)
    widened = solve_problem(problem)
    assert (widened.status, widened.stages[:1]) == (least.status, least.stages[:1])
