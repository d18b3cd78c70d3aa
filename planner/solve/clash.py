"""Why there is no plan: a smallest set of constraint groups that cannot hold together."""

import time
from collections.abc import Callable, Sequence

from planner.solve.problem import Problem
from planner.solve.solver import is_feasible


def clash(
    build: Callable[[frozenset[str]], Problem], groups: Sequence[str], *, time_limit_s: float = 60.0, seed: int = 0
) -> tuple[str, ...]:
    """Leave groups out, one after the other, until every one that remains is needed for there to be no plan.

    Parameters
    ----------
    build
        Gives the problem in which the named groups do not hold. It decides how columns change (an SLO that is left out
        gives them other capacities); groups of the model itself are read from `Problem.left_out`.
    groups
        The groups that may be left out. Of several clashes the one found is made of groups late in the list.
    time_limit_s
        Clock time [s] for all solves. A question that the time does not answer counts as feasible: the answer stays a
        clash, although a smaller one may lie in it.

    Returns
    -------
    tuple of str
        The members in the order of ``groups``; leaving any one of them out makes a plan possible. Empty when there is
        no plan even with every group left out.
    """
    deadline = time.monotonic() + time_limit_s

    def impossible(left_out: frozenset[str]) -> bool:
        return is_feasible(build(left_out), time_limit_s=deadline - time.monotonic(), seed=seed) is False

    return needed(impossible, groups)


def needed(impossible: Callable[[frozenset[str]], bool], groups: Sequence[str]) -> tuple[str, ...]:
    """Return the groups that remain when each that can be spared is left out, those early in the list first.

    ``impossible`` says whether there is no plan without the named groups. Empty where there is none without all.
    """
    if impossible(frozenset(groups)):
        return ()
    spared: frozenset[str] = frozenset()
    for group in groups:
        if impossible(spared | {group}):
            spared |= {group}
    return tuple(group for group in groups if group not in spared)
