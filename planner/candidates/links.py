"""Which link a group of accelerators crosses on each node, and how fast collectives are over it."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.perf.hardware import Floats, LinkRates
from planner.units import BITS_PER_BYTE, GB, US_PER_S

if TYPE_CHECKING:
    from planner.candidates.precision import Efficiencies
    from planner.catalog.catalog import Catalog
    from planner.catalog.schema import Accelerator, Engine, Node

GIGABIT_BYTES = GB / BITS_PER_BYTE
_NO_LINK = (0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, np.inf, np.inf, 0.0, 1.0)


@dataclass(frozen=True, eq=False)
class Sockets:
    """The nodes that columns run on: ``nodes`` the distinct ones, ``index`` ``(columns,)`` into them."""

    nodes: "tuple[Node, ...]"
    accelerators: "tuple[Accelerator, ...]"
    index: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Wires:
    """Links of every column under one engine."""

    catalog: "Catalog"
    factors: "Efficiencies"
    engine: "Engine"
    sockets: Sockets

    def among(self, ranks: Floats) -> LinkRates:
        """Return the slowest link that ``ranks`` accelerators cross: the domain's, the host's or the fabric.

        Without a switch every pair has its own link, and ``ranks`` accelerators reach ``ranks - 1`` of them.
        """
        return self._rates(ranks, np.maximum(ranks - 1.0, 1.0))

    def between_stages(self, accelerators: Floats) -> LinkRates:
        """Return the slowest link between pipeline stages of a replica of ``accelerators``."""
        return self._rates(accelerators, np.ones_like(accelerators))

    def _rates(self, ranks: Floats, peers: Floats) -> LinkRates:
        nodes, at = self.sockets.nodes, self.sockets.index
        domain = np.array([node.domain for node in nodes])[at]
        whole = np.array([node.accelerators for node in nodes])[at]
        choice = np.where(ranks <= domain, 0, np.where(ranks <= whole, 1, 2))
        latency, per_log2, bandwidth, transition, extra, pair, *others = self._table[at, choice].T
        share = np.where(pair > 0.0, np.minimum(pair * peers, bandwidth), bandwidth) / bandwidth
        gather, gather_per_log2, gather_bandwidth, send, reduce, shot, shot_per_log2, shot_bandwidth = others
        return LinkRates(
            latency, per_log2, bandwidth * share, transition, extra,
            gather, gather_per_log2, gather_bandwidth * share, send, reduce / share,
            shot, shot_per_log2, shot_bandwidth * share,
        )  # fmt: skip

    @cached_property
    def _table(self) -> Floats:
        """Link figures ``(nodes, domain | host | fabric, figures)``."""
        return np.array(
            [self._links(*pair) for pair in zip(self.sockets.nodes, self.sockets.accelerators, strict=True)]
        )

    def _links(self, node: "Node", accelerator: "Accelerator") -> list[tuple[float, ...]]:
        """Return link figures inside the domain, across the host and over the fabric."""
        own = self.factors.device(accelerator, "collective_us", 0.0)
        extra_us = self.engine.costs.get("collective_us", 0.0) + own
        inside = node.link_gb_per_s_per_direction if node.link else node.host_link_gb_per_s_per_direction
        pair_gb = node.link_gb_per_s_per_pair or 0.0
        rows = [self._link(node.link or node.host_link, (inside or 0.0) * GB, extra_us, pair_gb * GB)]
        rows.append(self._link(node.host_link, node.host_link_gb_per_s_per_direction * GB, extra_us))
        fabric = node.fabric
        if fabric.link and fabric.gbit_per_s_per_node:
            each = fabric.gbit_per_s_per_node * GIGABIT_BYTES / node.accelerators
            rows.append(self._link(fabric.link, each, extra_us))
        else:
            rows.append(_NO_LINK)
        return rows

    def _link(
        self, link_id: str, bytes_per_s: float, extra_us: float, pair_bytes_per_s: float = 0.0
    ) -> tuple[float, ...]:
        link = self.catalog.links[link_id]
        gather = link.gather
        send_us = link.send.latency_us if link.send else link.latency_us
        shot = link.one_shot if self.engine.one_shot_all_reduce else None
        steps = gather if shot and gather else link
        return (
            steps.latency_us / US_PER_S,
            steps.latency_us_per_log2_ranks / US_PER_S,
            bytes_per_s * link.efficiency,
            link.transition_us / US_PER_S,
            extra_us / US_PER_S,
            pair_bytes_per_s * link.efficiency,
            (gather.latency_us if gather else link.latency_us) / US_PER_S,
            (gather.latency_us_per_log2_ranks if gather else link.latency_us_per_log2_ranks) / US_PER_S,
            bytes_per_s * (gather.efficiency if gather else link.efficiency),
            send_us / US_PER_S,
            1.0 / (bytes_per_s * link.in_network_efficiency) if link.in_network_efficiency else np.inf,
            shot.latency_us / US_PER_S if shot else np.inf,
            shot.latency_us_per_log2_ranks / US_PER_S if shot else 0.0,
            bytes_per_s * (shot.efficiency if shot else 1.0),
        )
