"""``--fail-on``: a small language on named metrics.

``usd_per_mtok > 0.60``, ``usd_per_h increase > 10%``, ``price_age > 60d``, ``basis == derived``, ``infeasible``.
Comparisons of one gate are joined by ``and``. What a plan has no value for cannot pass a gate that asks for it.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite

from planner.errors import SpecError
from planner.plan.figures import Figure, Shown
from planner.review.metrics import METRICS, Value

COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
MAX_LENGTH = 500
UNITS = {"share": {"": 1.0, "%": 0.01}, "ms": {"": 1.0, "ms": 1.0, "s": 1000.0}, "days": {"": 1.0, "d": 1.0}}
TERM = re.compile(
    r"(?P<name>[A-Za-z]\w*)(?:\s+(?P<change>increase|decrease))?"
    r"(?:\s*(?P<compare>>=|<=|==|!=|>|<)\s*(?P<value>\S+?)\s*(?P<unit>%|ms|d|s)?)?"
)
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", flags=re.IGNORECASE)
EXAMPLES = "usd_per_mtok > 0.60, usd_per_h increase > 10%, infeasible, price_age > 60d, basis == derived"


@dataclass(frozen=True)
class Term:
    """One comparison: ``name [increase|decrease] compare value``; a flag alone has no comparison."""

    name: str
    change: str | None
    compare: str | None
    value: float | str | None
    relative: bool = False


@dataclass(frozen=True)
class Gate:
    """A condition under which the command fails."""

    text: str
    terms: tuple[Term, ...]

    @property
    def compares(self) -> bool:
        """Whether it needs an older plan."""
        return any(term.change for term in self.terms)


class GateResult(Shown):
    """A gate held against a plan."""

    gate: str
    failed: bool
    because: str
    value: Figure | str | None = None
    key: str = ""
    """Where a specification states a limit on the metric."""


def read_gate(text: str) -> Gate:
    """Read a gate.

    Raises
    ------
    SpecError
        When it is no such expression, or names no metric (with the nearest one).
    """
    if len(text) > MAX_LENGTH:
        raise SpecError(f"--fail-on {text[:40]!r}...: {len(text)} characters, at most {MAX_LENGTH} are read")
    return Gate(" ".join(text.split()), tuple(_term(part, text) for part in re.split(r"\s+and\s+", text.strip())))


def _term(part: str, text: str) -> Term:
    found = TERM.fullmatch(part.strip())
    if found is None:
        raise SpecError(f"--fail-on {text!r}: {part!r} is not METRIC [increase] COMPARISON VALUE (such as {EXAMPLES})")
    name, change, compare, value, unit = found.group("name", "change", "compare", "value", "unit")
    metric = METRICS.get(name)
    if metric is None:
        near = get_close_matches(name.lower(), METRICS, n=1, cutoff=0.5)
        remedy = f"did you mean {near[0]}?" if near else f"one of {', '.join(METRICS)}"
        raise SpecError(f"--fail-on {text!r}: {name!r} is no metric ({remedy})")
    if metric.kind == "flag" or compare is None:
        if metric.kind != "flag" or compare or change:
            rule = "is a flag: write it alone" if metric.kind == "flag" else f"needs a comparison, such as {name} > 1"
            raise SpecError(f"--fail-on {text!r}: {name} {rule}")
        return Term(name, None, None, None)
    if metric.kind == "words":
        if change or compare not in {"==", "!="} or unit == "%":
            raise SpecError(f"--fail-on {text!r}: {name} is a word: compare it by == or !=")
        return Term(name, None, compare, f"{value}{unit or ''}".strip("'\""))
    return _numeric(Term(name, change, compare, value), unit or "", text)


def _numeric(term: Term, unit: str, text: str) -> Term:
    value = str(term.value)
    if not NUMBER.fullmatch(value) or not isfinite(float(value)):
        raise SpecError(f"--fail-on {text!r}: {value!r} is not a number (such as {EXAMPLES})")
    if term.change and unit == "%":
        return Term(term.name, term.change, term.compare, float(value) / 100.0, relative=True)
    known = UNITS.get(METRICS[term.name].kind, {"": 1.0})
    if unit not in known:
        allowed = ", ".join(repr(name) for name in known if name) or "none"
        raise SpecError(f"--fail-on {text!r}: {term.name} does not come in {unit!r} (units: {allowed})")
    return Term(term.name, term.change, term.compare, float(value) * known[unit])


def judge(gate: Gate, new: Mapping[str, Value], old: Mapping[str, Value] | None = None) -> GateResult:
    """Hold a gate against the metrics of a plan, and of an older one where it asks for a change."""
    held = [_holds(term, new, old) for term in gate.terms]
    first = gate.terms[0]
    shown = new.get(first.name)
    value = ", ".join(sorted(shown)) if isinstance(shown, frozenset) else shown
    return GateResult(
        gate=gate.text,
        failed=all(holds for holds, _ in held),
        because=" and ".join(reason for _, reason in held),
        value=None if isinstance(value, bool) else value,
        key=METRICS[first.name].key,
    )


def _holds(term: Term, new: Mapping[str, Value], old: Mapping[str, Value] | None) -> tuple[bool, str]:
    """Whether a term holds, which is to fail, and why."""
    value = new[term.name]
    if term.compare is None:
        return bool(value), f"{term.name} is {str(bool(value)).lower()}"
    if value is None:
        return True, f"{term.name} has no value in this plan"
    if isinstance(value, frozenset):
        hit = sorted(word for word in value if (word == term.value) == (term.compare == "=="))
        return bool(hit), f"{term.name} is {', '.join(hit or sorted(value)) or 'empty'}"
    number = float(value)
    if not term.change:
        return COMPARE[term.compare](number, float(term.value or 0.0)), f"{term.name} is {number:g}"
    before = None if old is None else old[term.name]
    if not isinstance(before, float):
        return True, f"{term.name} has no older value to compare with"
    return _changed(term, before, number)


def _changed(term: Term, before: float, after: float) -> tuple[bool, str]:
    change = (after - before) * (1.0 if term.change == "increase" else -1.0)
    words = f"{term.name} went from {before:g} to {after:g}"
    if not term.relative:
        return COMPARE[str(term.compare)](change, float(term.value or 0.0)), words
    if before == 0.0:
        share = 0.0 if change == 0.0 else float("inf") if change > 0.0 else float("-inf")
    else:
        share = change / abs(before)
        words += f" ({(after - before) / abs(before):+.1%})"
    return COMPARE[str(term.compare)](share, float(term.value or 0.0)), words
