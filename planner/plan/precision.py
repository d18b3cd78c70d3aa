"""What a plan says of its formats: which module takes which, what quality they keep, and what they need."""

from typing import TYPE_CHECKING

from planner.candidates.quality import setting_recovery
from planner.candidates.rows import weight_formats
from planner.catalog.formats import compute_for
from planner.plan.figures import Evidence
from planner.plan.record import Quality

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.candidates.holdings import Formats
    from planner.candidates.physics import Setting
    from planner.candidates.quality import Recovery
    from planner.candidates.table import Table
    from planner.catalog.schema import Accelerator, Format
    from planner.plan.pools import Chosen

SIXTEEN_BITS = "bf16"
SOURCES_SHOWN = 3
USUAL_FORMATS = ("bf16", "fp8")


def mixed_modules(formats: "Formats") -> dict[str, str] | None:
    """Format of each module class that the model has, where more than one quantised format, or a mixture, is in use."""
    quantised = [name for name in formats.used if name != SIXTEEN_BITS]
    if not formats.mixture and len(quantised) < 2:
        return None
    return {module: name for name, modules in formats.used.items() for module in modules if module != "norms"}


def quality_record(recovery: "Recovery") -> Quality | None:
    """Return what a pool says of its quality; nothing where every part is as the model was made."""
    if recovery.unknown:
        return Quality(unknown=recovery.unknown)
    if not recovery.evidence:
        return None
    models = min(each.models for each in recovery.evidence)
    return Quality(recovery=recovery.low, range=(recovery.least, recovery.most), models=models)


def quality_evidence(recovery: "Recovery") -> "Iterator[Evidence]":
    """Yield what stands behind a recovery: the first sources of each format, and how many more there are."""
    for each in recovery.evidence:
        backing = [source for evaluation in each.evaluations for source in evaluation.sources]
        named = list(dict.fromkeys(source.source for source in backing))
        more = f" and {len(named) - SOURCES_SHOWN} more" if len(named) > SOURCES_SHOWN else ""
        source = "; ".join(named[:SOURCES_SHOWN]) + more
        yield Evidence(what=each.subject, basis="measured", source=source, checked=max(s.checked for s in backing))


def format_notes(tables: "tuple[Table, ...]", chosen: "tuple[tuple[Chosen, ...], ...]") -> tuple[str, ...]:
    """Return what the reader must know of the formats chosen, and why those asked for beside them do not run here."""
    notes: dict[str, None] = {}
    for table, pools in zip(tables, chosen, strict=False):
        for each in pools:
            assert table.physical is not None
            setting = table.physical.settings[table.physical.setting[table.row[each.column]]]
            accelerator = table.catalog.accelerators[table.sellers[table.seller[each.column]].node.accelerator]
            notes |= dict.fromkeys([*_checkpoints(setting, table), *_not_native(setting, table, accelerator)])
            notes |= dict.fromkeys(_unknown(table))
    return tuple(notes)


def _checkpoints(setting: "Setting", table: "Table") -> "Iterator[str]":
    """Yield the quantised checkpoints that have to be found or made."""
    released = setting.model.quantisation
    if released is not None and released.weight_format == setting.formats.name:
        return
    known = setting.catalog.models.get(table.workload.model_id)
    for name in setting.formats.used:
        held = setting.catalog.formats[name]
        if held.requires_checkpoint is None:
            continue
        listed = [each.repository for each in known.checkpoints if each.weight_format == name] if known else []
        found = f" ({', '.join(listed)} is one)" if listed else ""
        apart = _mixed(setting.formats, held) if name == setting.formats.name else ""
        what = f"{name.upper()} needs a quantised checkpoint of {table.workload.model_id}{apart}{found}"
        yield f"{what}: {held.requires_checkpoint}."


def _mixed(formats: "Formats", held: "Format") -> str:
    """Return what a mixture asks of the checkpoint: which modules lie in which other format."""
    joined = held.mixtures.get(formats.mixture)
    if joined is None:
        return ""
    parts = [f"{module.replace('_', ' ')} in {name.upper()}" for module, name in joined.modules.items()]
    present = [part for part, module in zip(parts, joined.modules, strict=True) if module in formats.present]
    return f" with {', '.join(present)}" if present else ""


def _not_native(setting: "Setting", table: "Table", accelerator: "Accelerator") -> "Iterator[str]":
    """Yield why formats that the request admits have no arithmetic of their own on the accelerator chosen."""
    family = setting.engine.family
    usual = table.workload.formats is None and setting.model.quantisation is None
    for name in USUAL_FORMATS if usual else weight_formats(table.workload, table.catalog):
        cell = compute_for(table.catalog.formats[name], accelerator.architecture, family)
        if cell.support == "native":
            continue
        parts = (cell.support, cell.note, f"computed at {cell.rate}" if cell.rate else None)
        source = f" ({cell.sources[0].partition(':')[0]})" if cell.sources else ""
        used = "" if name in setting.formats.used else " and is not used"
        yield f"{name.upper()} is not native on {accelerator.name}{used}: {', '.join(filter(None, parts))}{source}."


def _unknown(table: "Table") -> "Iterator[str]":
    """Yield which formats a floor on quality left out for want of evidence."""
    if table.workload.quality.min_recovery is None or table.physical is None:
        return
    unknown = {name for s in table.physical.settings for name in setting_recovery(s, table.workload).unknown}
    if unknown:
        admitted = "admitted all the same" if table.workload.quality.admit_unknown else "left out under the floor"
        yield f"No recovery is published for {', '.join(sorted(unknown))}: {admitted}."
