"""Right specifications: both forms, defaults, names, models from files, overrides, standard input."""

import io
import json
import os
import sys
from pathlib import Path

import pytest

from planner.catalog.catalog import Catalog
from planner.errors import SpecError
from planner.spec.limits import Limits, Stock, within
from planner.spec.loader import load_spec
from planner.spec.prices import Prices
from planner.spec.slo import Bound
from tests.spec.texts import CHAT, Load, Problems

CONTRACT = """\
model: meta-llama/Meta-Llama-3.1-70B
workload:
  requests_per_s: 10
  input_tokens: 4000
  output_tokens: 500
  cached_input_tokens: 0
slo:
  ttft_p95_ms: 2000
  tpot_p95_ms: 50
  e2e_p95_ms: 60000
formats: [bf16, fp8]
kv_formats: [bf16, fp8]
limits:
  accelerators: [h100-sxm-80gb, h200-sxm-141gb]
  providers: []
  regions: []
  tenancy: [shared, dedicated, private]
  fabrics: []
  max_accelerators: 64
  max_usd_per_h: 200
  inventory: [{accelerator: h100-sxm-80gb, max: 16}, {provider: aws, region: eu-west-1, max: 32}]
  max_pools: 1
  max_utilisation: 0.9
owned: [{node: hgx-h100-8, count: 4, usd_per_node_h: 6.5, sunk: true}]
prices:
  purchase: [on_demand]
  as_of: 2026-11-23
  override: [{offer: hyperstack/b200, usd_per_unit_h: 15.2}]
engine: vllm
confidence: 0.8
objective: usd_per_mtok
seed: 0
"""

MINI = {
    "model_type": "llama",
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 100,
    "max_position_embeddings": 8192,
}


def test_defaults_are_those_of_the_contract(load: Load) -> None:
    spec = load(CHAT)
    (workload,) = spec.workloads
    assert (workload.name, workload.model_id) == ("default", "meta-llama/Meta-Llama-3.1-70B")
    assert workload.slo.bounds() == ()
    assert (workload.formats, workload.kv_formats) == (None, ("bf16", "fp8"))
    assert spec.limits == Limits()
    assert workload.limits == Limits()
    assert spec.limits.tenancy == ("shared", "dedicated", "private")
    assert (spec.limits.max_utilisation, spec.limits.max_pools, spec.limits.max_accelerators) == (0.9, 1, None)
    assert spec.prices == Prices()
    assert spec.prices.purchase == ("on_demand",)
    assert (spec.engine, spec.objective, spec.owned) == (("vllm",), ("usd_per_mtok",), ())
    assert (spec.confidence, spec.seed, spec.workers) == (0.8, 0, 1)


def test_contract_example_is_read_to_the_last_key(load: Load) -> None:
    spec = load(CONTRACT)
    (workload,) = spec.workloads
    assert workload.slo.bounds() == (Bound("ttft", "p95", 2.0), Bound("tpot", "p95", 0.05), Bound("e2e", "p95", 60.0))
    assert workload.limits.accelerators == ("h100-sxm-80gb", "h200-sxm-141gb")
    assert workload.limits.max_accelerators is None, "the cap bounds the sum, not the workload"
    assert spec.limits.inventory[1] == Stock(provider="aws", region="eu-west-1", max=32)
    assert str(spec.prices.as_of) == "2026-11-23"
    assert spec.owned[0].sunk


def test_names_are_canonical_whatever_their_case(load: Load, catalog: Catalog) -> None:
    spec = load(CHAT + "limits: {accelerators: [H100-SXM-80GB], providers: [AWS]}\n")
    assert spec.limits.accelerators == ("h100-sxm-80gb",)
    assert spec.limits.providers == ("aws",)
    aliased = next((item for item in catalog.accelerators.values() if item.aliases), None)
    if aliased is not None:
        spec = load(CHAT + f"limits: {{accelerators: [{json.dumps(aliased.aliases[0])}]}}\n")
        assert spec.limits.accelerators == (aliased.id,)


def test_engines_and_objectives_may_be_lists(load: Load) -> None:
    spec = load(CHAT + "engine: [vllm, sglang]\nobjective: [accelerators, usd_per_h]\n")
    assert spec.engine == ("vllm", "sglang")
    assert spec.objective == ("accelerators", "usd_per_h")


def test_tokens_per_day_become_a_rate_of_input_and_output(load: Load) -> None:
    spec = load(CHAT.replace("requests_per_s: 10", "tokens_per_day: 50e6"))
    assert spec.workloads[0].requests_per_s == pytest.approx(50e6 / 4500 / 86400)


@pytest.mark.parametrize(
    ("slo", "rate"),
    [
        ("{ttft_p95_ms: 2000, ttft_p99_ms: 3000, tpot_p95_ms: 50}", 64 / (2.0 + 500 * 0.05)),
        ("{e2e_p95_ms: 10000}", 6.4),
        ("{ttft_p95_ms: 2000, tpot_mean_ms: 20, e2e_p99_ms: 1}", 64 / 12.0),
        ("{ttft_p95_ms: 2000}", None),
    ],
)
def test_concurrency_is_a_rate_at_the_bounds_of_the_slo(load: Load, slo: str, rate: float | None) -> None:
    spec = load(CHAT.replace("requests_per_s: 10", "concurrency: 64") + f"slo: {slo}\n")
    assert spec.workloads[0].requests_per_s == (None if rate is None else pytest.approx(rate))


