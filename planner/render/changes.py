"""Where the choice changes and what limits cost, in words."""

from collections.abc import Iterator

from planner.plan.explanation import Change, Explained, Flip, Shadow
from planner.render.numbers import exact, listed, percent, short
from planner.render.outcomes import change_pieces, gain_words, money_words, unit_words
from planner.render.plain import plain

ASPECTS = {"weight_format": "weight format", "kv_format": "KV-cache format"}


def shadow_sentences(answer: Explained) -> Iterator[str]:
    """Say what each binding limit costs, then which cost nothing."""
    for shadow in answer.shadows:
        if shadow.binds:
            yield _binding_sentence(answer, shadow)
    free = [_limit_words(shadow) for shadow in answer.shadows if not shadow.binds]
    if free:
        yield f"Nothing is gained without {listed(free)}."


def _limit_words(shadow: Shadow) -> str:
    if shadow.stated is None:
        return plain(shadow.key)
    return f"{plain(shadow.key)} ({exact(shadow.stated)}{unit_words(shadow.unit)})"


def _binding_sentence(answer: Explained, shadow: Shadow) -> str:
    said = f"{_limit_words(shadow)} binds"
    change = shadow.loosened
    if change is not None:
        said += f": {_step_words(shadow, change)} {gain_words(answer, change.then)} ({change_pieces(answer, change)})"
    elif shadow.tried_to is not None:
        said += f", but nothing is gained up to {exact(shadow.tried_to)}{unit_words(shadow.unit)}"
    if shadow.without is not None and (change is None or shadow.without.value != change.then.value):
        said += f"; without it {gain_words(answer, shadow.without)}"
    return f"{said}."


def _step_words(shadow: Shadow, change: Change) -> str:
    """Say the least loosening: ``8 more accelerators of ... give``, ``66.2 ms, 32 % more, would give``."""
    more = change.to - change.start
    if shadow.unit.startswith("accelerators"):
        return f"{short(more)} more {plain(shadow.unit)} give"
    share = f" ({percent(abs(more) / change.start)} {'more' if more > 0 else 'less'})" if change.start else ""
    return f"from {exact(change.to)}{unit_words(shadow.unit)}{share} on it is"


def flip_sentences(answer: Explained) -> Iterator[str]:
    """Say where the choice changes, then along which numbers it stays."""
    seen: set[tuple[object, ...]] = set()
    stays: dict[str, list[str]] = {}
    for flip in answer.flips:
        if flip.change is None:
            way = "up to" if flip.up else "down to"
            key = f"{plain(flip.key)} ({exact(flip.start)}{unit_words(flip.unit)})"
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
    way = "up" if flip.up else "down"
    said = f"{plain(flip.key)} ({exact(change.start)}{unit_words(flip.unit)}): {what} {way} to {kept}, "
    said += f"at {exact(change.to)} another {aspects} wins{same}: {change_pieces(answer, change)}, "
    said += money_words(answer, change.then)
    if flip.infeasible_from is not None:
        said += f"; from {exact(flip.infeasible_from)} no plan is left"
    return f"{said}."
