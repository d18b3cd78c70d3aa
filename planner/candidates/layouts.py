"""Layouts: every tensor x pipeline x attention-data split, and expert split, that a model and a node admit."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.architecture.layers import (
    CompressedAttention,
    LatentAttention,
    LinearAttention,
    Mamba2,
    MoeMlp,
    SoftmaxAttention,
)
from planner.perf.hardware import Floats, Layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.architecture.layers import Architecture, Mixer
    from planner.catalog.schema import Node

MAX_TENSOR = 16
MAX_PIPELINE = 8
MAX_GROUP = 32
MAX_REPLICA = 64
"""Accelerators of one replica: beyond it no engine is run without prefill and decode on separate machines."""


@dataclass(frozen=True)
class Split:
    """One layout in numbers."""

    tensor: int
    pipeline: int
    expert: int
    attention_data: int

    @property
    def group(self) -> int:
        """Accelerators of one pipeline stage."""
        return self.tensor * self.attention_data

    @property
    def accelerators(self) -> int:
        """Accelerators of one replica."""
        return self.group * self.pipeline


def tensor_degrees(model: "Architecture") -> tuple[int, ...]:
    """Tensor-parallel degrees up to 16 that divide every layer's heads; KV heads divide it or it divides them."""
    degrees = range(1, MAX_TENSOR + 1)
    return tuple(tp for tp in degrees if all(_divides(layer.mixer, tp) for layer in model.layers))


def _divides(mixer: "Mixer | None", tensor: int) -> bool:
    if isinstance(mixer, SoftmaxAttention):
        shares = mixer.kv_heads % tensor == 0 or tensor % mixer.kv_heads == 0
        return mixer.heads % tensor == 0 and shares
    if isinstance(mixer, LatentAttention | Mamba2):
        return mixer.heads % tensor == 0
    if isinstance(mixer, CompressedAttention):
        return mixer.heads % tensor == 0 and mixer.output_groups % tensor == 0
    if isinstance(mixer, LinearAttention):
        return mixer.key_heads % tensor == 0 and mixer.value_heads % tensor == 0
    return True


def splits(model: "Architecture") -> tuple[Split, ...]:
    """Every layout of a model: for dense models tensor x pipeline, for MoE also attention-data and expert parallel.

    Attention data parallel needs experts to share (a dense model's copies are replicas); then experts are split over
    the whole group, otherwise one way or over the whole group.
    """
    moe = [layer.mlp for layer in model.layers if isinstance(layer.mlp, MoeMlp)]
    data = (1, 2, 4, 8, 16, 32) if moe else (1,)
    stages = range(1, min(MAX_PIPELINE, model.layer_count) + 1)
    found = []
    for tensor in tensor_degrees(model):
        for attention_data in data:
            group = tensor * attention_data
            if group > (MAX_GROUP if attention_data > 1 else MAX_TENSOR):
                continue
            ways = _expert_ways(moe, group, attention_data)
            found += [Split(tensor, p, e, attention_data) for p in stages for e in ways if group * p <= MAX_REPLICA]
    return tuple(found)


def _expert_ways(moe: "list[MoeMlp]", group: int, attention_data: int) -> tuple[int, ...]:
    whole = bool(moe) and group > 1 and all(mlp.experts % group == 0 for mlp in moe)
    if attention_data > 1:
        return (group,) if whole else ()
    return (1, group) if whole else (1,)


def fits_node(split: Split, node: "Node") -> bool:
    """Whether a replica lies in one node, or in whole nodes joined by a stated link with no stage astride a node.

    What joins nodes is their scale-up domain where it spans hosts, otherwise a fabric whose bandwidth is known.
    """
    if split.accelerators <= node.accelerators:
        return True
    if split.accelerators <= node.domain:
        return split.accelerators % node.accelerators == 0
    if node.fabric.kind == "none" or node.fabric.link is None or node.fabric.gbit_per_s_per_node is None:
        return False
    if split.group > node.accelerators:
        return split.attention_data > 1 and split.group % node.accelerators == 0
    stages_per_node = node.accelerators // split.group
    return -(-split.pipeline // stages_per_node) == -(-split.accelerators // node.accelerators)


@dataclass(frozen=True, eq=False)
class Grid:
    """Nodes x layouts that are possible: ``node`` ``(rows,)`` indexes the nodes, ``layout`` holds the splits."""

    node: NDArray[np.int64]
    layout: Layout

    def take(self, nodes: NDArray[np.bool_]) -> "Grid":
        """Return the rows of the nodes for which ``nodes`` ``(nodes,)`` is true."""
        chosen = np.flatnonzero(nodes[self.node])
        return Grid(self.node[chosen], self.layout.take(chosen))


def grid(splits_: "Sequence[Split]", nodes: "Sequence[Node]") -> Grid:
    """Join layouts with the nodes that can hold them."""
    fitting = {_shape(node): [split for split in splits_ if fits_node(split, node)] for node in nodes}
    rows = [(index, split) for index, node in enumerate(nodes) for split in fitting[_shape(node)]]
    chosen = np.array([(i, s.tensor, s.pipeline, s.expert, s.attention_data) for i, s in rows], dtype=np.int64)
    chosen = chosen.reshape(-1, 5)
    columns: list[Floats] = [chosen[:, k].astype(np.float64) for k in range(1, 5)]
    return Grid(chosen[:, 0], Layout(*columns))


def _shape(node: "Node") -> tuple[object, ...]:
    """Return what decides which layouts a node can hold; nodes that agree share the list."""
    fabric = node.fabric
    return node.accelerators, node.domain, fabric.kind, fabric.link, fabric.gbit_per_s_per_node
