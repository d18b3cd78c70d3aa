"""Recoveries as ranges: by class where the evidence reaches, pooled where it is thin, unknown where there is none."""

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.candidates.holdings import Formats, formats_of
from planner.candidates.quality import below_floor, evidence_of, model_class, recovery_of
from planner.catalog.catalog import Catalog
from planner.catalog.schema import Evaluation, ModelClass
from planner.spec.quality import Quality
from tests.candidates.test_candidates_precision import MOE, model
from tests.pipeline.requests import LLAMA_8B, LLAMA_70B, catalog, request, spec_of


def evaluated(recoveries: dict[str, list[float]], **facts: str) -> Catalog:
    """The catalogue with evaluations of W4A16 alone: recoveries of each model."""
    entries = {}
    for name, values in recoveries.items():
        for index, value in enumerate(values):
            made: dict[str, Any] = {
                "format": "w4a16",
                "kind": "weights",
                "model_class": "dense-large",
                "method": "",
                "benchmark": "",
            }
            made |= {"id": f"{name}-{index}", "model": name, "recovery": value, "baseline_precision": "bf16"} | facts
            source = {"source": name, "checked": "2026-11-23", "basis": "measured", "backs": ["recovery"]}
            entries[f"{name}-{index}"] = Evaluation.model_validate({**made, "sources": [source]})
    return replace(catalog(), quality=MappingProxyType(entries))


def formats(weight_format: str, kv_format: str = "bf16", name: str = LLAMA_70B) -> Formats:
    return formats_of(catalog(), model(name), weight_format, kv_format)


@pytest.mark.parametrize(
    ("name", "expected"),
    [(LLAMA_8B, "dense-medium"), (LLAMA_70B, "dense-large"), (MOE, "moe"), ("Qwen/Qwen3-0.6B", "dense-small")],
)
def test_class_of_a_model(name: str, expected: str) -> None:
    assert model_class(model(name)) == expected


def test_sixteen_bits_keep_everything_without_evidence() -> None:
    found = recovery_of(catalog(), model(LLAMA_70B), formats("bf16"))
    assert (found.low, found.evidence, found.unknown) == (1.0, (), ())


def test_lower_quartile_over_models_each_the_mean_of_its_evaluations() -> None:
    known = evaluated({"a": [0.90, 0.94], "b": [0.96], "c": [0.98], "d": [1.0], "e": [0.99]})
    found = recovery_of(known, model(LLAMA_70B), formats("w4a16"))
    assert (found.low, found.least, found.most) == pytest.approx((0.96, 0.92, 1.0))
    assert (found.evidence[0].models, found.evidence[0].pooled) == (5, False)


def test_a_thin_class_takes_all_models_together() -> None:
    known = evaluated({"a": [0.9], "b": [0.98]}, model_class="dense-small")
    found = recovery_of(known, model(LLAMA_70B), formats("w4a16"))
    assert found.evidence[0].pooled
    assert found.low == pytest.approx(0.92)


@pytest.mark.parametrize("evidence", [{}, {"a": [0.99, 0.98, 0.97]}])
def test_fewer_than_two_models_are_no_evidence(evidence: dict[str, list[float]]) -> None:
    found = recovery_of(evaluated(evidence), model(LLAMA_70B), formats("w4a16"))
    assert found.unknown == ("w4a16",)


def test_an_outlier_that_is_marked_stays_out_of_the_range() -> None:
    marked = [entry for entry in catalog().quality.values() if not entry.typical]
    assert [(entry.model, entry.recovery) for entry in marked] == [("Mixtral-8x22B-Instruct-v0.1", 0.9417)]
    assert all(entry.because for entry in marked)
    found = recovery_of(catalog(), model(MOE), formats("fp8", name=MOE))
    assert not set(found.evidence[0].evaluations) & set(marked)


def test_cache_and_weights_multiply() -> None:
    known = catalog()
    weights = recovery_of(known, model(LLAMA_70B), formats("fp8"))
    cache = recovery_of(known, model(LLAMA_70B), formats("bf16", "fp8"))
    both = recovery_of(known, model(LLAMA_70B), formats("fp8", "fp8"))
    assert both.low == pytest.approx(weights.low * cache.low)
    assert cache.low < 1.0


