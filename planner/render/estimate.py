"""One configuration as a page: does it fit, how fast is it, where does a step's time go."""

from planner.plan.estimate import Estimate
from planner.plan.figures import replica_accelerators
from planner.render.numbers import percent, short
from planner.render.page import DEFAULT_WIDTH, Page
from planner.render.plain import plain
from planner.render.sections import evidence_section, latency_section, memory_section, notes_section
from planner.render.sentences import accelerator_words, layout_words

DENSE = 0.95
"""A token that uses this share of the parameters uses all that matter: the rest are embeddings."""


def estimate_table(estimate: Estimate, *, width: int = DEFAULT_WIDTH, colour: bool = False) -> str:
    """Return the estimate as text: the verdict first, then memory, latency, throughput and the times by operator."""
    page = Page(width, colour=colour)
    page.paragraph(verdict(estimate), indent=0, style="bold")
    page.grid(model_facts(estimate))
    memory_section(page, estimate.memory_per_accelerator_gib)
    latencies = {"ttft": estimate.ttft_ms, "tpot": estimate.tpot_ms, "e2e": estimate.e2e_ms}
    latency_section(page, latencies, {})
    _throughput(page, estimate)
    _operators(page, estimate)
    evidence_section(page, estimate.evidence)
    notes_section(page, estimate.notes)
    return page.text()


def verdict(estimate: Estimate) -> str:
    """Return in one sentence whether the configuration fits."""
    split = f"{replica_accelerators(estimate)} x {accelerator_words(estimate)}, {layout_words(estimate)}"
    what = f"{plain(estimate.model)} with {plain(estimate.weight_format).upper()} weights"
    if estimate.fits:
        return f"{what} fits {split}: at most {estimate.max_concurrency:,} sequences at once."
    return f"{what} does not fit {split}."


def model_facts(estimate: Estimate) -> list[tuple[str, str]]:
    """Return name and value of what was asked, and of what the model is."""
    rows = []
    if estimate.parameters is not None:
        rows.append(("parameters", parameters_words(estimate.parameters, estimate.active_parameters)))
    if estimate.kv_bytes_per_token is not None:
        rows.append(
            ("KV cache", f"{short(estimate.kv_bytes_per_token)} bytes a token, {plain(estimate.kv_format).upper()}")
        )
    cached = f" ({short(estimate.cached_input_tokens)} cached)" if estimate.cached_input_tokens else ""
    lengths = f"{short(estimate.input_tokens)} tokens in{cached} and {short(estimate.output_tokens)} out"
    return [
        *rows,
        ("load", f"{estimate.concurrency:,} requests in flight of {lengths}"),
        ("engine", plain(estimate.engine)),
    ]


def parameters_words(parameters: int, active: int | None) -> str:
    """``671.026 billion, 37.552 billion active for a token``."""
    sparse = active is not None and active < DENSE * parameters
    return f"{parameters / 1e9:,.3f} billion" + (
        f", {active / 1e9:,.3f} billion active for a token" if sparse and active else ""
    )


def _throughput(page: Page, estimate: Estimate) -> None:
    figures = {
        "requests/s": estimate.requests_per_s,
        "output tokens/s": estimate.output_tokens_per_s,
        "all tokens/s": estimate.total_tokens_per_s,
    }
    rows = [(name, short(value)) for name, value in figures.items() if value is not None]
    rows += [
        (name, percent(value)) for name, value in (("MFU", estimate.mfu), ("MBU", estimate.mbu)) if value is not None
    ]
    if rows:
        page.heading("Throughput of one replica")
        page.grid(rows, justify="lr")


def _operators(page: Page, estimate: Estimate) -> None:
    decode, prefill = estimate.decode_ms, estimate.prefill_ms
    names = dict.fromkeys([*decode, *prefill])
    if not names:
        return
    totals = (sum(decode.values()), sum(prefill.values()))
    rows = [
        (plain(name), *_share(decode.get(name), totals[0]), *_share(prefill.get(name), totals[1])) for name in names
    ]
    rows.append(("total", short(totals[0]), "", short(totals[1]), ""))
    page.heading("Time by operator [ms]")
    page.grid(rows, header=("", "decode step", "", "prefill", ""), justify="lrrrr")


def _share(part: float | None, total: float) -> tuple[str, str]:
    if part is None:
        return "", ""
    return short(part), percent(part / total) if total > 0.0 else ""
