"""Names that a specification may use: those of the catalogue, ids and aliases, with the nearest one when wrong."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo
from pydantic_core import PydanticCustomError


@dataclass(frozen=True)
class Names:
    """What may be named: for each kind, the canonical id of every accepted spelling (in lower case)."""

    by_kind: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def canonical(self, kind: str, name: str) -> str | None:
        """Return the catalogue's id for ``name``, or ``None`` when the catalogue has no such ``kind``."""
        return self.by_kind[kind].get(name.strip().lower())

    def nearest(self, kind: str, name: str) -> tuple[str, ...]:
        """Return up to three ids close to ``name``, best first."""
        known = self.by_kind[kind]
        return tuple(dict.fromkeys(known[key] for key in nearest(name.lower(), known)))

    def ids(self, kind: str) -> tuple[str, ...]:
        """Return every id of a kind, sorted."""
        return tuple(sorted(set(self.by_kind[kind].values())))


def nearest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return up to three members of ``known`` that look like ``name``, best first."""
    choices = sorted(known)
    inside = [choice for choice in choices if len(name) >= 3 and (name in choice or choice.startswith(name[:4]))]
    close = get_close_matches(name[:100], choices, n=3, cutoff=0.6)
    return tuple(dict.fromkeys((*close, *inside)))[:3]


def spellings(ids: Iterable[str], aliases: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the map from every accepted spelling, in lower case, to its id."""
    table = {alias.lower(): name for alias, name in (aliases or {}).items()}
    return table | {name.lower(): name for name in ids}


def known(kind: str, noun: str) -> AfterValidator:
    """Return the validator that holds a name against the catalogue and returns its id."""

    def check(name: str, info: ValidationInfo) -> str:
        names = info.context
        if not isinstance(names, Names):
            return name
        found = names.canonical(kind, name)
        if found is None:
            raise PydanticCustomError("unknown_name", "not in the catalogue", {"noun": noun, "kind": kind})
        return found

    return AfterValidator(check)


AcceleratorName = Annotated[str, known("accelerators", "accelerator")]
ProviderName = Annotated[str, known("providers", "provider")]
RegionName = Annotated[str, known("regions", "region")]
OfferName = Annotated[str, known("offers", "offer")]
NodeName = Annotated[str, known("nodes", "node")]
FormatName = Annotated[str, known("formats", "weight format")]
KvFormatName = Annotated[str, known("kv_formats", "KV cache format")]
EngineName = Annotated[str, known("engines", "engine")]
