"""The report as a file: one document, no network, no inline style, its policy, its size, its escapes."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from planner.plan.landscape import Landscape
from planner.render.html.bars import stacked
from planner.render.html.report import plan_html
from tests import reviewed
from tests.render.test_render_table import HOSTILE, renamed

LIMIT_BYTES = 300_000
VOID = {"meta", "link", "input", "br", "img", "hr"}
REQUESTS = {
    "found": (reviewed.SPEC,),
    "infeasible": (reviewed.SPEC, "slo.ttft_p95_ms=1"),
    "wide": (reviewed.SPEC, "limits.accelerators=null"),
}


class Reader(HTMLParser):
    """Collects elements, and what was opened and not closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.contents: dict[str, list[str]] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.contents.setdefault(self.open[-1], []).append(data)


def page_of(name: str) -> str:
    return plan_html(reviewed.plan(*REQUESTS[name]), reviewed.surroundings(*REQUESTS[name]))


@pytest.mark.parametrize("name", REQUESTS)
def test_it_is_one_small_well_formed_file_that_fetches_nothing(name: str) -> None:
    page = page_of(name)
    reader = Reader(page)
    assert reader.open == []
    assert len(page.encode()) < LIMIT_BYTES
    assert not re.search(r"""(src|href)=(?!["']?(#|data:))|url\(|@import""", page)


@pytest.mark.parametrize("name", REQUESTS)
def test_its_policy_admits_its_own_style_and_script_alone(name: str) -> None:
    page = page_of(name)
    reader = Reader(page)
    policy = next(a["content"] or "" for _, a in reader.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    for tag in ("style", "script"):
        text = reader.contents[tag][-1]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not [element for element in reader.elements if "style" in element[1]]
    assert not [key for _, attributes in reader.elements for key in attributes if key.startswith("on")]


def test_it_can_be_read_without_seeing_it() -> None:
    reader = Reader(page_of("found"))
    tags = [tag for tag, _ in reader.elements]
    assert tags.count("h1") == tags.count("main") == 1
    assert ("html", {"lang": "en"}) in reader.elements
    ids = {attributes["id"] for _, attributes in reader.elements if "id" in attributes}
    for tag, attributes in reader.elements:
        if tag == "svg":
            assert attributes.get("aria-label") or attributes.get("aria-hidden") == "true"
        if tag == "section":
            assert attributes["aria-labelledby"] in ids
        if tag == "th":
            assert attributes.get("scope") in {"row", "col"}
        if attributes.get("tabindex"):
            assert attributes.get("aria-label")


def test_its_data_hold_every_candidate_and_the_chosen_one() -> None:
    reader = Reader(page_of("wide"))
    (data,) = json.loads(reader.contents["script"][0])
    around = reviewed.surroundings(*REQUESTS["wide"]).workloads[0]
    assert len(data["rows"]) == len(around.candidates)
    assert sum(bool(row[10] & 2) for row in data["rows"]) == len(reviewed.plan(*REQUESTS["wide"]).workloads[0].pools)
    chosen = next(row for row in data["rows"] if row[10] & 2)
    pool = reviewed.plan(*REQUESTS["wide"]).workloads[0].pools[0]
    assert chosen[8:10] == [pytest.approx(pool.ttft_ms.mean, rel=1e-3), pytest.approx(pool.tpot_ms.mean, rel=1e-3)]
    assert data["names"][chosen[0]] == pool.accelerator_name


def test_names_cannot_become_elements() -> None:
    evil = f"</script><script>alert(1)</script><img src=x onerror=alert(2)>{HOSTILE}"
    plan = renamed(reviewed.plan(), evil)
    around = reviewed.surroundings().workloads[0]
    named = around.candidates[0].model_copy(update={"accelerator_name": evil, "offer": evil, "provider": evil})
    page = plan_html(plan, Landscape(workloads=(around.model_copy(update={"workload": evil, "candidates": (named,)}),)))
    reader = Reader(page)
    assert [tag for tag, _ in reader.elements].count("script") == 2
    assert "img" not in [tag for tag, _ in reader.elements]
    assert "\u202e" not in page


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert page_of("found") == page_of("found")


def test_bars_fill_their_length_and_mark_the_floor() -> None:
    bar = stacked({"a": 3.0, "b": 1.0, "c": 0.0}, whole=8.0, floor=("roofline", 2.0), free="free")
    assert [(part.name, part.start, part.share) for part in bar.parts] == [
        ("a", 0.0, 37.5),
        ("b", 37.5, 12.5),
        ("free", 50.0, 50.0),
    ]
    assert bar.floor is not None
    assert bar.floor.at == 25.0


@pytest.mark.parametrize(("workloads", "candidates"), [(1, 9000), (6, 900), (60, 60)])
def test_it_stays_small_however_much_there_is(workloads: int, candidates: int) -> None:
    plan, around = reviewed.plan(*reviewed.WIDE), reviewed.surroundings(*reviewed.WIDE)
    (served,), (near,) = plan.workloads, around.workloads
    many = tuple(near.candidates[n % len(near.candidates)] for n in range(candidates))
    names = [f"w{number}" for number in range(workloads)]
    plan = plan.model_copy(update={"workloads": tuple(served.model_copy(update={"name": name}) for name in names)})
    near = near.model_copy(update={"candidates": many})
    around = Landscape(workloads=tuple(near.model_copy(update={"workload": name}) for name in names))
    page = plan_html(plan, around)
    assert len(page.encode()) < LIMIT_BYTES
    assert Reader(page).open == []
    assert ("In detail below" in page) is (workloads == 60)
    if workloads > 1:
        assert page.count('<td class="words">') == workloads
