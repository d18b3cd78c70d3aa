"""What a plan costs, by token and by what the money buys, as lines of a page."""

from planner.plan.money import Costs
from planner.plan.record import Totals
from planner.render.numbers import percent, short
from planner.render.plain import plain

SPENT = {
    "used": "serves requests",
    "headroom": "kept free by max_utilisation",
    "spare": "kept to survive a loss",
    "idle": "left over by whole replicas and whole units",
}


def energy_rows(totals: Totals) -> list[tuple[str, str, str]]:
    """Return power and energy with what they rest on; nothing where they are not known."""
    if totals.power_w is None or totals.energy_wh_per_mtok is None:
        return []
    basis = f"{totals.power_basis}, from TDP and load" if totals.power_basis else ""
    rows = [
        ("power, kW", short(totals.power_w / 1e3), basis),
        ("Wh per million tokens", short(totals.energy_wh_per_mtok), "over input and output"),
    ]
    if totals.gco2_per_h is not None and totals.gco2_per_mtok is not None:
        rows.append(("kg CO2/h", short(totals.gco2_per_h / 1e3), "at the request's gCO2/kWh, highest of its regions"))
        rows.append(("g CO2 per million tokens", short(totals.gco2_per_mtok), "over input and output"))
    return rows


def cost_rows(costs: Costs) -> list[tuple[str, str, str]]:
    """Return name, value and what it means of each figure."""
    tokens, total = costs.usd_per_mtok, costs.usd_per_month
    rows = [
        ("USD/month", short(total), "730 h"),
        ("USD per million input", short(tokens.input), "by the engine's time for prompts"),
        ("USD per million output", short(tokens.output), "by the engine's time for decode steps"),
    ]
    if costs.usd_per_request is not None:
        rows.append(("USD per 1,000 requests", short(1e3 * costs.usd_per_request), ""))
    for name, what in SPENT.items():
        value = getattr(costs.usd_of_month, name)
        rows.append((f"{name}, USD/month", short(value), f"{percent(value / total) if total else '0 %'}: {what}"))
    if costs.overheads is not None:
        added = costs.overheads
        rows += [
            ("overheads, USD/month", short(added.usd_per_month), "on top, not in the figures above"),
            ("with overheads, USD/month", short(added.total_usd_per_month), ""),
            ("with overheads, USD per Mtok", short(added.total_usd_per_mtok), "over input and output"),
        ]
    return rows


def risk_rows(costs: Costs) -> list[tuple[str, str, str, str, str]]:
    """Return each tenancy's least cost at the same risk, without variation, and what the headroom between them is."""
    rows = []
    for each in costs.equal_risk or ():
        varied, steady = each.usd_per_h or 0.0, each.steady_usd_per_h or 0.0
        spread = "not stated" if each.throughput_variation is None else percent(each.throughput_variation)
        rows.append((plain(each.tenancy), spread, short(varied), short(steady), short(varied - steady)))
    return rows
