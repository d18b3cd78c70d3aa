"""An error of the step times moves latencies as a slower machine does: once alone, without bound as queues fill up."""

from dataclasses import fields, replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.perf.capacity import Bounds, at_rate, capacity
from planner.perf.sensitivity import amplification
from planner.perf.steady import Service, Steps
from tests.oracle.cases import Case, random_case

cases = st.builds(random_case, st.integers(0, 10_000), st.booleans())
few = settings(max_examples=15)
MEANS = ("ttft", "tpot", "e2e")


def slower(service: Service, factor: float) -> Service:
    """Every time of the machine takes ``factor`` times as long."""
    scaled = {
        item.name: getattr(service.steps, item.name) * (factor if item.name.endswith("_s") else 1.0)
        for item in fields(Steps)
    }
    return replace(service, tables=Steps(**scaled), front_s=service.front_s * factor)


@few
@given(cases, st.floats(0.05, 0.9))
def test_an_error_of_the_steps_moves_latencies_as_a_slower_machine_does(case: Case, share: float) -> None:
    service = case.service()
    rate = share * capacity(service, Bounds.none()).rate_per_s
    here, slow = at_rate(service, rate), at_rate(slower(service, 1.01), rate)
    found = amplification(service, here)
    for name in MEANS:
        grown = np.log(getattr(slow, f"{name}_s")[0, 0] / getattr(here, f"{name}_s")[0, 0]) / np.log(1.01)
        assert found[name][0] >= 1.0
        np.testing.assert_allclose(found[name][0], grown, rtol=0.02 + 0.02 / (1.0 - share))


@few
@given(cases)
def test_a_request_alone_feels_an_error_once(case: Case) -> None:
    service = case.service()
    trickle = 1e-4 * capacity(service, Bounds.none()).rate_per_s
    for value in amplification(service, at_rate(service, trickle)).values():
        np.testing.assert_allclose(value, 1.0, atol=0.01)


def test_near_saturation_an_error_is_felt_many_times_over() -> None:
    service = random_case(0).service()
    most = capacity(service, Bounds.none()).rate_per_s
    half, full = (amplification(service, at_rate(service, share * most))["ttft"][0] for share in (0.5, 0.99))
    assert full > 5.0 > half


def test_where_the_queue_grows_nothing_is_known() -> None:
    service = random_case(0).service()
    over = at_rate(service, 2.0 * capacity(service, Bounds.none()).rate_per_s)
    assert [float(value[0]) for value in amplification(service, over).values()] == [1.0, 1.0, 1.0]
