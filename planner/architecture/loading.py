"""Reading an architecture from files: a ``config.json``, or the folder that holds it."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from planner.architecture.config import read_config
from planner.architecture.layers import Architecture
from planner.errors import ArchitectureError

CONFIG_NAME = "config.json"
QUANT_CONFIG_NAME = "hf_quant_config.json"
LARGEST_FILE_BYTES = 8_000_000
"""The largest published one (22,422 quantised layers named one by one) has 3.1 MB."""


def load_architecture(path: str | Path, *, name: str | None = None) -> Architecture:
    """Return the architecture described by a file or by the ``config.json`` of a folder.

    A ``hf_quant_config.json`` beside it fixes the checkpoint's format where the configuration itself states none; the
    path of that file stands for the configuration beside it too.

    Raises
    ------
    ArchitectureError
        When a file is absent, too large, no JSON, or describes what is not understood.
    """
    place = Path(path)
    try:
        config_path = place / CONFIG_NAME if place.is_dir() else _configuration(place)
    except OSError as error:
        raise _unreadable(place, error) from None
    return read_config(read_json(config_path), name=name or str(path), quant_config=_beside(config_path))


def _configuration(path: Path) -> Path:
    """Return the ``config.json`` that a path to ModelOpt's file means, where there is one beside it."""
    if not path.name.endswith(QUANT_CONFIG_NAME):
        return path
    beside = path.with_name(path.name.removesuffix(QUANT_CONFIG_NAME) + CONFIG_NAME)
    return beside if beside.is_file() else path


def _beside(config_path: Path) -> Mapping[str, Any] | None:
    """Return ModelOpt's file beside ``config.json`` (or ``X_hf_quant_config.json`` beside ``X_config.json``)."""
    if not config_path.name.endswith(CONFIG_NAME) or config_path.name.endswith(QUANT_CONFIG_NAME):
        return None
    path = config_path.with_name(config_path.name.removesuffix(CONFIG_NAME) + QUANT_CONFIG_NAME)
    return read_json(path) if path.is_file() else None


def read_json(path: Path) -> Mapping[str, Any]:
    """Return the mapping in a JSON file of bounded size.

    Raises
    ------
    ArchitectureError
        With file, line and column where it is no JSON.
    """
    text = _text(path)
    try:
        value = json.loads(text, object_pairs_hook=_without_duplicates)
    except json.JSONDecodeError as error:
        message = f"{path}:{error.lineno}:{error.colno}: not JSON: {error.msg} (give a config.json)"
        raise ArchitectureError(message) from None
    except RecursionError:
        raise ArchitectureError(f"{path}: nested too deeply (give a config.json)") from None
    except ValueError as error:
        raise ArchitectureError(f"{path}: not JSON: {error} (give a config.json)") from None
    if not isinstance(value, dict):
        raise ArchitectureError(f"{path}:1:1: holds a {type(value).__name__}, not a mapping (give a config.json)")
    return value


def _text(path: Path) -> str:
    """Return the text of a file, at most :data:`LARGEST_FILE_BYTES` of it."""
    try:
        if path.exists() and not path.is_file():
            raise ArchitectureError(f"{path}: no regular file (give a config.json or its folder)")
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    if len(data) > LARGEST_FILE_BYTES:
        raise ArchitectureError(f"{path}: larger than {LARGEST_FILE_BYTES} bytes (give a config.json, not weights)")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ArchitectureError(f"{path}: byte {error.start}: not UTF-8 text (give a config.json)") from None


def _unreadable(path: Path, error: OSError | ValueError) -> ArchitectureError:
    reason = getattr(error, "strerror", None) or str(error)
    return ArchitectureError(f"{path}: cannot be read: {reason} (give a config.json or its folder)")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the mapping of a JSON object, refusing keys that stand twice."""
    values = dict(pairs)
    if len(values) != len(pairs):
        counts = Counter(key for key, _value in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
        raise ValueError(f"key {twice!r} stands twice")
    return values
