"""The columns of a measurement file: what each may hold, and what stands where it is empty."""

from dataclasses import dataclass
from math import isfinite

LOADS = ("static", "closed", "open", "saturated")
BURST = "mean-with-start-burst"
STATISTICS = ("mean", BURST, "p50", "median", "p90", "p95", "p99")


@dataclass(frozen=True)
class Number:
    """A numeric column. ``whole`` demands an integer; ``infinite`` admits ``inf``, which then says nothing."""

    whole: bool = False
    infinite: bool = False
    high: float = 1e12

    def read(self, text: str) -> float | None:
        """Return the value; ``None`` for ``inf`` where that is admitted.

        Raises
        ------
        ValueError
            With the rule that the text breaks.
        """
        try:
            value = float(text)
        except ValueError:
            raise ValueError("is no number") from None
        if self.infinite and value == float("inf"):
            return None
        if not isfinite(value) or value <= 0.0:
            raise ValueError("must be positive and finite")
        if value > self.high:
            raise ValueError(f"must be at most {self.high:g}")
        if self.whole and value != int(value):
            raise ValueError("must be a whole number")
        return value


COUNT = Number(whole=True, high=65536)
TOKENS = Number(high=1e9)
AMOUNT = Number()

NUMBERS: dict[str, Number] = {
    "accelerators": COUNT,
    "tensor_parallel": COUNT,
    "pipeline_parallel": COUNT,
    "expert_parallel": COUNT,
    "attention_data_parallel": COUNT,
    "replicas": COUNT,
    "input_tokens": TOKENS,
    "output_tokens": TOKENS,
    "concurrency": Number(high=1e7),
    "request_rate": Number(infinite=True),
    "ttft_ms": AMOUNT,
    "tpot_ms": AMOUNT,
    "output_tokens_per_s": AMOUNT,
    "total_tokens_per_s": AMOUNT,
    "latency_s": AMOUNT,
}

CHOICES: dict[str, tuple[str, ...]] = {
    "load": LOADS,
    "ttft_statistic": STATISTICS,
    "tpot_statistic": STATISTICS,
}

REQUIRED = ("model", "accelerator", "input_tokens", "output_tokens")

TEXTS = (
    "id",
    "source",
    "measured_on",
    "model",
    "accelerator",
    "weight_format",
    "kv_format",
    "engine",
    "engine_version",
    "flag",
)

MEASURED = ("ttft_ms", "tpot_ms", "output_tokens_per_s", "total_tokens_per_s", "latency_s")
