"""Laws of whole steps and of memory, over generated models, machines, layouts and batches."""

from dataclasses import fields, replace
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.architecture.layers import Architecture, DenseMlp, Layer, SoftmaxAttention
from planner.architecture.parameters import by_module
from planner.perf.batch import Batch
from planner.perf.hardware import Layout, Machine, Rows
from planner.perf.lengths import Lengths
from planner.perf.memory import Budget, Precision, Reserved, memory, stage_counts, stage_layers
from planner.perf.pipeline import decode_step_s, stage_times
from planner.perf.step import step_time
from planner.perf.work import decode_bytes, request_flop
from tests.strategies import architectures, batches, layouts, lengths, machines

AnyRows = TypeVar("AnyRows", bound=Rows)
WEIGHTS = ("embedding", "head", "attention", "mixer", "dense_mlp", "experts", "shared_expert", "router", "norms")


def precision(weight_bytes: float = 2.0, kv_bytes: float = 2.0) -> Precision:
    return Precision({name: np.array([weight_bytes]) for name in WEIGHTS}, np.array([kv_bytes]))


def budget(gib: float = 80.0) -> Budget:
    return Budget(np.array([gib * 2**30]), np.array([2.0**30]), np.array([8192.0]))


def single(model: Architecture, tensor: int = 1, pipeline: int = 1) -> Layout:
    del model
    return Layout(*(np.array([float(value)]) for value in (tensor, pipeline, 1, 1)))


def total_s(model: Architecture, machine: Machine, layout: Layout, batch: Batch) -> float:
    time = step_time(model, machine, layout, batch)
    return float((time.layers_s + time.head_s + time.engine_s)[0])


@given(architectures(), machines(), layouts(), batches(), st.floats(1.0, 8.0))
def test_a_step_scales_with_all_its_rates(
    model: Architecture, machine: Machine, layout: Layout, batch: Batch, gain: float
) -> None:
    """Doubling every rate and halving every latency halves the step: nothing hides a unit."""
    attention = machine.attention
    quick = {
        "launch_s",
        "state_launch_s",
        "index_launch_s",
        "latency_s",
        "latency_per_log2_s",
        "transition_s",
        "extra_s",
    }
    quick |= {"kernel_s", "layer_s", "step_s", "sequence_s", "gather_s", "gather_per_log2_s", "send_s", "depth_s"}
    quick |= {"norm_launch_s", "reduce_s_per_byte", "shot_s", "shot_per_log2_s"}

    def faster(rows: AnyRows) -> AnyRows:
        values = {}
        for field in fields(rows):  # type: ignore[arg-type]  # every Rows is a dataclass
            name, value = field.name, getattr(rows, field.name)
            values[name] = value * gain if name.endswith("_per_s") else value / gain if name in quick else value
        return type(rows)(**values)

    scaled = Machine(
        faster(attention),
        {name: faster(rates) for name, rates in machine.modules.items()},
        faster(machine.tensor_link),
        faster(machine.pipeline_link),
        faster(machine.engine),
    )
    assert total_s(model, scaled, layout, batch) == pytest.approx(total_s(model, machine, layout, batch) / gain)


@given(architectures(), machines(), batches())
def test_a_step_on_one_accelerator_is_never_below_its_bytes_or_its_flop(
    model: Architecture, machine: Machine, batch: Batch
) -> None:
    layout = single(model)
    seconds = total_s(model, machine, layout, batch)
    bandwidth = max(rates.bandwidth_bytes_per_s[0] for rates in machine.modules.values())
    own = machine.modules["attention"].weight_bytes[0]
    floor = decode_bytes(model, precision(own), np.zeros(1), np.zeros(1))[0] - 2.0 * sum(
        model.layers[index].norm_parameters for index in model.order
    )
    router = sum(by_module(model).get(name, 0) for name in ("router", "norms")) * own
    extras = _unmodelled_bytes(model, own)
    assert seconds * bandwidth >= (floor - router - extras) * (1 - 1e-9)


