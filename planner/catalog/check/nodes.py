"""Nodes: domains that their links can span, bandwidths that their accelerators have, one reference an accelerator."""

from collections import Counter
from collections.abc import Iterator

from planner.catalog.catalog import Catalog
from planner.catalog.check.problem import Problem
from planner.catalog.schema import Accelerator, Node

PCIE_GB_PER_S = 4.0
"""One direction of 16 lanes of PCIe 1; doubles with each generation (16 GB/s at generation 3)."""
FABRIC_GBIT_PER_S = (1.0, 100_000.0)


def node_problems(catalog: Catalog) -> Iterator[Problem]:
    """Check every node against its accelerator, and that each accelerator has exactly one reference node."""
    for name, node in catalog.nodes.items():
        accelerator = catalog.accelerators[node.accelerator]
        for key, text in (*_domain(node, accelerator), *_link(node, accelerator), *_host(node), *_fabric(node)):
            yield Problem("nodes", name, key, text)
    references = Counter(node.accelerator for node in catalog.nodes.values() if node.reference)
    for name in catalog.accelerators:
        if references[name] != 1:
            text = f"has {references[name]} nodes with reference: true (exactly one stands for it)"
            yield Problem("accelerators", name, "nodes", text)


def _domain(node: Node, accelerator: Accelerator) -> Iterator[tuple[str, str]]:
    if node.accelerators % node.domain and node.domain % node.accelerators:
        yield "domain", f"{node.domain} and {node.accelerators} accelerators do not divide one another"
    if (node.domain > 1) != (node.link is not None):
        yield "link", f"a domain of {node.domain} {'needs' if node.domain > 1 else 'has no'} link"
    limit = accelerator.scale_up.max_accelerators if accelerator.scale_up else 1
    if node.domain > limit:
        yield "domain", f"{node.domain} is more than the {limit} that {accelerator.id}'s scale-up link joins"


def _link(node: Node, accelerator: Accelerator) -> Iterator[tuple[str, str]]:
    if node.link is None or accelerator.scale_up is None:
        return
    stated, most = node.link_gb_per_s_per_direction, accelerator.scale_up.gb_per_s_per_direction
    if node.link != accelerator.scale_up.link:
        yield "link", f"{node.link!r} is not {accelerator.id}'s {accelerator.scale_up.link!r}"
    if stated is None:
        yield "link_gb_per_s_per_direction", "absent (a link without a bandwidth cannot be planned with: use domain: 1)"
    elif most is not None and stated > most:
        yield (
            "link_gb_per_s_per_direction",
            f"{stated:g} is more than the accelerator's {most:g} (one direction; datasheets add both)",
        )


def _host(node: Node) -> Iterator[tuple[str, str]]:
    digits = "".join(letter for letter in node.host_link.split("-")[0] if letter.isdigit())
    if not digits:
        return
    most = PCIE_GB_PER_S * 2 ** (int(digits) - 1)
    value = node.host_link_gb_per_s_per_direction
    if not most / 4 <= value <= most:
        yield (
            "host_link_gb_per_s_per_direction",
            f"{value:g} is not between {most / 4:g} and {most:g} of {node.host_link}",
        )


def _fabric(node: Node) -> Iterator[tuple[str, str]]:
    fabric = node.fabric
    if (fabric.kind == "none") != (fabric.link is None):
        yield "fabric.link", f"{fabric.link!r} with kind {fabric.kind!r} (a fabric has a link class, `none` has none)"
    rate = fabric.gbit_per_s_per_node
    if rate is not None and not FABRIC_GBIT_PER_S[0] <= rate <= FABRIC_GBIT_PER_S[1]:
        low, high = FABRIC_GBIT_PER_S
        yield "fabric.gbit_per_s_per_node", f"{rate:g} is outside {low:g} to {high:g} Gbit/s"
