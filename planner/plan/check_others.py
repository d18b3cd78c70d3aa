"""Other plans that a plan speaks of, as far as they can be held against it without a search.

Promises kept here: what is said to bind was asked for; each way of buying and each tenancy that is compared is on sale
here, and costs no less alone than all of them together where that is proven; a tenancy that the plan lies on alone
costs what the plan costs, and no less than if its machines were alike.
"""

from typing import TYPE_CHECKING

from planner.candidates.sellers import sellers
from planner.plan.check_totals import close
from planner.spec.limits import Variation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.catalog.catalog import Catalog
    from planner.plan.money import AtRisk, Costs
    from planner.plan.profile import Profile
    from planner.plan.record import Plan, Totals
    from planner.spec.schema import Spec

TOLERANCE = 1e-4
COST = {"usd_per_mtok", "usd_per_h"}
SHARED = ("max_accelerators", "max_usd_per_h", "inventory")


def binding_problems(plan: "Plan", spec: "Spec") -> "Iterator[str]":
    """Name what is said to bind, and was not asked for or is named twice."""
    every = (spec.limits, *(workload.limits for workload in spec.workloads))
    asked = {bound.metric for workload in spec.workloads for bound in workload.slo.bounds()}
    asked |= {f"limits.{name}" for name in SHARED for limits in every if getattr(limits, name)}  # type: ignore[misc]
    named = plan.explanation.binding
    for name in named:
        if name not in asked or named.count(name) > 1:
            yield f"explanation.binding: {name} was not asked for, or is named twice"


def proven_cost(plan: "Plan", spec: "Spec") -> bool:
    """Whether nothing that keeps the promises costs less than the plan."""
    return plan.status == "optimal" and spec.objective[0] in COST


def alone_problems(plan: "Plan", profile: "Profile", spec: "Spec", catalog: "Catalog") -> "Iterator[str]":
    """Hold the cost of each way of buying by itself against the mix of them."""
    sold = {str(seller.price.purchase) for seller in sellers(spec, catalog)}
    names = [each.purchase for each in profile.alone]
    bought = {each.purchase for each in profile.purchases if each.most_steps}
    if names != sorted(set(names)) or not bought <= set(names) <= sold:
        yield f"profile.alone: {', '.join(names)} are compared, {', '.join(sorted(bought))} bought"
    for each in profile.alone:
        less = each.usd_per_h is not None and each.usd_per_h < profile.usd_per_h * (1.0 - TOLERANCE)
        if less and proven_cost(plan, spec):
            yield f"profile.alone: {each.purchase} by itself is said to cost less than the mix"


def risk_problems(plan: "Plan", costs: "Costs", totals: "Totals", spec: "Spec") -> "Iterator[str]":
    """Hold the cost of each tenancy by itself against the plan."""
    varied = any(workload.limits.throughput_variation != Variation() for workload in spec.workloads)
    if (costs.equal_risk is not None) != varied:
        yield "costs.equal_risk: tenancies are compared where their throughput is said to vary, and only there"
    asked = list(dict.fromkeys(name for workload in spec.workloads for name in workload.limits.tenancy))
    names = [each.tenancy for each in costs.equal_risk or ()]
    if names != [name for name in asked if name in names]:
        yield f"costs.equal_risk: {', '.join(names)} are compared, {', '.join(asked)} admitted"
        return
    own = {pool.tenancy for served in plan.workloads for pool in served.pools}
    if varied and spec.objective[0] in COST and len(own) == 1 and not own <= set(names):
        yield f"costs.equal_risk: {own.pop()} is what the plan is on, and is left out"
    for each in costs.equal_risk or ():
        yield from _tenancy(plan, each, totals, spec, alone=own == {each.tenancy} and plan.profile is None)


def _tenancy(plan: "Plan", each: "AtRisk", totals: "Totals", spec: "Spec", *, alone: bool) -> "Iterator[str]":
    place, usd = f"costs.equal_risk: {each.tenancy}", each.usd_per_h
    stated = getattr(spec.workloads[0].limits.throughput_variation, each.tenancy)
    if each.throughput_variation != stated:
        yield f"{place}: a variation of {each.throughput_variation} is shown, {stated} stated"
    if usd is None:
        yield f"{place}: no cost is shown"
        return
    if each.steady_usd_per_h is not None and each.steady_usd_per_h > usd * (1.0 + TOLERANCE):
        yield f"{place}: machines that are alike are said to cost more"
    if alone and not close(usd, totals.usd_per_h, TOLERANCE):
        yield f"{place}: {usd:g} USD/h is shown, and the plan on it alone costs {totals.usd_per_h:g}"
    if usd < totals.usd_per_h * (1.0 - TOLERANCE) and proven_cost(plan, spec):
        yield f"{place}: it is said to cost less by itself than with all others"
