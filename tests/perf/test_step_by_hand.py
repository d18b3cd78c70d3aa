"""One step and its memory, put together by hand: which product has which shape, who holds what, what crosses a link."""

from collections.abc import Mapping

import numpy as np
import pytest

from planner.architecture.layers import Architecture, DenseMlp, LatentAttention, Layer, MoeMlp, SoftmaxAttention
from planner.perf.attention import mixer_core_s
from planner.perf.batch import Batch
from planner.perf.collectives import all_reduce_s, gather_s
from planner.perf.gemm import gemm_s
from planner.perf.hardware import EngineCosts, Layout, Machine
from planner.perf.lengths import Lengths
from planner.perf.memory import Budget, Precision, memory
from planner.perf.moe import experts_s
from planner.perf.step import StepTime, step_time
from planner.perf.work import head_flop, matrix_flop_per_token, request_flop
from tests.perf.test_operators_by_hand import CORE, LINK, RATES, one

HIDDEN = 4
MOE = MoeMlp(8, 2, 3, HIDDEN, shared_intermediate_size=5)
ATTENTION = SoftmaxAttention(4, 2, 2, 2, output_gate=True, head_gate=True, norm="width")
FOUR_BY_TWO = Layout(one(4.0), one(1.0), one(8.0), one(2.0))
"""Eight accelerators: tensor parallel four ways, two ranks of attention, an expert on each."""
ALONE = Layout(one(1.0), one(1.0), one(1.0), one(1.0))
BATCH = Batch(one(6.0), one(5.0), one(4.0), one(7.0), one(2.0))
MACHINE = Machine(
    CORE,
    dict.fromkeys(("head", "attention", "mixer", "dense_mlp", "experts", "shared_expert"), RATES),
    LINK,
    LINK,
    EngineCosts(one(0.5), one(2.0), one(0.25), one(3.0), one(0.9), one(0.4)),
)


def model(mlp: DenseMlp | MoeMlp, *, tied: bool = False) -> Architecture:
    layer = Layer(ATTENTION, mlp, norm_parameters=8)
    return Architecture("m", "m", HIDDEN, 10, tied, 1000, (layer,), (0,) * 3, extra_parameters=4)


def product_s(m: float, n: float, k: float) -> float:
    return float(gemm_s(RATES, one(m), n, k)[0])


def step(mlp: DenseMlp | MoeMlp, layout: Layout) -> StepTime:
    return step_time(model(mlp), MACHINE, layout, BATCH)


def seconds(parts: Mapping[str, np.ndarray]) -> dict[str, float]:
    return {name: float(np.asarray(value).ravel()[0]) for name, value in parts.items()}


def test_three_dense_layers_on_one_accelerator() -> None:
    """Ten tokens; queries of 4 x 2, gated: 16 and a number a head; two key-value heads of 4."""
    shown = step(DenseMlp(6), ALONE)
    assert seconds(shown.layers) == pytest.approx(
        {
            "projections": 3.0 * (product_s(10.0, 16.0 + 4.0 + 8.0, 4.0) + product_s(10.0, 4.0, 8.0)),
            "attention": 3.0 * float(mixer_core_s(ATTENTION, CORE, BATCH, one(1.0))[0]),
            "collectives": 0.0,
            "mlp": 3.0 * (product_s(10.0, 12.0, 4.0) + product_s(10.0, 4.0, 6.0)),
            "elementwise": 3.0 * 10.0 * 4.0 * 3.0 / 1.0,
            "engine_layers": 3.0 * 0.5,
        }
    )
    assert shown.head_s[0] == pytest.approx(product_s(8.0, 10.0, 4.0))
    assert shown.engine_s[0] == pytest.approx(2.0 + 0.25 * 8.0)
    assert shown.send_s[0] == pytest.approx(0.25 + 10.0 * 4.0 * 2.0 / 10.0)


def test_three_layers_of_experts_on_eight_accelerators() -> None:
    """Each rank of attention has half the batch: five tokens; the experts meet all ten."""
    half = Batch(one(3.0), one(5.0), one(2.0), one(7.0), one(1.0))
    sums = all_reduce_s(LINK, one(5.0 * 4.0 * 2.0), one(4.0)) + all_reduce_s(LINK, one(5.0 * 8.0), one(4.0))
    exchange = 2.0 * gather_s(LINK, one(10.0 * 4.0 * 2.0), one(8.0))
    shown = step(MOE, FOUR_BY_TWO)
    assert seconds(shown.layers) == pytest.approx(
        {
            "projections": 3.0 * (product_s(5.0, 20.0 / 4.0 + 4.0, 4.0) + product_s(5.0, 4.0, 2.0)),
            "attention": 3.0 * float(mixer_core_s(ATTENTION, CORE, half, one(4.0))[0]),
            "collectives": 3.0 * float((sums + exchange)[0]),
            "experts": 3.0 * float(experts_s(MOE, RATES, FOUR_BY_TWO, one(10.0), one(0.9))[0]),
            "shared_expert": 3.0 * 0.4 * (product_s(5.0, 10.0 / 4.0, 4.0) + product_s(5.0, 4.0, 5.0 / 4.0)),
            "elementwise": 3.0 * 5.0 * 4.0 * 3.0,
            "engine_layers": 3.0 * 0.5,
        }
    )
    assert shown.head_s[0] == pytest.approx(product_s(4.0, 10.0 / 4.0, 4.0))
    assert shown.engine_s[0] == pytest.approx(2.0 + 0.25 * 4.0)


