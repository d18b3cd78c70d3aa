"""Mutation testing of the physics, the model and the checker, run by hand: which small wrongs would no test notice?

    python -m tests.mutants perf 100                     a sample of 100, drawn with a fixed seed
    python -m tests.mutants perf 100 --only gemm.py:12   of that sample, those whose description has this in it

A mutant is one node of a module's syntax tree changed. The tests are collected once; for each mutant a forked process
gives the module's functions and constants their other code, runs the tests that mirror the module, and stops at the
first that fails. Nothing on disk changes. Defaults of a record's fields and tests that start a process see no mutant.
"""

import argparse
import ast
import copy
import importlib
import os
import random
import resource
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, settings

from tests.mirrors import tests_of

ROOT = Path(__file__).resolve().parents[1]
SEED = 8
MOST_CPU_S = 60
"""A mutant that takes more processor time than this loops without an end: noticed."""

ROOMS = {"perf": "perf/*.py", "solve": "solve/*.py", "check": "plan/check*.py"}
FIRST = {
    *("gemm", "attention", "moe", "collectives", "memory", "queueing", "steady", "capacity", "waiting"),
    *("rows", "usage", "packing", "mix", "relaxation", "problem", "dominance", "constraints"),
}
"""Files whose every node is three times as likely to be drawn."""

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


def places(tree: ast.AST) -> Iterator[tuple[int, tuple[ast.AST, str, int | None, ast.AST], ast.AST]]:
    """Every change of a tree: its line, the node below its parent, and what stands in its place."""
    line = 0
    for place in nodes(tree):
        if isinstance(place[3], ast.expr | ast.stmt):
            line = place[3].lineno
        for new in changes(place[3]):
            yield line, place, new


def mutant(path: Path, number: int) -> Mutant:
    """Return the mutant of a file that has this number, in the order of the text."""
    tree = ast.parse((ROOT / "planner" / path).read_text(encoding="utf-8"))
    line, (parent, field, index, node), new = next(islice(places(tree), number, None))
    before = ast.unparse(parent if isinstance(parent, ast.expr) else node)
    if index is None:
        setattr(parent, field, new)
    else:
        getattr(parent, field)[index] = new
    ast.fix_missing_locations(tree)
    after = ast.unparse(parent if isinstance(parent, ast.expr) else new)
    before, after = (" ".join(text.split())[:100] for text in (before, after))
    return Mutant(path, f"{path}:{line}: {before} -> {after}", ast.unparse(tree))


def sample(room: str, size: int) -> list[Mutant]:
    """Mutants drawn without replacement, each with its file's weight: a run that is cut short is a sample too."""
    paths = sorted(path.relative_to(ROOT / "planner") for path in (ROOT / "planner").glob(ROOMS[room]))
    every = [
        (path, number)
        for path in paths
        for number, _ in enumerate(places(ast.parse((ROOT / "planner" / path).read_text(encoding="utf-8"))))
    ]
    chance = random.Random(SEED)
    keys = [chance.random() ** (1 / (3 if path.stem in FIRST else 1)) for path, _ in every]
    drawn = sorted(range(len(every)), key=lambda i: -keys[i])[:size]
    return [mutant(*every[i]) for i in drawn]


def put_in_place(mutant: Mutant) -> None:
    """Give the functions and constants of the imported module what they are in the mutant."""
    module = importlib.import_module(mutant.module)
    made: dict[str, Any] = {"__name__": mutant.module, "__file__": str(mutant.path)}
    exec(compile(mutant.source, str(mutant.path), "exec"), made)
    for name, new in made.items():
        old = vars(module).get(name)
        if isinstance(new, type) and isinstance(old, type) and new.__module__ == mutant.module:
            for key, value in vars(new).items():
                _give(vars(old).get(key), value)
        elif isinstance(old, dict):
            old.update(new) if name.isupper() else None
        elif isinstance(old, np.ndarray):
            old[...] = new
        elif isinstance(new, int | float | tuple) and new != old:
            for other in [each for each in sys.modules.values() if vars(each).get(name) is old]:
                setattr(other, name, new)
        else:
            _give(old, new)


def _give(old: Any, new: Any) -> None:
    """Give one function another's code, below whatever wraps both."""
    if hasattr(old, "cache_clear"):
        old.cache_clear()
    for attribute in ("fget", "func", "__func__", "__wrapped__"):
        old, new = getattr(old, attribute, old), getattr(new, attribute, new)
    if isinstance(old, FunctionType) and isinstance(new, FunctionType) and old.__code__.co_filename != "<string>":
        old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__


class Trial:
    """A pytest plugin: in place of running the tests once, it runs for each mutant those that mirror it."""

    def __init__(self, tried: Sequence[Mutant]) -> None:
        self.tried = tried

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self) -> None:
        """One failing example is enough: none is made smaller."""
        ci = settings.get_profile("ci")
        settings.register_profile("mutants", ci, phases=(Phase.explicit, Phase.generate), report_multiple_bugs=False)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        first = self.tried[0]
        unchanged = replace(first, source=(ROOT / "planner" / first.path).read_text(encoding="utf-8"))
        if not _survives(session, unchanged):
            sys.exit("the tests fail without a mutant")
        survivors = 0
        for mutant in self.tried:
            alive = _survives(session, mutant)
            survivors += alive
            print("survived" if alive else "killed  ", mutant.what, flush=True)  # noqa: T201 - a script that prints
        print(f"{len(self.tried)} mutants, {survivors} survived")  # noqa: T201
        return True


def _survives(session: pytest.Session, mutant: Mutant) -> bool:
    """Whether the tests pass with a mutant in a process of its own; one that never ends is noticed."""
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
        for descriptor in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
        os._exit(_fails(session, mutant))
    return os.waitpid(child, 0)[1] == 0


def _fails(session: pytest.Session, mutant: Mutant) -> bool:
    try:
        put_in_place(mutant)
    except Exception:
        return True
    items = [item for test in tests_of(mutant.path) for item in session.items if item.nodeid.startswith(test)]
    for item, after in zip_longest(items, items[1:]):
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        if session.testsfailed:
            return True
    return not items


def main() -> None:
    """Print what becomes of each mutant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("room", choices=ROOMS)
    parser.add_argument("size", type=int)
    parser.add_argument("--from", dest="begin", type=int, default=0)
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    tried = [mutant for mutant in sample(chosen.room, chosen.size)[chosen.begin :] if chosen.only in mutant.what]
    tests = sorted({test for mutant in tried for test in tests_of(mutant.path)})
    options = ("-q", "-s", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")
    pytest.main([*tests, *options, "--hypothesis-profile=mutants"], plugins=[Trial(tried)])


if __name__ == "__main__":
    main()
