"""Mutation testing of the physics, the model and the checker, run by hand: which small wrongs would no test notice?

    python -m tests.mutants perf 100                     a sample of 100, drawn with a fixed seed
    python -m tests.mutants perf 100 --only gemm.py:12   of that sample, those whose description has this in it

A mutant is one node of a module's syntax tree changed. It is imported in place of its module by a forked process that
runs the tests which mirror the module, and stops at the first that fails. Nothing on disk changes. Tests that start a
process of their own see the code as it is.
"""

import argparse
import ast
import copy
import importlib.util
import os
import random
import resource
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
SEED = 8
MOST_CPU_S = 90
"""A mutant that takes more processor time than this loops without an end: noticed."""

ROOMS = {"perf": "perf/*.py", "solve": "solve/*.py", "check": "plan/check*.py"}
FIRST = {
    *("gemm", "attention", "moe", "collectives", "memory", "queueing", "steady", "capacity", "waiting"),
    *("rows", "usage", "packing", "mix", "relaxation", "problem", "dominance", "constraints"),
}
"""Files whose every node is three times as likely to be drawn."""

STEP = {
    *("gemm", "attention", "moe", "collectives", "memory", "batch", "hardware", "step", "pipeline", "work", "power"),
}
"""Physics of one step; the rest of perf/ is physics under load."""
STEP_TESTS = (
    *("operators", "operators_by_hand", "power", "compressed_attention", "indexed_attention"),
    *("sparse_latent_attention", "step"),
)
LOAD_TESTS = ("queueing", "roots", "curves", "lengths", "last_batch", "closed_loop", "steady_laws", "steady_oracle")
SOLVE_TESTS = [
    f"tests/solve/test_solve_{name}.py"
    for name in ("groups", "packing", "plain", "laws", "energy", "brute_force", "clash", "tangled")
]
JOINT_TESTS = ["tests/solve/test_joint_mix.py", "tests/solve/test_mix.py"]
MUTATIONS = "tests/plan/test_check_mutations.py::test_the_checker_objects_to_every_corrupted_promise"
CHECK_TESTS = [
    *(f"tests/review/test_review_{name}.py" for name in ("verify", "limits", "mutations")),
    "tests/plan/test_costs.py",
    *(f"{MUTATIONS}[{name}]" for name in ("fixed-concurrency", "survive-a-node", "owned-and-rented")),
]
PROFILE_TESTS = [
    "tests/pipeline/test_pipeline_profile.py",
    "tests/pipeline/test_pipeline_joint_profile.py",
    f"{MUTATIONS}[week-profile]",
]

OTHER: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
"""Comparisons, boolean and arithmetic operators, and what stands in their place."""

OTHER_NAME = {"min": "max", "minimum": "maximum", "floor": "ceil", "any": "all", "argmin": "argmax"}
OTHER_NAME |= {other: name for name, other in OTHER_NAME.items()}
NOT_RUN = {"annotation", "returns", "decorator_list", "bases", "type_params"}


@dataclass(frozen=True)
class Mutant:
    """A module of planner/ with one node changed."""

    path: Path
    what: str
    source: str

    @property
    def module(self) -> str:
        """The name it is imported by."""
        return ".".join(("planner", *self.path.with_suffix("").parts))


def nodes(parent: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """Every node that decides a value, below its parent, field and index: no annotation, no message, no text."""
    for field, value in ast.iter_fields(parent):
        if field in NOT_RUN:
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST) and not _words(child):
                yield parent, field, index, child
                yield from nodes(child)


def _words(node: ast.AST) -> bool:
    """Whether a node is a message, or what only the type checker reads."""
    typing_only = isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return typing_only or isinstance(node, ast.JoinedStr | ast.Raise)


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in a node's place."""
    if type(node) in OTHER:
        yield OTHER[type(node)]()
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield ast.Constant(node.value + 1)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub | ast.Invert):
        yield node.operand
    elif isinstance(node, ast.If | ast.IfExp):
        yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Name) and node.id in OTHER_NAME:
        yield _with(node, id=OTHER_NAME[node.id])
    elif isinstance(node, ast.Attribute) and node.attr in OTHER_NAME:
        yield _with(node, attr=OTHER_NAME[node.attr])
    else:
        yield from _removed(node)


