"""An explanation in words: every figure as a sentence or a row, for the table and for Markdown alike."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from planner.plan.explanation import (
    Change,
    Explained,
    Flip,
    Held,
    Miss,
    Nearest,
    Need,
    Outcome,
    Piece,
    Relaxed,
    Rival,
    Shadow,
)
from planner.plan.figures import replica_accelerators
from planner.render.numbers import counted, exact, listed, percent, short
from planner.render.plain import plain
from planner.render.sentences import UNNAMED, accelerator_words, clash_words, group_words, layout_words

UNITS = {
    "usd_per_mtok": "USD per million tokens",
    "usd_per_h": "USD/h",
    "accelerators": "accelerators",
    "ttft": "ms of mean TTFT at capacity",
    "energy": "W",
    "quality": "of the quality lost",
}
KINDS = {
    "accelerator": "The best of each accelerator",
    "weight_format": "The best of each weight format",
    "kv_format": "The best of each KV-cache format",
    "parallelism": "The best of each kind of parallelism",
}
ASPECTS = {"weight_format": "weight format", "kv_format": "KV-cache format"}
TIE = 1e-6
MOST = 10
"""Losers with a plan shown one by one; the others are named together."""


@dataclass(frozen=True)
class Section:
    """A heading, sentences, and a grid whose last column may be long."""

    title: str
    sentences: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    justify: str = ""
    bold: bool = field(default=False)


def headline(answer: Explained) -> str:
    """Return the decision in one sentence."""
    if answer.status == "infeasible":
        return clash_words(answer.clash or ())
    if answer.chosen is None:
        return "No answer: the time limit was reached before any plan was found or refuted."
    sure = "proven optimal" if answer.status == "optimal" else "not proven optimal"
    what = pieces_words(answer, answer.chosen)
    return f"{what}: {value_words(answer, answer.chosen)}, {short(answer.chosen.usd_per_h)} USD/h, {sure}."


def sections(answer: Explained) -> list[Section]:
    """Return everything below the headline."""
    made = [*_why_not(answer)] if answer.status == "infeasible" else [*_why(answer)]
    made.append(Section("Notes", tuple(plain(note) for note in answer.notes)))
    return [section for section in made if section.sentences or section.rows]


def all_sentences(answer: Explained) -> list[str]:
    """Return the whole explanation as sentences, one a fact."""
    found = [headline(answer)]
    for section in sections(answer):
        found += section.sentences
        found += [f"{section.title}: {'; '.join(part for part in row if part)}." for row in section.rows]
    return found


def _why(answer: Explained) -> Iterator[Section]:
    yield Section("What holds a replica", tuple(held_sentence(answer, each) for each in answer.held))
    yield Section("What the limits cost", tuple(_shadow_sentences(answer)))
    names = dict.fromkeys(rival.workload for rival in answer.rivals)
    for name in names:
        for kind, title in KINDS.items():
            mine = [rival for rival in answer.rivals if rival.workload == name and rival.kind == kind]
            if mine:
                yield _rival_section(answer, title if len(names) == 1 else f"{title}: {plain(name)}", mine)
    yield Section("Where the choice changes", tuple(_flip_sentences(answer)))


def _why_not(answer: Explained) -> Iterator[Section]:
    yield Section(
        "Cannot hold together", rows=tuple((plain(group), group_words(group)) for group in answer.clash or ())
    )
    nearest = tuple(_relaxed_sentence(answer, each) for each in answer.relaxations or ())
    yield Section("Nearest that would do, one at a time, each solved again", nearest)
    yield Section("Pieces that come nearest", tuple(_nearest_sentence(answer, each) for each in answer.nearest or ()))


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


def held_sentence(answer: Explained, held: Held) -> str:
    """Say what a replica meets first as its load grows."""
    who, rate = of_whom(answer, held.workload), f"{short(held.requests_per_s)} requests/s"
    if held.by == "nothing":
        return f"{who}nothing: one replica could carry {rate}, more than is asked of it."
    if held.by == "arithmetic":
        return f"{who}prompts: at {rate} a replica spends all its time on them."
    if held.by == "memory":
        admitted = f"the KV cache and the engine admit {held.max_concurrency} sequences"
        return f"{who}memory: {admitted}, full at {rate}."
    return (
        f"{who}{held.by.upper()} {held.statistic}: a replica carries {rate}, where {short(held.value_ms or 0.0)} ms "
        f"are expected, which the error of the estimate may raise to the {short(held.limit_ms or 0.0)} ms promised."
    )


def _shadow_sentences(answer: Explained) -> Iterator[str]:
    for shadow in answer.shadows:
        if shadow.binds:
            yield _binding_sentence(answer, shadow)
    free = [_limit_words(shadow) for shadow in answer.shadows if not shadow.binds]
    if free:
        yield f"Nothing is gained without {listed(free)}."


def _limit_words(shadow: Shadow) -> str:
    if shadow.stated is None:
        return plain(shadow.key)
    return f"{plain(shadow.key)} ({exact(shadow.stated)}{_unit(shadow.unit)})"


def _binding_sentence(answer: Explained, shadow: Shadow) -> str:
    said = f"{_limit_words(shadow)} binds"
    change = shadow.loosened
    if change is not None:
        said += f": {_step_words(shadow, change)} {_gain_words(answer, change.then)} ({_pieces(answer, change)})"
    elif shadow.tried_to is not None:
        said += f", but nothing is gained up to {exact(shadow.tried_to)}{_unit(shadow.unit)}"
    if shadow.without is not None and (change is None or shadow.without.value != change.then.value):
        said += f"; without it {_gain_words(answer, shadow.without)}"
    return f"{said}."


def _step_words(shadow: Shadow, change: Change) -> str:
    """Say the least loosening: ``8 more accelerators of ... give``, ``66.2 ms, 32 % more, would give``."""
    more = change.to - change.start
    if shadow.unit.startswith("accelerators"):
        return f"{short(more)} more {plain(shadow.unit)} give"
    share = f" ({percent(abs(more) / change.start)} {'more' if more > 0 else 'less'})" if change.start else ""
    return f"from {exact(change.to)}{_unit(shadow.unit)}{share} on it is"


def _gain_words(answer: Explained, then: Outcome) -> str:
    base = answer.chosen
    assert base is not None
    if not base.value or then.value == base.value:
        return money_words(answer, then)
    return f"{money_words(answer, then)}, {_difference(then.value / base.value)}"


def _difference(ratio: float) -> str:
    return f"{percent(1.0 - ratio)} less" if ratio < 1.0 else f"{percent(ratio - 1.0)} more"


def _pieces(answer: Explained, change: Change) -> str:
    return pieces_words(answer, change.then, change.workload)


def _unit(unit: str) -> str:
    return f" {plain(unit)}" if unit else ""


def _rival_section(answer: Explained, title: str, rivals: list[Rival]) -> Section:
    shown = [rival for rival in rivals if rival.best is not None][:MOST]
    rows = tuple(_rival_row(answer, rival) for rival in shown)
    rest = [rival for rival in rivals if rival.best is not None][MOST:]
    sentences = []
    if rest:
        named = listed([f"{plain(rival.title)} ({_times(rival)})" for rival in rest])
        sentences.append(f"Farther off: {named}.")
    groups: dict[str, list[Rival]] = {}
    for rival in rivals:
        if rival.misses is not None:
            groups.setdefault(rival.misses.group, []).append(rival)
    sentences += [_misses_sentence(group, mine) for group, mine in groups.items()]
    header = (
        "",
        UNITS.get(answer.objective, plain(answer.objective)).replace(" per million tokens", "/Mtok"),
        "times",
        "",
    )
    return Section(title, tuple(sentences), header, rows, "lrrl")


def _rival_row(answer: Explained, rival: Rival) -> tuple[str, ...]:
    assert rival.best is not None
    words = pieces_words(answer, rival.best, rival.workload)
    if rival.needs:
        words += f"; would win {_needs_words(rival)}" if any(n.to is not None for n in rival.needs) else ""
        lost = [need for need in rival.needs if need.to is None]
        words += "".join(f"; no {_need_name(need)} up to {_tried(need)} would do" for need in lost)
    times = "wins" if rival.wins else _times(rival)
    return (plain(rival.title), short(rival.best.value), times, words)


def _times(rival: Rival) -> str:
    ratio = rival.times_the_value
    if ratio is None:
        return ""
    return "as good" if abs(ratio - 1.0) < TIE else f"{ratio:.3g}x"


def _needs_words(rival: Rival) -> str:
    return " or ".join(_need_words(need) for need in rival.needs if need.to is not None)


def _need_words(need: Need) -> str:
    assert need.to is not None
    change = _difference(need.to / need.start)
    if need.of == "price":
        return f"at {short(need.to)} {plain(need.unit)} ({change} than {short(need.start)})"
    if need.of == "bandwidth":
        return f"with {short(need.to)} GB/s of memory bandwidth ({change})"
    return f"with {plain(need.key.rpartition('.')[2])} {exact(need.to)} ({exact(need.start)} asked)"


def _need_name(need: Need) -> str:
    return "memory bandwidth" if need.of == "bandwidth" else "discount" if need.of == "price" else plain(need.key)


def _tried(need: Need) -> str:
    if need.of == "price":
        return percent(1.0 - (need.tried_to or 0.0) / need.start)
    return f"{short((need.tried_to or 0.0) / need.start)} times today's"


def _misses_sentence(group: str, rivals: list[Rival]) -> str:
    """Say which cannot serve at all, and how far off the nearest is."""
    named = listed([plain(rival.title) for rival in rivals])
    known = [rival for rival in rivals if rival.misses and rival.misses.value and rival.misses.limit]
    said = f"Ruled out by {group_words(group)}: {named}"
    if not known:
        return f"{said}."
    ratio = {rival.name: _ratio(rival) for rival in known}
    best = min(known, key=lambda rival: ratio[rival.name])
    assert best.misses is not None
    return f"{said}; nearest {plain(best.title)}, {_miss_words(best.misses)}."


def _miss_words(miss: Miss) -> str:
    """Return the number that decides beside what would do."""
    value, limit = short(miss.value or 0.0), short(miss.limit or 0.0)
    if miss.unit == "ms":
        return f"{value} ms at the lightest load where {limit} would do (the bound less the error of the estimate)"
    return f"{value} {plain(miss.unit)} where {limit} would do"


def _ratio(rival: Rival) -> float:
    assert rival.misses is not None
    ratio = (rival.misses.value or 1.0) / (rival.misses.limit or 1.0)
    return max(ratio, 1.0 / ratio)


def _flip_sentences(answer: Explained) -> Iterator[str]:
    seen: set[tuple[object, ...]] = set()
    stays: dict[str, list[str]] = {}
    for flip in answer.flips:
        if flip.change is None:
            way = "up to" if flip.up else "down to"
            key = f"{plain(flip.key)} ({exact(flip.start)}{_unit(flip.unit)})"
            stays.setdefault(key, []).append(f"{way} {_reach(flip)}")
            continue
        mark = (flip.of, flip.change.to, flip.change.then.usd_per_h, flip.changes)
        if mark not in seen:
            again = (flip.key, flip.up) in seen
            seen |= {mark, (flip.key, flip.up)}
            yield _flip_sentence(answer, flip, flip.change, again=again)
    for key, ways in stays.items():
        yield f"{key}: the choice stays {listed(ways)}."


def _reach(flip: Flip) -> str:
    if flip.infeasible_from is not None:
        return f"{exact(flip.infeasible_from)}, where no plan is left"
    return exact(flip.tried_to)


def _flip_sentence(answer: Explained, flip: Flip, change: Change, *, again: bool) -> str:
    """Say where the choice changes; ``again``: after a smaller change on the way."""
    base = answer.chosen
    assert base is not None
    kept = exact(change.last if change.last is not None else change.start)
    what = "hardware, split and weight format stay" if again else "the choice stays"
    aspects = listed([ASPECTS.get(aspect, aspect) for aspect in flip.changes])
    same = " at the same cost" if change.then.usd_per_h == base.usd_per_h else ""
    said = (
        f"{plain(flip.key)} ({exact(change.start)}{_unit(flip.unit)}): {what} {'up' if flip.up else 'down'} to {kept}, "
    )
    said += f"at {exact(change.to)} another {aspects} wins{same}: {_pieces(answer, change)}, "
    said += money_words(answer, change.then)
    if flip.infeasible_from is not None:
        said += f"; from {exact(flip.infeasible_from)} no plan is left"
    return f"{said}."


def _relaxed_sentence(answer: Explained, relaxed: Relaxed) -> str:
    who = of_whom(answer, relaxed.workload)
    said = f"{who}{plain(relaxed.group)}: {exact(relaxed.start)} -> {exact(relaxed.to)} {plain(relaxed.unit)}"
    if relaxed.then is None:
        return f"{said}."
    return f"{said}: then {pieces_words(answer, relaxed.then)}, {money_words(answer, relaxed.then)}."


def _nearest_sentence(answer: Explained, nearest: Nearest) -> str:
    miss = nearest.misses
    who = of_whom(answer, nearest.piece.workload)
    if miss.value is None or miss.limit is None:
        return f"{who}{piece_words(nearest.piece)}: stopped by {group_words(miss.group)}."
    return f"{who}{piece_words(nearest.piece)}: {group_words(miss.group)}, {_miss_words(miss)}."


def closing(answer: Explained) -> str:
    """Return how much was asked, and of what."""
    dated = f", catalogue of {answer.tool.catalog_date.isoformat()}" if answer.tool.catalog_date else ""
    return f"{counted(answer.solved, 'request')} solved; planner {plain(answer.tool.version)}{dated}"
