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
    joins = node.fabric.link and node.fabric.gbit_per_s_per_node
    if joined <= node.accelerators or joins:
        return node
    known = link is not None and link.gb_per_s_per_direction is not None
    name, rate = (link.link, link.gb_per_s_per_direction) if link and known else _host_link(node)
    wider = {"accelerators": joined, "domain": joined, "link": name, "link_gb_per_s_per_direction": rate}
    return node.model_copy(update=wider)


def _host_link(node: "Node") -> tuple[str, float]:
    return node.host_link, node.host_link_gb_per_s_per_direction
