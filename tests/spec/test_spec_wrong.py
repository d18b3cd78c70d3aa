"""Wrong specifications: each is refused at its line and column, with the value, the rule and a way out."""

import pytest

from tests.spec.texts import CHAT, Problems

TOP = "model: meta-llama/Meta-Llama-3.1-70B\n"
RATE = "workload:\n  requests_per_s: 10\n"


def chat(**changed: str) -> str:
    """Return the chat workload with some of its values replaced."""
    values = {"requests_per_s": "10", "input_tokens": "4000", "output_tokens": "500"} | changed
    return TOP + "workload:\n" + "".join(f"  {key}: {value}\n" for key, value in values.items())


def two(first: str = "a", second: str = "b", extra: str = "") -> str:
    """Return two workloads of 8B chat."""
    body = "workload: {requests_per_s: 1, input_tokens: 10, output_tokens: 10}"
    blocks = "".join(f"- name: {name}\n  model: meta-llama/Meta-Llama-3.1-8B\n  {body}\n" for name in (first, second))
    return f"workloads:\n{blocks}{extra}"


WRONG = {
    "empty": ("", "s.yaml:1:1: document: is empty"),
    "only comments": ("# nothing\n\n", "s.yaml:1:1: document: is empty"),
    "null": ("~\n", "s.yaml:1:1: document: is empty"),
    "binary": (
        b"model: x\n\x89PNG\r\n\x1a\n",
        "s.yaml:2:1: document: byte 0x89 is not UTF-8 text (save the file as UTF-8",
    ),
    "NUL": (b"model: x\nseed: \x00\n", "s.yaml:2:7: document: character U+0000 cannot stand in YAML"),
    "UTF-16": ("model: x\n".encode("utf-16"), "s.yaml:1:1: document: byte 0xff is not UTF-8"),
    "a list": ("- model: x\n- workload: y\n", "s.yaml:1:1: document: is a list of 2, not a section of keys"),
    "a word": ("hello\n", "s.yaml:1:1: document: is 'hello', not a section"),
    "two documents": (CHAT + "---\n" + CHAT, "s.yaml:6:1: document: a second document begins"),
    "tab": ("model: x\nworkload:\n\trequests_per_s: 1\n", "s.yaml:3:1: document: is not YAML: found character '\\t'"),
    "bracket left open": (
        "model: x\nformats: [bf16\nseed: 0\n",
        "s.yaml:3:5: document: is not YAML: expected ',' or ']'",
    ),
    "quote left open": ("model: 'x\n", "(close the quote or bracket)"),
    "not indented": ("model: x\n  workload: 1\n", "s.yaml:2:11: document: is not YAML: mapping values"),
    "a tag": ("model: !!python/object:os.system x\n", "s.yaml:1:8: document: has the tag"),
    "YAML 1.1": ("%YAML 1.1\n---\nmodel: x\n", "document: is not YAML 1.2"),
    "unknown anchor": ("model: *nowhere\n", "s.yaml:1:8: document: alias *nowhere names no finished anchor"),
    "recursive anchor": ("model: &a [*a]\n", "s.yaml:1:12: document: alias *a names no finished anchor"),
    "list as key": ("? [a, b]\n: c\n", "s.yaml:1:3: document: a key is not a plain word"),
    "duplicate key": (CHAT + "seed: 0\nseed: 1\n", "s.yaml:7:1: seed: stands twice (it stands at"),
    "duplicate key inside": (
        CHAT + "slo: {ttft_p95_ms: 1, ttft_p95_ms: 2}\n",
        "s.yaml:6:23: ttft_p95_ms: stands twice",
    ),
    "unknown key": (CHAT + "modle: x\n", "s.yaml:6:1: modle: is an unknown key (did you mean model?)"),
    "unknown key of a section": (
        CHAT + "limits: {acelerators: [l4]}\n",
        "limits.acelerators: is an unknown key (did you mean accelerators?)",
    ),
    "key of another section": (
        CHAT + "max_accelerators: 8\n",
        "s.yaml:6:1: max_accelerators: is an unknown key (it belongs under limits)",
    ),
    "key of a deeper section": (CHAT + "p95: 8\n", "it belongs under workload.input_tokens"),
    "no model": (RATE + "  input_tokens: 1\n  output_tokens: 1\n", "s.yaml:1:1: model: is missing"),
    "no workload": (TOP, "s.yaml:1:1: workload: is missing"),
    "key without value": (CHAT + "slo:\n", "s.yaml:6:1: slo: has no value"),
    "model without value": (CHAT.replace("meta-llama/Meta-Llama-3.1-70B", ""), "s.yaml:1:1: model: has no value"),
    "model is a number": (CHAT.replace("meta-llama/Meta-Llama-3.1-70B", "70"), "s.yaml:1:8: model: names no model"),
    "unknown model": (
        CHAT.replace("70B", "71B"),
        "is neither a model of the catalogue nor a file (did you mean meta-llama/Meta-Llama-3.1-70B",
    ),
    "negative rate": (
        chat(requests_per_s="-3"),
        "s.yaml:3:19: workload.requests_per_s: -3 is out of range (it must be at least 1e-06)",
    ),
    "zero rate": (chat(requests_per_s="0"), "workload.requests_per_s: 0 is out of range"),
    "NaN": (chat(requests_per_s=".nan"), "s.yaml:3:19: workload.requests_per_s: .nan is not a number (NaN)"),
    "infinite": (chat(requests_per_s=".inf"), "workload.requests_per_s: .inf is infinite"),
    "1e400": (chat(requests_per_s="1e400"), "s.yaml:3:19: workload.requests_per_s: 1e400 is infinite, or too large"),
    "5000 digits": (chat(requests_per_s="9" * 5000), "s.yaml:3:19: workload.requests_per_s: 99999"),
    "number in quotes": (
        chat(requests_per_s="'10'"),
        "workload.requests_per_s: '10' is not a number (write the number alone",
    ),
    "number with unit": (chat(input_tokens="4k"), "s.yaml:4:17: workload.input_tokens: '4k' is not a number"),
    "underscores": (chat(input_tokens="4_000"), "workload.input_tokens: '4_000' is not a number"),
    "true": (chat(requests_per_s="true"), "workload.requests_per_s: true is not a number"),
    "no rate": (
        TOP + "workload: {input_tokens: 1, output_tokens: 1}\n",
        "s.yaml:2:1: workload: states no demand (add requests_per_s,",
    ),
    "two rates": (
        chat(concurrency="5"),
        "s.yaml:6:16: workload.concurrency: states requests_per_s and concurrency (keep one)",
    ),
    "no output": (TOP + RATE + "  input_tokens: 5\n", "s.yaml:2:1: workload: states no output_tokens"),
    "lengths twice": (chat(lengths="{trace: x.csv}"), "workload.lengths: states lengths twice"),
    "no tokens": (chat(output_tokens="0"), "workload.output_tokens: 0 is out of range (it must be at least 1)"),
    "p95 below mean": (
        chat(input_tokens="{mean: 4000, p95: 3000}"),
        "s.yaml:4:35: workload.input_tokens.p95: p95 3000 is below the mean 4000",
    ),
    "p95 too far": (chat(input_tokens="{mean: 100, p95: 381}"), "p95 381 is more than 3.8 times the mean 100"),
    "no p95": (chat(input_tokens="{mean: 100}"), "workload.input_tokens.p95: is missing"),
    "two forms of a length": (
        chat(input_tokens="{mean: 100, p95: 200, histogram: [[5, 1]]}"),
        "s.yaml:4:18: workload.input_tokens.mean: is an unknown key (it cannot stand beside",
    ),
    "empty histogram": (chat(input_tokens="{histogram: []}"), "workload.input_tokens.histogram: is an empty list"),
    "histogram of numbers": (
        chat(input_tokens="{histogram: [5]}"),
        "workload.input_tokens.histogram[0]: 5 is not a list",
    ),
    "histogram of triples": (chat(input_tokens="{histogram: [[5, 1, 2]]}"), "workload.input_tokens.histogram[0]"),
    "half a pair": (chat(input_tokens="{histogram: [[5]]}"), "is a list of 1 (write a pair: [tokens, weight])"),
    "weightless": (chat(input_tokens="{histogram: [[5, 0]]}"), "every weight is 0"),
    "negative weight": (
        chat(input_tokens="{histogram: [[5, -1]]}"),
        "workload.input_tokens.histogram[0][1]: -1 is out of range",
    ),
    "cached above input": (
        chat(cached_input_tokens="4001"),
        "s.yaml:6:24: workload.cached_input_tokens: 4001 is more than the mean prompt",
    ),
    "all cached": (
        chat(cached_input_tokens="4000"),
        "workload.cached_input_tokens: 4000 is more than the mean prompt of 4000 less one",
    ),
    "negative cache": (chat(cached_input_tokens="-1"), "workload.cached_input_tokens: -1 is out of range"),
    "beyond the context": (
        chat(input_tokens="131072"),
        "s.yaml:4:17: workload.input_tokens: requests of 131572 tokens (input + output) exceed the context",
    ),
    "p95 beyond the context": (
        chat(output_tokens="{mean: 60000, p95: 130000}"),
        "workload.output_tokens: requests of 134000 tokens",
    ),
    "no statistic": (
        CHAT + "slo: {ttft_ms: 300}\n",
        "s.yaml:6:7: slo.ttft_ms: is an unknown key (state a statistic and ms: ttft_mean_ms",
    ),
    "wrong unit": (CHAT + "slo: {ttft_p95_s: 2}\n", "slo.ttft_p95_s: is an unknown key (did you mean ttft_p95_ms?)"),
    "unknown statistic": (CHAT + "slo: {tpot_p75_ms: 2}\n", "(state a statistic and ms: tpot_mean_ms"),
    "zero bound": (
        CHAT + "slo: {ttft_p95_ms: 0}\n",
        "s.yaml:6:20: slo.ttft_p95_ms: 0 is out of range (it must be above 0)",
    ),
    "slo is a number": (CHAT + "slo: 300\n", "s.yaml:6:6: slo: 300 is not a section of keys"),
    "unknown accelerator": (
        CHAT + "limits: {accelerators: [h100-sxm-80g]}\n",
        "s.yaml:6:25: limits.accelerators[0]: 'h100-sxm-80g' is no accelerator of the catalogue (did you mean h100-sxm",
    ),
    "accelerator twice": (
        CHAT + "limits: {accelerators: [l4, L4]}\n",
        "limits.accelerators[1]: accelerator 'l4' stands twice",
    ),
    "no accelerators": (CHAT + "limits: {accelerators: []}\n", "s.yaml:6:24: limits.accelerators: is an empty list"),
    "a scalar for a list": (CHAT + "formats: fp8\n", "s.yaml:6:10: formats: 'fp8' is not a list (write it as [fp8])"),
    "unknown format": (
        CHAT + "formats: [fp16]\n",
        "formats[0]: 'fp16' is no weight format of the catalogue (did you mean bf16",
    ),
    "unknown KV format": (CHAT + "kv_formats: [fp4]\n", "kv_formats[0]: 'fp4' is no KV cache format of the catalogue"),
    "unknown provider": (CHAT + "limits: {providers: [hyperstak]}\n", "(did you mean hyperstack?)"),
    "unknown region": (
        CHAT + "limits: {regions: [us-east-11]}\n",
        "limits.regions[0]: 'us-east-11' is no region of the catalogue (did you mean us-east-1",
    ),
    "unknown tenancy": (
        CHAT + "limits: {tenancy: [dedicate]}\n",
        "limits.tenancy[0]: 'dedicate' is not known here (did you mean dedicated?)",
    ),
    "unknown fabric": (CHAT + "limits: {fabrics: [infinband]}\n", "did you mean infiniband?"),
    "unknown engine": (
        CHAT + "engine: vlm\n",
        "s.yaml:6:9: engine: 'vlm' is no engine of the catalogue (did you mean vllm?)",
    ),
    "unknown objective": (CHAT + "objective: [cost]\n", "s.yaml:6:13: objective[0]: 'cost' is not known here"),
    "no accelerators at most": (CHAT + "limits: {max_accelerators: 0}\n", "limits.max_accelerators: 0 is out of range"),
    "half an accelerator": (
        CHAT + "limits: {max_accelerators: 2.5}\n",
        "limits.max_accelerators: 2.5 is not a whole number",
    ),
    "utilisation in percent": (
        CHAT + "limits: {max_utilisation: 90}\n",
        "limits.max_utilisation: 90 is out of range (it must be at most 1)",
    ),
    "stock of nothing": (
        CHAT + "limits:\n  inventory:\n  - max: 3\n",
        "s.yaml:8:5: limits.inventory[0]: says how many, but not of what",
    ),
    "unknown offer": (
        CHAT + "prices: {override: [{offer: aws/p5, usd_per_unit_h: 1}]}\n",
        "prices.override[0].offer: 'aws/p5' is no offer of the catalogue (did you mean",
    ),
    "offer overridden twice": (
        CHAT + "prices: {override: [&b {offer: hyperstack/b200, usd_per_unit_h: 1}, *b]}\n",
        "prices.override[1].offer: offer 'hyperstack/b200' is overridden twice",
    ),
    "no such day": (CHAT + "prices: {as_of: 2026-02-30}\n", "prices.as_of: '2026-02-30' is not a date"),
    "unknown node": (
        CHAT + "owned: [{node: hgx-h100, count: 1, sunk: true}]\n",
        "owned[0].node: 'hgx-h100' is no node of the catalogue (did you mean hgx-h100-8",
    ),
    "owned without price": (CHAT + "owned: [{node: hgx-h100-8, count: 1}]\n", "s.yaml:6:9: owned[0]: has no price"),
    "confidence in percent": (
        CHAT + "confidence: 95\n",
        "s.yaml:6:13: confidence: 95 is out of range (it must be at most 0.99)",
    ),
    "negative seed": (CHAT + "seed: -1\n", "seed: -1 is out of range"),
    "nothing to survive": (
        CHAT + "limits: {survive: {}}\n",
        "s.yaml:6:10: limits.survive: does not say what may be lost",
    ),
    "two things to survive": (
        CHAT + "limits: {survive: {nodes: 1, replicas: 1}}\n",
        "limits.survive: says what may be lost twice (give one of nodes and replicas, such as {nodes: 1})",
    ),
    "survive as a number": (CHAT + "limits: {survive: 1}\n", "limits.survive: 1 is not a section of keys"),
    "no node to survive": (CHAT + "limits: {survive: {nodes: 0}}\n", "limits.survive.nodes: 0 is out of range"),
    "survive without a rate": (
        CHAT.replace("requests_per_s: 1", "concurrency: 8") + "limits: {survive: {nodes: 1}}\n",
        "workload.concurrency: is no rate without an SLO, and limits.survive needs one",
    ),
    "too many pools": (CHAT + "limits: {max_pools: 5}\n", "limits.max_pools: 5 is out of range"),
    "apart from a stranger": (two(extra="apart: [[a, c]]\n"), "apart[0][1]: 'c' is no workload here (use names of"),
    "apart from nobody": (two(extra="apart: [[a]]\n"), "apart[0]: 'a' alone is apart from nobody"),
    "apart from itself": (two(extra="apart: [[a, a]]\n"), "apart[0][1]: workload 'a' stands twice (remove one)"),
    "apart as pairs of words": (two(extra="apart: [a, b]\n"), "apart[0]: 'a' is not a list"),
    "same name twice": (two("a", "a"), "s.yaml:5:9: workloads[1].name: name 'a' stands twice"),
    "strange name": (two("'a/../b'"), "workloads[0].name: 'a/../b' is not a name"),
    "no workloads": ("workloads: []\n", "s.yaml:1:12: workloads: is an empty list"),
    "both forms": (two(extra=TOP), "s.yaml:8:1: model: is an unknown key (it belongs under workloads[])"),
    "common slo": (
        two(extra="slo: {ttft_p95_ms: 1}\n"),
        "s.yaml:8:1: slo: is an unknown key (it belongs under workloads[])",
    ),
    "workload in the plural": (TOP + "workloads: {requests_per_s: 1}\n", "workloads: a section of keys is not a list"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_specification_is_refused_where_it_is_wrong(problems: Problems, name: str) -> None:
    text, expected = WRONG[name]
    found = problems(text)
    assert any(expected in problem for problem in found), "\n".join(found)
    for problem in found:
        place, _, rest = problem.partition(": ")
        assert place.startswith("s.yaml:")
        assert all(part.isdigit() for part in place.split(":")[1:])
        assert ": " in rest
        assert rest.endswith(")")


@pytest.mark.parametrize("limits", ["max_pools: 4", "survive: {nodes: 1}", "survive: {replicas: 2}"])
def test_mixes_and_losses_are_taken(problems: Problems, limits: str) -> None:
    assert not problems(CHAT + f"limits: {{{limits}}}\n")


def test_all_problems_come_at_once_in_the_order_of_the_file(problems: Problems) -> None:
    text = (
        CHAT.replace("70B", "71B")
        + "formats: [fp9]\nslo: {ttft: 3}\nquality: {min_recovery: 98}\n"
        + "seed: 1\nseed: 2\nlimits: {max_accelerators: -1}\n"
    )
    found = problems(text, "confidence=2")
    keys = [problem.split(": ")[1] for problem in found]
    assert keys == [
        "confidence",
        "model",
        "formats[0]",
        "slo.ttft",
        "quality.min_recovery",
        "seed",
        "limits.max_accelerators",
    ]


def test_problems_of_many_workloads_are_cut_short(problems: Problems) -> None:
    blocks = "".join(f"- {{name: w{i}, model: no-such-model, workload: {{requests_per_s: -1}}}}\n" for i in range(60))
    found = problems(f"workloads:\n{blocks}")
    assert len(found) == 51
    assert found[-1].startswith("and 70 more problems")


def test_messages_hold_no_control_characters(problems: Problems) -> None:
    (problem,) = problems(CHAT + '"\\e[31mred": 1\n')
    assert "\x1b" not in problem
