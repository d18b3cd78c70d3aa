"""What every quantisation configuration is brought into: which modules take which storage."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from planner.architecture.fields import Fields, shown
from planner.architecture.patterns import Patterns
from planner.architecture.storage import STORAGE, Storage
from planner.errors import ArchitectureError

_KV_NAMES = {"FP8": "fp8", "INT8": "int8", "NONE": None, "BF16": "bf16", "AUTO": None}


@dataclass(frozen=True)
class Rule:
    """Modules that ``where`` names (``None``: every linear layer) take ``storage``."""

    storage: Storage
    where: Patterns | None = None


@dataclass(frozen=True)
class Scheme:
    """A checkpoint's format: the first rule that fits a module decides, unless ``excluded`` names the module.

    ``head``: whether the output head counts as a linear layer. ``experts_only``: rules that name no module mean routed
    experts alone. ``kv_format`` is a format id, or ``None`` where the checkpoint says nothing.
    """

    method: str
    rules: tuple[Rule, ...]
    excluded: Patterns = field(default_factory=lambda: Patterns((), ""))
    head: bool = False
    experts_only: bool = False
    kv_format: str | None = None
    notes: tuple[str, ...] = ()


def grouped(fields: Fields, key: str, storage: Storage, size: int | None) -> Storage:
    """Return ``storage`` with groups of ``size`` input channels; -1 means one group for all of them."""
    if size is None:
        return storage
    if size == 0 or size < -1:
        raise fields.refusal(key, f"{size} is no group size", "write a positive one, or -1 for one a channel")
    return replace(storage, block_columns=0 if size == -1 else size)


def module_list(fields: Fields, *keys: str) -> Patterns:
    """Return the modules that any of ``keys`` lists (lists of names; null and absent ones are empty)."""
    entries: list[object] = []
    for key in keys:
        value = fields.get(key)
        if value is None:
            continue
        if not isinstance(value, list | tuple):
            raise fields.refusal(key, f"{shown(value)} is not a list", "write a list of module names")
        entries += value
    return Patterns(entries, f"{fields.place}: {' / '.join(keys)}")


def by_format(named: Iterable[tuple[str, str]], place: str) -> tuple[Rule, ...]:
    """Return one rule a format from pairs of module name and format id."""
    modules: dict[str, list[str]] = {}
    for name, chosen in named:
        modules.setdefault(chosen, []).append(name)
    return tuple(Rule(STORAGE[chosen], Patterns(names, place)) for chosen, names in modules.items())


def read_kv_format(fields: Fields) -> str | None:
    """Return the format of the cache, stated by name or as a scheme of bits and type."""
    named, scheme = fields.get("kv_cache_quant_algo"), fields.get("kv_cache_scheme")
    if named is None and isinstance(scheme, str):
        named = scheme
    if isinstance(named, str):
        if named.upper() not in _KV_NAMES:
            raise fields.refusal("kv_cache_quant_algo", f"{shown(named)} is not understood", "FP8 and INT8 are")
        return _KV_NAMES[named.upper()]
    if isinstance(scheme, Mapping):
        kind = (scheme.get("type"), scheme.get("num_bits"))
        if kind not in (("float", 8), ("int", 8)):
            raise fields.refusal("kv_cache_scheme", f"{shown(kind)} is not understood", "8-bit float and int are")
        return "fp8" if kind[0] == "float" else "int8"
    if named is not None or scheme is not None:
        raise fields.refusal("kv_cache_scheme", f"{shown(named or scheme)} is not understood", "write a name or scheme")
    return None


def unknown_method(method: str | None, place: str, known: Iterable[str]) -> ArchitectureError:
    """Return the refusal of a method that nothing here reads."""
    stated = "missing" if method is None else f"{shown(method)} is not understood"
    return ArchitectureError(f"{place}: quant_method: {stated} (understood are {', '.join(sorted(known))})")
