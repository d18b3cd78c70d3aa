"""What the noise of machines costs: each tenancy alone at the same risk, and as if its machines did not vary."""

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.plan.money import AtRisk
from planner.spec.limits import Variation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from planner.catalog.schema import Tenancy
    from planner.spec.schema import Spec

STEADY = Variation(shared=0.0, dedicated=0.0, private=0.0, marketplace=0.0)


def at_equal_risk(
    spec: "Spec", price: "Callable[[Spec], float | None]", known: "Mapping[str, float]"
) -> tuple[AtRisk, ...]:
    """Return the least cost on each tenancy that the request admits, with its variation and without.

    ``price`` is the least cost of a request [USD/h], ``None`` where it cannot be served; ``known`` that of tenancies
    which the plan is on alone. Machines that are alike cost no more, however soon the search for them ends.
    """
    made = []
    for tenancy in dict.fromkeys(name for workload in spec.workloads for name in workload.limits.tenancy):
        varied = known[tenancy] if tenancy in known else price(_on(spec, tenancy, steady=False))
        steady = None if varied is None else price(_on(spec, tenancy, steady=True))
        made.append(
            AtRisk(
                tenancy=tenancy,
                throughput_variation=getattr(spec.workloads[0].limits.throughput_variation, tenancy),
                usd_per_h=varied,
                steady_usd_per_h=None if varied is None or steady is None else min(varied, steady),
            )
        )
    return tuple(each for each in made if each.usd_per_h is not None)


def varies(spec: "Spec") -> bool:
    """Whether the request says how much the throughput of any tenancy varies."""
    return any(workload.limits.throughput_variation != Variation() for workload in spec.workloads)


def _on(spec: "Spec", tenancy: "Tenancy", *, steady: bool) -> "Spec":
    """Return the request on one tenancy alone."""
    changed: dict[str, object] = {"tenancy": (tenancy,)} | ({"throughput_variation": STEADY} if steady else {})
    return replace(
        spec,
        limits=spec.limits.model_copy(update=changed),
        workloads=tuple(replace(w, limits=w.limits.model_copy(update=changed)) for w in spec.workloads),
    )
