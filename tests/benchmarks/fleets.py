"""Random fleets of the catalogue's size: many models on many offers, too little stock for everyone's first wish."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from planner.solve.problem import Columns, Floats, Ints, Offer, Problem, Stock, Workload, consumed
from planner.solve.solver import solve_problem

SIZES = (1, 2, 4, 8)
SPEED_OF_FORMAT = {"bf16": 1.0, "fp8": 1.6, "w4a16": 1.8}
BYTES_OF_FORMAT = {"bf16": 2.0, "fp8": 1.0, "w4a16": 0.55}


@dataclass(frozen=True, eq=False)
class Market:
    """Offers, and the number, speed and memory of the accelerator under each."""

    offers: tuple[Offer, ...]
    kind: Ints
    speed: Floats
    memory_gb: Floats


def market(rng: np.random.Generator, accelerators: int = 40, rows: int = 180) -> Market:
    """Draw ``rows`` price rows: 60 % sell 1, 2, 4 or 8 accelerators, the rest whole nodes of 8."""
    memory = rng.choice([24, 48, 80, 96, 141, 192], accelerators)
    speed = memory / 80 * rng.lognormal(0, 0.4, accelerators)
    offers: list[Offer] = []
    kind: list[int] = []
    for row in range(rows):
        accelerator = row % accelerators if row < accelerators else int(rng.integers(accelerators))
        price = round(2.5 * speed[accelerator] ** 0.9 * rng.lognormal(0, 0.15), 2)
        provider, region = f"provider{rng.integers(20):02}", f"region{rng.integers(6)}"
        for size in SIZES if rng.random() < 0.6 else SIZES[-1:]:
            offers.append(
                Offer(
                    key=f"{provider}-{row:03}x{size}",
                    name=f"{provider}-{row:03}",
                    accelerator=f"accelerator{accelerator:02}",
                    provider=provider,
                    accelerators=size,
                    cost_uusd_per_h=int(consumed(price * size)),
                    regions=(region,),
                    node_accelerators=8,
                )
            )
            kind.append(accelerator)
    return Market(tuple(offers), np.array(kind), speed[kind], memory[kind].astype(np.float64))


def workload(rng: np.random.Generator, name: str, sold: Market, max_pools: int = 1) -> Workload:
    """Draw a model of 1 to 400 billion parameters and the columns that hold it."""
    billions = float(np.exp(rng.uniform(0, 6)))
    unit = np.array([offer.accelerators for offer in sold.offers])
    cells: list[tuple[Ints, int, str]] = []
    for size in (*SIZES, 16):
        for weight_format in SPEED_OF_FORMAT:
            fits = billions * BYTES_OF_FORMAT[weight_format] * 1.15 < sold.memory_gb * size * 0.9
            lies = (unit >= size) | ((size > unit) & (unit == 8))
            cells.append((np.flatnonzero(fits & lies), size, weight_format))
    offer = np.concatenate([index for index, _, _ in cells])
    accelerators = np.concatenate([np.full(len(index), size) for index, size, _ in cells])
    factor = np.concatenate([np.full(len(index), SPEED_OF_FORMAT[form]) for index, _, form in cells])
    suits = np.exp(0.25 * rng.standard_normal(sold.kind.max() + 1))[sold.kind]
    scales = accelerators ** rng.uniform(0.85, 0.97)
    rate = 60 * sold.speed[offer] * suits[offer] * scales * factor / billions
    zero = np.zeros(len(offer), dtype=np.int64)
    return Workload(
        name=name,
        demand_urps=int(1e6 * 60 / billions * np.exp(rng.uniform(0, 4))),
        columns=Columns(
            [f"{sold.offers[o].key}-tp{a}-f{f}" for o, a, f in zip(offer, accelerators, factor, strict=True)],
            offer,
            accelerators,
            (rate * 1e6).astype(np.int64),
            (1e6 / (1 + sold.speed[offer] * accelerators / billions)).astype(np.int64),
            zero,
            zero,
        ),
        max_pools=max_pools,
    )


def fleet(workloads: int, *, seed: int = 0, max_pools: int = 1, stock_share: float = 0.7) -> Problem:
    """Draw a fleet and give each accelerator ``stock_share`` of what everyone's first wish would take of it."""
    rng = np.random.default_rng(seed)
    sold = market(rng)
    drawn = tuple(workload(rng, f"workload{i:04}", sold, max_pools) for i in range(workloads))
    wanted: Counter[str] = Counter()
    for one in drawn:
        solution = solve_problem(Problem(sold.offers, (replace(one, max_pools=1),)))
        for units, offer in zip(solution.units, sold.offers, strict=True):
            wanted[offer.accelerator] += units * offer.accelerators
    stocks = tuple(
        Stock(f"stock[{name}]", int(stock_share * n), accelerator=name) for name, n in sorted(wanted.items()) if n
    )
    return Problem(sold.offers, drawn, stocks)
