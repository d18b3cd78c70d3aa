"""Compiled copies of YAML files, kept between runs of a checkout: reading YAML takes seconds, reading JSON does not."""

import hashlib
import json
import os
import tempfile
from datetime import date
from pathlib import Path
from typing import Any, Self

_VERSION = 1
"""Part of the file's name: a planner that writes another form never reads this one."""


class Copies:
    """What stands in files, by name and by the digest of their bytes."""

    def __init__(self, files: dict[str, list[Any]]) -> None:
        self._files = files
        self._changed = False

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the copies of a file; none when it is absent, unreadable or damaged."""
        try:
            checksum, _, body = path.read_bytes().partition(b"\n")
            whole = checksum == _checksum(body)
            files = json.loads(body) if whole else {}
        except (OSError, ValueError):
            files = {}
        return cls(files)

    def get(self, name: str, digest: str) -> Any:  # noqa: ANN401  YAML holds anything
        """Return the copy of a file whose bytes have this digest, or ``None``."""
        known = self._files.get(name)
        return known[1] if known and known[0] == digest else None

    def put(self, name: str, digest: str, data: Any) -> Any:  # noqa: ANN401
        """Keep what a file holds, and return it as the copy will give it back."""
        plain = json.loads(json.dumps(data, default=_iso))
        self._files[name] = [digest, plain]
        self._changed = True
        return plain

    def keep(self, names: set[str]) -> None:
        """Forget files that are no more."""
        for name in self._files.keys() - names:
            del self._files[name]
            self._changed = True

    def write(self, path: Path) -> None:
        """Write the copies in one step if they have changed; a place that cannot be written is left alone."""
        if not self._changed:
            return
        body = json.dumps(self._files, separators=(",", ":")).encode()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, _checksum(body) + b"\n" + body)
        except OSError:
            return


def default_copies_file(root: Path) -> Path:
    """Return where the checkout with the catalogue ``root`` keeps its copies: the user's cache folder."""
    from platformdirs import user_cache_path  # noqa: PLC0415  an installed planner needs no copies

    checkout = hashlib.blake2b(str(root).encode(), digest_size=6).hexdigest()
    return user_cache_path("servingplan") / f"catalog-{_VERSION}-{checkout}.json"


def _replace(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def _checksum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).hexdigest().encode("ascii")


def _iso(value: object) -> str:
    """Give a date as JSON text; a catalogue file holds nothing else that JSON lacks."""
    return value.isoformat() if isinstance(value, date) else str(value)