def test_experts_of_another_width_and_a_dense_block_beside_them() -> None:
    wide = MoeMlp(8, 2, 3, 2, parallel_dense_intermediate_size=6, gated=False)
    dense = product_s(10.0, 6.0, 4.0) + product_s(10.0, 4.0, 6.0)
    latent = product_s(10.0, 2.0, 4.0) + product_s(10.0, 4.0, 2.0)
    assert seconds(step(wide, ALONE).layers)["mlp"] == pytest.approx(3.0 * (dense + latent))


BYTES = {"attention": 2.0, "experts": 0.5, "shared_expert": 1.0, "embedding": 3.0, "head": 5.0, "dense_mlp": 0.25}
PRECISION = Precision({name: one(value) for name, value in BYTES.items()}, one(2.0))
BUDGET = Budget(one(1e6), one(1000.0), one(10.0))
LENGTHS = Lengths.constant(1000, 100)


def test_memory_of_one_of_eight_accelerators() -> None:
    """Queries (64 and 16), output (32) in four parts, one of two key-value heads (16); one of eight experts (36).

    A quarter of the shared expert (60), router (32) and norms (8) whole and in 16 bits, as the final norm (4).
    """
    held = memory(model(MOE), FOUR_BY_TWO, PRECISION, BUDGET, LENGTHS)
    attention = (64.0 + 16.0 + 32.0) / 4.0 + 16.0
    layer = 2.0 * attention + 0.5 * 36.0 + 1.0 * 15.0 + 2.0 * (32.0 + 8.0)
    assert held.weights_bytes[0] == pytest.approx(3.0 * layer + 40.0 / 4.0 * (3.0 + 5.0) + 2.0 * 4.0)
    assert held.kv_bytes_per_sequence[0] == pytest.approx(3.0 * 1050.0 * 8.0 * 0.5 * 2.0)
    assert held.activations_bytes[0] == pytest.approx(10.0 * 2.0 * (2.0 * (6.0 + 5.0) / 4.0 + 4.0 * 4.0))
    free = 1e6 - 1000.0 - held.activations_bytes[0] - held.weights_bytes[0]
    assert held.slots[0] == 2.0 * (free // held.kv_bytes_per_sequence[0])
    assert held.needed_bytes[0] == pytest.approx(1e6 - free + held.kv_bytes_per_sequence[0])


@pytest.mark.parametrize(("tied", "ends"), [(True, 3.0), (False, 8.0)])
def test_a_tied_head_is_held_once(tied: bool, ends: float) -> None:
    held = memory(model(DenseMlp(6), tied=tied), ALONE, PRECISION, BUDGET, LENGTHS)
    layer = 2.0 * (64.0 + 16.0 + 32.0 + 32.0) + 0.25 * 72.0 + 2.0 * 8.0
    assert held.weights_bytes[0] == pytest.approx(3.0 * layer + 40.0 * ends + 2.0 * 4.0)
    assert held.activations_bytes[0] == pytest.approx(10.0 * 2.0 * (2.0 * 6.0 + 4.0 * 4.0))


def test_weights_that_do_not_fit_leave_no_slot() -> None:
    assert memory(model(MOE), FOUR_BY_TWO, PRECISION, Budget(one(1500.0), one(1000.0), one(10.0)), LENGTHS).slots < 0.0


def test_work_of_a_prompt_expands_latent_keys_and_that_of_an_output_absorbs_them() -> None:
    """Pairs of 2 heads: 2 x 2 x (3 + 1 + 4) expanded; absorbed, 2 x 1 + 1 are fewer."""
    layer = Layer(LatentAttention(2, None, 1, 3, 1, 4), None)
    latent = Architecture("m", "m", HIDDEN, 10, False, 1000, (layer,), (0,))
    without = 110.0 * matrix_flop_per_token(latent) + 10.0 * head_flop(latent)
    pairs = 100.0 * 50.0 * 2.0 * 2.0 * 8.0 + 10.0 * 105.0 * 2.0 * 2.0 * 3.0
    assert request_flop(latent, Lengths.constant(100, 10)) == pytest.approx(without + pairs)
