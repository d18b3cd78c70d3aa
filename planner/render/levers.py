"""A deployment's levers as a page and as CSV."""

from planner.plan.levers import Levers, Option
from planner.render.numbers import percent, short
from planner.render.page import DEFAULT_WIDTH, Page
from planner.render.plain import plain
from planner.render.rows import rows_csv
from planner.render.sections import notes_section


def levers_table(answer: Levers, *, width: int = DEFAULT_WIDTH, colour: bool = False) -> str:
    """Return the levers as text: the verdict first, then money and latency of each, then what each means."""
    page = Page(width, colour=colour)
    page.paragraph(verdict(answer), indent=0, style="bold")
    demand = f"{short(answer.requests_per_s)} requests/s of {short(answer.input_tokens)} tokens in"
    page.paragraph(f"{demand} and {short(answer.output_tokens)} out", indent=2)
    page.heading("Each lever alone, then all together")
    rows = [
        (
            option.lever,
            short(option.usd_per_month),
            short(option.usd_per_mtok),
            percent(option.saving) if option.saving >= 0.0 else f"-{percent(-option.saving)}",
            percent(option.utilisation) if option.keeps_slo else "over",
            _ms(option.ttft_p95_ms),
            _ms(option.tpot_p95_ms),
        )
        for option in answer.options
    ]
    header = ("", "USD/month", "USD/Mtok", "saves", "used", "TTFT p95 ms", "TPOT p95 ms")
    page.grid(rows, header=header, justify="lrrrrrr")
    page.heading("What it would be")
    page.grid([(option.lever, machine_words(option)) for option in answer.options])
    notes_section(page, answer.notes)
    return page.text()


def levers_csv(answer: Levers) -> str:
    """Return one row a lever."""
    return rows_csv([option.model_dump(mode="json") for option in answer.options], tuple(Option.model_fields))


def verdict(answer: Levers) -> str:
    """Return what all levers together would save."""
    first, last = answer.options[0], answer.options[-1]
    today = f"{plain(answer.model)} costs {short(first.usd_per_month)} USD a month"
    if last.lever != "together":
        return f"{today}; nothing on offer can serve it otherwise."
    change = f"{percent(last.saving)} less" if last.saving >= 0.0 else f"{percent(-last.saving)} more"
    return f"{today}; with every lever pulled {short(last.usd_per_month)}, {change}."


def machine_words(option: Option) -> str:
    """Return the deployment in words."""
    name = plain(option.accelerator_name or option.accelerator)
    stages = f", PP {option.pipeline_parallel}" if option.pipeline_parallel > 1 else ""
    formats = f"{plain(option.weight_format).upper()} weights, {plain(option.kv_format).upper()} KV cache"
    bought = plain(option.purchase) if option.offer is None else f"{plain(option.offer)}, {plain(option.purchase)}"
    return (
        f"{option.accelerators} x {name}: {option.replicas} of TP {option.tensor_parallel}{stages}, {formats}, at most "
        f"{option.max_concurrency:,} sequences each; {bought.replace('_', ' ')}"
    )


def _ms(value: float | None) -> str:
    return "grows" if value is None else short(value)
