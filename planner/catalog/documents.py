"""YAML files of a catalogue folder as plain data, and the place (line, column) of a key in one of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from planner.errors import CatalogError
from planner.files import read_bounded, reason

MAX_FILE_BYTES = 4_000_000
_MAY_BE_ALIAS = re.compile(r"(?:^|[\s\[{,:])\*[^\s\"']", re.MULTILINE)

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """One file: ``name`` is its path below the folder (``links/nvlink4.yaml``), ``origin`` what errors say."""

    name: str
    origin: str
    data: Any
    path: Path | None = None
    """Where it can be read again to find a line; ``None`` for compiled data."""

    @property
    def folder(self) -> str:
        """The folder of the catalogue, which is the kind."""
        return self.name.split("/", 1)[0]

    @property
    def stem(self) -> str:
        """The file's name without folder and suffix."""
        return self.name.rsplit("/", 1)[-1].removesuffix(".yaml")


def yaml_files(root: Path) -> list[Path]:
    """Return the YAML files of a catalogue folder, in the order of their names."""
    return sorted(path for path in root.glob("*/*.yaml") if path.is_file())


def read_documents(paths: Iterable[Path], root: Path) -> list[Document]:
    """Read files of the folder ``root``.

    Raises
    ------
    CatalogError
        With every syntax error at once, each as ``file:line:column: problem``.
    """
    documents, problems = [], []
    for path in paths:
        try:
            data = parse(read_file(path), str(path))
        except CatalogError as error:
            problems.append(str(error))
            continue
        documents.append(Document(path.relative_to(root).as_posix(), str(path), data, path))
    if problems:
        raise CatalogError("\n".join(problems))
    return documents


def read_file(path: Path) -> bytes:
    """Return the bytes of a catalogue file.

    Raises
    ------
    CatalogError
        When it cannot be read, is no regular file, or is too large.
    """
    try:
        return read_bounded(path, MAX_FILE_BYTES)
    except (OSError, ValueError) as error:
        raise CatalogError(f"{path}: cannot be read: {reason(error)} (give a YAML file, or split it)") from None


def parse(text: bytes, origin: str) -> Any:  # noqa: ANN401  YAML holds anything
    """Read one YAML 1.2 document of plain values; duplicate keys, anchors and aliases are refused."""
    from ruamel.yaml import YAML  # noqa: PLC0415  needed only where YAML is read: the wheel ships JSON
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    if len(text) > MAX_FILE_BYTES:
        raise CatalogError(f"{origin}: {len(text)} bytes (a catalogue file has at most {MAX_FILE_BYTES}; split it)")
    yaml = YAML(typ="safe", pure=True)
    try:
        decoded = text.decode("utf-8")
        if _MAY_BE_ALIAS.search(decoded):
            _refuse_aliases(decoded, origin)
        return yaml.load(decoded)
    except UnicodeDecodeError as error:
        raise CatalogError(f"{origin}: byte {error.start} is not UTF-8 (save the file as UTF-8 text)") from None
    except YAMLError as error:
        raise CatalogError(f"{origin}:{_position(error)}: {_problem(error)}") from None
    except TypeError:
        raise CatalogError(f"{origin}: a key is a list or a section (write key: value)") from None
    except RecursionError:
        raise CatalogError(f"{origin}: nested too deeply (an entry needs six levels)") from None
    except ValueError as error:
        raise CatalogError(f"{origin}: holds a number or date that is none: {error} (write it out)") from None


def place_of(document: Document, where: KeyPath) -> str:
    """Return ``file:line:column`` of a key, or of its nearest parent that exists; without lines for compiled data."""
    if document.path is None:
        return document.origin
    from ruamel.yaml.comments import CommentedMap, CommentedSeq  # noqa: PLC0415

    state = document.path.stat()
    node = _with_lines(document.path, state.st_mtime_ns, state.st_size)
    line, column = 0, 0
    for part in where:
        if isinstance(node, CommentedMap) and part in node:
            line, column = node.lc.key(part)
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line, column = node.lc.item(part)
        else:
            break
        node = node[part]
    return f"{document.origin}:{line + 1}:{column + 1}"


@lru_cache(maxsize=1)  # a file with thousands of problems is read again once, not once a problem
def _with_lines(path: Path, _changed_ns: int, _size: int) -> Any:  # noqa: ANN401  YAML holds anything
    from ruamel.yaml import YAML  # noqa: PLC0415

    return YAML(typ="rt").load(path.read_text(encoding="utf-8"))


def _refuse_aliases(text: str, origin: str) -> None:
    from ruamel.yaml import YAML  # noqa: PLC0415
    from ruamel.yaml.events import AliasEvent  # noqa: PLC0415

    for event in YAML(typ="safe", pure=True).parse(text):
        if isinstance(event, AliasEvent):
            mark = event.start_mark
            raise CatalogError(
                f"{origin}:{mark.line + 1}:{mark.column + 1}: alias *{event.anchor} (write the value out; a catalogue "
                "file holds no aliases)"
            )


def _position(error: Any) -> str:  # noqa: ANN401  ruamel raises several classes
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"


def _problem(error: Any) -> str:  # noqa: ANN401
    text = getattr(error, "problem", None) or str(error)
    return " ".join(str(text).split())
