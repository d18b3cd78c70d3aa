"""Right specifications by chance: any key, in any combination, small enough to be solved within seconds."""

from dataclasses import dataclass
from random import Random
from typing import Any

from planner.catalog.catalog import Catalog
from planner.spec.slo import METRICS, STATISTICS

Tree = dict[str, Any]
MODELS = (
    "meta-llama/Meta-Llama-3.1-8B", "meta-llama/Meta-Llama-3.1-70B", "Qwen/Qwen3-30B-A3B", "Qwen/Qwen3-0.6B",
    "openai/gpt-oss-120b", "google/gemma-3-27b-it", "mistralai/Mixtral-8x7B-v0.1", "deepseek-ai/DeepSeek-V3",
    "Qwen/Qwen3-Next-80B-A3B-Instruct", "nvidia/Nemotron-H-56B-Base-8K",
)  # fmt: skip
USUAL = ("h100-sxm-80gb", "h200-sxm-141gb", "l40s", "a100-sxm-80gb", "b200-sxm", "mi300x", "l4", "rtx-4090")
OWN_MODEL = {
    "name": "acme", "model_type": "llama", "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32,
    "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 64000, "max_position_embeddings": 32768,
}  # fmt: skip
PURCHASES = ("on_demand", "reserved_1y", "reserved_3y", "spot")
TENANCIES = ("shared", "dedicated", "private", "marketplace")
OBJECTIVES = ("usd_per_mtok", "usd_per_h", "accelerators", "ttft", "energy", "quality")
BOUND_MS = {"ttft": (300.0, 20_000.0), "tpot": (15.0, 300.0), "e2e": (4_000.0, 300_000.0)}


@dataclass(frozen=True)
class Chance:
    """Draws from a seed; names come from a catalogue."""

    random: Random
    catalog: Catalog

    def maybe(self, share: float) -> bool:
        """Return whether something happens that does so in ``share`` of the draws."""
        return self.random.random() < share

    def some(self, names: Any, most: int = 3) -> list[Any]:
        """Return one to ``most`` different ones."""
        listed = sorted(names)
        return self.random.sample(listed, min(len(listed), self.random.randint(1, most)))

    def between(self, low: float, high: float) -> float:
        """Return a number of four digits, as likely in each decade."""
        return float(f"{low * (high / low) ** self.random.random():.4g}")


def specification(random: Random, catalog: Catalog) -> Tree:
    """Return a request of one workload or of up to three, as YAML would give it."""
    chance = Chance(random, catalog)
    tree = _several(chance) if chance.maybe(0.4) else {**_served(chance), **_shared(chance), **_some_limits(chance)}
    if chance.maybe(0.2):
        _over_time(chance, tree)
    return tree


def _several(chance: Chance) -> Tree:
    random = chance.random
    names = [f"w{index}" for index in range(random.randint(1, 3))]
    blocks = [{"name": name, **_served(chance), **_some_limits(chance, 0.3)} for name in names]
    apart = {"apart": [names]} if len(names) > 1 and chance.maybe(0.2) else {}
    return {"workloads": blocks, **_shared(chance), **_some_limits(chance), **apart}


def _over_time(chance: Chance, tree: Tree) -> None:
    """Let what is asked for change by the hour; nine times of ten without what is not built beside that."""
    blocks = tree.get("workloads", [tree])
    for block in blocks[: chance.random.randint(1, 3)]:
        block["workload"] = {"demand": _demand(chance), **_lengths(chance)}
    if chance.maybe(0.1):
        return
    tree.pop("apart", None)
    tree.pop("objective", None)
    for block in (*blocks, tree):
        for key in ("survive", "max_pools", *(("max_usd_per_h", "inventory") if block is not tree else ())):
            block.get("limits", {}).pop(key, None)


def _served(chance: Chance) -> Tree:
    random = chance.random
    served: Tree = {"model": dict(OWN_MODEL) if chance.maybe(0.1) else random.choice(MODELS)}
    served["workload"] = _workload(chance)
    if chance.maybe(0.85):
        metrics = [metric for metric in METRICS if chance.maybe(0.6)]
        served["slo"] = {f"{each}_{random.choice(STATISTICS)}_ms": chance.between(*BOUND_MS[each]) for each in metrics}
    if chance.maybe(0.3):
        served["formats"] = chance.some(chance.catalog.formats, 4)
    if chance.maybe(0.3):
        served["kv_formats"] = chance.some(chance.catalog.kv_formats)
    if chance.maybe(0.2):
        served["quality"] = {"min_recovery": chance.between(0.8, 1.0), "admit_unknown": chance.maybe(0.5)}
    return served


def _workload(chance: Chance) -> Tree:
    key = chance.random.choice(("requests_per_s", "requests_per_s", "concurrency", "tokens_per_day"))
    low, high = {"requests_per_s": (1e-3, 60.0), "concurrency": (0.5, 600.0), "tokens_per_day": (1e5, 5e9)}[key]
    return {key: chance.between(low, high), **_lengths(chance)}


def _lengths(chance: Chance) -> Tree:
    cached = {"cached_input_tokens": chance.random.choice((0, 0.5, 1))} if chance.maybe(0.15) else {}
    return {"input_tokens": _length(chance, 6000), "output_tokens": _length(chance, 800), **cached}


