"""Self-hosting against an API over the tokens of a day: what ``planner breakeven`` answers."""

from typing import Literal

from pydantic import Field, PositiveInt

from planner.plan.figures import Figure, Shown
from planner.plan.tool import Document

Changed = Literal["utilisation", "api_price", "hardware_price"]


class Api(Shown):
    """The API's prices [USD per million tokens], and what they come to for the request's mix."""

    name: str
    input_usd_per_mtok: Figure
    output_usd_per_mtok: Figure
    cached_usd_per_mtok: Figure
    source: str
    usd_per_request: Figure
    usd_per_mtok: Figure
    """Blended over the request's input and output tokens."""


class Mix(Shown):
    """Mean tokens of a request, and how full the replicas are meant to be."""

    input_tokens: Figure
    output_tokens: Figure
    cached_input_tokens: Figure
    utilisation: Figure
    """Served over capacity within the SLO, at most."""


class Point(Shown):
    """One demand: the cheapest plan for it and the API's bill [USD a month of 730 h]."""

    tokens_per_day: Figure
    requests_per_s: Figure
    self_usd_per_month: Figure
    api_usd_per_month: Figure
    overflow_usd_per_month: Figure | None = None
    """The cheapest of whole replicas with the rest sent to the API."""
    self_usd_per_mtok: Figure
    utilisation: Figure
    """Demand over the capacity bought, within the SLO."""
    replicas: PositiveInt
    accelerators: PositiveInt
    accelerator: str
    accelerator_name: str | None = None
    tensor_parallel: PositiveInt = 1
    pipeline_parallel: PositiveInt = 1
    weight_format: str
    provider: str
    offer: str
    purchase: str


class Sensitivity(Shown):
    """The break-even with one number changed; absent where there is none."""

    changed: Changed
    value: Figure
    """The utilisation, or the factor on the price."""
    first_crossing_tokens_per_day: Figure | None = None
    breakeven_tokens_per_day: Figure | None = None


class Breakeven(Document):
    """Where self-hosting stops being dearer than the API. ``breakeven`` is absent where it never does for good."""

    model: str
    api: Api
    mix: Mix
    overheads_usd_per_month: Figure | None = None
    overheads_share_of_compute: Figure | None = None
    first_crossing: Point | None = None
    """The least demand at which self-hosting is no dearer."""
    breakeven: Point | None = None
    """The least demand from which on self-hosting is never dearer."""
    largest_tokens_per_day: Figure | None = None
    """What the limits of the request admit at most."""
    at_request: Point | None = None
    """The request's own demand."""
    sensitivity: tuple[Sensitivity, ...] = ()
    points: tuple[Point, ...] = ()
    notes: tuple[str, ...] = Field(default=())
