"""Every leaf of a plan's document, corrupted one at a time; and the leaves that promise nothing, with the reason."""

import json
import re
from collections.abc import Iterator
from typing import Any

from planner.errors import SpecError
from planner.plan.record import read_plan
from tests.plan.structures import Path, put, structural

SMALLEST_SUM = 1.0
"""What a month's money is rounded to: parts that are smaller are corrupted by a dollar."""
NO_PROMISE = {
    r"explanation\.why(\[\d+\])?": "words about other plans: what they cost needs a search, which no check does",
    r"explanation\.runners_up\[\d+\]": "without its winner a workload may have no plan at all: that needs a search",
    r"explanation\.runner_up\.(replicas|weight_format|kv_format|engine|\w+_parallel)":
        "another plan: that it runs, carries the demand and is paid for is checked, and more than one does",
    r"explanation\.runners_up\[\d+\]\.(replicas|usd_per_h|weight_format|kv_format|engine|\w+_parallel)":
        "another plan of several workloads: likewise, and its cost is that of all of them",
    r"profile\.alone\[\d+\]\.usd_per_h": "another plan: that it costs no less than the mix is checked",
    r"costs\.equal_risk\[\d+\]\.(steady_)?usd_per_h":
        "another plan: that it costs no less, and of the plan's own tenancy as much, is checked",
    r"workloads\[\d+\]\.pools\[\d+\]\.replicas_per_node": "a cap: who lies where is held against it",
    r"input(\..*)?": "the question itself, against which the answer is held",
    r"files(\..*)?": "digests of what the specification names: held against those files where they are read again",
    r"notes(\[\d+\])?": "words for the reader",
    r"solver\.(name|version)": "who found the plan",
    r"tool(\..*)?": "which version and catalogue made the plan: a note says where the catalogue is another one today",
    r"timing(\..*)?": "how long it took",
}  # fmt: skip
"""Whatever is done to these."""
MAY_BE_WITHHELD = {
    r"costs": "shown only when asked for, or where there are overheads, and then it is missed",
    r"explanation(\.(binding|runners?_up))?": "words about other plans: nothing but a search could miss them",
    r"explanation\.binding\[\d+\]": "one of them: likewise",
    r"profile\.alone\[\d+\]": "a way to buy that nothing was bought by",
    r"costs\.equal_risk\[\d+\](\.steady_usd_per_h)?": "a tenancy that cannot serve the request",
    r"assumed(\..*)?": "a default not told: another version may know other keys",
}
NO_ORDER = {
    r"evidence\[\d+\]": "each names what it backs",
    r"placement\[\d+\](\.holds\[\d+\])?": "each names who lies there",
    r"explanation\.binding\[\d+\]": "each binds by itself",
    r"workloads\[\d+\]\.pools\[\d+\]": "pools serve side by side; places name them by number, and are checked",
}
MAY_BE_MADE_UP = {
    r"assumed": "the default of a key that another version may know",
    r"explanation\.binding": "that what was asked for does not bind needs a search",
}


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
        return [value * 1.01, value * 0.99, 0.0] if value > (SMALLEST_SUM if "usd_of_month" in path else 0.0) else [1.0]
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
    """Every corrupted document, with what was done to it; what promises nothing is left alone."""
    for path, value in leaves(document):
        if promises_nothing(path):
            continue
        for other in corruptions(path, value):
            yield f"{dotted(path)}: {value!r} -> {other!r}", put(document, path, other)
    for path, what, changed in structural(document):
        if not (promises_nothing(path) or free(path, what)):
            yield f"{dotted(path)}: {what}", changed


def free(path: Path, what: str) -> bool:
    """Whether this may be done to a part without a promise broken."""
    for begins, reasons in KINDS.items():
        if what.startswith(begins):
            return any(re.fullmatch(pattern, dotted(path)) for pattern in reasons)
    return False


KINDS = {
    "withheld": MAY_BE_WITHHELD,
    "removed": MAY_BE_WITHHELD,
    "exchanged with the next": NO_ORDER,
    "made up": MAY_BE_MADE_UP,
    "one made up": MAY_BE_MADE_UP,
}


def same(document: dict[str, Any], changed: dict[str, Any]) -> bool:
    """Whether a changed document reads as the same plan: a default was left out, or two that are equal exchanged."""
    try:
        return read_plan(json.dumps(document)) == read_plan(json.dumps(changed))
    except SpecError:
        return False
