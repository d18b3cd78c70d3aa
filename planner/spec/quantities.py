"""The numbers of a specification: what range each kind may take, and which rule it breaks otherwise."""

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

Tokens = Annotated[float, Field(ge=1, le=1e8)]
"""A length [token]; fractions are means."""
Milliseconds = Annotated[float, Field(gt=0, le=1e9)]
UsdPerHour = Annotated[float, Field(ge=0, le=1e9)]
Count = Annotated[int, Field(ge=1, le=10_000_000)]
Probability = Annotated[float, Field(ge=0.5, le=0.99)]
SOME = Field(min_length=1)
"""A list that says something."""


def broken_rule(problem: str, remedy: str, at: tuple[str | int, ...] = ()) -> PydanticCustomError:
    """Return the error of a rule over several keys; ``at`` is where, below the section that is being validated."""
    # a template without braces: what the user wrote must not be taken for a format string
    context = {"problem": problem, "remedy": remedy, "at": at}
    return PydanticCustomError("broken_rule", "a rule over several keys", context)


def as_tuple(value: object) -> object:
    """Return a lone word as a list of one, where the contract takes both."""
    return (value,) if isinstance(value, str) else value


def one_or_list(item: Any) -> BeforeValidator:  # noqa: ANN401  a type, as pydantic takes it
    """Return the validator that admits one ``item`` or a list of them, and says so in the JSON Schema."""
    return BeforeValidator(as_tuple, json_schema_input_type=item | tuple[item, ...])


def _iso_date(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        return value


Day = Annotated[date, BeforeValidator(_iso_date, json_schema_input_type=date)]
"""A date as ``2026-11-23``."""


def distinct(kind: str) -> AfterValidator:
    """Return the validator that refuses a list which names the same ``kind`` twice."""

    def check(values: tuple[Any, ...]) -> tuple[Any, ...]:
        for index, value in enumerate(values):
            if value in values[:index]:
                problem = f"{kind} {value!r} stands twice"
                raise broken_rule(problem, "remove one", at=(index,))
        return values

    return AfterValidator(check)