def _unmodelled_bytes(model: Architecture, weight_bytes: float) -> float:
    """Convolutions and gates of recurrent mixers: counted as parameters, not as matrices of a step."""
    from planner.architecture.layers import LinearAttention, Mamba2  # noqa: PLC0415  only for this sum

    total = 0.0
    for index in model.order:
        mixer = model.layers[index].mixer
        if isinstance(mixer, LinearAttention):
            wide = 2 * mixer.key_heads * mixer.key_head_dim + mixer.value_heads * mixer.value_head_dim
            total += wide * (mixer.conv_kernel + 1) + 4 * mixer.value_heads
        elif isinstance(mixer, Mamba2):
            wide = mixer.heads * mixer.head_dim + 2 * mixer.groups * mixer.state_size
            total += wide * (mixer.conv_kernel + 1) + 4 * mixer.heads + mixer.heads * mixer.head_dim
    return total * weight_bytes


@given(architectures(), machines(), layouts(), batches())
def test_more_sequences_never_shorten_a_step(
    model: Architecture, machine: Machine, layout: Layout, batch: Batch
) -> None:
    fuller = replace(batch, sequences=batch.sequences * 1.5)
    assert total_s(model, machine, layout, fuller) >= total_s(model, machine, layout, batch) * (1 - 1e-12)
    longer = replace(batch, context_tokens=batch.context_tokens * 1.5)
    assert total_s(model, machine, layout, longer) >= total_s(model, machine, layout, batch) * (1 - 1e-12)


@given(architectures(), machines(), batches(), st.lists(layouts(), min_size=2, max_size=5))
def test_arrays_equal_scalars(model: Architecture, machine: Machine, batch: Batch, each: list[Layout]) -> None:
    names = ("tensor", "pipeline", "expert", "attention_data")
    together = Layout(*(np.concatenate([getattr(layout, name) for layout in each]) for name in names))
    wide = machine.take(np.zeros(len(each), dtype=int))
    through, slowest = stage_times(model, wide, together, batch)
    for index, layout in enumerate(each):
        alone = stage_times(model, machine, layout, batch)
        assert (through[index], slowest[index]) == pytest.approx((alone[0][0], alone[1][0]), rel=1e-12)


@given(architectures(), machines(), layouts(), batches())
def test_a_layer_and_its_two_halves_apart_take_the_same_time(
    model: Architecture, machine: Machine, layout: Layout, batch: Batch
) -> None:
    """Nemotron-H writes mixers and blocks as layers of their own: only what is charged a layer doubles."""
    halves = [half for layer in model.layers for half in (replace(layer, mlp=None), replace(layer, mixer=None))]
    order = tuple(2 * index + half for index in model.order for half in (0, 1))
    split = replace(model, layers=tuple(halves), order=order)
    whole, apart = (step_time(each, machine, layout, batch) for each in (model, split))
    assert set(apart.layers) == set(whole.layers)
    for name, seconds in whole.layers.items():
        times = 2.0 if name in {"elementwise", "engine_layers"} else 1.0
        assert apart.layers[name] == pytest.approx(times * seconds, rel=1e-9), name


@given(architectures(), machines(), batches())
def test_one_stage_has_no_bubble(model: Architecture, machine: Machine, batch: Batch) -> None:
    through, slowest = stage_times(model, machine, single(model), batch)
    assert through == slowest


@given(architectures(), machines(), st.floats(4.0, 256.0), st.integers(2, 4))
def test_stages_share_a_step_but_never_beat_its_slowest_share(
    model: Architecture, machine: Machine, sequences: float, pipeline: int
) -> None:
    batch = Batch(*(np.array([value]) for value in (sequences, 1000.0, 0.0, 0.0, 0.0)))
    layout = single(model, pipeline=pipeline)
    parts = min(float(pipeline), sequences)
    through, slowest = stage_times(model, machine, layout, batch.divided(np.array([parts])))
    step = decode_step_s(model, machine, layout, batch)
    assert step[0] >= through[0] * (1 - 1e-12)
    assert step[0] >= parts * slowest[0] * (1 - 1e-12)


@given(st.integers(1, 200), st.integers(1, 8))
def test_stages_hold_every_layer_and_differ_by_one(layers: int, pipeline: int) -> None:
    sizes = stage_layers(layers, min(pipeline, layers))
    assert sum(sizes) == layers
    assert max(sizes) - min(sizes) <= 1
    assert sizes[-1] == min(sizes)