CLASSES: tuple[ModelClass, ...] = ("dense-small", "dense-medium", "dense-large", "moe")


@pytest.mark.parametrize("wanted", CLASSES)
def test_a_finer_format_keeps_at_least_what_a_coarser_one_keeps(wanted: ModelClass) -> None:
    known = catalog()
    pairs = [(held.id, coarser) for held in known.formats.values() for coarser in held.finer_than]
    assert ("w8a16", "w4a16") in pairs
    for finer, coarser in pairs:
        kept, least = (evidence_of(known, "weights", name, wanted) for name in (finer, coarser))
        assert kept is not None
        assert least is not None
        assert kept.low >= least.low


def test_a_bound_from_a_coarser_format_says_so() -> None:
    found = evidence_of(evaluated({"a": [0.98], "b": [0.98], "c": [0.98]}), "weights", "w8a16", "dense-large")
    assert found is not None
    assert (found.format, found.bounds) == ("w4a16", "w8a16")
    assert found.low == pytest.approx(0.98)
    assert found.subject.endswith("which w8a16 keeps at least")


@given(st.permutations(["fp8", "w4a16", "nvfp4", "bf16"]), st.sampled_from(["fp8", "w4a16", "nvfp4", "bf16"]))
@settings(max_examples=50, deadline=None)
def test_a_mixture_lies_between_its_formats(by_class: list[str], better: str) -> None:
    known, served = catalog(), model(LLAMA_70B)
    alone = {name: recovery_of(known, served, formats(name)).low for name in ("fp8", "w4a16", "nvfp4", "bf16")}
    present = frozenset(("head", "attention", "dense_mlp", "embedding"))
    modules = dict(zip(sorted(present), by_class, strict=True))

    def kept(held: dict[str, str]) -> float:
        return recovery_of(known, served, Formats("", held, known.kv_formats["bf16"], present=present)).low

    assert kept(modules) == min(alone[name] for name in by_class)
    for each, name in modules.items():
        finer = max(name, better, key=alone.__getitem__)
        assert kept(modules | {each: finer}) >= kept(modules)


def test_published_recoveries_order_the_formats_of_a_large_dense_model() -> None:
    low = {name: recovery_of(catalog(), model(LLAMA_70B), formats(name)).low for name in ("fp8", "w4a16", "nvfp4")}
    assert low["fp8"] > 0.99 > low["w4a16"] > 0.98 > low["nvfp4"]


def test_a_model_keeps_everything_in_the_format_of_its_release() -> None:
    released = model("openai/gpt-oss-120b")
    own = formats_of(catalog(), released, "mxfp4", "bf16")
    assert recovery_of(catalog(), released, own, native=True).low == 1.0
    assert recovery_of(catalog(), released, own, native=False).low < 1.0


@given(st.floats(0.5, 1.0), st.floats(0.5, 1.0), st.booleans())
@settings(max_examples=50, deadline=None)
def test_a_stricter_floor_leaves_no_more(first: float, second: float, admit: bool) -> None:
    loose, strict = sorted((first, second))
    recovery = np.array([1.0, 0.99, 0.95, 0.7, np.nan])
    workload = spec_of(request()).workloads[0]

    def below(floor: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        asked = type(workload)(**{**vars(workload), "quality": Quality(min_recovery=floor, admit_unknown=admit)})
        return below_floor(asked, recovery)

    assert (below(loose) <= below(strict)).all()
    assert below(strict)[-1] == (not admit)


def test_every_evaluation_names_its_source_and_date_of_checking() -> None:
    for entry in catalog().quality.values():
        assert entry.sources
        assert 0.5 < entry.recovery < 1.2, entry.id
        scored = entry.baseline is not None and entry.quantised is not None
        assert not scored or entry.quantised / entry.baseline == pytest.approx(entry.recovery, abs=0.006), entry.id  # type: ignore[operator]