def _removed(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.AugAssign | ast.Continue) or (
        isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
    ):
        yield ast.Pass()


def _with(node: ast.AST, **fields: object) -> ast.AST:
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def mutants(path: Path) -> Iterator[Mutant]:
    """Every mutant of a file, in the order of its text."""
    tree = ast.parse((ROOT / "planner" / path).read_text(encoding="utf-8"))
    line, shown = 0, ""
    for parent, field, index, node in nodes(tree):
        if isinstance(node, ast.expr | ast.stmt):
            line = node.lineno
        for new in changes(node):
            shown = ast.unparse(parent if isinstance(parent, ast.expr) else node)
            held = getattr(parent, field)
            _put(parent, field, index, new)
            after = ast.unparse(ast.fix_missing_locations(parent if isinstance(parent, ast.expr) else new))
            source = ast.unparse(ast.fix_missing_locations(tree))
            _put(parent, field, index, node if index is not None else held)
            before, after = (" ".join(text.split())[:100] for text in (shown, after))
            yield Mutant(path, f"{path}:{line}: {before} -> {after}", source)


def _put(parent: ast.AST, field: str, index: int | None, node: ast.AST) -> None:
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node


def sample(room: str, size: int) -> list[Mutant]:
    """Mutants drawn without replacement, each with its file's weight: a run that is cut short is a sample too."""
    paths = sorted(path.relative_to(ROOT / "planner") for path in (ROOT / "planner").glob(ROOMS[room]))
    every = [mutant for path in paths for mutant in mutants(path)]
    chance = random.Random(SEED)
    keys = [chance.random() ** (1 / (3 if mutant.path.stem in FIRST else 1)) for mutant in every]
    drawn = sorted(range(len(every)), key=lambda i: -keys[i])[:size]
    return [every[i] for i in drawn]


def tests_of(mutant: Mutant) -> list[str]:
    """The tests that mirror a mutant's module, those that are soon done first."""
    stem = mutant.path.stem
    if mutant.path.parts[0] == "perf":
        return [f"tests/perf/test_{name}.py" for name in (STEP_TESTS if stem in STEP else LOAD_TESTS)]
    if mutant.path.parts[0] == "solve":
        return JOINT_TESTS if stem.startswith(("joint", "mix")) else SOLVE_TESTS
    return PROFILE_TESTS if stem in {"check_joint", "check_profile"} else CHECK_TESTS


class Changed(MetaPathFinder, InspectLoader):
    """Imports a mutant in place of its module."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        del path, target
        if name != self.mutant.module:
            return None
        return importlib.util.spec_from_loader(name, self, origin=str(self.mutant.path))

    def get_source(self, name: str) -> str:
        del name
        return self.mutant.source


def survives(mutant: Mutant) -> bool:
    """Whether the tests pass with a mutant; one that never ends is noticed."""
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
        signal.alarm(4 * MOST_CPU_S)
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        sys.meta_path.insert(0, Changed(mutant))
        os._exit(_run([*tests_of(mutant), "-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]))
    return os.waitpid(child, 0)[1] == 0


def _run(arguments: list[str]) -> int:
    import pytest  # noqa: PLC0415 - in the child, which alone holds the mutant

    return int(pytest.main(arguments))


def main() -> None:
    """Print each mutant that survives, and the count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("room", choices=ROOMS)
    parser.add_argument("size", type=int)
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    for name in ("numpy", "pydantic", "ruamel.yaml", "ortools.sat.python.cp_model"):
        importlib.import_module(name)  # once, not in every child
    tried = [mutant for mutant in sample(chosen.room, chosen.size) if chosen.only in mutant.what]
    unchanged = (ROOT / "planner" / tried[0].path).read_text(encoding="utf-8")
    if not survives(Mutant(tried[0].path, "", unchanged)):
        sys.exit("the tests fail without a mutant")
    survivors = 0
    for mutant in tried:
        alive = survives(mutant)
        survivors += alive
        print("survived" if alive else "killed  ", mutant.what, flush=True)  # noqa: T201 - a script that prints
    print(f"{len(tried)} mutants, {len(tried) - survivors} killed, {survivors} survived")  # noqa: T201


if __name__ == "__main__":
    main()
