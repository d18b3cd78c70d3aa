"""What changed between two plans, as a page and as Markdown: the verdict first, then figures, pools and causes."""

from dataclasses import dataclass, fields

from planner.plan.figures import replica_accelerators
from planner.render.numbers import exact, short
from planner.render.page import DEFAULT_WIDTH, Page
from planner.render.plain import markdown_text, plain
from planner.review.diff import Change, PlanDiff, PoolChange, Scalar

WORDS = {
    "usd_per_h": "USD/h",
    "usd_per_mtok": "USD per million tokens",
    "usd_per_mtok_output": "USD per million output tokens",
    "energy_wh_per_mtok": "Wh per million tokens",
}
CAUSES = {
    "input": "the request",
    "default": "a default",
    "price": "a price",
    "catalogue": "the catalogue",
    "version": "the version",
    "solver": "the solver",
}
SIGNS = {"added": "+", "removed": "-", "changed": "~", "same": "="}


def diff_sentence(diff: PlanDiff) -> str:
    """Return the difference in one sentence."""
    before, after = diff.status.before, diff.status.after
    if before != after:
        return f"The status went from {before} to {after}{_because(diff)}."
    if diff.same:
        return "Nothing changed: the same pools at the same cost and latency."
    cost = next((change for change in diff.totals if change.what == "usd_per_h"), None)
    if cost is None or not isinstance(cost.before, int | float) or not isinstance(cost.after, int | float):
        return f"The cost is the same; pools or latencies changed{_because(diff)}."
    verb = "rises" if cost.after > cost.before else "falls"
    return f"The cost {verb} from {short(cost.before)} to {short(cost.after)} USD/h{share_words(cost)}{_because(diff)}."


def _because(diff: PlanDiff) -> str:
    kinds = list(dict.fromkeys(CAUSES[cause.kind] for cause in diff.causes))
    return f": {', '.join(kinds)} changed" if kinds else ": what the plans were made from did not change"


def share_words(change: Change) -> str:
    """`` (+20 %)``; empty where there is no relative change."""
    if change.share is None:
        return ""
    percent = 100.0 * change.share
    return f" ({percent:+,.0f} %)" if abs(percent) >= 100.0 else f" ({percent:+.3g} %)"


def scalar_words(value: Scalar) -> str:
    """Return a value as people read it; a dash where there was none."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    return exact(value) if isinstance(value, int) else short(value) if isinstance(value, float) else plain(value)


def change_rows(changes: tuple[Change, ...]) -> list[tuple[str, str, str, str]]:
    """Return name, before, after and relative change of each figure."""
    return [
        (WORDS.get(change.what, change.what.replace("_", " ")), *_ends(change), share_words(change).strip(" ()"))
        for change in changes
    ]


def _ends(change: Change) -> tuple[str, str]:
    return scalar_words(change.before), scalar_words(change.after)


def pool_lines(pools: tuple[PoolChange, ...]) -> list[str]:
    """Return each pool that came, went or changed in a line."""
    return [_pool_line(pool) for pool in pools if pool.change != "same"]


def _pool_line(change: PoolChange) -> str:
    pool = change.pool
    layout = _Split(*(int(pool[f.name]) for f in fields(_Split)))
    name = plain(str(pool.get("accelerator_name") or pool["accelerator"]))
    words = f"{pool['replicas']} x ({replica_accelerators(layout)} x {name}, TP {layout.tensor_parallel})"
    words += f" of {plain(str(pool.get('provider', '')))}, {plain(str(pool['weight_format'])).upper()} weights"
    words += f", {short(float(pool['usd_per_h']))} USD/h"
    if not change.changes:
        return f"{SIGNS[change.change]} {words} ({change.change})"
    parts = [f"{each.what.replace('_', ' ')} {' -> '.join(_ends(each))}" for each in change.changes]
    return f"{SIGNS[change.change]} {words}: {', '.join(parts)}"


@dataclass(frozen=True)
class _Split:
    tensor_parallel: int
    pipeline_parallel: int
    expert_parallel: int
    attention_data_parallel: int


def cause_lines(diff: PlanDiff) -> list[str]:
    """Return each difference between what the plans were made from, in a line."""
    return [
        f"{cause.kind}: {plain(cause.what)}: {scalar_words(cause.before)} -> {scalar_words(cause.after)}"
        for cause in diff.causes
    ]


def diff_table(diff: PlanDiff, *, width: int = DEFAULT_WIDTH, colour: bool = False) -> str:
    """Return the difference as text."""
    page = Page(width, colour=colour)
    page.paragraph(diff_sentence(diff), indent=0, style="bold")
    for title, changes in (("Cost", diff.totals), ("Latency [ms]", diff.latencies)):
        if changes:
            page.heading(title)
            page.grid(change_rows(changes), header=("", "before", "after", "change"), justify="lrrr")
    for title, lines in (("Pools", pool_lines(diff.pools)), ("Why", cause_lines(diff))):
        if lines:
            page.heading(title)
        for line in lines:
            page.paragraph(line)
    return page.text()


def diff_markdown(diff: PlanDiff) -> str:
    """Return the difference as Markdown, for a comment on a change."""
    parts = [f"**{markdown_text(diff_sentence(diff))}**"]
    rows = change_rows((*diff.totals, *diff.latencies))
    if rows:
        lines = ["| | before | after | change |", "|---|---:|---:|---:|"]
        lines += [f"| {' | '.join(markdown_text(cell) for cell in row)} |" for row in rows]
        parts.append("\n".join(lines))
    for title, bullets in (("Pools", pool_lines(diff.pools)), ("Why", cause_lines(diff))):
        if bullets:
            parts.append(f"**{title}**\n\n" + "\n".join(f"- {markdown_text(line)}" for line in bullets))
    return "\n\n".join(parts) + "\n"
