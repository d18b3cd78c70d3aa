"""The records of a request, made without a file."""

from planner.spec.demand import Workload


def test_records_can_be_written_without_a_file() -> None:
    workload = Workload(requests_per_s=1, input_tokens=5, output_tokens=5)
    assert workload.cached_input_tokens == 0.0
