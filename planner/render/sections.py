"""Sections that a plan's page and an estimate's page share: memory bar, latencies, evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from planner.plan.figures import Evidence, Latency, Memory
from planner.render.numbers import short
from planner.render.page import Page
from planner.render.plain import plain

PARTS = {"weights": "W", "kv_cache": "K", "activations": "A", "overhead": "O"}
PART_NAMES = {"weights": "weights", "kv_cache": "KV cache", "activations": "activations", "overhead": "overhead"}
PERCENTILES = ("p50", "p90", "p95", "p99")
ROUNDING = 1e-5
"""Parts that fill the memory may miss it by this share, because each is rounded by itself."""
METRICS = ("ttft", "tpot", "e2e")
METRIC_NAMES = {"ttft": "TTFT", "tpot": "TPOT", "e2e": "E2E"}


@dataclass(frozen=True)
class Section:
    """A heading, sentences, and a grid whose last column may be long."""

    title: str
    sentences: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def memory_section(page: Page, memory: Memory) -> None:
    """Show what fills the fullest accelerator, as a bar and in GiB."""
    sizes = {part: float(getattr(memory, part)) for part in PARTS}
    total = sum(sizes.values())
    page.heading(f"Memory of the fullest accelerator: {short(total)} of {short(memory.usable)} GiB usable")
    page.paragraph(memory_bar(sizes, memory.usable, page.width - 4))
    legend = [f"{PARTS[part]} {PART_NAMES[part]} {short(size)}" for part, size in sizes.items()]
    room = memory.usable - total
    room = 0.0 if abs(room) <= ROUNDING * memory.usable else room
    legend.append(f". free {short(room)}" if room >= 0.0 else f"! missing {short(-room)}")
    page.paragraph(", ".join(legend) + " GiB")


def memory_bar(sizes: Mapping[str, float], usable: float, width: int) -> str:
    """Return one letter a share of the memory; ``.`` is free, ``!`` stands beyond what is usable."""
    inner = max(min(width, 60) - 2, 10)
    full = max(sum(sizes.values()), usable)
    ends, filled, bar = 0.0, 0, ""
    for part, size in sizes.items():
        ends += size
        upto = round(inner * ends / full)
        bar += PARTS[part] * (upto - filled)
        filled = max(filled, upto)
    bar = bar.ljust(inner, ".")
    limit = round(inner * usable / full)
    return f"[{bar[:limit]}{'!' * (inner - limit)}]"


def latency_section(page: Page, latencies: Mapping[str, Latency | None], slo: Mapping[str, float]) -> None:
    """Show each latency beside the bound that was asked for [ms]."""
    rows = [row for metric in METRICS for row in latency_rows(metric, latencies.get(metric), slo)]
    if not rows:
        return
    page.heading("Latency [ms]")
    header, rows = asked_if_any(("", "asked", "expected", "band", "basis"), rows)
    page.grid(rows, header=header, justify="lrrrl" if "asked" in header else "lrrl")


def latency_rows(metric: str, latency: Latency | None, slo: Mapping[str, float]) -> list[tuple[str, ...]]:
    """Return rows of statistic, bound, value, band of the mean and basis for one metric."""
    if latency is None:
        return []
    rows: list[tuple[str, ...]] = []
    for statistic in ("mean", *PERCENTILES):
        value, bound = latency.at(statistic), slo.get(f"{metric}_{statistic}_ms")
        if value is None and bound is None:
            continue
        band = f"{short(latency.band[0])}-{short(latency.band[1])}" if statistic == "mean" else ""
        asked = "" if bound is None else f"<= {short(bound)}"
        expected = "" if value is None else short(value)
        basis = latency.basis if statistic == "mean" else ""
        rows.append((f"{METRIC_NAMES[metric]} {statistic}", asked, expected, band, basis))
    return rows


def asked_if_any(
    header: Sequence[str], rows: Sequence[tuple[str, ...]]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Leave the column ``asked`` out where nothing was asked."""
    at = header.index("asked")
    if any(row[at] for row in rows):
        return tuple(header), list(rows)
    return (*header[:at], *header[at + 1 :]), [(*row[:at], *row[at + 1 :]) for row in rows]


def evidence_section(page: Page, evidence: tuple[Evidence, ...]) -> None:
    """Show what the figures rest on, each source cut to one line: the documents and Markdown have it whole."""
    if evidence:
        page.heading("Evidence")
    for basis, whats in grouped_evidence(evidence).items():
        kind, source, checked = basis
        page.paragraph(f"{whats}: {kind}{checked}", bullet="- ")
        page.paragraph(shorten(source, page.width - 4), indent=4, style="dim")


def evidence_lines(evidence: tuple[Evidence, ...]) -> list[str]:
    """Put evidence in words, what shares a source together: ``this, that: basis, source (checked 2026-11-23)``."""
    return [
        f"{whats}: {basis}, {source}{f' ({checked[2:]})' if checked else ''}"
        for (basis, source, checked), whats in grouped_evidence(evidence).items()
    ]


def grouped_evidence(evidence: tuple[Evidence, ...]) -> dict[tuple[str, str, str], str]:
    """Return what is backed, in words, by (basis, source, ``, checked date``); things of one owner name it once."""
    backed: dict[tuple[str, str, str], dict[str, list[str]]] = {}
    for item in evidence:
        checked = f", checked {item.checked.isoformat()}" if item.checked else ""
        owner, _, thing = plain(item.what).rpartition(" ")
        backed.setdefault((item.basis, plain(item.source), checked), {}).setdefault(owner, []).append(thing)
    return {
        basis: "; ".join(f"{owner} {', '.join(things)}".strip() for owner, things in owners.items())
        for basis, owners in backed.items()
    }


def shorten(text: str, width: int) -> str:
    """Return ``text`` on one line of at most ``width`` characters, ``...`` where the rest was."""
    return text if len(text) <= width else f"{text[: max(width - 3, 1)].rstrip()}..."


def notes_section(page: Page, notes: tuple[str, ...]) -> None:
    """Show what the reader should know besides."""
    if notes:
        page.heading("Notes")
    for note in notes:
        page.paragraph(plain(note), bullet="- ")
