"""The tree of a document: values, and where each key and value stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from planner.spec.problems import Place

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, eq=False)
class Node:
    """A scalar, a list or a section; ``text`` is what a scalar's value was written as."""

    place: Place
    value: str | int | float | bool | tuple["Node", ...] | dict[str, "Node"] | None
    text: str = ""
    keys: Mapping[str, Place] = field(default_factory=dict)

    def children(self) -> "Iterator[tuple[str | int, Node]]":
        """Yield the nodes below, by key or index."""
        if isinstance(self.value, dict):
            yield from self.value.items()
        elif isinstance(self.value, tuple):
            yield from enumerate(self.value)

    def child(self, key: str | int) -> "Node | None":
        """Return the node under ``key``, or ``None``."""
        if isinstance(self.value, dict) and isinstance(key, str):
            return self.value.get(key)
        if isinstance(self.value, tuple) and isinstance(key, int) and 0 <= key < len(self.value):
            return self.value[key]
        return None

    def place_of(self, key: str | int) -> Place:
        """Return where ``key`` itself stands (a list's item has no key: the item)."""
        if isinstance(key, str) and key in self.keys:
            return self.keys[key]
        child = self.child(key)
        return child.place if child else self.place

    @cached_property
    def size(self) -> int:
        """Number of nodes from here down, aliases expanded."""
        return 1 + sum(child.size for _, child in self.children())

    @cached_property
    def height(self) -> int:
        """Number of levels below this one."""
        return max((1 + child.height for _, child in self.children()), default=0)


class NoValue:
    """What stands for ``key:`` without a value: of no type, so that every rule refuses it."""

    def __repr__(self) -> str:
        return "nothing"


NO_VALUE = NoValue()


def plain(node: Node) -> Any:  # noqa: ANN401  a document holds anything
    """Return the tree as tuples, dictionaries and scalars; :data:`NO_VALUE` where a value is absent."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, tuple):
        return tuple(plain(child) for child in node.value)
    return NO_VALUE if node.value is None else node.value


def as_json(node: Node) -> Any:  # noqa: ANN401  a document holds anything
    """Return the tree as JSON would give it: lists, dictionaries, scalars, ``None``."""
    if isinstance(node.value, dict):
        return {key: as_json(child) for key, child in node.value.items()}
    if isinstance(node.value, tuple):
        return [as_json(child) for child in node.value]
    return node.value


def descend(root: Node, location: KeyPath) -> tuple[KeyPath, Node, Node]:
    """Follow ``location`` from ``root`` as far as the tree goes, skipping parts that name no child.

    Returns
    -------
    tuple
        The path that was found, the node there, and its parent (the root's own is itself).
    """
    path: KeyPath = ()
    node = parent = root
    for part in location:
        child = node.child(part)
        if child is not None:
            path, node, parent = (*path, part), child, node
    return path, node, parent


def lines_of(node: Node, key: str = "") -> dict[str, int]:
    """Return the line of each key below ``node``, by its dotted name; 0 where the command line set it."""
    found: dict[str, int] = {}
    for name, child in node.children():
        here = f"{key}[{name}]" if isinstance(name, int) else f"{key}.{name}".lstrip(".")
        found[here] = node.place_of(name).line
        found |= lines_of(child, here)
    return found
