"""Every limit that a specification states, held against its plan: name, whether it holds, and in which figures."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner.plan.record import Plan, Pool

ALLOWED = {"accelerators": "accelerator", "providers": "provider", "tenancy": "tenancy"}
"""Allow lists, and the word of a pool that must stand on each."""
ROUNDING = 1e-4


@dataclass(frozen=True)
class Held:
    """A limit, in words; ``key`` is where the specification states it."""

    name: str
    holds: bool
    message: str
    key: str


def limits_held(plan: Plan, problems: Sequence[str] = ()) -> Iterator[Held]:
    """Yield every limit that is stated, common ones first; ``problems`` decide what only the catalogue can tell."""
    document = plan.input or {}
    everything = [pool for workload in plan.workloads for pool in workload.pools]
    yield from _section(_limits(document), "limits", "", everything, problems)
    if plan.totals is not None:
        bought = {"max_accelerators": plan.totals.accelerators, "max_usd_per_h": plan.totals.usd_per_h}
        yield from _caps(_limits(document), "limits", "", bought)
    blocks = document.get("workloads")
    for index, workload in enumerate(plan.workloads):
        block = blocks[index] if isinstance(blocks, list) and index < len(blocks) else document
        at = f"workloads[{index}]." if block is not document else ""
        name = f"{workload.name}: " if at else ""
        if at:
            pools = list(workload.pools)
            yield from _section(_limits(block), f"{at}limits", name, pools, problems)
            paid = sum(pool.usd_per_h for pool in pools)
            used = sum(pool.accelerators for pool in pools)
            yield from _caps(_limits(block), f"{at}limits", name, {"max_accelerators": used, "max_usd_per_h": paid})
        yield from _quality(block, at, name, workload.pools)


def _limits(document: Any) -> Mapping[str, Any]:  # noqa: ANN401  a document holds anything
    found = document.get("limits") if isinstance(document, dict) else None
    return found if isinstance(found, dict) else {}


def _section(
    limits: Mapping[str, Any], at: str, name: str, pools: Sequence[Pool], problems: Sequence[str]
) -> Iterator[Held]:
    for key, word in ALLOWED.items():
        allowed = limits.get(key)
        if isinstance(allowed, list) and allowed:
            used = sorted({str(getattr(pool, word)) for pool in pools})
            beyond = [each for each in used if each not in allowed]
            # a list may name aliases, which only the catalogue knows: what was recomputed without a problem is on it
            holds = not beyond or not problems
            words = f"{', '.join(used)} allowed" if holds else f"{', '.join(beyond)} beyond what is allowed"
            yield Held(f"{name}{key}", holds, words, f"{at}.{key}")
    most = limits.get("max_utilisation")
    if isinstance(most, int | float):
        top = max((pool.utilisation for pool in pools), default=0.0)
        yield Held(
            f"{name}max_utilisation", top <= most * (1.0 + ROUNDING), f"{top:g} of {most:g}", f"{at}.max_utilisation"
        )
    for index, stock in enumerate(_listed(limits.get("inventory"))):
        yield from _stock(stock, f"{at}.inventory[{index}]", name, pools)
    if limits.get("survive"):
        lost = [problem for problem in problems if " lost" in problem or "survived" in problem]
        yield Held(
            f"{name}survive", not lost, "; ".join(lost) or "the demand is met when the worst is lost", f"{at}.survive"
        )


def _listed(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401  a document holds anything
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _stock(stock: Mapping[str, Any], at: str, name: str, pools: Iterable[Pool]) -> Iterator[Held]:
    most = stock.get("max")
    if not isinstance(most, int):
        return
    wanted = {key: stock[key] for key in ("accelerator", "offer", "provider") if key in stock}
    used = sum(
        pool.accelerators
        for pool in pools
        if all(getattr(pool, key) == value for key, value in wanted.items())
        and stock.get("region") in {None, *pool.regions}
    )
    what = ", ".join(str(value) for key, value in stock.items() if key != "max")
    yield Held(f"{name}inventory of {what}", used <= most, f"{used} of {most} accelerators", at)


def _caps(limits: Mapping[str, Any], at: str, name: str, bought: Mapping[str, float]) -> Iterator[Held]:
    for key, value in bought.items():
        most = limits.get(key)
        if isinstance(most, int | float):
            yield Held(f"{name}{key}", value <= most * (1.0 + 1e-9), f"{value:g} of {most:g}", f"{at}.{key}")


def _quality(block: Any, at: str, name: str, pools: Iterable[Pool]) -> Iterator[Held]:  # noqa: ANN401  as above
    section = block.get("quality") if isinstance(block, dict) else None
    if not isinstance(section, dict) or not isinstance(section.get("min_recovery"), int | float):
        return
    floor = section["min_recovery"]
    known = [pool.quality.recovery for pool in pools if pool.quality is not None]
    least = min((value for value in known if value is not None), default=None)
    unknown = any(value is None for value in known)
    words = (
        "no score lost" if least is None and not unknown else f"{least:g} kept" if least is not None else "not known"
    )
    held = (least is None or least >= floor * (1.0 - ROUNDING)) and (not unknown or bool(section.get("admit_unknown")))
    yield Held(f"{name}min_recovery", held, f"{words}, {floor:g} asked", f"{at}quality.min_recovery")
