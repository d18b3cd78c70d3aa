"""Who loses, by how much, and what each would need to win; where no plan is left, what comes nearest. In words."""

from planner.plan.explanation import Explained, Nearest, Need, Relaxed, Rival
from planner.render.numbers import exact, listed, percent, short
from planner.render.outcomes import UNITS, difference, miss_words, money_words, of_whom, piece_words, pieces_words
from planner.render.plain import plain
from planner.render.sections import Section
from planner.render.sentences import group_words

TIE = 1e-6
MOST = 10
"""Losers with a plan shown one by one; the others are named together."""


def rival_section(answer: Explained, title: str, rivals: list[Rival]) -> Section:
    """Return the best of each kind as rows, those without any plan as sentences."""
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
    return Section(title, tuple(sentences), header, rows)


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
    change = difference(need.to / need.start)
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
    return f"{said}; nearest {plain(best.title)}, {miss_words(best.misses)}."


def _ratio(rival: Rival) -> float:
    assert rival.misses is not None
    ratio = (rival.misses.value or 1.0) / (rival.misses.limit or 1.0)
    return max(ratio, 1.0 / ratio)


def relaxed_sentence(answer: Explained, relaxed: Relaxed) -> str:
    """Say what number would do and what the answer is then."""
    who = of_whom(answer, relaxed.workload)
    said = f"{who}{plain(relaxed.group)}: {exact(relaxed.start)} -> {exact(relaxed.to)} {plain(relaxed.unit)}"
    if relaxed.then is None:
        return f"{said}."
    return f"{said}: then {pieces_words(answer, relaxed.then)}, {money_words(answer, relaxed.then)}."


def nearest_sentence(answer: Explained, nearest: Nearest) -> str:
    """Say what nearly serves and what it misses."""
    miss = nearest.misses
    who = of_whom(answer, nearest.piece.workload)
    if miss.value is None or miss.limit is None:
        return f"{who}{piece_words(nearest.piece)}: stopped by {group_words(miss.group)}."
    return f"{who}{piece_words(nearest.piece)}: {group_words(miss.group)}, {miss_words(miss)}."
