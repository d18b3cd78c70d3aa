"""A user's scales on tables of steps, by hand: what decodes, what prompts add to it, what is added to every step."""

import numpy as np
import pytest

from planner.perf.scales import Scales, scaled_steps
from tests.perf.test_interleaving import steps
from tests.perf.test_operators_by_hand import one

SCALES = Scales(one(2.0), one(0.5), one(0.003), one(0.0))
"""Decode takes twice as long, prefill half, every step 3 ms more."""


@pytest.mark.parametrize(("mixed", "full"), [(1.0, 0.043 + 0.5 * 0.08), (0.0, 0.003 + 0.5 * 0.1)])
def test_decode_and_what_prompts_add(mixed: float, full: float) -> None:
    """20 ms of decode become 43. Of a full step of 100 ms, 80 are the prompts' where steps mix, else all."""
    found = scaled_steps(steps(), SCALES, one(mixed))
    assert found.decode_s == pytest.approx(np.full((1, 2), 0.043))
    assert found.full_s == pytest.approx(np.full((1, 2), full))
    assert found.prompt_s == pytest.approx(np.full((1, 2), 0.5 * 0.3 + 0.003))
    assert found.prompt_quantile_s == pytest.approx(np.full((1, 2, 4), 0.5 * 0.3 + 0.003))
    assert found.alone_s == pytest.approx(np.full((1, 2), 0.5 * 0.04))
    assert found.supply_s == pytest.approx(np.full((1, 2), 0.5 * 0.01))
    assert found.chunk_tokens.tolist() == steps().chunk_tokens.tolist()
    assert found.batch.tolist() == steps().batch.tolist()
