"""Where a format runs: natively, by falling back on wider arithmetic, or not at all, with what says so."""

from planner.catalog.catalog import Catalog
from planner.catalog.formats import NO_EVIDENCE, compute_for
from planner.catalog.schema import Compute, Format
from planner.render.page import DEFAULT_WIDTH, Page
from planner.render.plain import plain
from planner.render.rows import Row

FIELDS = ("architecture", "engine", "support", "rate", "note", "sources")
ENGINES = ("vllm", "sglang", "trtllm")


def support_rows(catalog: Catalog, held: Format) -> list[Row]:
    """Return a row for every compute architecture of the catalogue and every engine of today."""
    cells = ((name, engine, compute_for(held, name, engine)) for name in catalog.architectures for engine in ENGINES)
    return [{"architecture": name, "engine": engine, **_said(cell)} for name, engine, cell in cells]


def support_page(catalog: Catalog, held: Format, *, width: int = DEFAULT_WIDTH, colour: bool = False) -> str:
    """Return the same as a page: a line an architecture, the sources numbered below."""
    page = Page(width, colour=colour)
    page.paragraph(f"{held.id}: {plain(held.name)}", indent=0, style="bold")
    page.paragraph(_bits(held))
    if held.requires_checkpoint:
        page.paragraph(f"Needs a quantised checkpoint: {plain(held.requires_checkpoint)}.")
    for name, mixture in held.mixtures.items():
        classes = ", ".join(f"{module} in {other}" for module, other in mixture.modules.items())
        page.paragraph(f"Mixture {name}: {classes} ({', '.join(mixture.engines)}).")
    numbers: dict[str, int] = {}
    lines = []
    for architecture in catalog.architectures:
        cells = [compute_for(held, architecture, engine) for engine in ENGINES]
        lines.append((architecture, *(_cell(cell, numbers) for cell in cells)))
    page.heading("Arithmetic by architecture and engine")
    page.grid(lines, header=("", *ENGINES))
    page.heading("Sources")
    page.paragraph("no source says that it runs there: taken as impossible", bullet="[-] ")
    for source, number in numbers.items():
        page.paragraph(plain(source), bullet=f"[{number}] ")
    return page.text()


def _bits(held: Format) -> str:
    kept = f"; in 16 bits: {', '.join(held.unquantised)}" if held.unquantised else ""
    if held.kind == "kv":
        return f"{held.weight_bits:g} bits a cached element"
    return f"{held.weight_bits:g} bits a weight with scales, {held.activation_bits:g} bits an activation{kept}"


def _cell(cell: Compute, numbers: dict[str, int]) -> str:
    if cell is NO_EVIDENCE:
        return "impossible [-]"
    cited = ",".join(str(numbers.setdefault(source, len(numbers) + 1)) for source in cell.sources)
    rate = f" at {cell.rate}" if cell.rate else ""
    experts = ", experts only" if cell.experts_only else ""
    return f"{cell.support}{rate}{experts} [{cited}]"


def _said(cell: Compute) -> dict[str, object]:
    return {
        "support": cell.support,
        "rate": cell.rate,
        "note": cell.note,
        "sources": list(cell.sources) or ["no source says that it runs there"],
    }
