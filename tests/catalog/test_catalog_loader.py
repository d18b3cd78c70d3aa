"""Loading: the user's folders on top, and every wrong entry named with file, line and column."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.catalog import Catalog, load_catalog
from planner.catalog.check import check_catalog
from planner.catalog.documents import MAX_FILE_BYTES
from planner.errors import CatalogError

Overlay = Callable[[str, str], Path]

LINK = """\
id: nvlink4
name: mine
latency_us: {latency}
latency_us_per_log2_ranks: 0.4
efficiency: 0.8
sources:
  - {{source: my own measurement, checked: 2026-11-01, basis: measured, backs: ["*"]}}
"""


def refusal(folder: Path) -> str:
    with pytest.raises(CatalogError) as caught:
        load_catalog(folder)
    return str(caught.value)


@given(st.floats(0.1, 100), st.floats(0.1, 100))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_last_folder_replaces_the_whole_entry_and_nothing_else(
    bundled: Catalog, tmp_path_factory: pytest.TempPathFactory, first: float, second: float
) -> None:
    folders = []
    for latency in (first, second):
        folder = tmp_path_factory.mktemp("own")
        (folder / "links").mkdir()
        (folder / "links" / "nvlink4.yaml").write_text(LINK.format(latency=latency), encoding="utf-8")
        folders.append(folder)
    laid = load_catalog(*folders)
    assert laid.links["nvlink4"].latency_us == second
    assert laid.links["nvlink4"].transition_us == 0.0  # the bundled entry has 3.5: no part of it is left
    assert {name: link for name, link in laid.links.items() if name != "nvlink4"} == {
        name: link for name, link in bundled.links.items() if name != "nvlink4"
    }
    for name in ("accelerators", "nodes", "offers", "models", "formats", "kv_formats", "engines", "calibrations"):
        assert getattr(laid, name) == getattr(bundled, name)
    assert laid.digest != bundled.digest


def test_a_new_offer_needs_no_python(overlay: Overlay, bundled: Catalog) -> None:
    folder = overlay(
        "offers/acme.yaml",
        """\
provider: acme
citations: {quote: "quotation 17 of Acme"}
offers:
  - id: acme/eight
    name: eight H100
    node: hgx-h100-8
    unit_accelerators: 8
    tenancy: private
    prices: [{purchase: on_demand, usd_per_unit_h: 16, as_of: 2026-11-01, basis: datasheet, source: quote}]
    sources: [{source: quote, checked: 2026-11-01, basis: datasheet, backs: [unit_accelerators]}]
""",
    )
    laid = load_catalog(folder)
    assert laid.offers["acme/eight"].prices[0].source == "quotation 17 of Acme"
    assert len(laid.offers) == len(bundled.offers) + 1


def test_loading_is_deterministic_and_frozen(bundled: Catalog) -> None:
    again = load_catalog(as_of=date(2026, 6, 1))
    assert again.digest == bundled.digest
    assert list(again.offers) == sorted(again.offers)
    assert again.as_of == date(2026, 6, 1)
    with pytest.raises(TypeError):
        again.links["nvlink4"] = again.links["nvlink5"]  # type: ignore[index]


def test_every_problem_of_every_file_is_told_at_once_with_its_place(overlay: Overlay) -> None:
    overlay("links/nvlink4.yaml", LINK.format(latency=-3).replace("efficiency: 0.8", "eficiency: 0.8"))
    folder = overlay("links/other.yaml", LINK.format(latency=3))
    told = refusal(folder).splitlines()
    assert any(re.search(r"nvlink4\.yaml:3:1: latency_us: .*greater than or equal to 0.*-3", line) for line in told)
    assert any(re.search(r"nvlink4\.yaml:5:1: eficiency: unknown key \(did you mean 'efficiency'\?\)", x) for x in told)
    assert any(re.search(r"nvlink4\.yaml:1:1: efficiency: field required", line) for line in told)
    assert any(re.search(r"other\.yaml:1:1: id: 'nvlink4' does not belong in other\.yaml", line) for line in told)


def test_a_key_that_is_wrong_deep_inside_has_its_own_line(overlay: Overlay) -> None:
    text = LINK.format(latency=3).replace("basis: measured", "basis: mesured")
    assert re.search(
        r"nvlink4\.yaml:7:\d+: sources\.0\.basis: .*'mesured'", refusal(overlay("links/nvlink4.yaml", text))
    )


def test_a_reference_to_nothing_names_the_nearest(overlay: Overlay) -> None:
    node = """\
