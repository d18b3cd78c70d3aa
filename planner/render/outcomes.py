"""Outcomes in words: pieces, values with their units, differences. Shared by all parts of an explanation."""

from planner.plan.explanation import Change, Explained, Miss, Outcome, Piece
from planner.plan.figures import replica_accelerators
from planner.render.numbers import percent, short
from planner.render.plain import plain
from planner.render.sentences import UNNAMED, accelerator_words, layout_words

UNITS = {
    "usd_per_mtok": "USD per million tokens",
    "usd_per_h": "USD/h",
    "accelerators": "accelerators",
    "ttft": "ms of mean TTFT at capacity",
    "energy": "W",
    "quality": "of the quality lost",
}
"""Objectives by the unit of their value."""


def value_words(answer: Explained, outcome: Outcome) -> str:
    """Return the value of the first objective with its unit."""
    return f"{short(outcome.value)} {UNITS.get(answer.objective, plain(answer.objective))}"


def money_words(answer: Explained, outcome: Outcome) -> str:
    """Return the value of the first objective, and what it costs where that is another number."""
    if answer.objective in {"usd_per_mtok", "usd_per_h"}:
        return value_words(answer, outcome)
    return f"{value_words(answer, outcome)} at {short(outcome.usd_per_mtok)} USD per million tokens"


def piece_words(piece: Piece) -> str:
    """``3 x (1 x B200, TP 1) of Verda in FP8, BF16 KV cache``."""
    shape = f"{replica_accelerators(piece)} x {accelerator_words(piece)}, {layout_words(piece)}"
    formats = f"{plain(piece.weight_format).upper()}, {plain(piece.kv_format).upper()} KV cache"
    return f"{piece.replicas} x ({shape}) of {plain(piece.provider_name or piece.provider)} in {formats}"


def pieces_words(answer: Explained, outcome: Outcome, workload: str | None = None) -> str:
    """Return the pieces of one workload, or of all with their names."""
    mine = [piece for piece in outcome.pieces if workload in {None, piece.workload}]
    if workload is not None or len(answer.workloads) == 1:
        return " + ".join(piece_words(piece) for piece in mine)
    return "; ".join(f"{plain(piece.workload)} on {piece_words(piece)}" for piece in mine)


def of_whom(answer: Explained, workload: str | None) -> str:
    """Return the name of a workload where there are several."""
    return "" if workload is None or workload == UNNAMED or len(answer.workloads) == 1 else f"{plain(workload)}: "


def gain_words(answer: Explained, then: Outcome) -> str:
    """Return a value beside the plan's: how much less or more it is."""
    base = answer.chosen
    assert base is not None
    if not base.value or then.value == base.value:
        return money_words(answer, then)
    return f"{money_words(answer, then)}, {difference(then.value / base.value)}"


def difference(ratio: float) -> str:
    """Return by how much a ratio is below or above one."""
    return f"{percent(1.0 - ratio)} less" if ratio < 1.0 else f"{percent(ratio - 1.0)} more"


def change_pieces(answer: Explained, change: Change) -> str:
    """Return the pieces that answer a changed request."""
    return pieces_words(answer, change.then, change.workload)


def unit_words(unit: str) -> str:
    """Return a unit as it stands behind its number."""
    return f" {plain(unit)}" if unit else ""


def miss_words(miss: Miss) -> str:
    """Return the number that decides beside what would do."""
    value, limit = short(miss.value or 0.0), short(miss.limit or 0.0)
    if miss.unit == "ms":
        return f"{value} ms at the lightest load where {limit} would do (the bound less the error of the estimate)"
    return f"{value} {plain(miss.unit)} where {limit} would do"
