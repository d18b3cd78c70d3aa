"""The nearest known name to one that is not known."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the known name that is most like ``name`` (letter case aside), or ``None`` when nothing is like it."""
    by_folded = {known.casefold(): known for known in names}
    folded = name.casefold()
    found = get_close_matches(folded, by_folded, n=1, cutoff=0.6)
    if not found:
        found = [known for known in by_folded if len(folded) >= 3 and folded in known][:1]
    return by_folded[found[0]] if found else None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return the remedy ``did you mean X?``, or a pointer to the list when nothing is near."""
    near = nearest(name, names)
    return f"did you mean {near!r}?" if near else "`planner catalog list` shows what there is"