def block(name: str, more: str = "") -> str:
    work = "workload: {requests_per_s: 1, input_tokens: 10, output_tokens: 10}"
    return f"- {{name: {name}, model: meta-llama/Meta-Llama-3.1-8B, {work}{more}}}\n"


def test_workloads_keep_their_own_part_under_common_limits(load: Load) -> None:
    own = ", limits: {accelerators: [l4, l40s], max_utilisation: 0.5, max_accelerators: 4}, slo: {ttft_p95_ms: 9}"
    spec = load(
        f"workloads:\n{block('a', own)}{block('b')}limits: {{accelerators: [l40s, h100-sxm-80gb], max_usd_per_h: 5}}\n"
    )
    first, second = spec.workloads
    assert (first.name, second.name) == ("a", "b")
    assert first.limits.accelerators == ("l40s",)
    assert first.limits.max_utilisation == 0.5
    assert (first.limits.max_accelerators, first.limits.max_usd_per_h) == (4, None)
    assert second.limits.accelerators == ("l40s", "h100-sxm-80gb")
    assert second.limits.max_utilisation == 0.9
    assert first.model is second.model, "one model is read once"
    assert spec.limits.max_usd_per_h == 5.0


def test_own_list_without_anything_of_the_common_one_is_refused(problems: Problems) -> None:
    own = ", limits: {accelerators: [l4]}"
    found = problems(f"workloads:\n{block('a', own)}limits: {{accelerators: [l40s]}}\n")
    assert len(found) == 1
    assert "workloads[0].limits.accelerators: none of these stands in the common limits.accelerators" in found[0]


def test_own_tenancy_and_utilisation_hold_where_nothing_common_is_stated() -> None:
    own = Limits(tenancy=("marketplace",), max_utilisation=0.95)
    merged, apart = within(own, Limits(max_accelerators=3))
    assert (merged.tenancy, merged.max_utilisation, apart) == (("marketplace",), 0.95, ())
    assert merged.max_accelerators is None
    assert within(Limits(), Limits(max_utilisation=0.7))[0].max_utilisation == 0.7
    assert within(Limits(providers=()), Limits(providers=("aws",)))[0].providers == ("aws",)


def test_several_workloads_need_a_rate_each(problems: Problems) -> None:
    open_one = block("b").replace("requests_per_s: 1", "concurrency: 4")
    (problem,) = problems(f"workloads:\n{block('a')}{open_one}")
    assert "s.yaml:3:" in problem
    assert "workloads[1].workload.concurrency: is no rate without an SLO" in problem
    assert not problems(f"workloads:\n{open_one}")
    bounded = open_one.replace("name: b", "name: b, slo: {ttft_p95_ms: 100, tpot_p95_ms: 10}")
    assert not problems(f"workloads:\n{block('a')}{bounded}")


class TestModels:
    def test_inline_fields_are_an_architecture(self, load: Load) -> None:
        fields = "".join(f"  {key}: {value}\n" for key, value in MINI.items())
        spec = load(CHAT.replace(" meta-llama/Meta-Llama-3.1-70B", f"\n  name: mini\n  sliding_window: null\n{fields}"))
        (workload,) = spec.workloads
        assert (workload.model_id, workload.model.layer_count, workload.model.hidden_size) == ("mini", 2, 64)

    @pytest.mark.parametrize("named", ["mini/config.json", "mini", "./mini", "mini/../mini"])
    def test_path_starts_from_the_folder_of_the_specification(self, load: Load, tmp_path: Path, named: str) -> None:
        (tmp_path / "mini").mkdir()
        (tmp_path / "mini" / "config.json").write_text(json.dumps(MINI))
        spec = load(CHAT.replace("meta-llama/Meta-Llama-3.1-70B", named))
        assert (spec.workloads[0].model_id, spec.workloads[0].model.hidden_size) == (named, 64)

    def test_broken_files_are_named(self, problems: Problems, tmp_path: Path) -> None:
        (tmp_path / "bad.json").write_text("{")
        (tmp_path / "odd.json").write_text(json.dumps(MINI | {"model_type": "perceiver"}))
        (tmp_path / "empty").mkdir()
        os.mkfifo(tmp_path / "pipe")
        for name, expected in {
            "bad.json": "not JSON",
            "odd.json": "'perceiver' is not understood",
            "empty": "holds no config.json",
            "pipe": "is not a regular file",
            "/dev/zero": "is not a regular file",
        }.items():
            (problem,) = problems(CHAT.replace("meta-llama/Meta-Llama-3.1-70B", name))
            assert problem.startswith("s.yaml:1:8: model: ")
            assert expected in problem

    def test_inline_fields_that_are_not_understood_are_named(self, problems: Problems) -> None:
        (problem,) = problems(CHAT.replace("meta-llama/Meta-Llama-3.1-70B", "{model_type: perceiver}"))
        assert "s.yaml:1:8: model: is not understood" in problem
        assert "perceiver" in problem