id: mine
name: my host
accelerator: h100-smx-80gb
accelerators: 8
domain: 1
link: null
host_link: pcie5
host_link_gb_per_s_per_direction: 64
fabric: {kind: none}
sources: []
"""
    told = refusal(overlay("nodes/mine.yaml", node))
    assert re.search(r"mine\.yaml:3:1: accelerator: no entry 'h100-smx-80gb'.*'h100-sxm-80gb'", told)


def test_a_reference_to_a_kv_format_is_followed_at_once(overlay: Overlay) -> None:
    source = Path(__file__).resolve().parents[2] / "catalog" / "engines" / "vllm.yaml"
    lines = [line for line in source.read_text(encoding="utf-8").splitlines() if not line.startswith("kv_of_weights")]
    folder = overlay("engines/vllm.yaml", "\n".join([*lines, "kv_of_weights: {nvfp4: fp8, fp8: fp5}", ""]))
    assert f"vllm.yaml:{len(lines) + 1}:29: kv_of_weights.fp8: no entry 'fp5' in kv_formats/" in refusal(folder)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id: [1, 2", r"nvlink4\.yaml:\d+:\d+: "),
        ("id: nvlink4\nid: nvlink4\n", r"nvlink4\.yaml:2:1: .*duplicate key"),
        ("a: &a [1]\nb: *a\n", r"nvlink4\.yaml:2:4: alias \*a"),
        ("[1, 2]", r"nvlink4\.yaml:1:1: a mapping must stand here"),
        ("", r"nvlink4\.yaml:1:1: a mapping must stand here"),
        ("id: nvlink4\n---\nid: nvlink5\n", r"nvlink4\.yaml:\d+:\d+: .*document"),
        ("latency_us: .nan", r"latency_us: "),
        ("x: !!python/object:os.system {}", r"nvlink4\.yaml:1:4: "),
    ],
)
def test_what_is_no_entry_is_refused(overlay: Overlay, text: str, said: str) -> None:
    assert re.search(said, refusal(overlay("links/nvlink4.yaml", text)))


def test_bombs_and_heaps_are_refused_quickly(overlay: Overlay, tmp_path: Path) -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "\n".join(
        f"{new}: &{new} [*{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}]"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert "alias" in refusal(overlay("links/nvlink4.yaml", bomb))
    (tmp_path / "own" / "links" / "nvlink4.yaml").write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    assert f"at most {MAX_FILE_BYTES}" in refusal(tmp_path / "own")


def test_bytes_that_are_no_text_are_refused(overlay: Overlay) -> None:
    folder = overlay("links/nvlink4.yaml", "")
    (folder / "links" / "nvlink4.yaml").write_bytes(b"id: \xff\xfe")
    assert "byte 4 is not UTF-8" in refusal(folder)


def test_a_folder_that_holds_nothing_readable_is_refused(overlay: Overlay, tmp_path: Path) -> None:
    assert "no such folder" in refusal(tmp_path / "absent")
    (tmp_path / "empty").mkdir()
    assert "<kind>/<id>.yaml" in refusal(tmp_path / "empty")
    assert "gpus" in refusal(overlay("gpus/mine.yaml", "id: mine"))
    assert "links/mine.yml" in refusal(overlay("links/mine.yml", "id: mine"))


def test_an_offer_file_with_a_wrong_key_or_without_a_list(overlay: Overlay) -> None:
    assert "offer: unknown key (did you mean 'offers'?)" in refusal(
        overlay("offers/acme.yaml", "provider: acme\noffer: []\n")
    )


def test_the_same_id_twice_in_one_catalogue(overlay: Overlay) -> None:
    entry = "{id: acme/a, name: a, node: hgx-h100-8, unit_accelerators: 8, tenancy: private, sources: []}"
    folder = overlay("offers/acme.yaml", f"provider: acme\noffers:\n  - {entry}\n  - {entry}\n")
    assert re.search(r"acme\.yaml:4:6: id: 'acme/a' stands twice", refusal(folder))


def test_the_example_of_the_documentation_is_sound(overlay: Overlay) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "catalogue.md").read_text(encoding="utf-8")
    example = re.search(r"```yaml\n(# mine/offers/acme\.yaml\n.*?)```", page, re.DOTALL)
    assert example is not None
    laid = load_catalog(overlay("offers/acme.yaml", example[1]))
    assert laid.offers["acme/eight"].prices[0].usd_per_unit_h == 16
    assert check_catalog(laid) == ()
    wrong = example[1].replace("node: hgx-h100-8", "node: hgx-h100")
    told = re.search(r"^mine/(offers/acme\.yaml:.*)$", page, re.MULTILINE)
    assert told is not None
    assert refusal(overlay("offers/acme.yaml", wrong)).endswith(told[1])
