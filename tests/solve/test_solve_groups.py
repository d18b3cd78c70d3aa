"""Each constraint group: feasible, infeasible, feasible again."""

from dataclasses import replace

import pytest

from planner.solve.problem import Offer, Problem, Stock, Workload
from planner.solve.solver import solve_problem
from tests.solve.instances import columns_of

BIG = Offer("big", "big", "h", "aws", accelerators=8, cost_uusd_per_h=80)
ONE = Offer("one", "one", "l", "hyper", accelerators=1, cost_uusd_per_h=11)
CHAT = Workload("chat", demand_urps=10, columns=columns_of([(0, 4, 5, 1), (1, 1, 3, 2)]))
RAG = Workload("rag", demand_urps=5, columns=columns_of([(0, 4, 5, 1), (1, 1, 1, 2)]))
FREE = Problem((BIG, ONE), (CHAT, RAG))


def cost(problem: Problem) -> int | None:
    solution = solve_problem(problem)
    return solution.stages[0].value if solution.stages else None


def test_without_limits_each_workload_takes_its_cheapest() -> None:
    solution = solve_problem(FREE)
    assert solution.status == "optimal"
    assert solution.stages[0].value == 44 + 55
    assert [[(pool.column, pool.replicas) for pool in pools] for pools in solution.pools] == [[(1, 4)], [(1, 5)]]
    assert solution.units == (0, 9)


@pytest.mark.parametrize(
    ("enough", "too_little"),
    [
        (Stock("row", 8, provider="hyper"), Stock("row", 0)),
        (Stock("row", 4, accelerator="l"), Stock("row", 3)),
        (Stock("row", 4, offer="one"), Stock("row", 2)),
    ],
)
def test_inventory(enough: Stock, too_little: Stock) -> None:
    assert cost(replace(FREE, stocks=(enough,))) == {"hyper": 124, None: 124}[enough.provider]
    assert cost(replace(FREE, stocks=(too_little,))) is None
    assert cost(replace(FREE, stocks=(too_little,), left_out=frozenset({"inventory"}))) == 99


def test_max_accelerators() -> None:
    assert cost(replace(FREE, max_accelerators=9)) == 99
    assert cost(replace(FREE, max_accelerators=8)) is None
    assert cost(replace(FREE, max_accelerators=8, left_out=frozenset({"max_accelerators"}))) == 99


def test_budget() -> None:
    assert cost(replace(FREE, max_cost_uusd_per_h=99)) == 99
    assert cost(replace(FREE, max_cost_uusd_per_h=98)) is None
    assert cost(replace(FREE, max_cost_uusd_per_h=98, left_out=frozenset({"budget"}))) == 99


def test_limits_of_one_workload_count_what_it_would_buy_alone() -> None:
    limited = replace(FREE, workloads=(CHAT, replace(RAG, max_accelerators=4)))
    assert cost(limited) is None
    assert cost(replace(limited, left_out=frozenset({"max_accelerators"}))) == 99
    assert cost(replace(FREE, workloads=(replace(CHAT, max_cost_uusd_per_h=43), RAG))) is None
    assert cost(replace(FREE, workloads=(replace(CHAT, max_cost_uusd_per_h=44), RAG))) == 99


def test_workloads_share_whole_nodes() -> None:
    both = replace(FREE, workloads=(replace(CHAT, demand_urps=5), RAG), stocks=(Stock("row", 0, offer="one"),))
    solution = solve_problem(both)
    assert solution.units == (1, 0)
    assert solution.stages[0].value == 80


def test_without_nodes_accelerators_are_bought_one_by_one() -> None:
    alone = replace(FREE, workloads=(RAG,), stocks=(Stock("row", 0, offer="one"),))
    assert cost(alone) == 80
    assert cost(replace(alone, left_out=frozenset({"nodes"}))) == 40


def test_a_part_of_a_unit_costs_and_draws_no_less_than_its_share() -> None:
    """81 and 17 over eight accelerators are 11 and 3 for each, of which four are needed."""
    alone = replace(RAG, columns=columns_of([(0, 4, 5, 1)]))
    odd = replace(BIG, cost_uusd_per_h=81, idle_mw=17, node_accelerators=8)
    for name, value in (("cost", 44), ("energy", 12), ("accelerators", 4)):
        part = Problem((odd,), (alone,), objectives=(name,), left_out=frozenset({"nodes"}))
        assert solve_problem(part).stages[0].value == value


def test_without_survive_neither_hosts_nor_replicas_are_spare() -> None:
    for losses in ({"survive_nodes": 1}, {"survive_replicas": 1}):
        safe = Problem((BIG, ONE), (replace(RAG, **losses),))  # type: ignore[arg-type]
        assert cost(safe) == 66
        assert cost(replace(safe, left_out=frozenset({"survive"}))) == 55


def test_a_stock_of_a_workload_counts_what_it_would_buy_alone() -> None:
    own = replace(FREE, workloads=(CHAT, replace(RAG, stocks=(Stock("mine", 4, accelerator="l"),))))
    assert cost(own) == 44 + 80
    assert cost(replace(own, left_out=frozenset({"inventory"}))) == 99
    assert cost(replace(FREE, workloads=(CHAT, replace(RAG, stocks=(Stock("mine", 5, provider="hyper"),))))) == 99


def test_without_demand_nothing_is_bought() -> None:
    assert cost(replace(FREE, max_accelerators=0, left_out=frozenset({"demand"}))) == 0


def test_no_columns_is_infeasible() -> None:
    assert cost(replace(FREE, workloads=(replace(CHAT, columns=columns_of([(0, 4, 0, 1)])),))) is None
    assert cost(replace(FREE, workloads=(replace(CHAT, columns=columns_of([])),))) is None
