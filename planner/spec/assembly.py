"""From a checked request to a :class:`Spec`: models resolved, lengths built, and what only shows then."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from planner.architecture.layers import Architecture
from planner.errors import SpecError
from planner.files import reason
from planner.perf.lengths import Lengths
from planner.spec.demand import Demand, Workload
from planner.spec.extent import context_problems, read_lengths
from planner.spec.limits import Limits, within
from planner.spec.models import Models, UnresolvedModel
from planner.spec.nodes import KeyPath, Node, descend
from planner.spec.problems import Problem, dotted, quoted
from planner.spec.profiles import hourly_rates
from planner.spec.request import Block, Served, SeveralRequest, Shared, SingleRequest
from planner.spec.schema import Spec, WorkloadSpec
from planner.spec.validation import validated

DEFAULT_NAME = "default"


@dataclass(frozen=True)
class Resolved:
    """What one workload's model and lengths stand for."""

    model_id: str
    model: Architecture
    lengths: Lengths
    hourly: tuple[float, ...] = ()
    """Requests/s of each hour of a demand over time."""


def resolve(root: Node, models: Models) -> tuple[dict[KeyPath, Resolved], tuple[Problem, ...]]:
    """Return what stands behind each workload of a document, by its path, and what could not be resolved.

    Needs no valid request: what can be resolved is, so that all problems come at once.
    """
    found: dict[KeyPath, Resolved] = {}
    problems: list[Problem] = []
    for path, block in _blocks(root):
        model = _model(block, path, models, problems)
        lengths = _lengths(block, path, models, model, problems)
        hourly = _hourly(block, path, models, problems)
        if model is not None and lengths is not None and hourly is not None:
            found[path] = Resolved(*model, lengths, hourly)
    return found, tuple(problems)


def _blocks(root: Node) -> Iterator[tuple[KeyPath, Node]]:
    listed = root.child("workloads")
    if listed is None:
        yield (), root
    elif isinstance(listed.value, tuple):
        yield from ((("workloads", index), block) for index, block in listed.children())


_Model = tuple[str, Architecture]


def _model(block: Node, path: KeyPath, models: Models, problems: list[Problem]) -> _Model | None:
    node = block.child("model")
    if node is None or not isinstance(node.value, str | dict) or not node.value:
        return None
    try:
        return models.resolve(node, dotted((*path, "model")))
    except UnresolvedModel as unresolved:
        problems.append(unresolved.problem)
        return None


def _lengths(
    block: Node, path: KeyPath, models: Models, model: _Model | None, problems: list[Problem]
) -> Lengths | None:
    node = block.child("workload")
    workload = validated(Workload, node, None)[0] if node is not None else None
    if node is None or workload is None:
        return None
    here = (*path, "workload")
    extent, wrong = read_lengths(workload, node, here, models.folder)
    problems += wrong
    if extent is None:
        return None
    if model is not None:
        problems += context_problems(node, here, extent, model[1])
    return extent.joint


def _hourly(block: Node, path: KeyPath, models: Models, problems: list[Problem]) -> tuple[float, ...] | None:
    """Return the hours of a demand over time, none where the demand is steady, ``None`` where they cannot be read."""
    _, node, _ = descend(block, ("workload", "demand"))
    section = block.child("workload")
    if section is None or section.child("demand") is None:
        return ()
    demand = validated(Demand, node, None)[0]
    if demand is None:
        return None
    try:
        return hourly_rates(demand, models.folder)
    except SpecError as error:
        why = "; ".join(error.problems)
    except (OSError, ValueError) as error:
        why = reason(error)
    place = (node.child("csv") or node).place
    problem = f"{quoted(demand.csv)} cannot be read: {why}"
    remedy = "mend the file, or name another; paths start from the specification's folder"
    problems.append(Problem(place, dotted((*path, "workload", "demand", "csv")), problem, remedy))
    return None


