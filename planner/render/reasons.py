"""An explanation in words: every figure as a sentence or a row, for the table and for Markdown alike."""

from collections.abc import Iterator

from planner.plan.explanation import Explained, Held
from planner.plan.frontier import Front
from planner.render.changes import flip_sentences, shadow_sentences
from planner.render.contests import nearest_sentence, relaxed_sentence, rival_section
from planner.render.numbers import counted, listed, short
from planner.render.outcomes import of_whom, pieces_words, value_words
from planner.render.plain import plain
from planner.render.sections import Section
from planner.render.sentences import clash_words, group_words

KINDS = {
    "accelerator": "The best of each accelerator",
    "weight_format": "The best of each weight format",
    "kv_format": "The best of each KV-cache format",
    "parallelism": "The best of each kind of parallelism",
}
NUMBERED = frozenset(
    {"ttft", "tpot", "e2e", "quality", "limits.max_usd_per_h", "limits.max_accelerators", "limits.inventory"}
)
"""Groups that have a number to relax."""


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
    yield Section("What the limits cost", tuple(shadow_sentences(answer)))
    names = dict.fromkeys(rival.workload for rival in answer.rivals)
    for name in names:
        for kind, title in KINDS.items():
            mine = [rival for rival in answer.rivals if rival.workload == name and rival.kind == kind]
            if len(mine) > 1:
                yield rival_section(answer, title if len(names) == 1 else f"{title}: {plain(name)}", mine)
    yield Section("Where the choice changes", tuple(flip_sentences(answer)))


def _why_not(answer: Explained) -> Iterator[Section]:
    yield Section(
        "Cannot hold together", rows=tuple((plain(group), group_words(group)) for group in answer.clash or ())
    )
    relaxed = answer.relaxations or ()
    nearest = [relaxed_sentence(answer, each) for each in relaxed]
    helped = {each.group.partition("[")[0] for each in relaxed}
    alone = [group_words(group) for group in answer.clash or () if group in NUMBERED and group not in helped]
    if alone:
        nearest.append(f"Relaxing {listed(alone)} alone does not help: other limits leave no plan either.")
    yield Section("Nearest that would do, one at a time, each solved again", tuple(nearest))
    yield Section("Pieces that come nearest", tuple(nearest_sentence(answer, each) for each in answer.nearest or ()))


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


def closing(answer: Explained | Front) -> str:
    """Return how much was asked, and of what."""
    asked, tool = f"{counted(answer.solved, 'request')} solved", answer.tool
    if tool is None:
        return asked
    dated = f", catalogue of {tool.catalog_date.isoformat()}" if tool.catalog_date else ""
    return f"{asked}; planner {plain(tool.version)}{dated}"
