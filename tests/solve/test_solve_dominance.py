"""What is dropped is matched or beaten by something that stays; what others need stays."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.solve import dominance
from planner.solve.dominance import alike, undominated
from planner.solve.instance import prepare
from planner.solve.merging import worthwhile
from planner.solve.problem import Offer, Problem, Stock, Workload
from planner.solve.rows import shared_rows
from tests.solve.instances import columns_of
from tests.solve.test_solve_brute_force import check

rows = st.integers(0, 4).flatmap(lambda width: st.lists(st.tuples(*[st.integers(0, 3)] * width), max_size=12))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=rows, at_once=st.sampled_from([400, 0]))
def test_of_equals_the_first_stays_and_of_others_whatever_none_beats(
    drawn: list[tuple[int, ...]], at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dominance, "AT_ONCE", at_once)
    values = np.array(drawn, dtype=np.int64).reshape(len(drawn), len(drawn[0]) if drawn else 0)
    keep = [
        not any((other <= mine).all() and ((other < mine).any() or o < m) for o, other in enumerate(values))
        for m, mine in enumerate(values)
    ]
    assert undominated(values).tolist() == keep
    kinds = [sorted(kind.tolist()) for kind in alike(values)]
    assert sorted(kinds) == sorted([[o for o, b in enumerate(drawn) if a == b] for a in dict.fromkeys(drawn)])


@st.composite
def twins(draw: st.DrawFn) -> Problem:
    """Offers of which others are nearly the same, a little cheaper, elsewhere, or half the size for half the price."""
    sold: list[Offer] = []
    for at in range(draw(st.integers(1, 2))):
        size, price = draw(st.sampled_from([(4, 8), (2, 4), (4, 6)]))
        first = Offer(f"o{at}", f"o{at}", "a", "p", size, price, regions=("e",), idle_mw=draw(st.integers(0, 8)))
        change = draw(st.sampled_from(["price", "region", "accelerator", "idle_mw", "host", "half", "none"]))
        twin = replace(first, key=f"t{at}", name=f"t{at}")
        cheaper = draw(st.integers(0, 2))
        sold += [
            first,
            {
                "price": replace(twin, cost_uusd_per_h=price - cheaper),
                "region": replace(twin, cost_uusd_per_h=price - cheaper, regions=("w",)),
                "accelerator": replace(twin, cost_uusd_per_h=price - cheaper, accelerator="b"),
                "idle_mw": replace(twin, cost_uusd_per_h=price - 1, idle_mw=draw(st.integers(0, 8))),
                "host": replace(twin, cost_uusd_per_h=price - 1, node_accelerators=2 * size),
                "half": replace(
                    twin,
                    accelerators=size // 2,
                    cost_uusd_per_h=price // 2 + draw(st.integers(-1, 1)),
                    idle_mw=draw(st.integers(0, 4)),
                ),
                "none": twin,
            }[change],
        ]
    served = []
    for name in ("one", "two")[: draw(st.integers(1, 2))]:
        row = st.tuples(st.sampled_from([1, 2, 4]), st.integers(2, 5), st.integers(1, 2))
        ways = draw(st.lists(row, min_size=1, max_size=2))
        every = [(o, *way) for o in range(len(sold)) for way in ways]
        odd = [(draw(st.integers(0, len(sold) - 1)), *draw(row))] if draw(st.booleans()) else []
        mine = Workload(name, draw(st.integers(1, 6)), columns_of([*every, *odd]))
        survive = draw(st.sampled_from([(0, 0), (0, 0), (1, 0), (0, 1)]))
        served.append(replace(mine, survive_nodes=survive[0], survive_replicas=survive[1]))
    stock = st.builds(
        Stock,
        name=st.just("stock"),
        max_accelerators=st.integers(0, 8),
        accelerator=st.sampled_from([None, "a"]),
        region=st.sampled_from([None, "e"]),
        offer=st.sampled_from([None, "o0", "t0"]),
    )
    return Problem(
        tuple(sold),
        tuple(served),
        tuple(draw(st.lists(stock, max_size=1))),
        max_accelerators=draw(st.none() | st.integers(4, 16)),
        apart=draw(st.sampled_from([(), (("one", "two"),)])) if len(served) == 2 else (),
        objectives=draw(st.sampled_from([("cost",), ("energy", "cost"), ("cost", "energy"), ("accelerators",)])),
    )


@settings(max_examples=90)
@given(twins())
def test_offers_that_others_make_superfluous_are_not_missed(problem: Problem) -> None:
    check(problem)


def test_of_two_offers_that_differ_in_price_alone_the_dearer_is_dropped() -> None:
    def kept(problem: Problem) -> tuple[list[bool], list[bool]]:
        found = worthwhile(problem, shared_rows(problem))
        return found.offers.tolist(), found.inside.tolist()

    node = Offer("node", "node", "h", "p", 8, 80)
    rows = [(0, 8, 9, 1), (0, 1, 1, 1), (1, 8, 9, 1), (1, 1, 1, 1)]
    both = Problem(
        (node, replace(node, key="dear", name="dear", cost_uusd_per_h=81)), (Workload("w", 1, columns_of(rows)),)
    )
    assert kept(both) == ([True, False], [True, False])
    assert kept(replace(both, stocks=(Stock("s", 8, offer="node"),)))[0] == [True, True]
    assert kept(replace(both, workloads=(replace(both.workloads[0], columns=columns_of(rows[:3])),)))[0] == [True, True]
    single = Offer("one", "one", "h", "p", 1, 10)
    small = Problem((node, single), (Workload("w", 1, columns_of([(0, 8, 9, 1), (0, 1, 1, 1), (1, 1, 1, 1)])),))
    assert kept(small)[0] == [True, True]
    assert not kept(small)[1][0]
    dear = replace(small, offers=(node, replace(single, cost_uusd_per_h=11)))
    assert kept(dear)[1][0]
    idle = replace(small, offers=(node, replace(single, idle_mw=1)))
    assert kept(idle)[1][0]
    lost = replace(small, workloads=(replace(small.workloads[0], survive_nodes=1),))
    assert kept(lost)[1][0]


def test_a_pattern_that_only_costs_more_is_dropped_and_one_that_touches_less_is_not() -> None:
    sold = (Offer("a", "a", "a", "p", 1, 1), Offer("b", "b", "b", "p", 1, 2), Offer("c", "c", "c", "p", 1, 3))
    workload = Workload("w", 6, columns_of([(0, 1, 2, 1), (0, 1, 1, 1), (1, 1, 3, 1), (2, 1, 2, 1)]))
    instance = prepare(Problem(sold, (workload,), (Stock("a", 9, "a"), Stock("b", 9, "b"))))
    pruned = instance.pruned(("cost", "accelerators", "ttft"))
    assert pruned.choices[0].patterns.column.ravel().tolist() == [0, 2, 3]
    assert instance.pruned(("cost",)).choices[0].patterns.column.ravel().tolist() == [0, 2, 3]
