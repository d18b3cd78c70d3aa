"""What the bundled catalogue holds: counts of what it was built from, and the facts that a user would trip over."""

import re
from pathlib import Path

import pytest

from planner.catalog import Catalog
from planner.catalog.formats import compute_for
from planner.catalog.prices import price_at, purchases
from planner.units import GIB

FOLDER = Path(__file__).resolve().parents[2] / "catalog"
BLACKWELL = ("blackwell", "blackwell-ultra", "blackwell-rtx")


def test_nothing_of_what_it_was_built_from_is_lost(bundled: Catalog) -> None:
    assert len(bundled.accelerators) == 52
    assert len(bundled.models) == 60
    assert len(bundled.offers) == 195  # 207 rows, of which 12 are reference servers and became nodes
    assert set(bundled.formats) == {
        "bf16", "fp8", "fp8-block", "int8", "w8a16", "w4a16", "w4a8", "nvfp4", "mxfp4",
    }  # fmt: skip
    assert set(bundled.kv_formats) == {"bf16", "fp8", "int8", "int4"}
    assert {"vllm", "sglang", "trtllm"} <= {engine.family for engine in bundled.engines.values()}


@pytest.mark.parametrize(
    ("accelerator", "rate", "dense"),
    [
        ("h100-sxm-80gb", "bf16", 989.4),
        ("h100-sxm-80gb", "fp8", 1978.9),
        ("a100-sxm-80gb", "bf16", 312),
        ("l40s", "fp8", 733),
        ("b200-sxm", "fp4", 9000),
        ("mi300x", "bf16", 1307.4),
        ("gaudi3", "bf16", 1677),
    ],
)
def test_peaks_are_the_dense_ones(bundled: Catalog, accelerator: str, rate: str, dense: float) -> None:
    peaks: dict[str, float] = dict(bundled.accelerators[accelerator].peak_dense_tflops.items())
    assert peaks[rate] == dense


def test_gaudi3_says_openly_that_its_figures_break_the_rules(bundled: Catalog) -> None:
    assert {exception.rule for exception in bundled.accelerators["gaudi3"].exceptions} == {
        "ratio.fp8", "ratio.fp16", "ratio.tf32",
    }  # fmt: skip


def test_an_80_gb_device_has_85e9_bytes(bundled: Catalog) -> None:
    assert bundled.memory_bytes(bundled.accelerators["h100-sxm-80gb"]) == pytest.approx(85.04e9, rel=1e-3)
    assert bundled.memory_bytes(bundled.accelerators["h200-sxm-141gb"]) == 140.4 * GIB
    assert bundled.memory_bytes(bundled.accelerators["t4"]) == 16e9


def test_hyperstacks_rate_card_is_whole(bundled: Catalog) -> None:
    card = [offer for offer in bundled.offers.values() if offer.provider == "hyperstack"]
    assert len(card) == 24
    assert all("on_demand" in purchases(offer) for offer in card)
    assert sum("reserved_1y" in purchases(offer) for offer in card) == 23  # B300 has no "from" price
    assert sum("spot" in purchases(offer) for offer in card) == 17
    sxm = bundled.offers["hyperstack/n3-h100-sxm5x8"]
    price = price_at(sxm, "on_demand")
    assert price is not None
    assert price.usd_per_unit_h == 25.6
    assert bundled.nodes[sxm.node].link == "nvlink4"
    assert bundled.nodes[bundled.offers["hyperstack/n3-h100x8"].node].domain == 1
    assert bundled.nodes[bundled.offers["hyperstack/n3-h100x8-nvlink"].node].domain == 2


def test_a_rate_per_accelerator_of_a_whole_host_takes_the_reference_node(bundled: Catalog) -> None:
    offer = bundled.offers["hyperstack/b200"]
    price = price_at(offer, "on_demand")
    assert price is not None
    assert (offer.node, offer.unit_accelerators, price.usd_per_unit_h, price.basis) == (
        "hgx-b200-8", 8, 48.0, "estimated",
    )  # fmt: skip
    assert any("per accelerator" in note for note in offer.notes)


@pytest.mark.parametrize("name", ["hyperstack/n3-h100x1", "lambda/gpu_1x_h100_sxm5", "runpod/secure-rtx-4090"])
def test_machines_with_one_accelerator_stay_one(bundled: Catalog, name: str) -> None:
    assert bundled.offers[name].unit_accelerators == 1


