"""``load_spec``: a specification file as a :class:`Spec`, with every problem at once."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from planner.catalog.catalog import Catalog
from planner.catalog.loader import load_catalog
from planner.spec.assembly import assemble, contradictions, resolve
from planner.spec.catalogue_names import catalogue_names
from planner.spec.document import MAX_BYTES, Document, parse_document
from planner.spec.files import read_specification
from planner.spec.models import Models, folder_of
from planner.spec.nodes import as_json, lines_of
from planner.spec.overrides import overridden, read_override
from planner.spec.problems import refusal
from planner.spec.request import SeveralRequest, SingleRequest
from planner.spec.resolved import assumed, named_files
from planner.spec.schema import Spec
from planner.spec.validation import validated


def load_spec(path: str | Path, *, overrides: Sequence[str] = (), catalog: Catalog | None = None) -> Spec:
    """Read a specification; ``-`` is standard input.

    Parameters
    ----------
    path
        A YAML file. Paths inside it start from its folder.
    overrides
        ``key=value`` texts, as ``--set`` takes them.
    catalog
        What names are held against; the bundled one by default.

    Raises
    ------
    SpecError
        With every problem, each as ``file:line:column: key: problem (remedy)``.
    """
    data, name = read_specification(path, MAX_BYTES)
    document = parse_document(data, name)
    return read_spec(document, folder_of(path), overrides=overrides, catalog=catalog or load_catalog())


def read_spec(document: Document, folder: Path, *, overrides: Sequence[str] = (), catalog: Catalog) -> Spec:
    """Return the specification that a document states, paths in it starting from ``folder``."""
    names = catalogue_names(catalog)
    root, misfits = overridden(document.root, [read_override(text) for text in overrides])
    form: type[SeveralRequest | SingleRequest]
    form = SeveralRequest if root.child("workloads") is not None else SingleRequest
    request, wrong = validated(form, root, names)
    resolved, unresolved = resolve(root, Models(folder, catalog, names))
    problems = [*document.problems, *misfits, *wrong, *unresolved]
    if problems or request is None:
        raise refusal(problems)
    spec = assemble(request, resolved, document.root.place.where)
    problems += contradictions(spec, request, root)
    if problems:
        raise refusal(problems)
    stated = as_json(root)
    spec = replace(spec, document=stated, places=lines_of(root))
    return replace(spec, assumed=assumed(request, stated), files=named_files(root, folder, names))
