"""Tables of steps, walked through by hand: prompts chunk by chunk, what they add, and what prompts supply a step."""

from dataclasses import replace

import numpy as np
import pytest

from planner.architecture.layers import DenseMlp
from planner.perf.batch import Batch
from planner.perf.hardware import Layout, Machine
from planner.perf.lengths import Lengths
from planner.perf.pipeline import decode_step_s, stage_times
from planner.perf.steady import Steps
from planner.perf.tables import GRID, Scheduling, batch_grid, step_table
from tests.perf.test_operators_by_hand import one
from tests.perf.test_step_by_hand import ALONE, MACHINE, model

MODEL = model(DenseMlp(6))
"""On :data:`MACHINE` every product is bound by traffic: a step is a straight line in its tokens and in their pairs."""
TWO_STAGES = Layout(one(1.0), one(2.0), one(1.0), one(1.0))
TIMED = [0, 5, 10, 14, 19]
"""Points of the grid that lie nearest to its quarters (9.5 rounds to the even one)."""
SLOTS, BUDGET = 64.0, 100.0
SHORT, LONG, OUTPUT = 80.0, 400.0, 10.0
LENGTHS = Lengths(np.array([SHORT, LONG]), np.full(2, OUTPUT), np.array([0.75, 0.25]), 40.0)
"""Of 160 prompt tokens on average, 40 are cached: a quarter of each prompt."""
NONE = np.zeros(1)


def table(lengths: Lengths, mixed: float, layout: Layout = ALONE, machine: Machine = MACHINE) -> Steps:
    scheduling = Scheduling(one(SLOTS), one(BUDGET), one(mixed))
    return step_table(MODEL, machine, layout, scheduling, lengths, (0.50, 0.90, 0.95, 0.99))


def step_s(riding: float, tokens: float, depth: float, first: float, machine: Machine = MACHINE) -> float:
    """One step on one stage, its decodes at the mean context of :data:`LENGTHS`."""
    batch = Batch(one(riding), one(LENGTHS.mean_context_tokens), one(tokens), one(depth), one(first))
    return float(stage_times(MODEL, machine, ALONE, batch)[0][0])


def walked(prompt: float, batch: float, mixed: float) -> tuple[float, float]:
    """Time of a prompt in equal chunks, each at its own depth, and what they add to those who decode beside it."""
    riding = batch * mixed
    uncached = 0.75 * prompt
    chunks = int(np.ceil(uncached / (BUDGET - riding)))
    size, taken = uncached / chunks, 0.0
    for chunk in range(chunks):
        depth = 0.25 * prompt + (chunk + 0.5) * size
        taken += step_s(riding, size, depth, float(chunk == chunks - 1))
    return taken, taken - chunks * step_s(riding, 0.0, 0.0, 0.0) * mixed


def test_batches_of_a_single_slot_are_one() -> None:
    assert batch_grid(np.array([1.0, 16.0]), points=3) == pytest.approx(np.array([[1.0, 1.0, 1.0], [1.0, 4.0, 16.0]]))


@pytest.mark.parametrize("mixed", [1.0, 0.0])
def test_prompts_walk_through_their_chunks(mixed: float) -> None:
    found = table(LENGTHS, mixed)
    assert found.batch[0] == pytest.approx([SLOTS ** (i / 19) for i in range(GRID)])
    assert found.chunk_tokens[0] == pytest.approx(BUDGET - mixed * found.batch[0])
    for point in TIMED:
        batch = float(found.batch[0, point])
        (short_s, short_adds), (long_s, long_adds) = (walked(prompt, batch, mixed) for prompt in (SHORT, LONG))
        assert found.prompt_s[0, point] == pytest.approx(walked(160.0, batch, mixed)[0])
        assert found.prompt_quantile_s[0, point] == pytest.approx([short_s, long_s, long_s, long_s])
        assert found.alone_s[0, point] == pytest.approx(0.75 * short_adds + 0.25 * long_adds)


@pytest.mark.parametrize("mixed", [1.0, 0.0])
def test_a_prompt_found_in_the_cache_takes_its_last_token(mixed: float) -> None:
    """All but one of 160 tokens: half a token of the short prompts would be left, which still take one."""
    found = table(replace(LENGTHS, cached_input_tokens=159.0), mixed)
    for point in TIMED:
        riding = mixed * float(found.batch[0, point])
        assert found.prompt_s[0, point] == pytest.approx(step_s(riding, 1.0, 159.5, 1.0))
        assert found.prompt_quantile_s[0, point, :2] == pytest.approx(
            [step_s(riding, 1.0, 79.5, 1.0), step_s(riding, 2.5, 398.75, 1.0)]
        )


