"""Which planner and which catalogue a document was made with: stands in every document."""

from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from planner import __version__
from planner.plan.figures import Shown

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Tool(Shown):
    """Which planner and which catalogue made a document."""

    version: str
    catalog_date: date | None = None
    """The latest date on which a figure of the catalogue was checked."""
    prices_date: date | None = None
    """The date of its latest price."""
    catalog_digest: str | None = None
    """Digest of every file of the catalogue, the user's own entries included."""


class Whole(Shown):
    """A record that is a document of its own, not a part of one."""

    def model_dump_json(self, *, indent: int | None = 2, **options: Any) -> str:  # noqa: ANN401  pydantic's own
        """Return the document, indented unless told otherwise."""
        return super().model_dump_json(indent=indent, **options)


class Document(Whole):
    """What every answer but a plan begins with (a plan has the same keys in an order of its own)."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    tool: Tool | None = None
    input: dict[str, Any] | None = None
    """The specification as it was read, where there is one."""


def document_json_schema(record: type[Document], name: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of one kind of answer."""
    return {"$schema": DIALECT, "$id": f"urn:servingplan:{name}:1", **record.model_json_schema()}


def catalog_date(catalog: "Catalog") -> date:
    """Return the latest date on which a figure of the catalogue was checked."""
    return max(source.checked for entry in catalog.accelerators.values() for source in entry.sources)


def tool_of(catalog: "Catalog") -> Tool:
    """Return this planner and a catalogue."""
    dates = [price.as_of for offer in catalog.offers.values() for price in offer.prices]
    return Tool(
        version=__version__,
        catalog_date=catalog_date(catalog),
        prices_date=max(dates, default=None),
        catalog_digest=catalog.digest or None,
    )
