"""``--fail-on`` and ``--against``: gates read before any work, judged on the plan, said on stderr."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from planner.cli.talk import detail, note

if TYPE_CHECKING:
    from planner.plan.record import Plan
    from planner.review.gates import Gate, GateResult

GATE_FAILED = 5


def _metrics(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the metrics that begin so, for the shell."""
    from planner.review.metrics import METRICS

    return [CompletionItem(name, help=METRICS[name].meaning) for name in METRICS if name.startswith(incomplete)]


fail_on_option = click.option(
    "--fail-on",
    "fail_on",
    metavar="EXPR",
    shell_complete=_metrics,
    multiple=True,
    help="Exit with 5 where EXPR holds, e.g. 'usd_per_mtok > 0.60', 'usd_per_h increase > 10%', infeasible, "
    "'price_age > 60d', 'basis == derived', 'gap > 1%'. May be repeated.",
)
against_option = click.option(
    "--against",
    metavar="OLD.json",
    type=click.Path(path_type=Path, allow_dash=True),
    help="The older plan that 'increase' and 'decrease' compare with.",
)


def read_gates(expressions: tuple[str, ...], *, older: bool) -> "tuple[Gate, ...]":
    """Return the gates; refuse one that is wrong, or that compares with a plan that was not given."""
    from planner.errors import SpecError
    from planner.review.gates import read_gate

    gates = tuple(read_gate(text) for text in expressions)
    alone = [gate.text for gate in gates if gate.compares and not older]
    if alone:
        raise SpecError(f"--fail-on {alone[0]!r}: compares with an older plan (name it: --against OLD.json)")
    return gates


def judged(gates: "tuple[Gate, ...]", plan: "Plan", older: "Plan | None") -> "tuple[GateResult, ...]":
    """Return each gate held against the plan, and say those that failed."""
    from planner.review.gates import judge
    from planner.review.metrics import metrics

    if not gates:
        return ()
    today = date.today()
    new, old = metrics(plan, today), metrics(older, today) if older else None
    results = tuple(judge(gate, new, old) for gate in gates)
    for result in results:
        (note if result.failed else detail)(
            f"gate {'failed' if result.failed else 'passed'}: {result.gate}: {result.because}"
        )
    return results


def read_plan_file(path: Path) -> "Plan":
    """Return a stored plan; ``-`` is standard input."""
    from planner.errors import SpecError
    from planner.files import read_bounded, reason
    from planner.plan.record import MAX_BYTES, read_plan

    try:
        text = sys.stdin.buffer.read(MAX_BYTES) if str(path) == "-" else read_bounded(path, MAX_BYTES, pipes=True)
    except (OSError, ValueError) as error:
        raise SpecError(f"{path}: cannot be read: {reason(error)} (name a plan's JSON)") from None
    try:
        return read_plan(text)
    except SpecError as error:
        raise SpecError(*(f"{path}: {problem}" for problem in error.problems)) from None
