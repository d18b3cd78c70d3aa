"""One configuration named on the command line: formats with their mixtures, and what is refused."""

import pytest

from planner import SpecError, estimate
from tests.pipeline.requests import LLAMA_8B, catalog

MOE = "Qwen/Qwen3-30B-A3B"


def weights_gib(weight_format: str, model: str = LLAMA_8B) -> float:
    found = estimate(model, "h100-sxm-80gb", catalog=catalog(), weight_format=weight_format)
    assert found.weight_format == weight_format
    return found.memory_per_accelerator_gib.weights


def test_mixtures_of_a_format_are_named_after_a_plus() -> None:
    assert weights_gib("w4a16+head") < weights_gib("w4a16") < weights_gib("w4a16+fp8-attention") < weights_gib("fp8")
    assert weights_gib("w4a16+fp8-attention") < weights_gib("w4a16+bf16-attention") < weights_gib("bf16")
    assert weights_gib("w4a16", MOE) < weights_gib("w4a16+experts", MOE) < weights_gib("fp8", MOE)


@pytest.mark.parametrize(
    ("weight_format", "engine", "words"),
    [
        ("w4a17", "vllm", "'w4a17' is not a format"),
        ("w4a16+hed", "vllm", r"'hed' is no mixture of w4a16 \(did you mean 'head'\?\)"),
        ("w4a16+", "vllm", "'' is no mixture of w4a16"),
        ("fp8+head", "vllm", r"'head' is no mixture of fp8 \(it has none\)"),
        ("nvfp4+head", "sglang", r"not known to run on sglang \(try --engine vllm\)"),
        ("w4a16+experts", "vllm", "leaves nothing of meta-llama/Meta-Llama-3.1-8B in w4a16"),
    ],
)
def test_formats_that_cannot_be_are_refused(weight_format: str, engine: str, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        estimate(LLAMA_8B, "h100-sxm-80gb", catalog=catalog(), weight_format=weight_format, engine=engine)