def _demand(chance: Chance) -> Tree:
    random = chance.random
    hours = [random.choice((0.0, 1.0, 2.5, 7.0, 20.0)) for _ in range(random.choice((24, 24, 168)))]
    hours[random.randrange(len(hours))] = chance.between(0.1, 60.0)
    scaling = {"fixed": chance.maybe(0.3), "min_replicas": random.randint(0, 3), "start_up_s": chance.between(1, 3600)}
    return {"hourly_requests_per_s": hours, **({"scaling": scaling} if chance.maybe(0.5) else {})}


def _length(chance: Chance, most: float) -> Any:
    mean = chance.between(2.0, most)
    match chance.random.randrange(4):
        case 0:
            return {"mean": mean, "p95": mean * chance.random.choice((1.0, 1.5, 2.5, 3.7))}
        case 1:
            return {"histogram": [[chance.between(2.0, most), chance.between(0.01, 9.0)] for _ in range(4)]}
    return mean


def _some_limits(chance: Chance, share: float = 0.9) -> Tree:
    return {"limits": _limits(chance)} if chance.maybe(share) else {}


def _limits(chance: Chance) -> Tree:
    random, catalog = chance.random, chance.catalog
    offers = catalog.offers.values()
    regions = {region for offer in offers for region in offer.regions}
    wanted: dict[str, tuple[float, Any]] = {
        "accelerators": (0.6, lambda: chance.some(USUAL if chance.maybe(0.8) else catalog.accelerators, 5)),
        "providers": (0.2, lambda: chance.some({offer.provider for offer in offers}, 8)),
        "regions": (0.1, lambda: chance.some(regions, 5)),
        "tenancy": (0.3, lambda: chance.some(TENANCIES, 4)),
        "fabrics": (0.1, lambda: chance.some(("infiniband", "roce", "efa", "ethernet", "none"), 5)),
        "max_accelerators": (0.2, lambda: random.choice((1, 4, 16, 64, 512))),
        "max_usd_per_h": (0.2, lambda: chance.between(0.5, 2000.0)),
        "inventory": (0.2, lambda: [_stock(chance) for _ in range(random.randint(1, 3))]),
        "max_pools": (0.2, lambda: random.randint(1, 4)),
        "survive": (0.2, lambda: random.choice(({"nodes": 1}, {"nodes": 2}, {"replicas": 1}, {"replicas": 3}))),
        "max_utilisation": (0.2, lambda: chance.between(0.1, 1.0)),
        "throughput_variation": (0.2, lambda: {each: chance.between(0.001, 0.5) for each in chance.some(TENANCIES)}),
    }
    return {key: draw() for key, (share, draw) in wanted.items() if chance.maybe(share)}


def _stock(chance: Chance) -> Tree:
    offer = chance.random.choice(sorted(chance.catalog.offers))
    sold = chance.catalog.offers[offer]
    named = {"accelerator": chance.catalog.nodes[sold.node].accelerator, "offer": offer, "provider": sold.provider}
    keys = chance.some(named)
    return {**{key: named[key] for key in keys}, "max": chance.random.choice((0, 1, 8, 40))}


def _shared(chance: Chance) -> Tree:
    random = chance.random
    wanted: dict[str, tuple[float, Any]] = {
        "owned": (0.2, lambda: [_owned(chance) for _ in range(random.randint(1, 2))]),
        "prices": (0.5, lambda: _prices(chance)),
        "overheads": (
            0.2,
            lambda: {"usd_per_month": chance.between(1, 1e5), "share_of_compute": chance.between(0.01, 2)},
        ),
        "energy": (0.3, lambda: _energy(chance)),
        "engine": (0.3, lambda: chance.some(chance.catalog.engines)),
        "confidence": (0.3, lambda: chance.between(0.5, 0.99)),
        "objective": (0.4, lambda: chance.some(OBJECTIVES, 2)),
        "seed": (0.2, lambda: random.randint(0, 9)),
    }
    return {key: draw() for key, (share, draw) in wanted.items() if chance.maybe(share)}


def _owned(chance: Chance) -> Tree:
    price = {"sunk": True} if chance.maybe(0.5) else {"usd_per_node_h": chance.between(0.1, 60.0)}
    return {"node": chance.random.choice(sorted(chance.catalog.nodes)), "count": chance.random.randint(1, 6), **price}


def _prices(chance: Chance) -> Tree:
    wanted: Tree = {}
    if chance.maybe(0.7):
        wanted["purchase"] = chance.some(PURCHASES, 4)
    if chance.maybe(0.15):
        wanted["as_of"] = chance.random.choice(("2026-11-23", "2026-09-01", "2024-01-01", "2030-01-01"))
    if chance.maybe(0.3):
        wanted["spot"] = {"interruption_share": chance.between(0.001, 0.9), "max_share": chance.between(0.01, 1.0)}
    if chance.maybe(0.2):
        offers = chance.some(chance.catalog.offers)
        wanted["override"] = [{"offer": offer, "usd_per_unit_h": chance.between(0.01, 90.0)} for offer in offers]
    return wanted


def _energy(chance: Chance) -> Tree:
    grams = chance.random.choice((chance.between(1.0, 900.0), {"owned": 380.0, "other": 450.0}, {"us-east-1": 300.0}))
    return {"usd_per_kwh": chance.between(0.01, 1.0), "pue": chance.between(1.0, 3.0), "gco2_per_kwh": grams}
