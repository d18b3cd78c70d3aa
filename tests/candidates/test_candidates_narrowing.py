"""Fewer rows give the same answer: nothing that was left out could have served for so little."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.candidates.narrowing import cheap_rows, least_cost, narrowed
from planner.candidates.table import ADMITTED, Table, candidates
from tests.pipeline.requests import catalog, request, spec_of


def table(rate: float, tpot: int) -> Table:
    spec = spec_of(
        request(
            workload=f"{{requests_per_s: {rate}, input_tokens: 1000, output_tokens: 200}}",
            slo=f"{{ttft_p95_ms: 1500, tpot_p95_ms: {tpot}}}",
        )
    )
    return candidates(spec, spec.workloads[0], catalog())


@settings(max_examples=4)
@given(st.floats(0.5, 100.0), st.integers(15, 5000))
def test_no_column_serves_for_less_than_its_bound(rate: float, tpot: int) -> None:
    found = table(rate, tpot)
    serves = (found.rejected == ADMITTED) & (found.requests_per_s > 0.0)
    unit = np.array([seller.offer.unit_accelerators for seller in found.sellers])[found.seller]
    price = np.array([seller.price.usd_per_unit_h for seller in found.sellers])[found.seller]
    replicas = np.ceil(found.demand / np.where(serves, found.requests_per_s, np.inf) * (1 - 1e-9))
    paid = replicas * found.accelerators * price / unit
    assert serves.any()
    assert (least_cost(found)[serves] <= paid[serves] * (1 + 1e-9)).all()


def test_narrowed_rows_are_judged_as_among_all() -> None:
    found = table(20.0, 60)
    assert found.physical is not None
    rows = cheap_rows(found, float(np.median(least_cost(found))))
    assert 0 < rows.sum() < len(rows)
    known: dict[tuple[str, bytes], object] = {}
    whole = candidates(found.spec, found.workload, catalog(), frozenset(), known)  # type: ignore[arg-type]
    assert whole.physical is not None
    key = next(iter(known))
    few = candidates(
        found.spec,
        found.workload,
        catalog(),
        frozenset(),
        {key: narrowed(whole.physical, rows)},
    )
    kept = rows[whole.row]
    assert [few.key(column) for column in range(len(few))] == [whole.key(int(c)) for c in np.flatnonzero(kept)]
    assert np.array_equal(few.rejected, whole.rejected[kept])
    assert np.allclose(few.requests_per_s, whole.requests_per_s[kept], rtol=1e-12)
