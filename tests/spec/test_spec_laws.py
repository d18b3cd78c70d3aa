"""Laws of reading: what is written comes back, order does not matter, nothing unknown passes, nothing crashes."""

import io
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from planner.catalog.catalog import Catalog
from planner.catalog.loader import load_catalog
from planner.errors import SpecError
from planner.spec.document import parse_document
from planner.spec.known_keys import keys_at
from planner.spec.loader import load_spec, read_spec
from planner.spec.request import SeveralRequest, SingleRequest
from planner.spec.schema import Spec

MODELS = ["meta-llama/Meta-Llama-3.1-8B", "mistralai/Mixtral-8x7B-v0.1"]
amounts = st.floats(0.5, 1000.0).map(lambda value: round(value, 3))
tokens = st.integers(1, 2000)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def some(values: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)


lengths = st.one_of(
    tokens,
    st.builds(lambda mean, ratio: {"mean": mean, "p95": round(mean * ratio, 2)}, tokens, st.floats(1.1, 3.7)),
    st.builds(
        lambda rows: {"histogram": [list(row) for row in rows]},
        st.lists(st.tuples(tokens, amounts), min_size=1, max_size=4),
    ),
)
workloads = st.builds(
    lambda rate, amount, shape: {rate: amount, **shape},
    st.sampled_from(["requests_per_s", "tokens_per_day"]),
    st.floats(1.0, 1e6),
    st.fixed_dictionaries(
        {"input_tokens": lengths, "output_tokens": lengths}, optional={"cached_input_tokens": st.just(0)}
    ),
)
slos = st.dictionaries(
    st.sampled_from(["ttft_mean_ms", "ttft_p95_ms", "tpot_p50_ms", "e2e_p99_ms"]), amounts, max_size=3
)
served = {"model": st.sampled_from(MODELS), "workload": workloads}
choices = {"slo": slos, "formats": some(["bf16", "fp8", "w4a16"]), "kv_formats": some(["bf16", "fp8"])}
limits = st.fixed_dictionaries(
    {},
    optional={
        "accelerators": some(["h100-sxm-80gb", "l40s", "mi300x"]),
        "providers": some(["aws", "hyperstack"]),
        "tenancy": some(["shared", "dedicated"]),
        "max_accelerators": st.integers(1, 100),
        "max_usd_per_h": amounts,
        "max_utilisation": st.sampled_from([0.5, 0.9, 1]),
        "inventory": st.just([{"accelerator": "l40s", "max": 4}]),
    },
)
shared = {
    "limits": limits,
    "owned": st.just([{"node": "hgx-h100-8", "count": 2, "usd_per_node_h": 3.5}]),
    "prices": st.fixed_dictionaries(
        {}, optional={"purchase": some(["spot", "on_demand"]), "as_of": st.just("2026-10-01")}
    ),
    "engine": st.one_of(st.just("vllm"), some(["vllm", "sglang"])),
    "confidence": st.sampled_from([0.5, 0.8, 0.99]),
    "objective": st.one_of(st.just("usd_per_h"), some(["usd_per_mtok", "ttft", "accelerators"])),
    "seed": st.integers(0, 99),
    "workers": st.integers(1, 4),
}
singles = st.fixed_dictionaries(served, optional={**choices, **shared})
severals = st.builds(
    lambda blocks, rest: {"workloads": [{"name": f"w{i}", **block} for i, block in enumerate(blocks)], **rest},
    st.lists(st.fixed_dictionaries(served, optional=choices), min_size=1, max_size=3),
    st.fixed_dictionaries({}, optional=shared),
)
documents = st.one_of(singles, severals)


def refusals(function: Callable[..., object], *given: Any, **named: Any) -> tuple[str, ...]:
    """Return the problems that a call is refused with; any other exception is a defect and passes through."""
    try:
        function(*given, **named)
    except SpecError as error:
        return error.problems
    return ()


def assert_placed(found: tuple[str, ...]) -> None:
    assert all(re.match(r"s\.yaml:\d+:\d+: |and \d+ more", problem) for problem in found), found


def block_style(document: dict[str, Any]) -> str:
    stream = io.StringIO()
    YAML(typ="safe", pure=True).dump(document, stream)
    return stream.getvalue()


def loaded(text: str, catalog: Catalog) -> Spec:
    return read_spec(parse_document(text.encode(), "s.yaml"), Path(), catalog=catalog)


