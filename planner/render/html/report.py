"""A plan and its surroundings as one HTML file, its parts from ``workload.py``, ``bars.py`` and ``money.py``."""

import base64
import hashlib
import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from planner.plan.landscape import Landscape, Surroundings
from planner.plan.record import Plan, WorkloadPlan
from planner.render.html.bars import Bar
from planner.render.html.fitting import Detail, costliest, fitting, thinned
from planner.render.html.money import money_section
from planner.render.html.profile import profile_section
from planner.render.html.workload import COLUMNS, chart_data, workload_section
from planner.render.numbers import percent, short
from planner.render.plain import plain
from planner.render.sections import grouped_evidence
from planner.render.sentences import (
    assumption_words,
    decision,
    group_words,
    relaxation_words,
    shape_words,
    status_words,
    title_words,
    why_sentences,
)
from planner.render.table import proof_lines

if TYPE_CHECKING:
    from jinja2 import Environment


def plan_html(plan: Plan, landscape: Landscape) -> str:
    """Return the report: one file that needs no network and holds its own content security policy."""
    return fitting(plan, lambda detail: _page(plan, landscape, detail))


def _page(plan: Plan, landscape: Landscape, detail: Detail) -> str:
    style, script = _file("style.css"), _file("script.js")
    around = {each.workload: thinned(each, detail.share) for each in landscape.workloads}
    detailed = costliest(plan, detail.workloads)
    shown = [(work, around.get(work.name, _nothing(work.name))) for work in detailed]
    page = (
        _environment()
        .get_template("page.html")
        .render(
            plan=plan,
            version=plan.tool.version,
            title=decision(plan),
            decision=decision(plan),
            status=status_words(plan) if plan.found else plan.status,
            tiles=_tiles(plan),
            served=_served(plan, detailed),
            in_detail=len(detailed) if len(detailed) < len(plan.workloads) else 0,
            clash=[(plain(group), group_words(group)) for group in plan.clash or ()],
            relaxations=[relaxation_words(each) for each in plan.relaxations or ()],
            workloads=[workload_section(work, each, title_words(plan, work)) for work, each in shown],
            columns=COLUMNS,
            profile=profile_section(plan.profile),
            money=money_section(plan),
            assumed=[(plain(key), assumption_words(value)) for key, value in (plan.assumed or {}).items()],
            why=why_sentences(plan),
            evidence=_evidence(plan),
            notes=[plain(note) for note in plan.notes],
            proof=proof_lines(plan),
            bar=_bar,
            style=Markup(style),
            script=Markup(script),
            style_digest=_digest(style),
            script_digest=_digest(script),
            data=Markup(_embedded([chart_data(work, each, _budget(plan)) for work, each in shown])),
        )
    )
    return page.rstrip("\n") + "\n"


def _nothing(name: str) -> Surroundings:
    return Surroundings(workload=name, considered=0, admitted=0)


def _budget(plan: Plan) -> float | None:
    """Return the limit on cost [USD/h] of a request with one workload: of several, no candidate spends it alone."""
    limits = (plan.input or {}).get("limits", {})
    most = limits.get("max_usd_per_h") if isinstance(limits, dict) and len(plan.workloads) == 1 else None
    return float(most) if isinstance(most, int | float) else None


def _tiles(plan: Plan) -> list[tuple[str, str, str]]:
    """Return the few figures that a reader looks for first."""
    if plan.totals is None:
        return []
    pools = [pool for workload in plan.workloads for pool in workload.pools]
    tiles = [
        ("Cost per token", short(plan.totals.usd_per_mtok), "USD per million, input and output"),
        ("Cost per hour", short(plan.totals.usd_per_h), "USD/h, everything that is paid"),
        ("Accelerators", f"{plan.totals.accelerators:,}", f"in {plan.totals.nodes:,} nodes"),
    ]
    if plan.totals.energy_wh_per_mtok is not None:
        tiles.append(("Energy", short(plan.totals.energy_wh_per_mtok), "Wh per million, input and output"))
    if len(pools) == 1:
        pool = pools[0]
        for name, latency in (("TTFT", pool.ttft_ms), ("TPOT", pool.tpot_ms)):
            tail = f"p95 {short(latency.p95)} ms" if latency.p95 is not None else ""
            tiles.append((f"{name} mean", short(latency.mean), f"ms; {tail}".rstrip("; ")))
        tiles.append(("Utilisation", percent(pool.utilisation), "of the capacity within the SLO"))
    return tiles


def _served(plan: Plan, detailed: tuple[WorkloadPlan, ...]) -> list[tuple[str, str, list[tuple[str, str, str, str]]]]:
    """Return where each workload is shown, its name, and its pools in a line each; nothing where there is one alone."""
    if len(plan.workloads) < 2 or not plan.found:
        return []
    places = {workload.name: f"w{number}" for number, workload in enumerate(detailed, start=1)}
    return [
        (
            places.get(workload.name, ""),
            plain(workload.name),
            [
                (shape_words(pool), short(pool.requests_per_s), percent(pool.utilisation), short(pool.usd_per_h))
                for pool in workload.pools
            ],
        )
        for workload in plan.workloads
    ]


def _evidence(plan: Plan) -> list[tuple[str, str, str, str]]:
    return [
        (whats, basis, checked.removeprefix(", checked "), source)
        for (basis, source, checked), whats in grouped_evidence(plan.evidence).items()
    ]


def _bar(bar: Bar, label: str) -> Markup:
    """Return a stacked bar with its legend."""
    words = ", ".join(f"{part.name} {part.value}" for part in bar.parts)
    text = _environment().get_template("bar.html").render(parts=bar.parts, floor=bar.floor, label=label, words=words)
    return Markup(text)


def _embedded(data: Any) -> str:  # noqa: ANN401  whatever JSON holds
    """Return JSON that no element can end early."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _file(name: str) -> str:
    return resources.files("planner.render.html").joinpath(name).read_text(encoding="utf-8")


@cache
def _environment() -> "Environment":
    from jinja2 import DictLoader, Environment, StrictUndefined  # noqa: PLC0415  only reports need it

    templates = {name: _file(name) for name in ("page.html", "bar.html")}
    return Environment(loader=DictLoader(templates), autoescape=True, undefined=StrictUndefined)
