"""Why nothing serves a fixed number of requests in flight that no SLO turns into a rate."""

from typing import TYPE_CHECKING

from planner.candidates.concurrency import at_concurrency
from planner.candidates.table import FILTERS, candidates
from planner.solve.clash import needed

if TYPE_CHECKING:
    from planner.candidates.rows import Physical
    from planner.catalog.catalog import Catalog
    from planner.spec.schema import Spec


def clash_in_flight(
    spec: "Spec", catalog: "Catalog", known: "dict[tuple[str, bytes], Physical]", groups: tuple[str, ...]
) -> tuple[str, ...]:
    """Return groups that cannot hold together, none of which can be spared; none where nothing serves without any."""

    def impossible(left_out: frozenset[str]) -> bool:
        (workload,) = spec.workloads
        table = candidates(spec, workload, catalog, left_out & frozenset(FILTERS), known)
        return at_concurrency(table, left_out).only is None

    return needed(impossible, groups)
