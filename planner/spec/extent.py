"""How long requests get: trace files read, lengths held against the model's context and the cached part."""

from dataclasses import dataclass
from pathlib import Path

from planner.architecture.layers import Architecture
from planner.errors import SpecError
from planner.files import reason
from planner.perf.lengths import Lengths
from planner.spec.demand import Histogram, Lognormal, Workload
from planner.spec.lengths import joint_lengths
from planner.spec.nodes import KeyPath, Node, descend
from planner.spec.problems import Problem, dotted, quoted
from planner.spec.traces import TraceLengths, read_trace

_AT_TRACE: KeyPath = ("lengths", "trace")


@dataclass(frozen=True)
class Extent:
    """The lengths of a workload, and the tokens of the longest request that it states."""

    joint: Lengths
    longest_tokens: float
    at: KeyPath
    """The key that states the longest."""


def read_lengths(
    workload: Workload, node: Node, path: KeyPath, folder: Path
) -> tuple[Extent | None, tuple[Problem, ...]]:
    """Return the lengths of a workload, its trace read from ``folder``, or what is wrong with them."""
    trace: TraceLengths | None = None
    if workload.lengths is not None:
        at, place_node, _ = descend(node, _AT_TRACE)
        try:
            trace = read_trace(folder / workload.lengths.trace)
        except SpecError as error:
            problem = f"{quoted(workload.lengths.trace)} is no trace: {'; '.join(error.problems)}"
            return None, (Problem(place_node.place, dotted((*path, *at)), problem, "mend the file, or name another"),)
        except (OSError, ValueError) as error:
            problem = f"{quoted(workload.lengths.trace)} cannot be read: {reason(error)}"
            remedy = "name a CSV file; paths start from the specification's folder"
            return None, (Problem(place_node.place, dotted((*path, *at)), problem, remedy),)
    joint = joint_lengths(workload, trace.joint if trace else None)
    longest, at = (trace.longest_tokens, _AT_TRACE) if trace else _longest(workload)
    return Extent(joint, longest, at), _cached_problems(workload, joint, node, path)


def _cached_problems(workload: Workload, joint: Lengths, node: Node, path: KeyPath) -> tuple[Problem, ...]:
    most = joint.mean_input_tokens - 1.0
    if workload.cached_input_tokens <= max(most, 0.0):
        return ()
    key = "cached_input_tokens"
    place = node.child(key) or node
    problem = (
        f"{workload.cached_input_tokens:g} is more than the mean prompt of {joint.mean_input_tokens:g} less one token"
    )
    return (Problem(place.place, dotted((*path, key)), problem, "the last prompt token is always computed: give less"),)


def _longest(workload: Workload) -> tuple[float, KeyPath]:
    """Return the longest request [token] that independent lengths state, and the key of its longer part.

    A lognormal states its p95, which is held against the other's mean: both at once are rare.
    """
    usual_in, most_in = _stated(workload.input_tokens)
    usual_out, most_out = _stated(workload.output_tokens)
    longest = max(most_in + usual_out, usual_in + most_out)
    return longest, ("input_tokens",) if most_in >= most_out else ("output_tokens",)


def _stated(length: float | Lognormal | Histogram | None) -> tuple[float, float]:
    match length:
        case None:
            return 0.0, 0.0
        case Lognormal():
            return length.mean, length.p95
        case Histogram():
            most = max(tokens for tokens, weight in length.histogram if weight > 0)
            return most, most
    return length, length


def context_problems(node: Node, path: KeyPath, extent: Extent, model: Architecture) -> tuple[Problem, ...]:
    """Return the problem of requests that are longer than the model's context."""
    if extent.longest_tokens <= model.context_tokens:
        return ()
    at, found, _ = descend(node, extent.at)
    problem = (
        f"requests of {extent.longest_tokens:g} tokens (input + output) exceed the context of "
        f"{model.context_tokens} tokens of {model.name}"
    )
    return (Problem(found.place, dotted((*path, *at)), problem, "shorten them, or choose a model with more context"),)
