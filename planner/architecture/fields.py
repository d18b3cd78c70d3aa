"""Typed reading of a configuration's keys, remembering which were read, so that nothing is ignored unseen."""

from collections.abc import Collection, Mapping
from typing import Any

from planner.architecture.keys import ALIASES
from planner.errors import ArchitectureError

LARGEST_SIZE = 2**24
"""Upper bound of any width, count or vocabulary: far above every model, low enough that nothing hangs."""
MOST_LAYERS = 10_000
_REQUIRED = -1
_LONGEST_VALUE = 60


def shown(value: object) -> str:
    """Return ``value`` as it stands in a message, cut to one short line."""
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 3] + "..."


class Fields:
    """The keys of one configuration. ``place`` (file, model id) opens every message."""

    def __init__(self, values: Mapping[str, Any], place: str) -> None:
        self.place = place
        self._values = values
        self._read: set[str] = set()

    def refusal(self, key: str, problem: str, remedy: str) -> ArchitectureError:
        """Return the error that says place, key, problem and remedy."""
        return ArchitectureError(f"{self.place}: {key}: {problem} ({remedy})")

    def get(self, key: str) -> object:
        """Return the raw value of one literal key (``None`` when absent), marking it as read."""
        self._read.add(key)
        return self._values.get(key)

    def stated(self, quantity: str) -> tuple[str, object] | None:
        """Return the key and value under which ``quantity`` is stated, its aliases included.

        Raises
        ------
        ArchitectureError
            When two aliases state different values.
        """
        found = [(key, self.get(key)) for key in ALIASES.get(quantity, (quantity,))]
        found = [(key, value) for key, value in found if value is not None]
        for key, value in found[1:]:
            if value != found[0][1]:
                problem = f"{shown(value)} contradicts {found[0][0]}: {shown(found[0][1])}"
                raise self.refusal(key, problem, "both name one quantity; keep one")
        return found[0] if found else None

    def integer(self, quantity: str, default: int = _REQUIRED, *, low: int = 1, high: int = LARGEST_SIZE) -> int:
        """Return a whole number in ``low .. high``; absent or null gives ``default``, or is refused without one."""
        found = self.stated(quantity)
        if found is None:
            if default == _REQUIRED:
                raise self.refusal(quantity, "missing", f"a whole number from {low} to {high} is needed")
            return default
        return self._whole(found[0], found[1], low, high)

    def optional(self, quantity: str, *, low: int = 1, high: int = LARGEST_SIZE) -> int | None:
        """Return a whole number, or ``None`` when the key is absent or null."""
        found = self.stated(quantity)
        return None if found is None else self._whole(found[0], found[1], low, high)

    def flag(self, key: str, default: bool = False) -> bool:
        """Return a boolean key."""
        value = self.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.refusal(key, f"{shown(value)} is not a boolean", "write true or false")
        return value

    def text(self, key: str, default: str | None = None) -> str | None:
        """Return a string key, or ``default`` when absent or null."""
        value = self.get(key)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self.refusal(key, f"{shown(value)} is not a string", "write a string")
        return value

    def number(self, key: str) -> float | None:
        """Return a finite number, or ``None`` when absent or null."""
        value = self.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < float("inf"):
            raise self.refusal(key, f"{shown(value)} is not a number", "write a finite number")
        return float(value)

    def items(self, key: str, length: int | None = None) -> tuple[object, ...] | None:
        """Return a list key as a tuple, or ``None`` when absent or null; ``length`` is the number it must hold."""
        value = self.get(key)
        if value is None:
            return None
        if not isinstance(value, list | tuple):
            raise self.refusal(key, f"{shown(value)} is not a list", "write a list")
        if len(value) > MOST_LAYERS:
            raise self.refusal(key, f"holds {len(value)} entries", f"at most {MOST_LAYERS} are read")
        if length is not None and len(value) != length:
            raise self.refusal(key, f"holds {len(value)} entries, the model has {length} layers", "one entry a layer")
        return tuple(value)

    def names(self, key: str, known: Collection[str], length: int | None = None) -> tuple[str, ...] | None:
        """Return a list of known names, or ``None`` when absent or null."""
        items = self.items(key, length)
        if items is None:
            return None
        names = tuple(item for item in items if isinstance(item, str) and item in known)
        if len(names) != len(items):
            strange = next(item for item in items if not isinstance(item, str) or item not in known)
            raise self.refusal(key, f"{shown(strange)} is not understood", f"{', '.join(sorted(known))} are")
        return names

    def whole_items(self, key: str, *, high: int = LARGEST_SIZE) -> tuple[int, ...] | None:
        """Return a list of whole numbers, or ``None`` when absent or null."""
        items = self.items(key)
        return None if items is None else tuple(self._whole(key, item, 0, high) for item in items)

    def mapping(self, key: str) -> Mapping[str, Any] | None:
        """Return a nested mapping, or ``None`` when absent or null."""
        value = self.get(key)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self.refusal(key, f"{shown(value)} is not a mapping", "write a mapping of keys")
        return value

    def unread(self) -> tuple[str, ...]:
        """Return the keys that nothing has asked for yet, sorted."""
        return tuple(sorted(str(key) for key in self._values if key not in self._read))

    def value(self, key: str) -> object:
        """Return a raw value without marking its key as read."""
        return self._values.get(key)

    def _whole(self, key: str, value: object, low: int, high: int) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.refusal(key, f"{shown(value)} is not a whole number", f"write one from {low} to {high}")
        if not low <= value <= high:
            raise self.refusal(key, f"{shown(value)} is out of range", f"write a whole number from {low} to {high}")
        return value
