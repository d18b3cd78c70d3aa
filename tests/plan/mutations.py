"""Every leaf of a plan's document, corrupted one at a time; and the leaves that promise nothing, with the reason."""

import copy
import re
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]

SMALLEST_SUM = 1.0
"""What a month's money is rounded to: parts that are smaller are corrupted by a dollar."""
NO_PROMISE = {
    r"explanation\.(binding|why)\[\d+\]": "words about other plans: what binds needs a search, which no check does",
    r"explanation\.runners?_up(\[\d+\])?\.(workload|replicas|usd_per_h|weight_format|kv_format|engine|module_formats.*|\w+_parallel)":
        "another plan: its names, units and ratios are checked, that nothing is cheaper needs a search",
    r"explanation\.runners_up\[\d+\]": "without its winner a workload may have no plan at all: that needs a search",
    r"workloads\[\d+\]\.pools\[\d+\]\.replicas_per_node": "a cap: who lies where is held against it",
    r"costs\.equal_risk\[\d+\].*": "other plans: what each tenancy would cost alone needs a search",
    r"files\..*": "digests of what the specification names: held against those files where they are read again",
    r"notes\[\d+\]": "words for the reader",
    r"profile\.alone\[\d+\].*": "other plans: their costs need a search; the fixed fleet's is held against them",
    r"input\..*": "the question itself, against which the answer is held",
    r"solver\.(name|version)": "who found the plan",
    r"tool\..*": "which version and catalogue made the plan: a note says where the catalogue is another one today",
    r"timing\..*": "how long it took",
}  # fmt: skip


def leaves(document: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every scalar of a document with its path."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from leaves(value, (*path, key))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from leaves(value, (*path, index))
    else:
        yield path, document


def dotted(path: Path) -> str:
    """The path as people write it."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def promises_nothing(path: Path) -> bool:
    """Whether a leaf stands on the list."""
    return any(re.fullmatch(pattern, dotted(path)) for pattern in NO_PROMISE)


def corruptions(path: Path, value: Any) -> list[Any]:
    """What a leaf is replaced by: a little more and a little less, the other truth, another word or day."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    if isinstance(value, float):
        return [value * 1.01, value * 0.99] if value > (SMALLEST_SUM if "usd_of_month" in path else 0.0) else [1.0]
    text = str(value)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return [f"{int(text[:4]) - 1}{text[4:]}"]
    return [OTHER_WORDS.get(path[-1], {}).get(text, f"{text}x")]


OTHER_WORDS: dict[str | int, dict[str, str]] = {
    "basis": {"calibrated": "estimated", "estimated": "measured", "datasheet": "measured", "measured": "derived"},
    "price_basis": {"estimated": "measured", "datasheet": "measured", "measured": "estimated"},
    "power_basis": {"estimated": "measured"},
    "status": {"optimal": "feasible", "feasible": "optimal", "OPTIMAL": "FEASIBLE", "FEASIBLE": "OPTIMAL"},
    "weight_format": {"fp8": "bf16", "bf16": "fp8"},
    "kv_format": {"fp8": "bf16", "bf16": "fp8"},
    "purchase": {"on_demand": "spot", "spot": "on_demand", "reserved_1y": "on_demand", "owned": "on_demand"},
    "tenancy": {"shared": "dedicated", "private": "shared", "dedicated": "shared"},
}


def mutants(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every corrupted document, with what was done to it; leaves that promise nothing are left alone."""
    for path, value in leaves(document):
        if promises_nothing(path):
            continue
        for other in corruptions(path, value):
            changed = copy.deepcopy(document)
            where: Any = changed
            for part in path[:-1]:
                where = where[part]
            where[path[-1]] = other
            yield f"{dotted(path)}: {value!r} -> {other!r}", changed
    for items in dict.fromkeys(path[:end] for path, _ in leaves(document) for end in range(1, len(path) + 1)):
        if not promises_nothing(items) and isinstance(items[-1], int):
            yield from _without(document, items)


def _without(document: dict[str, Any], path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    changed = copy.deepcopy(document)
    where: Any = changed
    for part in path[:-1]:
        where = where[part]
    del where[path[-1]]
    yield f"{dotted(path)}: removed", changed