def test_averages_medians_and_starting_prices_are_for_reading(bundled: Catalog) -> None:
    aggregates = [
        offer for offer in bundled.offers.values() if re.search("average|median|starting at", offer.name, re.IGNORECASE)
    ]
    assert len(aggregates) == 17
    assert not any(offer.solvable for offer in aggregates)
    assert all(offer.solvable for offer in bundled.offers.values() if offer not in aggregates)


def test_offers_without_a_price_are_kept_and_say_so(bundled: Catalog) -> None:
    priceless = [offer for offer in bundled.offers.values() if not offer.prices]
    assert {"azure/standard_nd96isr_mi300x_v5", "gcp/a4-highgpu-8g", "aws/trn2.48xlarge"} <= {o.id for o in priceless}
    assert all(offer.because for offer in priceless)


def test_a_rack_is_one_domain_and_its_trays_share_it(bundled: Catalog) -> None:
    rack, tray = bundled.nodes["gb200-nvl72"], bundled.nodes["gb200-x4-infiniband-1600"]
    assert (rack.accelerators, rack.domain, rack.link) == (72, 72, "nvlink5")
    assert (tray.accelerators, tray.domain) == (4, 72)


def test_every_accelerator_has_a_node_to_estimate_on(bundled: Catalog) -> None:
    references = [node.accelerator for node in bundled.nodes.values() if node.reference]
    assert sorted(references) == sorted(bundled.accelerators)


@pytest.mark.parametrize(
    ("held", "architecture", "support", "rate"),
    [
        ("fp8", "ampere", "fallback", "bf16"),
        ("fp8", "ada", "native", "fp8"),
        ("fp8-block", "ada", "fallback", "bf16"),
        ("fp8", "cdna2", "impossible", None),
        ("fp8", "turing", "fallback", "fp16"),
        ("bf16", "volta", "fallback", "fp16"),
        ("bf16", "tpu-v6e", "native", "bf16"),
        ("int8", "hopper", "native", "int8"),
        ("int8", "blackwell", "impossible", None),
        ("w4a16", "hopper", "native", "bf16"),
        ("w4a16", "cdna3", "impossible", None),
        ("nvfp4", "hopper", "fallback", "bf16"),
        ("nvfp4", "blackwell", "native", "fp4"),
        ("mxfp4", "cdna4", "native", "fp4"),
        ("mxfp4", "hopper", "fallback", "bf16"),
        ("nvfp4", "xe2", "impossible", None),
    ],
)
def test_what_a_format_computes_on(
    bundled: Catalog, held: str, architecture: str, support: str, rate: str | None
) -> None:
    cell = compute_for(bundled.formats[held], architecture)
    assert (cell.support, cell.rate) == (support, rate)


def test_four_bit_floats_are_native_from_blackwell_and_cdna4_only(bundled: Catalog) -> None:
    for held in (bundled.formats["nvfp4"], bundled.formats["mxfp4"]):
        tables = [held.compute, *held.engines.values()]
        native = {name for table in tables for name, cell in table.items() if cell.support == "native"}
        assert native <= {*BLACKWELL, "cdna4"}


def test_no_format_computes_in_int4(bundled: Catalog) -> None:
    assert all(cell.rate != "int4" for held in bundled.formats.values() for cell in held.compute.values())


def test_an_fp8_cache_on_ampere_is_stored_not_computed_and_warns(bundled: Catalog) -> None:
    for engine in ("vllm", "trtllm"):
        cell = compute_for(bundled.kv_formats["fp8"], "ampere", engine)
        assert cell.support == "fallback"
        assert "slower" in (cell.note or "")


def test_bits_include_scales(bundled: Catalog) -> None:
    assert bundled.formats["nvfp4"].weight_bits == 4 + 8 / 16
    assert bundled.formats["mxfp4"].weight_bits == 4 + 8 / 32
    assert bundled.formats["w4a16"].weight_bits == 4 + 16 / 128 + 4 / 128
    assert bundled.formats["fp8-block"].weight_bits == 8 + 32 / 128**2


def test_each_file_points_editors_to_its_schema() -> None:
    for path in FOLDER.glob("*/*.yaml"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        pointer = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
        assert pointer, path
        assert (path.parent / pointer[1]).is_file(), path