def assemble(request: Shared, resolved: dict[KeyPath, Resolved], source: str) -> Spec:
    """Return the specification of a request whose workloads are all resolved."""
    shared = {name: getattr(request, name) for name in Shared.model_fields}
    workloads = tuple(
        WorkloadSpec(
            name=block.name if isinstance(block, Block) else DEFAULT_NAME,
            model=resolved[path].model,
            model_id=resolved[path].model_id,
            workload=block.workload,
            lengths=resolved[path].lengths,
            hourly=resolved[path].hourly,
            slo=block.slo,
            formats=block.formats,
            kv_formats=block.kv_formats,
            quality=block.quality,
            limits=within(block.limits if isinstance(block, Block) else Limits(), request.limits)[0],
        )
        for path, block in served(request)
    )
    groups = request.apart if isinstance(request, SeveralRequest) else ()
    apart = tuple(dict.fromkeys(pair for group in groups for pair in combinations(sorted(group), 2)))
    return Spec(workloads=workloads, source=source, apart=apart, **shared)


def served(request: Shared) -> Iterator[tuple[KeyPath, Served]]:
    """Yield the workloads of a request, each with its path in the document."""
    if isinstance(request, SingleRequest):
        yield (), request
    for index, block in enumerate(getattr(request, "workloads", ())):
        yield ("workloads", index), block


def contradictions(spec: Spec, request: Shared, root: Node) -> Iterator[Problem]:
    """Yield what several sections of a right request cannot say together."""
    for workload, (path, block) in zip(spec.workloads, served(request), strict=True):
        if workload.hourly:
            yield from _beside_a_profile(spec, root, path)
        if workload.requests_per_s is None:
            yield from _without_a_rate(spec, workload, root, path)
        if "energy" in spec.objective and workload.limits.max_pools > 1:
            at, node, _ = descend(root, (*path, "limits", "max_pools"))
            problem = "mixes of columns beside objective: energy are known but not built yet"
            yield Problem(node.place, dotted(at), problem, "use max_pools: 1, or another objective")
        if not isinstance(block, Block):
            continue
        for key in within(block.limits, request.limits)[1]:
            at, node, _ = descend(root, (*path, "limits", key))
            problem = f"none of these stands in the common limits.{key}"
            yield Problem(node.place, dotted(at), problem, "widen one of the two lists")


def _without_a_rate(spec: Spec, workload: WorkloadSpec, root: Node, path: KeyPath) -> Iterator[Problem]:
    """Yield what a concurrency that no SLO turns into a rate cannot stand beside."""
    at, node, _ = descend(root, (*path, "workload", "concurrency"))
    found = {
        "several workloads need one each": len(spec.workloads) > 1,
        "limits.survive needs one": workload.limits.survive is not None,
    }
    for why, stated in found.items():
        if stated:
            problem = f"is no rate without an SLO, and {why}"
            remedy = "bound ttft and tpot, or e2e, under slo, or state requests_per_s"
            yield Problem(node.place, dotted(at), problem, remedy)


def _beside_a_profile(spec: Spec, root: Node, path: KeyPath) -> Iterator[Problem]:
    """Yield what a demand over time cannot stand beside yet."""
    workloads, several = spec.workloads, len(spec.workloads) > 1
    every = (spec.limits, *(workload.limits for workload in workloads))
    own = tuple(workload.limits for workload in workloads) if several else ()
    found = {
        "limits.max_pools above 1": any(limits.max_pools > 1 for limits in every),
        "limits.survive": any(limits.survive is not None for limits in every),
        "apart": bool(spec.apart),
        "a workload's own limits.max_usd_per_h": any(limits.max_usd_per_h is not None for limits in own),
        "a workload's own limits.inventory": any(limits.inventory for limits in own),
        **{f"objective: {name}": name not in {"usd_per_mtok", "usd_per_h"} for name in spec.objective},
    }
    at, node, _ = descend(root, (*path, "workload", "demand"))
    for what, stated in found.items():
        if stated:
            problem = f"a demand over time beside {what} is known but not built yet"
            yield Problem(node.place, dotted(at), problem, "remove one of the two, or state requests_per_s")
    hours = len(_workload_at(spec, path).hourly)
    longest = max(len(workload.hourly) for workload in workloads)
    if longest % hours:
        problem = f"spans {hours} hours, which do not divide the {longest} of another workload"
        yield Problem(node.place, dotted(at), problem, "give both profiles the same length, or one that repeats")


def _workload_at(spec: Spec, path: KeyPath) -> WorkloadSpec:
    """Return the workload at a path of the document."""
    return spec.workloads[int(path[-1])] if path else spec.workloads[0]
