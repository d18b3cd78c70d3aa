"""What a plan copies from the catalogue and the request: names, prices and their dates, sources of its figures.

Promises kept here: a pool's offer, provider, regions, tenancy, price with date and basis are the catalogue's; the SLO,
assumptions, seed and workers are the request's; each figure is backed once, by the source that the catalogue names.
"""

from typing import TYPE_CHECKING

from planner.plan.evidence import pool_evidence
from planner.plan.figures import significant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.catalog.catalog import Catalog
    from planner.plan.check_rebuilt import Rebuilt
    from planner.plan.figures import Evidence
    from planner.plan.record import Plan, WorkloadPlan
    from planner.spec.schema import Spec, WorkloadSpec


def fact_problems(built: "Rebuilt") -> "Iterator[str]":
    """Every name, place, date or price of a pool that is not the catalogue's."""
    pool, offer, price = built.pool, built.seller.offer, built.seller.price
    allowed = built.workload.limits.regions
    accelerator = built.setting.catalog.accelerators[built.seller.node.accelerator]
    true = {
        "provider": offer.provider,
        "provider_name": offer.provider_name or None,
        "regions": tuple(r for r in offer.regions if not allowed or r in allowed),
        "tenancy": offer.tenancy,
        "price_as_of": None if price.purchase == "owned" else price.as_of,
        "price_basis": price.basis,
        "accelerator_name": accelerator.name,
        "billing_unit": offer.unit_accelerators,
        "usd_per_unit_h": significant(price.usd_per_unit_h),
    }
    for name, value in true.items():
        if getattr(pool, name) != value:
            yield f"{name} is {value!r}, not {getattr(pool, name)!r}"


def request_problems(served: "WorkloadPlan", workload: "WorkloadSpec") -> "Iterator[str]":
    """Everything that a workload of the plan repeats from the request, otherwise than it was asked."""
    asked = {bound.key: round(bound.limit_s * 1e3, 6) for bound in workload.slo.bounds()}
    shown = {key: round(value, 6) for key, value in served.slo.items()}
    if shown.keys() != asked.keys() or any(abs(shown[key] - asked[key]) > 1e-5 * asked[key] for key in asked):
        yield f"the SLO is {asked}, not {shown}"


def evidence_problems(
    plan: "Plan", spec: "Spec", catalog: "Catalog", built: "Sequence[tuple[Rebuilt, ...]]"
) -> "Iterator[str]":
    """Hold the evidence against the sources that the catalogue names for the same figures today."""
    known: dict[str, Evidence] = {}
    for each in (one for pools in built for one in pools):
        for item in pool_evidence(catalog, each.seller, each.setting, each.workload):
            known.setdefault(item.what, item)
    shown = {item.what: item for item in plan.evidence}
    if len(shown) < len(plan.evidence):
        yield "evidence: the same is backed twice"
    for what in sorted(known.keys() | shown.keys()):
        if known.get(what) != shown.get(what):
            yield f"evidence of {what} is not that of the catalogue"


def assumption_problems(plan: "Plan", spec: "Spec") -> "Iterator[str]":
    """Hold what was taken where the request is silent, and how the search was seeded, against the request."""
    for key, value in (plan.assumed or {}).items():
        if key in spec.assumed and spec.assumed[key] != value:
            yield f"assumed {key} is {spec.assumed[key]!r}, not {value!r}"
    if plan.solver.seed != spec.seed:
        yield f"solver.seed is {plan.solver.seed}, the specification asks for {spec.seed}"
    if plan.solver.workers not in {None, spec.workers}:
        yield f"solver.workers is {plan.solver.workers}, the specification asks for {spec.workers}"
