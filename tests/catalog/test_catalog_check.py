"""The check of the catalogue: nothing to say about the bundled one, and each rule says what it is there to say."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any

import pytest

from planner.catalog import Catalog
from planner.catalog.check import Problem, check_catalog
from planner.catalog.check.backing import backed, numbers
from planner.catalog.schema import Checkpoint, Compute, Fabric, Price, RuleException, ScaleUp

Change = Callable[[Any], dict[str, Any]]
H100, GAUDI3, LLAMA = "h100-sxm-80gb", "gaudi3", "meta-llama/Meta-Llama-3.1-8B"


def with_entry(catalog: Catalog, folder: str, name: str, change: Change) -> Catalog:
    """Return the catalogue with some fields of one entry replaced."""
    entries = dict(getattr(catalog, folder))
    entries[name] = entries[name].model_copy(update=change(entries[name]))
    changed: dict[str, Any] = {folder: MappingProxyType(entries)}
    return replace(catalog, **changed)


@pytest.fixture(scope="module")
def few(bundled: Catalog) -> Catalog:
    """Return the bundled catalogue with one model: reading all sixty for each case takes a third of a second."""
    return replace(bundled, models=MappingProxyType({LLAMA: bundled.models[LLAMA]}))


def found(catalog: Catalog, folder: str, name: str, change: Change) -> list[str]:
    return [str(problem) for problem in check_catalog(with_entry(catalog, folder, name, change))]


def test_the_bundled_catalogue_is_sound(bundled: Catalog) -> None:
    assert check_catalog(bundled) == ()


def peak(rate: str, tflops: float) -> Change:
    return lambda entry: {"peak_dense_tflops": {**entry.peak_dense_tflops, rate: tflops}}


def exceptions(*rules: str) -> Change:
    return lambda _: {"exceptions": tuple(RuleException(rule=rule, reason="why not") for rule in rules)}


def fields(**values: Any) -> Change:
    return lambda _: values


def price(**values: Any) -> Change:
    given = {
        "purchase": "on_demand", "usd_per_unit_h": 31.0, "as_of": date(2026, 9, 1), "basis": "datasheet", "source": "x",
    }  # fmt: skip
    return lambda entry: {"prices": (*entry.prices, Price.model_validate({**given, **values}))}


LAMBDA = "lambda/gpu_8x_h100_sxm5"
CASES: list[tuple[str, str, Change, str]] = [
    # dense peaks
    ("accelerators", H100, peak("fp8", 3958), "peak_dense_tflops.fp8: 3958 is not 2 x bf16 = 1978.8"),
    ("accelerators", H100, peak("bf16", 1979), "imply 3.66 GHz, outside 1.3 to 2; is it sparse?"),
    ("accelerators", "b200-sxm", peak("fp4", 18000), "peak_dense_tflops.fp4: 18000 is not 2 x fp8 = 9000"),
    ("accelerators", "a100-sxm-80gb", peak("int8", 1248), "peak_dense_tflops.int8: 1248 is not 2 x bf16 = 624"),
    ("accelerators", "mi300x", peak("fp8", 5229.8), "peak_dense_tflops.fp8: 5229.8 is not 2 x bf16"),
    ("accelerators", GAUDI3, exceptions("ratio.fp8"), "gaudi3: peak_dense_tflops.fp16: 459 is not 1 x bf16"),
    ("accelerators", H100, exceptions("clock"), "exceptions: rule 'clock' is not broken (remove the exception)"),
    # units and ranges
    ("accelerators", H100, fields(memory_reported_gib=74.5 / 1.2), "(memory_gb is decimal)"),
    ("accelerators", H100, fields(memory_bandwidth_gb_per_s=3.35), "memory_bandwidth_gb_per_s: 3.35 is outside 600"),
    ("accelerators", "l4", fields(memory_bandwidth_gb_per_s=3000), "3000 is outside 200 to 2500 for GDDR"),
    ("accelerators", "h20-96gb", fields(memory_bandwidth_gb_per_s=8000), "18 FLOP a byte is outside 20 to 700"),
    ("accelerators", H100, fields(tdp_w=0.7), "tdp_w: 0.7 is outside 20 to 3000 (is the unit the one in the key?)"),
    ("accelerators", H100, fields(pcie_generation=9), "pcie_generation: 9 is outside 3 to 7"),
    ("accelerators", "tpu-v5e", fields(peak_dense_tflops={"int8": 394}), "holds neither bf16 nor fp16"),
    # backing
    ("accelerators", H100, fields(sources=()), "tdp_w: 700.0 is backed by no source (list 'tdp_w'"),
    (
        "accelerators",
        H100,
        lambda a: {
            "sources": (a.sources[0].model_copy(update={"backs": (*a.sources[0].backs, "l2_mb")}), *a.sources[1:])
        },
        "sources: 'l2_mb' backs nothing",
    ),
    ("calibrations", "memory", lambda c: {"factors": {**c.factors, "new": 1.0}}, "factors.new: 1.0 is backed by no"),
    ("offers", LAMBDA, fields(sources=()), "unit_accelerators: 8 is backed by no source"),
    # references
    ("accelerators", H100, fields(architecture="hoper"), "no entry 'hoper' in architectures (did you mean 'hopper'?)"),
    (
        "accelerators",
        H100,
        fields(scale_up=ScaleUp(link="nvlink6", gb_per_s_per_direction=450, max_accelerators=8)),
        "scale_up.link: no entry 'nvlink6' in links (did you mean 'nvlink5'?)",
    ),
    ("nodes", "hgx-h100-8", fields(accelerator="h100"), "accelerator: no entry 'h100' in accelerators"),
    ("offers", LAMBDA, fields(node="hgx-h100"), "node: no entry 'hgx-h100' in nodes"),
    ("formats", "fp8", fields(compute={"volt": Compute(support="impossible")}), "no entry 'volt' in architectures"),
    ("links", "nvlink4", fields(id="nvlink44"), "id: 'nvlink44' stands under 'nvlink4'"),
    ("engines", "vllm", fields(kv_of_weights={"fp8": "fp9"}), "kv_of_weights.fp8: no entry 'fp9' in kv_formats"),
    (
        "models",
        LLAMA,
        fields(checkpoints=(Checkpoint(weight_format="nvpf4", repository="a/b", unquantised=()),)),
        "checkpoints.0.weight_format: no entry 'nvpf4' in formats (did you mean 'nvfp4'?)",
    ),
    ("accelerators", H100, fields(aliases=("H200-SXM-141GB",)), "aliases: 'H200-SXM-141GB' already names 'h200-sxm"),
    # nodes
    ("nodes", "hgx-h100-8", fields(domain=16), "domain: 16 is more than the 8 that h100-sxm-80gb's"),
    ("nodes", "hgx-h100-8", fields(domain=3), "domain: 3 and 8 accelerators do not divide one another"),
    ("nodes", "hgx-h100-8", fields(link=None), "link: a domain of 8 needs link"),
    ("nodes", "hgx-h100-8", fields(link="nvlink5"), "link: 'nvlink5' is not h100-sxm-80gb's 'nvlink4'"),
    ("nodes", "hgx-h100-8", fields(link_gb_per_s_per_direction=900), "900 is more than the accelerator's 450 (one dir"),
    ("nodes", "hgx-h100-8", fields(link_gb_per_s_per_direction=None), "absent (a link without a bandwidth"),
    ("nodes", "hgx-h100-8", fields(host_link_gb_per_s_per_direction=128), "128 is not between 16 and 64 of pcie5"),
    ("nodes", "hgx-h100-8", fields(fabric=Fabric(kind="roce")), "fabric.link: None with kind 'roce'"),
    (
        "nodes",
        "hgx-h100-8",
        fields(fabric=Fabric(kind="roce", link="roce", gbit_per_s_per_node=0.4)),
        "fabric.gbit_per_s_per_node: 0.4 is outside 1",
    ),
    ("nodes", "hgx-h100-8", fields(reference=False), "accelerators/h100-sxm-80gb: nodes: has 0 nodes with reference"),
    # offers
    ("offers", LAMBDA, fields(unit_accelerators=3), "3 does not divide the 8 of"),
    ("offers", LAMBDA, fields(unit_accelerators=16), "16 does not divide the 8 of"),
    ("offers", LAMBDA, fields(provider="lamda"), "does not start with its provider"),
    ("offers", LAMBDA, fields(prices=()), "prices: absent, and because does not say why"),
    ("offers", LAMBDA, fields(solvable=False), "solvable: false, and because does not say why"),
    ("offers", LAMBDA, price(usd_per_unit_h=22000), "outside 0.02 to 60 (a price is of the whole"),
    ("offers", LAMBDA, price(purchase="owned"), "owned hardware is declared in the request"),
    ("offers", LAMBDA, price(as_of=date(2026, 9, 20)), "prices: [31.0, 31.92] for on_demand on"),
    (
        "offers",
        LAMBDA,
        price(purchase="spot", usd_per_unit_h=40, as_of=date(2026, 10, 1)),
        "prices: spot 40 is dearer than on demand 31.92",
    ),
    # dates
    ("offers", LAMBDA, price(as_of=date(2027, 1, 1)), "2027-01-01 lies after 2026-11-23"),
    # formats
    (
        "formats",
        "fp8",
        fields(compute={"ampere": Compute(support="native", rate="fp8", sources=("x",))}),
        "compute.ampere: computes at fp8, which an accelerator of that architecture lacks",
    ),
    (
        "formats",
        "w4a16",
        fields(compute={"hopper": Compute(support="native", rate="int4", sources=("x",))}),
        "compute.hopper: computes at int4, which",
    ),
    (
        "formats",
        "fp8",
        fields(compute={"ada": Compute(support="impossible", rate="fp8", sources=("x",))}),
        "compute.ada: impossible with rate fp8",
    ),
    ("formats", "fp8", fields(compute={"ada": Compute(support="native", rate="fp8")}), "compute.ada: names no source"),
    ("formats", "fp8", fields(activation_bits=4), "native at fp8, with activations of 4 bits"),
    (
        "formats",
        "fp8",
        fields(engines={"trt": {"ada": Compute(support="impossible", sources=("x",))}}),
        "engines.trt: no engine of the family 'trt'",
    ),
    ("kv_formats", "fp8", fields(compute={"ada": Compute(support="native", sources=("x",))}), "native with rate None"),
    # models
    (
        "models",
        LLAMA,
        lambda m: {"config": {**m.config, "intermediate_size": 14592}},
        "computed_parameters: 8,030,261,248 stated, 8,130,924,544 counted from config",
    ),
    (
        "models",
        LLAMA,
        lambda m: {"config": {**m.config, "num_key_value_heads": 4}},
        "kv_elements.per_token: 65,536 stated, 32,768 counted from config",
    ),
    (
        "models",
        LLAMA,
        lambda m: {"config": {**m.config, "model_type": "novel"}},
        "'novel' is not understood",
    ),
    ("models", LLAMA, fields(published_parameters_b=80), "published_parameters_b: 80,000,"),
]


@pytest.mark.parametrize(("folder", "name", "change", "said"), CASES, ids=[case[3][:50] for case in CASES])
def test_a_wrong_entry_is_named(few: Catalog, folder: str, name: str, change: Change, said: str) -> None:
    told = found(few, folder, name, change)
    assert any(said in line for line in told), told


def test_a_peak_that_differs_by_rounding_is_no_problem(few: Catalog) -> None:
    assert found(few, "accelerators", H100, peak("fp8", 1979)) == []


def test_an_exception_makes_room_for_the_figure_that_it_names(few: Catalog) -> None:
    def broken(entry: Any) -> dict[str, Any]:
        return {**peak("fp8", 989.4)(entry), **exceptions("ratio.fp8", "ratio.int8")(entry)}

    assert found(few, "accelerators", H100, broken) == []


def test_dates_are_held_against_the_day_that_one_asks_for(few: Catalog) -> None:
    late = check_catalog(few, as_of=date(2026, 11, 1))
    assert late
    assert all("lies after 2026-11-01" in problem.text for problem in late)
    assert check_catalog(replace(few, as_of=date(2026, 11, 23))) == ()


def test_problems_are_sorted_and_each_is_plain_data(few: Catalog) -> None:
    entries = dict(few.accelerators)
    for name in ("t4", "a10"):
        entries[name] = entries[name].model_copy(update={"tdp_w": 1.0})
    told = check_catalog(replace(few, accelerators=MappingProxyType(entries)))
    assert told == tuple(sorted(told))
    assert [(problem.entry, problem.key) for problem in told] == [("a10", "tdp_w"), ("t4", "tdp_w")]
    assert isinstance(told[0], Problem)


@pytest.mark.parametrize(
    ("key", "pattern", "expected"),
    [
        ("tdp_w", "tdp_w", True),
        ("peak_dense_tflops.fp8", "peak_dense_tflops.*", True),
        ("peak_dense_tflops.fp8", "peak_dense_tflops", False),
        ("costs.moe_us.hopper", "costs.*", True),
        ("tdp_w", "*", True),
    ],
)
def test_what_a_pattern_backs(key: str, pattern: str, expected: bool) -> None:
    assert backed(key, pattern) is expected


def test_numbers_are_neither_booleans_nor_text_nor_absent() -> None:
    facts = {"a": 1, "b": True, "c": "3", "d": None, "e": {"f": [2.5, {"g": 7}]}, "h": date(2026, 1, 1)}
    assert list(numbers(facts)) == [("a", 1), ("e.f.0", 2.5), ("e.f.1.g", 7)]
