"""What an API asks for tokens: the bundled price list of genai-prices, or prices given by the user."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from planner.errors import SpecError
from planner.units import MTOK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.perf.lengths import Lengths

NEAREST = 3


@dataclass(frozen=True)
class ApiPrice:
    """Prices of one API model [USD per million tokens]; ``cached`` is that of prompt tokens found in its cache."""

    name: str
    input_usd_per_mtok: float
    output_usd_per_mtok: float
    cached_usd_per_mtok: float
    source: str

    def usd_per_request(self, lengths: "Lengths") -> float:
        """Price of a mean request: uncached and cached prompt tokens and output tokens, each at its own price [USD]."""
        cached = lengths.cached_input_tokens
        prompt = (lengths.mean_input_tokens - cached) * self.input_usd_per_mtok + cached * self.cached_usd_per_mtok
        return (prompt + lengths.mean_output_tokens * self.output_usd_per_mtok) / MTOK


def listed_price(name: str, input_tokens: float, on: date | None = None) -> ApiPrice:
    """Return the list price of ``provider/model`` at a prompt length [token] on a date (today where none is given).

    Raises
    ------
    SpecError
        When the list has no such model; the nearest names are given.
    """
    from importlib.metadata import version  # noqa: PLC0415  only this command needs the list, 0.6 s to import

    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415

    providers = get_snapshot().providers
    wanted, _, model_name = name.partition("/")
    provider = next((each for each in providers if each.id == wanted.lower()), None)
    model = provider.find_model(model_name, all_providers=providers) if provider and model_name else None
    if model is None:
        known = [f"{each.id}/{listed.id}" for each in providers for listed in each.models]
        raise SpecError(f"--api: {name!r} is not in the list of API prices (did you mean {_nearest(name, known)}?)")
    when = datetime.combine(on, time(12), tzinfo=UTC) if on else datetime.now(tz=UTC)
    prices = model.get_prices(when)
    entry, out, cached = (
        _at(getattr(prices, f"{kind}_mtok"), input_tokens) for kind in ("input", "output", "cache_read")
    )
    if entry is None or out is None:
        raise SpecError(
            f"--api: {name!r} has no price for input and output tokens (give --api-input-usd-per-mtok and "
            "--api-output-usd-per-mtok)"
        )
    source = f"genai-prices {version('genai-prices')}"
    return ApiPrice(f"{wanted.lower()}/{model.id}", entry, out, entry if cached is None else cached, source)


def _at(price: Any, input_tokens: float) -> float | None:  # noqa: ANN401  Decimal or tiers of the list
    """Return the price at a prompt length: beyond a tier's start its price holds for all tokens."""
    if price is None:
        return None
    found = getattr(price, "base", price)
    for tier in getattr(price, "tiers", ()):
        found = tier.price if input_tokens > tier.start else found
    return float(found)


def _nearest(name: str, known: list[str]) -> str:
    return " or ".join(_close(name.lower(), known))


def _close(name: str, known: list[str]) -> "Iterator[str]":
    """Yield the nearest names: by the model alone where its name stands elsewhere, then by the whole."""
    model = name.rpartition("/")[2]
    same = [each for each in known if each.partition("/")[2] == model]
    near = [*same, *get_close_matches(name, known, n=NEAREST, cutoff=0.0)]
    yield from list(dict.fromkeys(near))[:NEAREST]
