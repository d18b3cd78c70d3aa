"""What the library's functions are called with, checked where they are called: the same rules as the commands have."""

from math import isfinite
from typing import TYPE_CHECKING, Any

from planner.catalog.nearest import did_you_mean
from planner.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planner.architecture.layers import Architecture

DEGREES = ("tensor_parallel", "pipeline_parallel", "expert_parallel", "attention_data_parallel")
NAMES = ("weight_format", "kv_format", "engine")
MOST = 2**31 - 1


def check_configuration(numbers: "Mapping[str, float]", configuration: "Mapping[str, Any]") -> None:
    """Refuse requests in flight, lengths and a configuration that no engine could have.

    Raises
    ------
    SpecError
        With every problem.
    """
    problems = [*_numbers(numbers), *_configuration(configuration)]
    if problems:
        raise SpecError(*problems)


def check_context(model: "Architecture", tokens: float) -> None:
    """Refuse requests that are longer than the model's context.

    Raises
    ------
    SpecError
        When they are.
    """
    if tokens > model.context_tokens:
        raise SpecError(
            f"requests of {tokens:g} tokens (input + output) exceed the context of {model.context_tokens} tokens of "
            f"{model.name} (shorten them, or choose a model with more context)"
        )


def check_time_limit(seconds: float) -> None:
    """Refuse what is no time.

    Raises
    ------
    SpecError
        When it is negative or not finite.
    """
    if not (isfinite(seconds) and seconds >= 0.0):
        raise SpecError(f"time_limit_s: {seconds} is not a number of seconds (give 0 or more)")


def _numbers(numbers: "Mapping[str, float]") -> "Iterator[str]":
    for name, value in numbers.items():
        whole = name == "concurrency"
        if not isinstance(value, int | float) or value != value or value < 1 or (whole and value % 1):  # noqa: PLR0124  NaN
            yield f"{name}: {_shown(value)} is not {'a whole number' if whole else 'a number'} from 1 on"
        elif value > MOST:
            yield f"{name}: {_shown(value)} is more than {MOST}"


def _shown(value: object) -> str:
    return repr(value)[:40]


def _configuration(configuration: "Mapping[str, Any]") -> "Iterator[str]":
    for name, value in configuration.items():
        if name in DEGREES:
            if value is not None and (not isinstance(value, int) or not 1 <= value <= MOST):
                yield f"{name}: {_shown(value)} is not a whole number from 1 to {MOST}"
        elif name in NAMES:
            if value is not None and not isinstance(value, str):
                yield f"{name}: {value!r} is not a name"
        else:
            yield f"{name}: no such argument ({did_you_mean(name, (*DEGREES, *NAMES))})"
