"""What is known of how a source ran its benchmark and stands in no column of its results."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.catalog.schema import Harness, Knob
    from planner.measure.rows import Measurement


def late_steps(harness: "Harness | None", engine: str, architecture: str, row: "Measurement") -> tuple[float, float]:
    """Return the decode steps by which the benchmark's settings of an engine delay the first token.

    Beside all of them, those during which requests gather that are then prefilled together.
    """
    if harness is None:
        return 0.0, 0.0
    knobs = [knob for knob in harness.knobs if knob.engine == engine and _holds(knob, architecture, row)]
    return sum(k.first_token_steps for k in knobs), sum(k.first_token_steps for k in knobs if k.gathers)


def kv_format(harness: "Harness | None", engine: str, architecture: str) -> str:
    """Return the KV cache format that the benchmark sets for an engine; empty where it sets none."""
    for choice in harness.kv_choices if harness else ():
        if choice.engine == engine and (not choice.architectures or architecture in choice.architectures):
            return choice.kv_format
    return ""


def _holds(knob: "Knob", architecture: str, row: "Measurement") -> bool:
    """Whether every condition that the knob states holds for the row."""
    concurrency = row.numbers.get("concurrency", 0.0)
    return all(
        (
            not knob.models or row.text("model") in knob.models,
            not knob.architectures or architecture in knob.architectures,
            knob.input_tokens in {None, row.numbers["input_tokens"]},
            knob.output_tokens in {None, row.numbers["output_tokens"]},
            knob.concurrency_from is None or concurrency >= knob.concurrency_from,
            knob.concurrency_below is None or concurrency < knob.concurrency_below,
            knob.tensor_parallel_below is None or row.tensor_parallel < knob.tensor_parallel_below,
            knob.attention_data_parallel_from is None
            or row.attention_data_parallel >= knob.attention_data_parallel_from,
        )
    )
