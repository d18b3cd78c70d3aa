"""Rows of nested records: counted, taken and spread over a grid together."""

from dataclasses import replace

import numpy as np

from planner.perf.hardware import Layout
from planner.perf.scales import Scales
from tests.perf.test_operators_by_hand import one
from tests.perf.test_step_by_hand import MACHINE

LAYOUT = Layout(np.array([8.0, 4.0]), np.array([2.0, 3.0]), np.array([16.0, 4.0]), np.array([2.0, 5.0]))


def test_accelerators_of_a_replica_and_of_a_stage() -> None:
    assert LAYOUT.accelerators.tolist() == [32.0, 60.0]
    assert LAYOUT.group.tolist() == [16.0, 20.0]


def test_rows_are_taken_through_records_and_module_classes() -> None:
    machine = replace(MACHINE, scales=Scales(one(2.0), one(3.0), one(4.0), one(5.0)))
    thrice = machine.take(np.zeros(3, dtype=int))
    assert thrice.attention.kv_bytes.tolist() == [2.0, 2.0, 2.0]
    assert thrice.modules["experts"].kernel_s.tolist() == [0.5, 0.5, 0.5]
    assert thrice.scales is not None
    assert thrice.scales.step_s.tolist() == [4.0, 4.0, 4.0]
    assert thrice.over_grid().tensor_link.latency_s.shape == (3, 1)
    assert MACHINE.take(np.zeros(3, dtype=int)).scales is None
