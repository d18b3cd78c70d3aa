"""What is fuzzed: every reader, as a function of bytes that may end in planner's own errors and in nothing else."""

import json
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from planner import load_catalog
from planner.architecture.loading import load_architecture
from planner.catalog.catalog import Catalog
from planner.catalog.documents import Document, parse
from planner.catalog.entries import read_entries
from planner.catalog.importing import import_offers
from planner.catalog.kinds import KINDS
from planner.errors import PlannerError
from planner.measure.rows import read_measurements
from planner.plan.record import read_plan
from planner.render.plain import harmless
from planner.review.gates import read_gate
from planner.review.verify import spec_of, verify
from planner.spec.document import parse_document
from planner.spec.loader import read_spec
from planner.spec.nodes import Node
from planner.spec.overrides import overridden, read_override
from planner.spec.problems import Place
from planner.spec.traces import read_trace


@cache
def catalog() -> Catalog:
    """Return the bundled catalogue."""
    return load_catalog()


@cache
def folder() -> Path:
    """Return a folder for what has to stand in a file."""
    return Path(mkdtemp(prefix="planner-fuzz-"))


def _filed(data: bytes, name: str) -> Path:
    path = folder() / name
    path.write_bytes(data)
    return path


def specification(data: bytes) -> None:
    """A specification, its paths starting from an empty folder."""
    read_spec(parse_document(data, "s.yaml"), folder() / "nothing", catalog=catalog())


def override(data: bytes) -> None:
    """A ``--set`` on an empty document."""
    overridden(Node(Place("s.yaml", 1, 1), {}), [read_override(data.decode("utf-8", "surrogateescape"))])


def config(data: bytes) -> None:
    """A ``config.json``."""
    load_architecture(_filed(data, "config.json"))


def measurements(data: bytes) -> None:
    """A file of measurements."""
    read_measurements(_filed(data, "m.csv"))


def trace(data: bytes) -> None:
    """A trace of lengths; what the system cannot read is worded by the caller."""
    try:
        read_trace(_filed(data, "t.csv"))
    except OSError:
        return


def demand(data: bytes) -> None:
    """A demand over time, through the specification that names it."""
    path = _filed(data, "r.csv")
    demanded = f"{{demand: {{csv: {path}}}, input_tokens: 9, output_tokens: 9}}"
    text = f"model: meta-llama/Meta-Llama-3.1-8B\nworkload: {demanded}\n"
    read_spec(parse_document(text.encode(), "s.yaml"), folder(), catalog=catalog())


def entry(data: bytes) -> None:
    """An entry of the catalogue, or a calibration; the first byte says of which kind."""
    kinds = sorted(KINDS)
    kind = kinds[data[0] % len(kinds)] if data else kinds[0]
    content = parse(data[1:], "x.yaml")
    name = content.get("id", content.get("provider", "x")) if isinstance(content, dict) else "x"
    read_entries([Document(f"{kind}/{str(name).replace('/', '--')}.yaml", "x.yaml", content)])


def plan(data: bytes) -> None:
    """A stored plan, read and verified."""
    stored = read_plan(data)
    verify(stored, spec_of(stored, folder() / "nothing", "plan.json", catalog()), catalog())


def gate(data: bytes) -> None:
    """An expression of ``--fail-on``."""
    read_gate(data.decode("utf-8", "surrogateescape"))


def prices(data: bytes) -> None:
    """A flat list of offers."""
    text = data.decode("utf-8", "replace")
    import_offers(text, catalog(), provider="p", as_of=date(2026, 11, 1), source="p.csv", names={})


TARGETS: dict[str, Callable[[bytes], None]] = {
    each.__name__: each
    for each in (specification, override, config, measurements, trace, demand, entry, plan, gate, prices)
}
CORPUS = Path(__file__).parent / "corpus"
SEEDS = Path(__file__).parent / "seeds"


def refused(target: str, data: bytes) -> str | None:
    """Run one input: the words in which it was refused, ``None`` where it was taken; anything else is raised."""
    try:
        TARGETS[target](data)
    except PlannerError as error:
        words = str(error)
        harmless(words).encode()  # as it is printed
        return words
    return None


def seeds(target: str) -> list[bytes]:
    """Return right and found inputs of a target, to start from."""
    return [path.read_bytes() for root in (SEEDS, CORPUS) for path in sorted((root / target).glob("*"))]


def as_plan(document: object) -> bytes:
    """Return a document as the bytes of a plan."""
    return json.dumps(document).encode()
