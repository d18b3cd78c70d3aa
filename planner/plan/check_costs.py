"""Where the money goes adds up to what is paid, and the prices of tokens to the cost of a request."""

from typing import TYPE_CHECKING

from planner.plan.check_totals import close
from planner.units import HOURS_PER_MONTH, MTOK, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.plan.record import Plan
    from planner.spec.schema import Spec

TOLERANCE = 1e-4


def cost_problems(plan: "Plan", spec: "Spec") -> "Iterator[str]":
    """Conservation of money, by what it buys and by kind of token."""
    costs, totals = plan.costs, plan.totals
    if costs is None or totals is None:
        return
    parts = costs.usd_of_month
    spent = parts.used + parts.headroom + parts.spare + parts.idle
    if not close(spent, costs.usd_per_month, TOLERANCE):
        yield f"costs: used, headroom, spare and idle are {spent:g} of {costs.usd_per_month:g} USD a month"
    if min(parts.used, parts.headroom, parts.spare, parts.idle) < -TOLERANCE * costs.usd_per_month:
        yield f"costs: a part of {costs.usd_per_month:g} USD a month is negative"
    if not close(costs.usd_per_month, totals.usd_per_h * HOURS_PER_MONTH, TOLERANCE):
        yield f"costs: {costs.usd_per_month:g} USD a month is not 730 h of {totals.usd_per_h:g}"
    income = 0.0
    for workload, served in zip(spec.workloads, plan.workloads, strict=True):
        rate, lengths = served.demand.requests_per_s * SECONDS_PER_HOUR, workload.lengths
        prompts, outputs = lengths.mean_input_tokens, lengths.mean_output_tokens
        income += rate * (prompts * costs.usd_per_mtok.input + outputs * costs.usd_per_mtok.output) / MTOK
    if not close(income, totals.usd_per_h, TOLERANCE):
        yield f"costs: tokens at their prices bring {income:g} of {totals.usd_per_h:g} USD/h"