@given(architectures(), lengths(), st.integers(1, 4))
def test_every_parameter_is_held_once_over_the_stages(model: Architecture, shape: Lengths, pipeline: int) -> None:
    """Memory: with one accelerator a stage and one byte an element, the stages add up to the parameter count."""
    counts = stage_counts(model, pipeline)
    assert counts.sum() == model.layer_count
    whole = memory(model, single(model), precision(1.0), budget(1e6), shape)
    expected = sum(by_module(model).values())
    unquantised = sum(value for name, value in by_module(model).items() if name == "norms") + model.extra_parameters
    assert abs(whole.weights_bytes[0] - expected) <= 2.0 * unquantised + 1.0


@given(architectures(), lengths(), layouts())
def test_more_ranks_never_hold_more_each(model: Architecture, shape: Lengths, layout: Layout) -> None:
    alone = memory(model, single(model), precision(), budget(1e6), shape)
    split = memory(model, layout, precision(), budget(1e6), shape)
    assert split.weights_bytes[0] <= alone.weights_bytes[0] * (1 + 1e-9)
    assert split.kv_bytes_per_sequence[0] <= alone.kv_bytes_per_sequence[0] * (1 + 1e-9)


@given(architectures(), lengths(), layouts(), st.floats(0.5, 2.0))
def test_fewer_bits_never_take_more_memory(
    model: Architecture, shape: Lengths, layout: Layout, weight_bytes: float
) -> None:
    more = memory(model, layout, precision(2.0), budget(), shape)
    fewer = memory(model, layout, precision(weight_bytes), budget(), shape)
    assert fewer.weights_bytes[0] <= more.weights_bytes[0] * (1 + 1e-12)
    assert fewer.slots[0] >= min(more.slots[0], 0.0)


@given(architectures(), lengths(), layouts())
def test_reserving_whole_outputs_leaves_room_for_no_more(model: Architecture, shape: Lengths, layout: Layout) -> None:
    held = memory(model, layout, precision(), budget(), shape)
    reserved = memory(model, layout, precision(), budget(), Reserved(shape))
    assert reserved.slots[0] <= held.slots[0]
    alone, whole = (memory(model, single(model), precision(), budget(), each) for each in (shape, Reserved(shape)))
    assert whole.kv_bytes_per_sequence[0] >= alone.kv_bytes_per_sequence[0] * (1 - 1e-12)
    assert whole.weights_bytes[0] == alone.weights_bytes[0]


def test_kv_heads_are_replicated_beyond_their_number() -> None:
    """Llama-3.1-70B has 8 KV heads: 16 ways split its cache no further than 8 ways."""
    layer = Layer(SoftmaxAttention(64, 8, 128, 128), DenseMlp(28672))
    model = Architecture("llama", "llama", 8192, 128256, False, 131072, (layer,), (0,) * 80)
    shape = Lengths.constant(1000, 100)
    held = [
        memory(model, single(model, tensor=tensor), precision(), budget(), shape).kv_bytes_per_sequence[0]
        for tensor in (1, 8, 16)
    ]
    assert held[0] == pytest.approx(2 * 8 * 128 * 2 * 80 * 1050)
    assert held[1] == pytest.approx(held[0] / 8)
    assert held[2] == held[1]


def test_work_of_a_request_is_twice_the_parameters_a_token() -> None:
    """Llama-3.1-70B, 4,000 in and 500 out: 2 x 69.5e9 a token through the layers, plus head and attention."""
    layer = Layer(SoftmaxAttention(64, 8, 128, 128), DenseMlp(28672), norm_parameters=16384)
    model = Architecture("llama", "llama", 8192, 128256, False, 131072, (layer,), (0,) * 80)
    matrices = 80 * (8192 * (64 + 16) * 128 + 64 * 128 * 8192 + 3 * 8192 * 28672)
    head = 500 * 2 * 8192 * 128256
    attention = 80 * 4 * 64 * 128 * (4000 * 2000 + 500 * 4250)
    assert request_flop(model, Lengths.constant(4000, 500)) == pytest.approx(4500 * 2 * matrices + head + attention)
