"""Closed loops, static batches and a user's scales: laws of their formulas."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.architecture.layers import Architecture
from planner.perf import closed_loop
from planner.perf.hardware import Layout, Machine
from planner.perf.pace import Pace, Requests, pace
from planner.perf.scales import Scales, scaled_pace
from planner.perf.static_batch import static_batch_s, waves
from planner.perf.tables import Scheduling
from tests.strategies import architectures, machines

ONE = np.ones(1)


def single() -> Layout:
    return Layout(ONE, ONE, ONE, ONE)


def scheduling(mixed: float = 1.0, slots: float = 256.0) -> Scheduling:
    return Scheduling(slots * ONE, 8192.0 * ONE, mixed * ONE)


def requests(sequences: float, prompt: float = 1024.0, output: float = 256.0) -> Requests:
    return Requests(prompt * ONE, output * ONE, sequences * ONE)


batches = st.sampled_from([1.0, 2.0, 16.0, 128.0])


@settings(max_examples=25)
@given(architectures(), machines(), batches)
def test_a_loop_completes_what_its_clients_have_in_flight(
    model: Architecture, machine: Machine, clients: float
) -> None:
    found = pace(model, machine, single(), scheduling(), requests(clients))
    output, batch = 256.0 * ONE, clients * ONE
    residence = output * closed_loop.tpot_s(found, batch, output) + found.prompt_s
    assert closed_loop.rate_per_s(found, batch, output) * residence == pytest.approx(batch)


@settings(max_examples=25)
@given(architectures(), machines())
def test_more_clients_never_speed_a_request_up(model: Architecture, machine: Machine) -> None:
    output = 256.0 * ONE
    times = []
    for clients in (1.0, 4.0, 16.0, 64.0):
        found = pace(model, machine, single(), scheduling(), requests(clients))
        times.append(closed_loop.tpot_s(found, clients * ONE, output)[0])
    assert times == sorted(times)


def test_one_client_meets_no_other_prompt() -> None:
    found = Pace(0.01 * ONE, 0.05 * ONE, 0.06 * ONE)
    assert closed_loop.tpot_s(found, ONE, 100.0 * ONE)[0] == 0.01
    assert closed_loop.prefill_wait_s(found, ONE, 100.0 * ONE)[0] == 0.0
    assert closed_loop.burst_s(found, ONE)[0] == 0.0
    assert closed_loop.queue_s(found, ONE, ONE, 100.0 * ONE)[0] == 0.0


def test_a_start_burst_costs_its_tenth_of_prompts_half_the_others() -> None:
    found = Pace(0.01 * ONE, 0.05 * ONE, 0.06 * ONE)
    assert closed_loop.burst_s(found, 101.0 * ONE)[0] == pytest.approx(0.1 * 100 / 2 * 0.05)


def test_prompts_gather_between_two_looks_for_new_requests() -> None:
    """Looking every 8 steps, 4 pass before a request is seen; in 8 steps 7 others send 8 x 7 / 100 prompts of 50 ms."""
    found = Pace(0.01 * ONE, 0.05 * ONE, 0.05 * ONE)
    assert closed_loop.gathered_s(found, ONE, 100.0 * ONE, 4.0 * ONE)[0] == 0.0
    assert closed_loop.gathered_s(found, 8.0 * ONE, 100.0 * ONE, 0.0 * ONE)[0] == 0.0
    assert closed_loop.gathered_s(found, 8.0 * ONE, 100.0 * ONE, 4.0 * ONE)[0] == pytest.approx(8 * 7 / 100 * 0.05)


def test_clients_beyond_the_slots_wait_their_turn() -> None:
    found = Pace(0.01 * ONE, 0.0 * ONE, 0.0 * ONE)
    wait = closed_loop.queue_s(found, 20.0 * ONE, 10.0 * ONE, 100.0 * ONE)
    assert wait[0] == pytest.approx(10 / (10 / (100 * 0.01)))


@settings(max_examples=25)
@given(architectures(), machines(), batches)
def test_a_static_batch_of_one_output_is_its_prefill(model: Architecture, machine: Machine, batch: float) -> None:
    prefill, decode = static_batch_s(model, machine, single(), scheduling(), requests(batch, output=1.0))
    assert prefill[0] > 0.0
    assert decode[0] > 0.0
    more, _ = static_batch_s(model, machine, single(), scheduling(), requests(2.0 * batch, output=1.0))
    assert more[0] >= prefill[0]


def test_a_batch_beyond_the_slots_runs_in_waves() -> None:
    assert waves(np.array([10.0, 20.0, 50.0]), 20.0 * np.ones(3)) == pytest.approx([1.0, 1.0, 2.5])


def test_scales_act_on_what_they_name() -> None:
    found = Pace(0.01 * ONE, 0.05 * ONE, 0.06 * ONE)
    scales = Scales(2.0 * ONE, 0.5 * ONE, 0.001 * ONE, 0.0 * ONE)
    changed = scaled_pace(found, scales)
    assert changed.decode_s[0] == pytest.approx(0.021)
    assert changed.stretch_s[0] == pytest.approx(0.025)
    assert changed.prompt_s[0] == pytest.approx(0.031)
    neutral = replace(scales, decode=ONE, prefill=ONE, step_s=0.0 * ONE)
    assert vars(scaled_pace(found, neutral)) == vars(found)
