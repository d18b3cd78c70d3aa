"""Hypothesis profiles: `ci` (the default) repeats itself exactly; `--hypothesis-profile=dev` looks for new examples."""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# too_slow measures the machine, not the code: a shared core must not fail a law.
settings.register_profile(
    "ci", derandomize=True, deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("dev", deadline=None, max_examples=500, print_blob=True)
settings.load_profile("ci")


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Python's own handler of Ctrl-C, also where the tests run in the background, which starts them with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
