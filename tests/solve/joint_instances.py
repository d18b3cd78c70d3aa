"""Small random mixes over a profile: several markets, sizes that share units, spot, starts, stocks and caps."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from planner.solve.joint_ways import JointProblem, Market, Served, Way
from planner.solve.mix import Kind, MixProblem, Profile, Source
from planner.solve.problem import Offer, Stock

BOUGHT = ("reserved_1y", "reserved_3y", "on_demand", "on_demand", "spot")
SPOT = [(0, 1000), (0, 1000), (100, 1000), (250, 500), (0, 400), (100, 0)]
"""Loss and cap of spot, in thousandths."""


@st.composite
def sources(draw: st.DrawFn, at: int, number: int) -> Source:
    way, units = draw(st.sampled_from(BOUGHT)), draw(st.sampled_from([1, 2, 4]))
    cost = units * draw(st.integers(3, 9)) + draw(st.integers(0, 3))
    offer = Offer(f"m{at}:{number}", f"m{at}{number}", "ab"[at], "pq"[number % 2], units, cost, way, ("e",)[:number])
    most = draw(st.sampled_from([2**40, 2**40, 2**40, 4, 0]))
    return Source(offer.key, offer, units, units, cost, way.startswith("res"), way == "spot", most)


@st.composite
def markets(draw: st.DrawFn, at: int) -> Market:
    sold = tuple(draw(sources(at, number)) for number in range(draw(st.integers(1, 4))))
    fits = {size: tuple(i for i, s in enumerate(sold) if s.replicas >= size) for size in (1, 2, 4)}
    return Market(sold, tuple((size, places) for size, places in fits.items() if places))


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    order = draw(st.lists(st.integers(0, 2), min_size=1, max_size=5))
    _, periods, hours = np.unique(order, return_inverse=True, return_counts=True)
    nothing = np.zeros(len(hours), dtype=np.int64)
    return Profile(nothing, hours, periods.ravel().astype(np.int64), draw(st.sampled_from([0.0, 0.0, 0.3, 1.0])))


stocks = st.builds(
    Stock,
    name=st.just("stock"),
    max_accelerators=st.integers(1, 12),
    accelerator=st.none() | st.sampled_from(("a", "b")),
    provider=st.none() | st.sampled_from(("p", "q")),
    region=st.none() | st.just("e"),
)


@st.composite
def joint_problems(draw: st.DrawFn, *, limited: bool = True) -> JointProblem:
    """One to three workloads; ``limited``: with stocks, caps and sources of which there are few."""
    profile, sold = draw(profiles()), tuple(draw(markets(at)) for at in range(draw(st.integers(1, 2))))
    if not limited:
        sold = tuple(replace(m, sources=tuple(replace(s, most=2**40) for s in m.sources)) for m in sold)
    served = []
    for name in ("one", "two", "three")[: draw(st.integers(1, 3))]:
        rates = draw(st.lists(st.integers(0, 12), min_size=len(profile.hours), max_size=len(profile.hours)))
        ways = []
        for _ in range(draw(st.integers(1, 3))):
            market = draw(st.integers(0, len(sold) - 1))
            size = draw(st.sampled_from([size for size, _ in sold[market].fits]))
            ways.append(Way(market, size, size * draw(st.integers(2, 4)) - draw(st.integers(0, 1))))
        least = draw(st.sampled_from([0, 0, 1, 2]))
        served.append(Served(name, np.array(rates, dtype=np.int64), tuple(ways), least))
    loss, most = draw(st.sampled_from(SPOT))
    problem = JointProblem(profile, tuple(served), sold, spot_loss=loss, spot_most=most)
    if not limited:
        return problem
    return replace(
        problem,
        stocks=tuple(draw(st.lists(stocks, max_size=2))),
        max_accelerators=draw(st.none() | st.integers(2, 16)),
        max_cost_uusd_per_h=draw(st.none() | st.integers(20, 90)),
    )


@st.composite
def mix_problems(draw: st.DrawFn) -> MixProblem:
    """One workload, one to three kinds of replica."""
    profile = draw(profiles())
    rates = draw(st.lists(st.integers(0, 16), min_size=len(profile.hours), max_size=len(profile.hours), unique=True))
    profile = replace(profile, demand_urps=np.sort(np.array(rates, dtype=np.int64))[::-1].copy())
    kinds = []
    for at in range(draw(st.integers(1, 3))):
        sold = tuple(draw(sources(at % 2, number)) for number in range(draw(st.integers(1, 3))))
        kinds.append(Kind(draw(st.integers(2, 6)), sold))
    loss, most = draw(st.sampled_from(SPOT))
    return MixProblem(
        profile,
        tuple(kinds),
        tuple(draw(st.lists(stocks, max_size=1))),
        draw(st.none() | st.integers(2, 16)),
        draw(st.none() | st.integers(20, 90)),
        loss,
        most,
        draw(st.sampled_from([0, 0, 1, 3])),
    )