@pytest.mark.parametrize("mixed", [1.0, 0.0])
def test_a_full_step_holds_mean_chunks_at_the_mean_depth_of_their_tokens(mixed: float) -> None:
    """Of 45 short prompt tokens to 75 long ones, the short at 20 + 30 keys, the long at 100 + 150."""
    found, depth = table(LENGTHS, mixed), (45.0 * 50.0 + 75.0 * 250.0) / 120.0
    for point, batch in enumerate(found.batch[0]):
        room = BUDGET - mixed * batch
        full = step_s(mixed * batch, room, depth, room / 120.0)
        decode = step_s(batch, 0.0, 0.0, 0.0)
        assert found.decode_s[0, point] == pytest.approx(decode)
        assert found.full_s[0, point] == pytest.approx(full)


@pytest.mark.parametrize("mixed", [1.0, 0.0])
def test_between_the_batches_that_are_timed_tables_are_straight(mixed: float) -> None:
    found = table(LENGTHS, mixed)
    batch = found.batch[0]
    for values in (found.prompt_s[0], found.prompt_quantile_s[0, :, 1], found.alone_s[0], found.supply_s[0]):
        assert values == pytest.approx(np.interp(batch, batch[TIMED], values[TIMED]))


def test_what_supply_adds_where_every_token_costs_alike() -> None:
    """Without a launch for each, prompts add their tokens whatever steps they ride in: Lin / Lout for each decode."""
    free = replace(MACHINE, attention=replace(MACHINE.attention, launch_s=NONE))
    depth = (45.0 * 50.0 + 75.0 * 250.0) / 120.0
    prompt_s = step_s(1.0, 120.0, depth, 1.0, free) - step_s(1.0, 0.0, 0.0, 0.0, free)
    assert table(LENGTHS, 1.0, machine=free).supply_s[0] == pytest.approx(np.full(GRID, prompt_s / OUTPUT))


@pytest.mark.parametrize(
    ("point", "output", "few", "many", "share"),
    [
        (0, 10.0, 0.0, 22.0, 1.0 / 11.0),
        (19, 64.0, 0.0, 40.0, 0.5),
        (19, 16.0, 40.0, 100.0, 2.0 / 3.0),
        (19, 10.0, 0.0, 100.0, 1.28),
    ],
)
def test_prompts_that_stop_decoding_take_the_steps_that_they_need(
    point: int, output: float, few: float, many: float, share: float
) -> None:
    """Prompts of 20: a step brings 2 (deviation 6.3), 20 (20), 80 (40) and 128, of which it takes 100."""
    lengths = Lengths.constant(20.0, output)
    found = table(lengths, 0.0)
    least_s, most_s = (step_s(0.0, size, 10.0, size / 20.0) if size else 0.0 for size in (few, many))
    expected = (share * most_s + (1.0 - share) * least_s) / found.batch[0, point]
    assert found.supply_s[0, point] == pytest.approx(expected)


@pytest.mark.parametrize("mixed", [1.0, 0.0])
def test_on_two_stages_chunks_follow_one_another(mixed: float) -> None:
    """All stages once, then the slowest for each further chunk; of the decodes, half ride in each micro-batch."""
    found, lengths = table(Lengths.constant(LONG, OUTPUT), mixed, TWO_STAGES), Lengths.constant(LONG, OUTPUT)
    for point in TIMED:
        batch, context = found.batch[0, point], one(lengths.mean_context_tokens)
        riding = one(mixed * batch / min(batch, 2.0))
        chunks = np.ceil(LONG / (BUDGET - mixed * batch))
        chunk = Batch(riding, context, one(LONG / chunks), one(LONG / 2.0), one(1.0 / chunks))
        through, slowest = stage_times(MODEL, MACHINE, TWO_STAGES, chunk)
        empty = stage_times(MODEL, MACHINE, TWO_STAGES, Batch(riding, context, NONE, NONE, NONE))[1]
        assert found.prompt_s[0, point] == pytest.approx(through + (chunks - 1.0) * slowest)
        assert found.alone_s[0, point] == pytest.approx(chunks * (slowest - mixed * empty))
        decode = decode_step_s(MODEL, MACHINE, TWO_STAGES, Batch(one(batch), context, NONE, NONE, NONE))
        assert found.decode_s[0, point] == pytest.approx(decode)
        room = BUDGET - mixed * batch
        full = stage_times(
            MODEL, MACHINE, TWO_STAGES, Batch(riding, context, one(room), one(LONG / 2.0), one(room / LONG))
        )[1]
        assert found.full_s[0, point] == pytest.approx(full + mixed * (decode - empty))
