"""What is asked of the service: how many requests, and how long they are."""

from typing import Annotated, Self

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from planner.records import Record
from planner.spec.quantities import Tokens, broken_rule

LEAST_RATE = 1e-6
MAX_P95_OVER_MEAN = 3.8
"""A lognormal's p95 / mean cannot exceed exp(z95^2 / 2) = 3.87; close below that its shape is no longer determined."""
RATE_KEYS = ("requests_per_s", "concurrency", "tokens_per_day", "demand")


class Lognormal(Record):
    """Lengths with this mean and 95th percentile [token]."""

    mean: Tokens
    p95: Tokens

    @model_validator(mode="after")
    def _has_a_shape(self) -> Self:
        if self.p95 < self.mean:
            problem = f"p95 {self.p95:g} is below the mean {self.mean:g}"
            raise broken_rule(problem, "give a p95 of at least the mean", at=("p95",))
        if self.p95 > MAX_P95_OVER_MEAN * self.mean:
            problem = f"p95 {self.p95:g} is more than {MAX_P95_OVER_MEAN} times the mean {self.mean:g}"
            raise broken_rule(problem, "no lognormal has such a tail: give a histogram or a trace", at=("p95",))
        return self


class Histogram(Record):
    """Lengths as pairs of (tokens, weight); weights need not add up to one."""

    histogram: Annotated[tuple[tuple[Tokens, Annotated[float, Field(ge=0, le=1e15)]], ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _has_weight(self) -> Self:
        if sum(weight for _, weight in self.histogram) <= 0:
            problem = "every weight is 0"
            raise broken_rule(problem, "give at least one weight above 0", at=("histogram",))
        return self


class Trace(Record):
    """A CSV file with columns ``input_tokens``, ``output_tokens`` and perhaps ``timestamp_s``."""

    trace: Annotated[str, Field(min_length=1, max_length=4096)]


_NUMBER, _LOGNORMAL, _HISTOGRAM = "<number>", "<lognormal>", "<histogram>"
"""Tags of the forms of a length; no key can look like one, so an error's location tells them from keys."""


def _length_form(value: object) -> str:
    if isinstance(value, dict | Histogram | Lognormal):
        has_histogram = isinstance(value, Histogram) or (isinstance(value, dict) and "histogram" in value)
        return _HISTOGRAM if has_histogram else _LOGNORMAL
    return _NUMBER


TokenLength = Annotated[
    Annotated[Tokens, Tag(_NUMBER)] | Annotated[Lognormal, Tag(_LOGNORMAL)] | Annotated[Histogram, Tag(_HISTOGRAM)],
    Discriminator(_length_form),
]


Rate = Annotated[float, Field(ge=0, le=1e6)]


class Scaling(Record):
    """How capacity follows a demand over time, in steps of replicas.

    ``fixed``: what the busiest hour needs is there always. ``min_replicas`` are there even where nobody asks. What is
    hired runs for ``start_up_s`` before it serves: an hour at most.
    """

    fixed: bool = False
    min_replicas: Annotated[int, Field(ge=0, le=100_000)] = 0
    start_up_s: Annotated[float, Field(ge=0, le=3600)] = 0.0


class Demand(Record):
    """A demand over time, hour after hour of a day (24) or a week (168), or from a file; then it starts again."""

    scaling: Scaling = Scaling()
    hourly_requests_per_s: tuple[Rate, ...] | None = None
    csv: Annotated[str, Field(min_length=1, max_length=4096)] | None = None

    @model_validator(mode="after")
    def _one_profile(self) -> Self:
        if (self.hourly_requests_per_s is None) == (self.csv is None):
            problem = "states no profile" if self.csv is None else "states two profiles"
            raise broken_rule(problem, "give hourly_requests_per_s: [24 or 168 numbers], or csv: rates.csv")
        hours = self.hourly_requests_per_s
        if hours is not None and len(hours) not in {24, 168}:
            problem = f"has {len(hours)} numbers"
            raise broken_rule(problem, "give 24 for a day or 168 for a week", at=("hourly_requests_per_s",))
        if hours is not None and max(hours) < LEAST_RATE:
            problem = "has no hour with a request"
            raise broken_rule(problem, "give at least one hour a rate above 0", at=("hourly_requests_per_s",))
        return self


class Workload(Record):
    """A demand and the lengths of its requests; exactly one of the three rates is stated."""

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                {"oneOf": [{"required": [key]} for key in RATE_KEYS]},
                {"oneOf": [{"required": ["input_tokens", "output_tokens"]}, {"required": ["lengths"]}]},
            ]
        }
    )

    requests_per_s: Annotated[float, Field(ge=1e-6, le=1e6)] | None = None
    concurrency: Annotated[float, Field(gt=0, le=1e7)] | None = None
    tokens_per_day: Annotated[float, Field(ge=1, le=1e16)] | None = None
    demand: Demand | None = None
    input_tokens: TokenLength | None = None
    output_tokens: TokenLength | None = None
    lengths: Trace | None = None
    cached_input_tokens: Annotated[float, Field(ge=0, le=1e8)] = 0.0

    @model_validator(mode="after")
    def _one_rate(self) -> Self:
        stated = [key for key in RATE_KEYS if getattr(self, key) is not None]
        if len(stated) > 1:
            problem = f"states {' and '.join(stated)}"
            raise broken_rule(problem, "keep one", at=(stated[1],))
        if not stated:
            problem = "states no demand"
            raise broken_rule(problem, "add requests_per_s, concurrency, tokens_per_day or demand")
        return self

    @model_validator(mode="after")
    def _lengths_once(self) -> Self:
        pair = {"input_tokens": self.input_tokens, "output_tokens": self.output_tokens}
        absent = [key for key, value in pair.items() if value is None]
        if self.lengths is not None and len(absent) < 2:
            problem = "states lengths twice: as a trace and as tokens"
            raise broken_rule(problem, "keep lengths, or input_tokens and output_tokens", at=("lengths",))
        if self.lengths is None and absent:
            problem = f"states no {' and no '.join(absent)}"
            raise broken_rule(problem, f"add {' and '.join(absent)}, or lengths: {{trace: file.csv}}")
        return self
