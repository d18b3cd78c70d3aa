"""Which format each module class is held in, and the bytes that its weights take there, to the byte."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from planner.architecture.checkpoint import bytes_by_module, checkpoint_bytes_by_module
from planner.architecture.matrices import EMBEDDING, HEAD
from planner.architecture.parameters import by_module
from planner.architecture.storage import Storage
from planner.candidates.precision import SIXTEEN_BITS, assignment
from planner.units import BITS_PER_BYTE

if TYPE_CHECKING:
    from planner.architecture.layers import Architecture
    from planner.catalog.catalog import Catalog
    from planner.catalog.schema import Format


EIGHT_BIT_FLOATS = ("fp8", "fp8-block")
"""Scalings of one format: a request for either admits both."""


@dataclass(frozen=True, eq=False)
class Formats:
    """One choice of precision: the format asked for, format id by module class, and the KV cache format.

    ``mixture`` names what of the format's mixtures the modules follow (empty: the format's own rule, or the released
    checkpoint's). ``exact_bytes`` is what a weight of each module class takes where the model is known; elsewhere the
    format's bits count. ``present`` are the module classes that the model has (empty: not known).
    """

    name: str
    modules: Mapping[str, str]
    kv: "Format"
    mixture: str = ""
    exact_bytes: Mapping[str, float] = field(default_factory=dict)
    present: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        """The format, with its mixture where it has one."""
        return f"{self.name}+{self.mixture}" if self.mixture else self.name

    @cached_property
    def used(self) -> dict[str, tuple[str, ...]]:
        """Every weight format in use, sorted, with the module classes that it holds."""
        classes = {module: name for module, name in self.modules.items() if not self.present or module in self.present}
        return {name: tuple(m for m, held in classes.items() if held == name) for name in sorted(set(classes.values()))}

    def weight_bytes(self, catalog: "Catalog") -> dict[str, float]:
        """Bytes an element of each module class, scales, zero points and padding included."""
        nominal = {module: catalog.formats[name].weight_bits / BITS_PER_BYTE for module, name in self.modules.items()}
        return nominal | dict(self.exact_bytes)


def formats_of(
    catalog: "Catalog", model: "Architecture", name: str, kv_format: str, *, mixture: str = "", model_id: str = ""
) -> Formats:
    """Return the module classes of ``model`` in format ``name`` with their bytes.

    ``mixture`` is one of the format's; ``model_id`` the catalogue's name of the model: its released checkpoints count.
    """
    held, entry = catalog.formats[name], catalog.models.get(model_id)
    modules = assignment(model, held, entry.checkpoints if entry else (), held.mixtures.get(mixture))
    exact = bytes_per_weight(catalog, model, name, modules)
    present = frozenset(module for module, count in by_module(model).items() if count)
    present |= {HEAD} if model.tied_embeddings else set()
    return Formats(name, modules, catalog.kv_formats[kv_format], mixture, exact, present)


def mixtures_of(catalog: "Catalog", model: "Architecture", name: str, allowed: Collection[str]) -> tuple[str, ...]:
    """Return the mixtures of a format worth trying: of formats that are allowed, no two of them alike for the model.

    A checkpoint that is released in the format is taken as it is. A head that is the embedding stays what that is.
    """
    held = catalog.formats[name]
    admitted = {SIXTEEN_BITS, *allowed, *(EIGHT_BIT_FLOATS if {*EIGHT_BIT_FLOATS} & {*allowed} else ())}
    if model.quantisation is not None and model.quantisation.weight_format == name:
        return ()
    seen = [formats_of(catalog, model, name, "bf16").used]
    found = []
    for mixture, joined in held.mixtures.items():
        used = formats_of(catalog, model, name, "bf16", mixture=mixture).used
        tied = model.tied_embeddings and HEAD in joined.modules
        if name in used and used not in seen and set(joined.modules.values()) <= admitted and not tied:
            found.append(mixture)
            seen.append(used)
    return tuple(found)


def bytes_per_weight(
    catalog: "Catalog", model: "Architecture", name: str, modules: Mapping[str, str]
) -> dict[str, float]:
    """Bytes of a weight of each module class that ``model`` has, so that whole classes add up to the byte.

    The released checkpoint in its own format: as its configuration says, matrix by matrix. Otherwise every class lies
    in the packing of its format; one whose format states no packing is left out.
    """
    released = model.quantisation
    if released is not None and released.weight_format == name and released.holdings:
        taken = checkpoint_bytes_by_module(model, released)
        packed = set(taken)
    else:
        packings = {module: catalog.formats[chosen].packing for module, chosen in modules.items()}
        packed = {module for module, packing in packings.items() if packing is not None}
        storages = {
            module: Storage(modules[module], **packing.model_dump())
            for module, packing in packings.items()
            if packing is not None
        }
        taken = bytes_by_module(model, storages)
    counts = by_module(model)
    each = {module: taken[module] / counts[module] for module in packed if counts.get(module)}
    if model.tied_embeddings and EMBEDDING in each:
        each[HEAD] = each[EMBEDDING]
    return each
