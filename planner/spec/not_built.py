"""Keys of the contract that are known but not built yet. To build one: add it to the records and remove its row."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from planner.spec.nodes import KeyPath, Node
from planner.spec.problems import Place, Problem, dotted, quoted


def _never(_: object) -> bool:
    return False


@dataclass(frozen=True)
class NotBuilt:
    """A key that is refused as known; ``accepts`` tells the values that work already."""

    key: str
    instead: str
    accepts: Callable[[object], bool] = _never


NOT_BUILT = (
    NotBuilt("apart", "remove it, and give each workload its own limits.regions"),
    NotBuilt("limits.survive", "remove it, and lower limits.max_utilisation for headroom"),
    NotBuilt("limits.max_pools", "use 1: one kind of replica a workload", accepts=lambda value: value == 1),
)


def unbuilt(root: Node) -> Iterator[Problem]:
    """Yield a problem for each key, at the top or in a workload, that is known but not built."""
    blocks: list[tuple[KeyPath, Node]] = [((), root)]
    listed = root.child("workloads")
    if listed is not None:
        blocks += [(("workloads", index), block) for index, block in listed.children()]
    for prefix, block in blocks:
        for row in NOT_BUILT:
            yield from _refused(row, prefix, block)


def _refused(row: NotBuilt, prefix: KeyPath, block: Node) -> Iterator[Problem]:
    path, parent, node = prefix, block, block
    for part in row.key.split("."):
        found = node.child(part)
        if found is None:
            return
        path, parent, node = (*path, part), node, found
    by_item = isinstance(node.value, tuple) and row.accepts is not _never
    items = tuple(node.children()) if by_item else ()
    for index, item in items or ((None, node),):
        if row.accepts(item.value):
            continue
        here = path if index is None else (*path, index)
        yield _problem(row, here, item, _place(row, parent, item))


def _place(row: NotBuilt, parent: Node, item: Node) -> Place:
    return parent.place_of(row.key.rsplit(".", 1)[-1]) if row.accepts is _never else item.place


def _problem(row: NotBuilt, path: KeyPath, item: Node, place: Place) -> Problem:
    what = "" if row.accepts is _never else f"{quoted(item.value, item.text)} "
    return Problem(place, dotted(path), f"{what}is known but not built yet", row.instead)
