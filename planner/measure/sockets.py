"""The machine under a measured row: its accelerator's reference node, widened where more were joined."""

from typing import TYPE_CHECKING

from planner.candidates.links import Sockets

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.catalog.schema import Node
    from planner.measure.cases import Case


def sockets_of(catalog: "Catalog", case: "Case") -> Sockets:
    """Return the nodes of a group of rows."""
    nodes = tuple(reference_node(catalog, name, joined) for name, joined in case.machines)
    return Sockets(nodes, tuple(catalog.accelerators[name] for name, _ in case.machines), case.socket)


def reference_node(catalog: "Catalog", accelerator: str, joined: int = 0) -> "Node":
    """Return the node that stands for an accelerator where none is named.

    ``joined`` accelerators that were measured together and have no such node are taken for one scale-up domain.
    """
    node = next(node for node in catalog.nodes.values() if node.accelerator == accelerator and node.reference)
    link = catalog.accelerators[accelerator].scale_up
    if joined <= node.accelerators or node.fabric.link or link is None:
        return node
    wider = {"accelerators": joined, "domain": joined, "link": link.link}
    return node.model_copy(update=wider | {"link_gb_per_s_per_direction": link.gb_per_s_per_direction})
