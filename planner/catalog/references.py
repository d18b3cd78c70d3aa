"""Every name that one entry uses of another must exist."""

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any

from planner.catalog.nearest import did_you_mean

if TYPE_CHECKING:
    from planner.catalog.entries import Entry
    from planner.catalog.schema import Accelerator, Engine, Evaluation, Format, Model, Node, Offer


def reference_problems(entries: "dict[str, dict[str, Entry]]") -> list[str]:
    """Return a line for each reference to an entry that does not exist, with the nearest that does."""
    problems = []
    for folder, entry in ((name, entry) for name, group in entries.items() for entry in group.values()):
        for key, target, name in references(folder, entry.record):
            known = _names(entries, target)
            if name not in known:
                dotted = ".".join(map(str, key))
                remedy = did_you_mean(name, known)
                problems.append(f"{entry.place(*key)}: {dotted}: no entry {name!r} in {target}/ ({remedy})")
    return problems


def _names(entries: "dict[str, dict[str, Entry]]", target: str) -> Collection[str]:
    """Return the ids of a mapping of the catalogue; both sorts of formats lie in one folder."""
    if target == "kv_formats":
        return [key.removeprefix("kv-") for key in entries["formats"] if key.startswith("kv-")]
    return entries[target]


_Reference = tuple[tuple[str | int, ...], str, str]


def references(folder: str, record: Any) -> Iterator[_Reference]:  # noqa: ANN401  a record of any kind
    """Yield (key, folder that is referred to, id) for each reference of a record."""
    finder = _FINDERS.get(folder)
    return finder(record) if finder else iter(())


def _of_accelerator(record: "Accelerator") -> Iterator[_Reference]:
    yield ("architecture",), "architectures", record.architecture
    if record.scale_up is not None:
        yield ("scale_up", "link"), "links", record.scale_up.link


def _of_node(record: "Node") -> Iterator[_Reference]:
    yield ("accelerator",), "accelerators", record.accelerator
    yield ("host_link",), "links", record.host_link
    if record.link is not None:
        yield ("link",), "links", record.link
    if record.fabric.link is not None:
        yield ("fabric", "link"), "links", record.fabric.link


def _of_offer(record: "Offer") -> Iterator[_Reference]:
    yield ("node",), "nodes", record.node


def _of_format(record: "Format") -> Iterator[_Reference]:
    for architecture in record.compute:
        yield ("compute", architecture), "architectures", architecture
    for engine, table in record.engines.items():
        for architecture in table:
            yield ("engines", engine, architecture), "architectures", architecture
    for mixture, joined in record.mixtures.items():
        for module, name in joined.modules.items():
            yield ("mixtures", mixture, "modules", module), "formats", name
    for index, coarser in enumerate(record.finer_than):
        yield ("finer_than", index), "formats" if record.kind == "weights" else "kv_formats", coarser


def _of_model(record: "Model") -> Iterator[_Reference]:
    for index, checkpoint in enumerate(record.checkpoints):
        yield ("checkpoints", index, "weight_format"), "formats", checkpoint.weight_format


def _of_engine(record: "Engine") -> Iterator[_Reference]:
    for weights, kv in record.kv_of_weights.items():
        yield ("kv_of_weights", weights), "formats", weights
        yield ("kv_of_weights", weights), "kv_formats", kv


def _of_evaluation(record: "Evaluation") -> Iterator[_Reference]:
    yield ("format",), "formats" if record.kind == "weights" else "kv_formats", record.format


_FINDERS: dict[str, Callable[[Any], Iterator[_Reference]]] = {
    "accelerators": _of_accelerator,
    "nodes": _of_node,
    "offers": _of_offer,
    "formats": _of_format,
    "kv_formats": _of_format,
    "models": _of_model,
    "engines": _of_engine,
    "quality": _of_evaluation,
}
