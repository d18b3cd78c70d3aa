"""Who lies where, what is left when nodes or replicas are lost, and which workloads are kept apart.

Promises kept here: every replica lies in one unit that is bought and has room; the worst loss that is to be survived
leaves enough; workloads kept apart share no region; units and caps are shown of those pools that have them alone.
"""

from collections import Counter
from typing import TYPE_CHECKING

from planner.plan.check_totals import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.catalog.catalog import Catalog
    from planner.plan.places import Placed
    from planner.plan.record import Plan, Pool, WorkloadPlan
    from planner.spec.schema import Spec, WorkloadSpec

Place = tuple[str, int]


def placement_problems(plan: "Plan", spec: "Spec", catalog: "Catalog") -> "Iterator[str]":
    """Every promise about places and losses that does not hold, in words."""
    for placed in plan.placement or ():
        yield from _room(placed, plan)
    if plan.placement is not None:
        yield from _everyone(plan)
    for workload, served in zip(spec.workloads, plan.workloads, strict=True):
        if workload.limits.survive is None:
            continue
        if workload.limits.survive.nodes and plan.placement is None:
            yield f"workloads[{workload.name}]: nodes are to be survived, but the plan does not say who lies where"
            continue
        left, most = capacity_left(plan, workload, served, catalog), served.demand.requests_per_s
        if left < most * (1.0 - TOLERANCE):
            yield f"workloads[{workload.name}]: {left:g} of {most:g} requests/s are served when the worst is lost"
    yield from _apart(plan, spec)


def unit_problems(plan: "Plan", spec: "Spec") -> "Iterator[str]":
    """Units are shown of each pool that shares none with another, a cap on a node where nodes may be lost."""
    shared = {
        (share.workload, share.pool)
        for placed in plan.placement or ()
        for share in placed.holds
        if len(placed.holds) > 1
    }
    for workload, served in zip(spec.workloads, plan.workloads, strict=True):
        losable = workload.limits.survive is not None and workload.limits.survive.nodes
        for at, pool in enumerate(served.pools):
            if pool.replicas_per_node is not None and not losable:
                yield f"{served.name}: the most replicas on a node are shown, and no loss of nodes is to be survived"
            if (pool.units is None) != ((served.name, at) in shared):
                yield f"{served.name}: units of pool {at} are shown where it shares none with another, and only there"


def capacity_left(plan: "Plan", workload: "WorkloadSpec", served: "WorkloadPlan", catalog: "Catalog") -> float:
    """Return what a workload can still carry within the SLO when the worst losses have come [requests/s]."""
    survive = workload.limits.survive
    each = [per_replica(pool, workload) for pool in served.pools]
    whole = sum(pool.replicas * rate for pool, rate in zip(served.pools, each, strict=True))
    if survive is None:
        return whole
    if survive.replicas:
        losses = [rate for pool, rate in zip(served.pools, each, strict=True) for _ in range(pool.replicas)]
    else:
        losses = _on_nodes(plan, served, each, catalog)
    worst = sorted(losses, reverse=True)[: survive.replicas or survive.nodes]
    return whole - sum(worst)


def per_replica(pool: "Pool", workload: "WorkloadSpec") -> float:
    """Return the rate that one replica sustains within the SLO and the utilisation allowed [requests/s]."""
    most = 1.0 if workload.requests_per_s is None else workload.limits.max_utilisation
    return pool.capacity_requests_per_s * most / pool.replicas


def _on_nodes(plan: "Plan", served: "WorkloadPlan", each: list[float], catalog: "Catalog") -> list[float]:
    """Return what each node carries of a workload, units smaller than a node packed as badly as they may lie."""
    losses: list[float] = []
    for placed in plan.placement or ():
        carried = [each[s.pool] * s.replicas for s in placed.holds if s.workload == served.name]
        losses += [sum(carried)] * placed.count if carried else []
    whole: list[float] = []
    for at, pool in enumerate(served.pools):
        a_node = catalog.nodes[_node(pool, catalog)].accelerators // pool.billing_unit
        if a_node <= 1:
            continue
        size = pool.tensor_parallel * pool.pipeline_parallel * pool.attention_data_parallel
        most, rest = a_node * max(pool.billing_unit // size, 1), pool.replicas
        while rest > 0:
            whole.append(min(most, rest) * each[at])
            rest -= most
    return losses + whole


def _node(pool: "Pool", catalog: "Catalog") -> str:
    return pool.offer.partition("/")[2] if pool.provider == "owned" else catalog.offers[pool.offer].node


def _room(placed: "Placed", plan: "Plan") -> "Iterator[str]":
    """Hold what lies in a unit against its size, and against the most that may lie on one node."""
    pools = {served.name: served.pools for served in plan.workloads}
    for share in placed.holds:
        pool = pools[share.workload][share.pool]
        size = pool.tensor_parallel * pool.pipeline_parallel * pool.attention_data_parallel
        named = (pool.offer, pool.purchase) == (placed.offer, placed.purchase)
        if not named or not set(pool.regions) <= set(placed.regions):
            yield f"placement: {share.workload} has no such pool on {placed.offer}"
        if share.accelerators != share.replicas * size:
            yield f"placement: {share.replicas} replicas of {share.workload} do not take {share.accelerators}"
        if pool.replicas_per_node and share.replicas > pool.replicas_per_node:
            yield f"placement: {share.replicas} replicas of {share.workload} on a node of {placed.offer}"
        room = placed.units * pool.billing_unit
        if sum(other.accelerators for other in placed.holds) > room:
            yield f"placement: a unit of {placed.offer} has {room} accelerators, fewer than lie in it"
            return


def _everyone(plan: "Plan") -> "Iterator[str]":
    """Every replica lies somewhere, and what is bought is what holds them."""
    lying: Counter[Place] = Counter()
    units: Counter[Place] = Counter()
    for placed in plan.placement or ():
        for share in placed.holds:
            lying[share.workload, share.pool] += placed.count * share.replicas
            units[share.workload, share.pool] += placed.count * placed.units
    for served in plan.workloads:
        for at, pool in enumerate(served.pools):
            if lying[served.name, at] != pool.replicas:
                yield f"placement: {lying[served.name, at]} of {pool.replicas} replicas of {served.name} lie somewhere"
            lies = units[served.name, at]
            if pool.units is None and pool.nodes is not None and lies and lies > pool.nodes:
                yield f"placement: {served.name} lies in {lies} units, on {pool.nodes} nodes"
            if pool.units is not None and units[served.name, at] != pool.units:
                yield f"placement: {served.name} lies in {units[served.name, at]} units and pays for {pool.units}"


def _apart(plan: "Plan", spec: "Spec") -> "Iterator[str]":
    """Workloads that are to be apart are each in one known region a pool, and share none."""
    regions = {served.name: [pool.regions for pool in served.pools] for served in plan.workloads}
    for one, other in spec.apart:
        for name in (one, other):
            if any(len(where) != 1 for where in regions[name]):
                yield f"apart: the plan does not say where {name} is"
        shared = {r for where in regions[one] for r in where} & {r for where in regions[other] for r in where}
        if shared:
            yield f"apart: {one} and {other} are both in {', '.join(sorted(shared))}"
