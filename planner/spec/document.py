"""A YAML document as a tree that knows the place of every key and value.

The parser's events are read one by one, with caps on size, depth and number of values, so that hostile input (deep
nesting, alias bombs, huge files) is refused before it costs anything.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from planner.errors import SpecError
from planner.spec.nodes import Node
from planner.spec.problems import Place, Problem, quoted
from planner.spec.scalars import resolve

MAX_BYTES = 512 * 1024
MAX_DEPTH = 32
MAX_VALUES = 20_000
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Document:
    """The tree, and what is wrong with it but does not stop the reading (duplicate keys)."""

    root: Node
    problems: tuple[Problem, ...] = ()


def parse_document(data: bytes, name: str) -> Document:
    """Read one YAML 1.2 document whose top is a section of keys.

    Raises
    ------
    SpecError
        When the bytes are no such document, with the place.
    """
    start = Place(name, 1, 1)
    if len(data) > MAX_BYTES:
        raise _refused(
            start, f"is larger than {MAX_BYTES // 1024} KiB", "put long data into a CSV file and name it here"
        )
    builder = _Builder(_events(_decoded(data, name), name), name)
    root = builder.document()
    if root.value is None:
        raise _refused(start, "is empty", "write at least model and workload")
    if not isinstance(root.value, dict):
        raise _refused(root.place, f"is {quoted(root.value)}, not a section of keys", "write key: value lines")
    return Document(root, tuple(builder.problems))


def parse_value(text: str, place: Place) -> Document:
    """Read one YAML value that came without a file; every node stands at ``place``."""
    builder = _Builder(_events(_decoded(text.encode(errors="surrogatepass"), str(place)), str(place)), "", place)
    return Document(builder.document(), tuple(builder.problems))


def _refused(place: Place, problem: str, remedy: str) -> SpecError:
    return SpecError(str(Problem(place, "document", problem, remedy)))


def _decoded(data: bytes, name: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        problem = f"byte 0x{data[error.start]:02x} is not UTF-8 text"
        raise _refused(Place(name, line, column), problem, "save the file as UTF-8 text") from None
    found = _FORBIDDEN.search(text)
    if found:
        line, column = text.count("\n", 0, found.start()) + 1, found.start() - text.rfind("\n", 0, found.start())
        problem = f"character U+{ord(found[0]):04X} cannot stand in YAML: a binary file?"
        raise _refused(Place(name, line, column), problem, "write plain text")
    return text


_REMEDIES = {
    "\\t": "indent with spaces",
    "mapping values are not allowed": "check the indentation, and quote a text that holds ': '",
    "end of stream": "close the quote or bracket",
    "but got": "close the bracket or check the commas",
    "cannot start": "quote the text",
}


def _events(text: str, name: str) -> Iterator[Any]:
    """Yield the parser's events; its errors become ours."""
    from ruamel.yaml import YAML  # noqa: PLC0415  50 ms that only reading a specification needs
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415  likewise

    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name, 1, 1)
        problem = getattr(error, "problem", None) or "is not YAML"
        remedy = next(
            (remedy for part, remedy in _REMEDIES.items() if part in problem), "see https://yaml.org/spec/1.2"
        )
        raise _refused(place, f"is not YAML: {problem}", remedy) from None


@dataclass
class _Builder:
    """Builds the tree from events. ``fixed`` replaces every position (a value from the command line)."""

    events: Iterator[Any]
    name: str
    fixed: Place | None = None
    anchors: dict[str, Node] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    values: int = 0

    def document(self) -> Node:
        """Return the root of the only document."""
        root = None
        for event in self.events:
            match type(event).__name__:
                case "DocumentStartEvent" if root is not None:
                    raise _refused(
                        self.place(event), "a second document begins", "keep one; separate files for separate plans"
                    )
                case "DocumentStartEvent":
                    self._check_version(event)
                    root = self.node(next(self.events), 1)
        return root or Node(self.fixed or Place(self.name, 1, 1), None)

    def _check_version(self, event: Any) -> None:  # noqa: ANN401  the parser's events have no common type
        if event.version is not None and tuple(event.version) != (1, 2):
            raise _refused(self.place(event), "is not YAML 1.2", "remove the %YAML line")

    def place(self, event: Any) -> Place:  # noqa: ANN401
        """Return where an event begins."""
        return self.fixed or Place(self.name, event.start_mark.line + 1, event.start_mark.column + 1)

    def node(self, event: Any, depth: int) -> Node:  # noqa: ANN401
        """Return the node that begins with ``event``, its children read from the events that follow."""
        place, kind = self.place(event), type(event).__name__
        if depth > MAX_DEPTH:
            raise _refused(place, f"is nested more than {MAX_DEPTH} deep", "a specification needs five levels")
        if kind == "AliasEvent":
            return self._alias(event.anchor, place, depth)
        self._count(1, place)
        if event.tag is not None:
            raise _refused(place, f"has the tag {quoted(str(event.tag))}", "remove it: types follow from the keys")
        if kind == "ScalarEvent":
            plain = event.style is None and event.implicit[0]
            node = Node(place, resolve(event.value) if plain else event.value, text=event.value)
        elif kind == "SequenceStartEvent":
            items = tuple(self.node(item, depth + 1) for item in self._until("SequenceEndEvent"))
            node = Node(place, items)
        else:
            node = self._mapping(place, depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def _until(self, end: str) -> Iterator[Any]:
        for event in self.events:
            if type(event).__name__ == end:
                return
            yield event

    def _mapping(self, place: Place, depth: int) -> Node:
        children: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        for event in self._until("MappingEndEvent"):
            key_place = self.place(event)
            if type(event).__name__ != "ScalarEvent":
                raise _refused(key_place, "a key is not a plain word", "write key: value")
            key, value = str(event.value), self.node(next(self.events), depth + 1)
            if key in children:
                first = keys[key]
                remedy = f"it stands at {first} already; keep one" if not self.fixed else "keep one"
                self.problems.append(Problem(key_place, quoted(key)[1:-1], "stands twice", remedy))
                continue
            children[key], keys[key] = value, key_place
        return Node(place, children, keys=keys)

    def _alias(self, anchor: str, place: Place, depth: int) -> Node:
        node = self.anchors.get(anchor)
        if node is None:
            raise _refused(place, f"alias *{anchor} names no finished anchor", "define &anchor before, outside itself")
        if depth + node.height > MAX_DEPTH:
            raise _refused(place, f"is nested more than {MAX_DEPTH} deep", "a specification needs five levels")
        self._count(node.size, place)
        return node

    def _count(self, more: int, place: Place) -> None:
        self.values += more
        if self.values > MAX_VALUES:
            raise _refused(
                place, f"holds more than {MAX_VALUES} values, aliases expanded", "put long data into a CSV file"
            )
