"""The catalogue that comes with planner: compiled JSON when installed, YAML with compiled copies in a checkout."""

import hashlib
import json
from importlib import resources
from pathlib import Path

from planner.catalog.copies import Copies, default_copies_file
from planner.catalog.documents import Document, parse, yaml_files
from planner.errors import CatalogError

COMPILED = "_catalog/catalog.json"
"""Written into the wheel by ``hatch_build.py``: ``{"files": {"links/nvlink4.yaml": {...}, ...}}``."""


def bundled_documents() -> tuple[list[Document], str]:
    """Return the documents of the bundled catalogue and their digest.

    Raises
    ------
    CatalogError
        When a file of a checkout is no YAML, or when there is no catalogue at all.
    """
    compiled = resources.files("planner").joinpath(COMPILED)
    if compiled.is_file():
        return compiled_documents(compiled.read_bytes())
    root = Path(__file__).resolve().parents[2] / "catalog"
    if not root.is_dir():
        raise CatalogError(f"{root}: no such folder, and no {COMPILED} in the package (install planner again)")
    return checkout_documents(root, default_copies_file(root))


def compiled_documents(text: bytes) -> tuple[list[Document], str]:
    """Return the documents of the JSON that a wheel carries."""
    try:
        files = json.loads(text)["files"].items()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise CatalogError(f"{COMPILED}: the catalogue of the package is damaged (install planner again)") from None
    documents = [Document(name, f"catalog/{name}", data) for name, data in files]
    return documents, hashlib.blake2b(text, digest_size=16).hexdigest()


def checkout_documents(root: Path, copies_file: Path) -> tuple[list[Document], str]:
    """Return the documents of a folder of YAML, reading those files again whose bytes have changed.

    A compiled copy is kept under the digest of its file's bytes, and the copies under their own: one that is stale or
    damaged is never believed.
    """
    copies = Copies.read(copies_file)
    documents, digests = [], []
    for path in yaml_files(root):
        name, text = path.relative_to(root).as_posix(), path.read_bytes()
        digest = hashlib.blake2b(text, digest_size=16).hexdigest()
        data = copies.get(name, digest)
        if data is None:
            data = copies.put(name, digest, parse(text, str(path)))
        documents.append(Document(name, str(path), data, path))
        digests.append(f"{name}={digest}\n")
    copies.keep({document.name for document in documents})
    copies.write(copies_file)
    return documents, hashlib.blake2b("".join(digests).encode(), digest_size=16).hexdigest()