class TestOverrides:
    def test_values_are_replaced_added_and_removed(self, load: Load) -> None:
        spec = load(
            CONTRACT,
            "limits.max_accelerators=8",
            "workload.input_tokens={mean: 3000, p95: 4000}",
            "slo.e2e_p95_ms=null",
            "formats=[fp8]",
            "limits.accelerators[1]=l40s",
            "limits.inventory.0.max=0",
            "prices.purchase=[spot]",
            "slo.ttft_mean_ms=700",
        )
        (workload,) = spec.workloads
        assert spec.limits.max_accelerators == 8
        assert workload.lengths.mean_input_tokens == pytest.approx(3000)
        assert {bound.key for bound in workload.slo.bounds()} == {"ttft_mean_ms", "ttft_p95_ms", "tpot_p95_ms"}
        assert workload.formats == ("fp8",)
        assert spec.limits.accelerators == ("h100-sxm-80gb", "l40s")
        assert spec.limits.inventory[0].max == 0
        assert spec.prices.purchase == ("spot",)

    def test_later_ones_win_and_sections_are_made(self, load: Load) -> None:
        spec = load(CHAT, "limits.max_accelerators=8", "limits.max_accelerators=9")
        assert spec.limits.max_accelerators == 9

    def test_workloads_are_found_by_index_and_by_name(self, load: Load) -> None:
        text = f"workloads:\n{block('a')}{block('chat')}"
        spec = load(text, "workloads[0].workload.requests_per_s=7", "workloads.chat.workload.requests_per_s=8")
        assert [workload.requests_per_s for workload in spec.workloads] == [7.0, 8.0]

    @pytest.mark.parametrize(
        ("override", "expected"),
        [
            ("limits.max_accelerators", "--set limits.max_accelerators: --set: is not key=value"),
            ("=3", "is not key=value"),
            ("seed=", "--set seed=: seed: has no value"),
            ("seed=-3", "--set seed=-3: seed: -3 is out of range"),
            ("sed=3", "--set sed=3: sed: is an unknown key (did you mean seed?)"),
            ("limits.max_acelerators=3", "limits.max_acelerators: is an unknown key (did you mean max_accelerators?)"),
            ("model.x=3", "model is 'meta-llama/Meta-Llama-3.1-70B', not a section of keys"),
            ("slo.ttft_p95_ms=null", "--set slo.ttft_p95_ms=null: slo.ttft_p95_ms: cannot be removed"),
            ("slo=null", "slo: cannot be removed: it is not stated"),
            ("formats=[bf16", "document: is not YAML"),
            ("formats=[fp9]", "--set formats=[fp9]: formats[0]: 'fp9' is no weight format"),
            ("quality={min_recovery: 98}", "quality.min_recovery: 98 is out of range"),
            ("limits={max_accelerators: 1, max_accelerators: 2}", "max_accelerators: stands twice"),
        ],
    )
    def test_wrong_ones_say_so(self, problems: Problems, override: str, expected: str) -> None:
        found = problems(CHAT, override)
        assert any(expected in problem for problem in found), found
        assert all(problem.startswith("--set") for problem in found)

    def test_item_that_is_not_there(self, problems: Problems) -> None:
        (problem,) = problems(CONTRACT, "limits.accelerators[7]=l4")
        assert "limits.accelerators[7]: there is no such item among 2" in problem
        (problem,) = problems(f"workloads:\n{block('a')}", "workloads.b.model=x")
        assert "workloads.b: there is no such item among 1" in problem


def test_standard_input(monkeypatch: pytest.MonkeyPatch, catalog: Catalog) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CHAT.encode())))
    assert load_spec("-", catalog=catalog).source == "<stdin>"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"model: 3\n")))
    with pytest.raises(SpecError, match=r"<stdin>:1:8: model: names no model"):
        load_spec("-", catalog=catalog)


@pytest.mark.parametrize("path", ["no-such-file.yaml", ".", "bad\0name"])
def test_unreadable_specification(path: str, catalog: Catalog) -> None:
    with pytest.raises(
        SpecError, match=r"specification: cannot be read: .* \(name a YAML file, or - for standard input\)"
    ):
        load_spec(path, catalog=catalog)


def test_byte_order_mark_and_windows_line_ends_do_not_matter(load: Load) -> None:
    spec = load(b"\xef\xbb\xbf" + CHAT.replace("\n", "\r\n").encode())
    assert spec.workloads[0].requests_per_s == 10.0


def test_anchors_may_be_used(load: Load) -> None:
    text = f"workloads:\n{block('a', ', slo: &slo {ttft_p95_ms: 100}')}{block('b', ', slo: *slo')}"
    first, second = load(text).workloads
    assert first.slo == second.slo