def facts(spec: Spec) -> tuple[Any, ...]:
    """Everything that a specification says, comparable: lengths as their moments."""
    common = (
        spec.limits,
        spec.owned,
        spec.prices,
        spec.engine,
        spec.confidence,
        spec.objective,
        spec.seed,
        spec.workers,
    )
    each = tuple(
        (
            w.name,
            w.model,
            w.workload,
            w.slo,
            w.formats,
            w.kv_formats,
            w.limits,
            w.requests_per_s,
            w.lengths.mean_context_tokens,
        )
        for w in spec.workloads
    )
    return (*common, *each)


@given(document=documents)
def test_what_is_written_is_what_is_read(catalog: Catalog, document: dict[str, Any]) -> None:
    spec = loaded(block_style(document), catalog)
    assert facts(loaded(json.dumps(document), catalog)) == facts(spec)
    blocks = document.get("workloads", [document])
    for block, workload in zip(blocks, spec.workloads, strict=True):
        assert workload.model_id == block["model"]
        stated = workload.workload.model_dump(mode="json", exclude_unset=True)
        assert {key: value for key, value in stated.items() if key in block["workload"]} == block["workload"]
        assert workload.slo.model_dump(exclude_unset=True) == block.get("slo", {})


@given(document=documents)
def test_a_request_dumped_is_the_same_request(catalog: Catalog, document: dict[str, Any]) -> None:
    spec = loaded(json.dumps(document), catalog)
    form = SeveralRequest if "workloads" in document else SingleRequest
    request = form.model_validate_json(json.dumps(document))
    again = loaded(block_style(request.model_dump(mode="json", exclude_unset=True)), catalog)
    assert facts(again) == facts(spec)


@given(document=documents, random=st.randoms(use_true_random=False))
def test_order_of_keys_does_not_matter(catalog: Catalog, document: dict[str, Any], random: Any) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            keys = list(value)
            random.shuffle(keys)
            return {key: shuffled(value[key]) for key in keys}
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    assert facts(loaded(json.dumps(shuffled(document)), catalog)) == facts(loaded(json.dumps(document), catalog))


def sections(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """Yield the sections of keys of a document."""
    if isinstance(value, dict):
        yield path, value
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in below:
        yield from sections(child, (*path, key))


@given(document=documents, data=st.data())
def test_misspelt_key_anywhere_is_refused_with_the_nearest(
    catalog: Catalog, document: dict[str, Any], data: st.DataObject
) -> None:
    document = json.loads(json.dumps(document))
    path, section = data.draw(st.sampled_from(list(sections(document))))
    form = SeveralRequest if "workloads" in document else SingleRequest
    key = data.draw(st.sampled_from(sorted(keys_at(form, path))))
    place = data.draw(st.integers(1, len(key) - 1))
    wrong = f"{key[:place]}q{key[place:]}"
    section[wrong] = 1
    with pytest.raises(SpecError) as caught:
        loaded(block_style(document), catalog)
    (problem,) = [text for text in caught.value.problems if f"{wrong}: is an unknown key" in text]
    assert "did you mean " in problem or "state a statistic" in problem or "known here: " in problem
    if len(key) > 3:
        assert "known here: " not in problem


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert_placed(refusals(parse_document, text.encode("utf-8", "surrogatepass"), "s.yaml"))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert_placed(refusals(parse_document, data, "s.yaml"))


YAML_PIECES = [
    *("model", "workload", ": ", ":", "\n", "  ", "- ", "[", "]", "{", "}", ",", "&a ", "*a", "'", '"', "#"),
    *("|", ">", "?", "!", "%", "@", "1", ".nan", "\t", "---", "..."),
]


@given(st.lists(st.sampled_from(YAML_PIECES), max_size=60).map("".join))
def test_any_near_yaml_is_read_or_refused(catalog: Catalog, text: str) -> None:
    with pytest.raises(SpecError, match=r"s\.yaml:\d+:\d+: "):
        loaded(text, catalog)


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from(["bf16", "x"])
)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=6,
)


@given(document=documents, value=anything, data=st.data())
def test_any_value_anywhere_is_read_or_refused(
    catalog: Catalog, document: dict[str, Any], value: Any, data: st.DataObject
) -> None:
    document = json.loads(json.dumps(document))
    _, section = data.draw(st.sampled_from([item for item in sections(document) if item[1]]))
    section[data.draw(st.sampled_from(sorted(section)))] = value
    assert_placed(refusals(loaded, block_style(document), catalog))


@given(st.text(max_size=60))
def test_any_override_is_taken_or_refused(catalog: Catalog, override: str) -> None:
    document = {"model": MODELS[0], "workload": {"requests_per_s": 1, "input_tokens": 5, "output_tokens": 5}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.yaml"
        path.write_text(json.dumps(document))
        found = refusals(load_spec, path, overrides=[override], catalog=catalog)
    assert all(problem.startswith("--set") for problem in found)
