"""Small random problems: few offers and columns, sizes that share, limits that bind or clash."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from planner.solve.problem import Columns, Offer, Problem, Stock, Workload

ACCELERATORS = ("a", "b")
PROVIDERS = ("p", "q")
REGIONS = ("e", "w")


def columns_of(rows: list[tuple[int, int, int, int]], name: str = "c") -> Columns:
    """Columns from (offer, accelerators, capacity, ttft)."""
    offer, accelerators, capacity, ttft = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    zero = np.zeros(len(rows), dtype=np.int64)
    return Columns([f"{name}{i}" for i in range(len(rows))], offer, accelerators, capacity, ttft, zero, zero)


@st.composite
def offers(draw: st.DrawFn, sizes: tuple[int, ...] = (1, 2, 4)) -> tuple[Offer, ...]:
    number = draw(st.integers(1, 3))
    return tuple(
        Offer(
            key=f"o{i}",
            name=f"o{i}",
            accelerator=draw(st.sampled_from(ACCELERATORS)),
            provider=draw(st.sampled_from(PROVIDERS)),
            accelerators=draw(st.sampled_from(sizes)),
            cost_uusd_per_h=draw(st.integers(0, 9)),
            regions=draw(st.sampled_from([REGIONS[:1], REGIONS[1:], ()])),
            node_accelerators=draw(st.sampled_from([0, 2, 4])),
        )
        for i in range(number)
    )


@st.composite
def workloads(
    draw: st.DrawFn, name: str, offer_count: int, sizes: tuple[int, ...] = (1, 2, 4), columns: tuple[int, int] = (4, 0)
) -> Workload:
    """At most so many ``columns``, of such a capacity at least."""
    most, least = columns
    row = st.tuples(st.integers(0, offer_count - 1), st.sampled_from(sizes), st.integers(least, 6), st.integers(1, 4))
    rows = draw(st.lists(row, min_size=1, max_size=most))
    return Workload(
        name=name,
        demand_urps=draw(st.integers(1, 9)),
        columns=columns_of(rows),
        max_accelerators=draw(st.none() | st.integers(1, 12)),
        max_cost_uusd_per_h=draw(st.none() | st.integers(1, 30)),
    )


stocks = st.builds(
    Stock,
    name=st.just("stock"),
    max_accelerators=st.integers(0, 12),
    accelerator=st.none() | st.sampled_from(ACCELERATORS),
    provider=st.none() | st.sampled_from(PROVIDERS),
    region=st.none() | st.sampled_from(REGIONS),
)
losses = st.sampled_from([(0, 0), (1, 0), (0, 1), (2, 0)])
"""Nodes and replicas to survive."""


@st.composite
def tangled(draw: st.DrawFn, max_pools: int = 1, sizes: tuple[int, ...] = (1, 2, 4)) -> Problem:
    """Two workloads with losses to survive, stocks of their own and regions to keep, or mixes of pools."""
    sold = draw(offers(sizes))
    names = ("w0", "w1")[: draw(st.integers(1, 2))]
    served = tuple(
        replace(
            draw(workloads(name, len(sold), sizes, (3, 2))),
            max_pools=draw(st.integers(1, max_pools)),
            max_accelerators=None,
            demand_urps=draw(st.integers(1, 7)),
            stocks=tuple(draw(st.lists(stocks, max_size=1))),
            survive_nodes=nodes,
            survive_replicas=replicas,
        )
        for name, (nodes, replicas) in zip(names, draw(st.lists(losses, min_size=2, max_size=2)), strict=False)
    )
    return Problem(
        offers=sold,
        workloads=served,
        stocks=tuple(draw(st.lists(stocks, max_size=1))),
        max_accelerators=draw(st.none() | st.integers(4, 24)),
        apart=draw(st.sampled_from([(), (names,)])) if len(names) == 2 else (),
        objectives=draw(st.sampled_from([("cost",), ("accelerators",), ("ttft", "cost")])),
    )


@st.composite
def problems(draw: st.DrawFn, sizes: tuple[int, ...] = (1, 2, 4)) -> Problem:
    sold = draw(offers(sizes))
    return Problem(
        offers=sold,
        workloads=tuple(draw(workloads(f"w{i}", len(sold), sizes)) for i in range(draw(st.integers(1, 3)))),
        stocks=tuple(draw(st.lists(stocks, max_size=2))),
        max_accelerators=draw(st.none() | st.integers(1, 16)),
        max_cost_uusd_per_h=draw(st.none() | st.integers(1, 40)),
        objectives=draw(st.sampled_from([("cost",), ("accelerators",), ("ttft",), ("ttft", "cost")])),
    )


@st.composite
def scarce(draw: st.DrawFn, max_pools: int = 2, workloads: int = 2, sizes: tuple[int, ...] = (1, 2, 4)) -> Problem:
    """A few workloads that may mix pools, and hardly an offer of which there is enough for any."""
    sold = tuple(
        replace(offer, cost_uusd_per_h=draw(st.integers(1, 9)), accelerators=draw(st.sampled_from(sizes)))
        for offer in draw(offers())
    )
    served = []
    for name in ("w0", "w1")[: draw(st.integers(1, workloads))]:
        row = st.tuples(st.sampled_from(sizes), st.integers(2, 4), st.integers(1, 4))
        rows = [(o, *draw(row)) for o in (*range(len(sold)), draw(st.integers(0, len(sold) - 1)))]
        nodes, replicas = draw(st.sampled_from([(0, 0), (0, 0), (0, 1), (1, 0), (0, 2)]))
        served.append(
            Workload(
                name=name,
                demand_urps=draw(st.integers(4, 9)),
                columns=columns_of(rows),
                max_pools=draw(st.integers(2, max_pools)),
                survive_nodes=nodes,
                survive_replicas=replicas,
            )
        )
    stocks_of_each = tuple(
        Stock(offer.key, offer.accelerators * draw(st.integers(1, 3)), offer=offer.name) for offer in sold
    )
    objectives = draw(st.sampled_from([("cost",), ("cost",), ("accelerators",), ("ttft", "cost")]))
    return Problem(sold, tuple(served), stocks_of_each, objectives=objectives)
