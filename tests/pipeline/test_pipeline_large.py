"""Large questions and many threads: the same answers as small ones asked alone."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from planner import load_catalog, solve
from planner.catalog import documents
from planner.errors import CatalogError
from planner.spec.document import parse_document
from planner.spec.loader import read_spec
from planner.spec.schema import Spec
from tests import reviewed

OFFERS = 5000
WORKLOADS = 1000
THREADS = 8
PRICE = {"purchase": "on_demand", "as_of": "2026-10-01", "basis": "estimated", "source": "quote"}
SOURCE = {"source": "quote", "checked": "2026-10-01", "basis": "datasheet", "backs": ["unit_accelerators"]}
REQUESTS = (
    reviewed.SPEC,
    reviewed.SPEC.replace("requests_per_s: 2", "requests_per_s: 5"),
    reviewed.SPEC.replace("[l40s]", "[l4, a10g]"),
    reviewed.SPEC.replace("tpot_p95_ms: 50", "tpot_p95_ms: 1"),  # infeasible: explained by searches of its own
)


def document(text: str) -> str:
    return solve(read(text), catalog=reviewed.catalog()).model_dump_json()


def read(text: str) -> Spec:
    return read_spec(parse_document(text.encode(), "s.yaml"), Path(), catalog=reviewed.catalog())


def test_threads_that_solve_at_once_answer_as_each_alone() -> None:
    alone = [document(text) for text in REQUESTS]
    asked = [*REQUESTS, *reversed(REQUESTS)]
    assert len(asked) == THREADS
    with ThreadPoolExecutor(THREADS) as pool:
        together = list(pool.map(document, asked))
    assert together == [*alone, *reversed(alone)]


def test_threads_that_load_at_once_find_the_same_catalogue() -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        loaded = list(pool.map(lambda _: load_catalog(), range(THREADS)))
    assert {catalog.digest for catalog in loaded} == {reviewed.catalog().digest}
    assert all(catalog.offers == reviewed.catalog().offers for catalog in loaded)


def offer(number: int, usd_per_unit_h: float) -> dict[str, object]:
    prices = [{**PRICE, "usd_per_unit_h": usd_per_unit_h}]
    return {
        "id": f"own/{number}", "name": f"O{number}", "node": "l40s-x8-ethernet-400", "unit_accelerators": 1,
        "regions": ["here"], "tenancy": "shared", "prices": prices, "sources": [SOURCE],
    }  # fmt: skip


def test_an_offer_among_thousands_laid_on_top_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All are dear but one. JSON is YAML too, and is read in a moment where the reader of YAML takes seconds."""
    monkeypatch.setattr("planner.catalog.documents.parse", lambda text, _place: json.loads(text))
    prices = [1000.0 + number for number in range(OFFERS)]
    prices[OFFERS // 2] = 0.001
    offers = [offer(number, price) for number, price in enumerate(prices)]
    own = {"provider": "own", "provider_name": "Own", "citations": {"quote": "a quotation"}, "offers": offers}
    (tmp_path / "offers").mkdir()
    (tmp_path / "offers" / "own.yaml").write_text(json.dumps(own), encoding="utf-8")
    catalog = load_catalog(tmp_path)
    assert len(catalog.offers) == len(reviewed.catalog().offers) + OFFERS
    plan = solve(reviewed.request(), catalog=catalog)
    assert plan.status == "optimal"
    assert [pool.offer for workload in plan.workloads for pool in workload.pools] == [f"own/{OFFERS // 2}"]


def test_hundreds_of_wrong_offers_are_placed_by_one_more_reading(tmp_path: Path) -> None:
    wrong = [{**offer(number, 1.0), "node": "none"} for number in range(300)]
    own = {"provider": "own", "provider_name": "Own", "citations": {"quote": "a quotation"}, "offers": wrong}
    (tmp_path / "offers").mkdir()
    (tmp_path / "offers" / "own.yaml").write_text(json.dumps(own, indent=1), encoding="utf-8")
    readings = documents._with_lines.cache_info().misses
    with pytest.raises(CatalogError) as caught:
        load_catalog(tmp_path)
    assert len(str(caught.value).splitlines()) == len(wrong)
    assert documents._with_lines.cache_info().misses == readings + 1


def test_a_thousand_workloads_are_read() -> None:
    spec = read("workloads:\n" + "".join(f"- {workload(number)}\n" for number in range(WORKLOADS)))
    assert [each.name for each in spec.workloads] == [f"w{number}" for number in range(WORKLOADS)]
    rates = [each.workload.requests_per_s for each in spec.workloads]
    assert rates == [1 + number for number in range(WORKLOADS)]


def workload(number: int) -> str:
    return (
        f"{{name: w{number}, model: meta-llama/Meta-Llama-3.1-8B, "
        f"workload: {{requests_per_s: {1 + number}, input_tokens: 500, output_tokens: 100}}, slo: {{tpot_p95_ms: 50}}}}"
    )
