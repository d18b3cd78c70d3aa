"""One hypothesis strategy a record: models, machines, layouts, batches, lengths."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from planner.architecture.layers import (
    Architecture,
    CompressedAttention,
    DenseMlp,
    Indexer,
    LatentAttention,
    Layer,
    LinearAttention,
    Mamba2,
    MoeMlp,
    SoftmaxAttention,
)
from planner.perf.batch import Batch
from planner.perf.hardware import Attention, EngineCosts, Layout, LinkRates, Machine, MatrixRates
from planner.perf.lengths import Lengths

MODULES = ("head", "attention", "mixer", "dense_mlp", "experts", "shared_expert")
powers = st.sampled_from([1, 2, 4, 8])


@st.composite
def mixers(draw: st.DrawFn) -> Any:
    heads = draw(st.sampled_from([8, 16, 32]))
    kind = draw(st.sampled_from(["softmax", "window", "latent", "compressed", "linear", "mamba"]))
    if kind in {"softmax", "window"}:
        kv, width = draw(st.sampled_from([1, 2, 4, 8])), draw(st.sampled_from([64, 128]))
        indexer = draw(st.sampled_from([None, Indexer(4, 64, 256, weighted=False, key_bytes=2)]))
        window, gate = (512, False) if kind == "window" else (None, draw(st.booleans()))
        return SoftmaxAttention(heads, kv, width, width, window, head_gate=gate, indexer=None if window else indexer)
    if kind == "latent":
        rank, indexer = draw(st.sampled_from([(None, None), (512, None), (512, Indexer(8, 64, 256))]))
        return LatentAttention(heads, rank, 256, 64, 32, 64, indexer, output_gate=draw(st.booleans()))
    if kind == "compressed":
        ratio, indexer = draw(st.sampled_from([(None, None), (4, Indexer(8, 64, 256)), (128, None)]))
        return CompressedAttention(heads, 64, 256, 8, 64, window=128, ratio=ratio, indexer=indexer)
    if kind == "linear":
        decay, narrow = draw(st.sampled_from([(0, 0), (64, 0), (64, 64)]))
        return LinearAttention(8, heads, 64, 64, 4, decay_rank=decay, gate_rank=narrow)
    return Mamba2(heads, 64, 64, 8, 4)


@st.composite
def mlps(draw: st.DrawFn) -> DenseMlp | MoeMlp:
    if draw(st.booleans()):
        return DenseMlp(draw(st.sampled_from([1024, 4096])), gated=draw(st.booleans()))
    experts = draw(st.sampled_from([8, 16, 64]))
    shared, beside = draw(st.sampled_from([(0, 0), (512, 0), (0, 1024)]))
    chosen, latent = draw(st.integers(1, 8)), draw(st.sampled_from([1024, 256]))
    return MoeMlp(
        experts, chosen, 512, latent, shared_intermediate_size=shared, parallel_dense_intermediate_size=beside
    )


@st.composite
def architectures(draw: st.DrawFn) -> Architecture:
    kinds = draw(st.integers(1, 2))
    layers = tuple(Layer(draw(mixers()), draw(mlps()), norm_parameters=2048) for _ in range(kinds))
    count = draw(st.integers(4, 24))
    order = tuple(draw(st.integers(0, kinds - 1)) if index >= kinds else index for index in range(count))
    return Architecture("generated", "generated", 1024, 32000, draw(st.booleans()), 131072, layers, order)


def _one(value: float) -> np.ndarray[Any, Any]:
    return np.array([float(value)])


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    tensor, data = draw(powers), draw(st.sampled_from([1, 1, 2, 4]))
    expert = draw(st.sampled_from([1, tensor * data]))
    return Layout(_one(tensor), _one(draw(st.integers(1, 4))), _one(expert), _one(data))


@st.composite
def links(draw: st.DrawFn) -> LinkRates:
    values = (draw(st.floats(0, 5e-5)), draw(st.floats(0, 1e-5)), draw(st.floats(1e9, 9e11)), draw(st.floats(0, 1e-5)))
    reduce = draw(st.sampled_from([np.inf, 1.5 / values[2]]))
    shot = (draw(st.sampled_from([np.inf, values[0] / 2.0])), values[1], 0.8 * values[2])
    return LinkRates(*(_one(value) for value in (*values, 0.0, *values[:3], values[0], reduce, *shot)))


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    flop, bandwidth = draw(st.floats(5e13, 3e15)), draw(st.floats(2e11, 8e12))
    bytes_each = draw(st.sampled_from([0.5625, 1.0, 2.0]))
    active = 2.0 if bytes_each == 2.0 else 1.0
    launch = draw(st.floats(0, 1e-5))

    def rates(kernel: float) -> MatrixRates:
        values = (
            bytes_each,
            active,
            flop,
            bandwidth,
            launch,
            0.0 if active == 2.0 else 3.0,
            0.6 * bandwidth,
            kernel,
            0.0,
        )
        return MatrixRates(*(_one(value) for value in values))

    cores = (2.0, 8e-6, 0.8 * bandwidth, 0.2 * flop, 0.6 * flop, 250.0, 0.6 * bandwidth, 0.2 * flop, 1e-5, 2e-5, 0.0)
    attention = Attention(*(_one(value) for value in (*cores, 0.6 * bandwidth)))
    costs = EngineCosts(*(_one(value) for value in (5e-6, 1e-3, 1e-5, 20.0, 0.92, 0.64)))
    modules = {name: rates(4e-5 if name == "experts" else 0.0) for name in MODULES}
    return Machine(attention, modules, draw(links()), draw(links()), costs)


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    prompt = draw(st.sampled_from([0.0, 64.0, 2048.0, 8192.0]))
    sequences = draw(st.floats(1.0, 512.0))
    first = 1.0 if prompt else 0.0
    context = draw(st.floats(16.0, 60000.0))
    return Batch(_one(sequences), _one(context), _one(prompt), _one(draw(st.floats(8.0, 30000.0))), _one(first))


@st.composite
def lengths(draw: st.DrawFn) -> Lengths:
    atoms = draw(st.integers(1, 4))
    inputs = np.array([draw(st.floats(16.0, 16000.0)) for _ in range(atoms)])
    outputs = np.array([draw(st.floats(2.0, 2000.0)) for _ in range(atoms)])
    weights = np.array([draw(st.floats(0.1, 1.0)) for _ in range(atoms)])
    cached = draw(st.sampled_from([0.0, 0.5])) * float(inputs @ weights / weights.sum())
    return Lengths(inputs, outputs, weights / weights.sum(), cached)
