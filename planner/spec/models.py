"""``model:`` as an architecture: a catalogue id, a path to a ``config.json`` or its folder, or inline fields."""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from planner.architecture.config import read_config
from planner.architecture.layers import Architecture
from planner.architecture.loading import load_architecture
from planner.catalog.catalog import Catalog
from planner.errors import ArchitectureError
from planner.files import reason
from planner.spec.files import STDIN
from planner.spec.names import Names
from planner.spec.nodes import Node, as_json
from planner.spec.problems import Problem, quoted


class UnresolvedModel(Exception):  # noqa: N818  carries a problem to where all are gathered
    """The model could not be resolved; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.key)
        self.problem = problem


def folder_of(path: str | Path) -> Path:
    """Return the folder that relative paths of a specification start from."""
    return Path() if str(path) == STDIN else Path(path).parent


@dataclass(frozen=True)
class Models:
    """Resolves models once each; paths start from ``folder``."""

    folder: Path
    catalog: Catalog
    names: Names
    done: dict[str, Architecture] = field(default_factory=dict)

    def resolve(self, node: Node, key: str) -> tuple[str, Architecture]:
        """Return what to call the model at ``node``, and its architecture.

        Raises
        ------
        UnresolvedModel
            When the name is neither known nor a file, or the configuration is not understood.
        """
        try:
            if isinstance(node.value, dict):
                return self._inline(node)
            text = str(node.value)
            name = self.names.canonical("models", text) or text
            if name not in self.done:
                self.done[name] = self._named(name, node, key)
            return name, self.done[name]
        except ArchitectureError as error:
            problem = f"is not understood: {error}"
            remedy = "see docs/specification.md, model"
        except (OSError, ValueError) as error:
            problem, remedy = f"cannot be read: {reason(error)}", "name a config.json or its folder"
        raise UnresolvedModel(Problem(node.place, key, problem, remedy))

    def _inline(self, node: Node) -> tuple[str, Architecture]:
        fields = as_json(node)
        name = str(fields.pop("name", "inline model"))
        return name, read_config(fields, name=name)

    def _named(self, name: str, node: Node, key: str) -> Architecture:
        if name in self.catalog.models:
            return read_config(self.catalog.models[name].config, name=name)
        path = self.folder / name
        config = path / "config.json" if path.is_dir() else path
        if config.is_file():
            return load_architecture(path, name=name)
        if config.exists() or path.exists():
            problem = (
                f"{quoted(name)} holds no config.json" if path.is_dir() else f"{quoted(name)} is not a regular file"
            )
            raise UnresolvedModel(Problem(node.place, key, problem, "name a config.json or its folder"))
        problem = f"{quoted(name)} is neither a model of the catalogue nor a file"
        raise UnresolvedModel(Problem(node.place, key, problem, partial(self._advice, name)))

    def _advice(self, name: str) -> str:
        close = self.names.nearest("models", name)
        return f"did you mean {' or '.join(close)}?" if close else "`planner catalog list models` shows the ids"
