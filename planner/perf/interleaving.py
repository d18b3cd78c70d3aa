"""How decoding and prefill share the steps of an engine: the rate that keeps a batch decoding, and how steps scatter.

Symbols: b decoding sequences, L requests a second, T_d a decode-only step, T_f a step with a full budget of K prompt
tokens, n = Lin / K chunks a prompt, u = L n T_f, E what a prompt adds to the sequences that decode beside it, c slots.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.perf.percentiles import QUANTILES
from planner.perf.roots import steep_root

if TYPE_CHECKING:
    from planner.perf.lengths import Lengths
    from planner.perf.steady import Service, Steps

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

ROOT_STEPS = 4
"""Steps to the rate that keeps a batch decoding where steps mix; the error is then below 1e-4."""
PLAIN_FIELDS = 6
"""Fields of a mixture before the quantiles of its lone prompt."""
BLOCK = 512
"""Columns tabulated at a time, so that what they need stays in the cache."""
_ALMOST = 1.0 - 1e-9


def supply(batch: Floats, lengths: "Lengths", budget_tokens: Floats) -> tuple[Floats, Floats, Floats]:
    """Prompt tokens of a step as two equivalent points: (few, many, probability of many); shapes of ``batch``.

    While ``batch`` sequences decode, ``batch / Lout`` prompts arrive in a step. As a compound Poisson number of tokens
    they have mean m = b Lin / Lout and variance m E[Lin^2] / E[Lin]; the two points keep both, within the budget. Where
    more arrive than the budget takes, the probability of a full budget exceeds one: so many steps are needed.
    """
    mean = np.maximum(batch * lengths.mean_prefill_tokens / max(lengths.mean_output_tokens, 1.0), 1e-9)
    variance = mean * lengths.mean_prefill_tokens * (1.0 + lengths.input_cv2)
    few = np.where(mean < budget_tokens, np.maximum(mean - np.sqrt(variance), 0.0), 0.0)
    many = np.minimum(mean + variance / (mean - few), budget_tokens)
    return few, many, (mean - few) / (many - few)


@dataclass(frozen=True, eq=False)
class Mixture:
    """What a batch fixes before the rate is known; arrays ``(columns,)``.

    ``own_s`` mean first-token time of a lone prompt, ``spread`` its mean square over the square of its mean,
    ``chunks`` = n, ``work_s`` = n T_f, ``stretch_s`` = E, ``seen_s`` T_d as a decoding request sees it,
    ``prompt_quantile_s`` ``(columns, quantiles)`` the lone prompt at the quantiles of its length.
    """

    batch: Floats
    seen_s: Floats
    decode_s: Floats
    full_s: Floats
    chunks: Floats
    own_s: Floats
    spread: Floats
    stretch_s: Floats
    prompt_quantile_s: Floats

    @property
    def work_s(self) -> Floats:
        """Time of a mean prompt at full budget."""
        return self.chunks * self.full_s


@dataclass(frozen=True, eq=False)
class Pace:
    """What a rate makes of a mixture; arrays ``(columns,)``.

    ``step_s`` mean time between two tokens of a sequence and ``variance_s2`` its variance; ``queueing`` how far prompts
    wait in line (1) rather than ride together (0); ``memory_s`` how long a spell of slow steps lasts for a request that
    begins, ``spell_s`` for any; ``excess_s`` what scatter adds to TPOT of the shortest request, ``tpot_s`` over tokens.
    """

    step_s: Floats
    variance_s2: Floats
    queueing: Floats
    memory_s: Floats
    spell_s: Floats
    excess_s: Floats
    tpot_s: Floats


@dataclass(frozen=True, eq=False)
class Flow:
    """How a batch is kept decoding; arrays ``(columns,)``.

    ``request_tpot_s`` mean TPOT over requests (``pace.tpot_s`` is over tokens) and ``tpot_variance_s2`` its variance;
    ``sustained`` whether prompts are served as fast as they come.
    """

    mixture: Mixture
    pace: Pace
    rate_per_s: Floats
    utilisation: Floats
    request_tpot_s: Floats
    tpot_variance_s2: Floats
    sustained: Bools

    @property
    def tpot_s(self) -> Floats:
        """Mean time per output token, over tokens."""
        return self.pace.tpot_s

    @property
    def stretch_s(self) -> Floats:
        """What a prompt adds to the sequences that decode beside it."""
        return self.mixture.stretch_s

    @property
    def held(self) -> Floats:
        """Mean slots taken: sequences that decode, and prompts on their own way through."""
        return np.asarray(self.mixture.batch + self.rate_per_s * self.mixture.own_s)


def mixture_table(service: "Service") -> Floats:
    """Tabulate what :class:`Mixture` holds over the grid of batches, side by side ``(columns x grid, fields)``.

    E is that of a prompt alone where fewer than one arrives in a step and its supply (:func:`supply`) where many do;
    prompts beyond the budget fill their steps instead of ending in a short one.
    """
    columns, grid = service.steps.batch.shape
    table = np.empty((columns, grid, PLAIN_FIELDS + len(QUANTILES)))
    for begin in range(0, columns, BLOCK):
        block = slice(begin, begin + BLOCK)
        _fill(table[block], service.steps.take(block), service.lengths, service.mixed[block, None])
    return table.reshape(-1, table.shape[-1])


def _fill(table: Floats, steps: "Steps", lengths: "Lengths", mixed: Bools) -> None:
    """Write the fields of some columns into their part of the table."""
    output = max(lengths.mean_output_tokens, 1.0)
    chunks = lengths.mean_prefill_tokens / steps.chunk_tokens
    own_s, own_square = own_time(lengths, steps)
    beside_s = np.where(mixed, steps.decode_s, 0.0)
    together = np.where(chunks < 1.0, -np.expm1(-steps.batch / output), np.minimum(chunks * steps.batch / output, 1.0))
    packed_s = np.where(chunks < 1.0, steps.supply_s * output, chunks * np.maximum(steps.full_s - beside_s, 0.0))
    stretch_s = steps.alone_s + together * (packed_s - steps.alone_s)
    plain = (steps.decode_s, steps.full_s, chunks, own_s, own_square / (own_s * own_s), stretch_s)
    for field, values in enumerate(plain):
        table[..., field] = values
    table[..., PLAIN_FIELDS:] = steps.prompt_quantile_s


def own_time(lengths: "Lengths", steps: "Steps") -> tuple[Floats, Floats]:
    """Mean [s] and mean square [s^2] of a lone prompt's first-token time over the prompt lengths."""
    if lengths.input_cv2 == 0.0:
        return steps.prompt_s, steps.prompt_s**2
    first, second = lengths.input_hats(QUANTILES)
    times = np.concatenate([steps.prompt_s[..., None], steps.prompt_quantile_s], axis=-1)
    return times @ first, ((times @ second) * times).sum(axis=-1)


def mixture(service: "Service", batch: Floats) -> Mixture:
    """Look up :func:`mixture_table` at ``batch`` ``(columns,)``, linear in between and constant beyond the ends.

    A decoding request sees itself beside b others (Poisson arrivals see time averages): T_d is taken at b + 1.
    """
    seen_s, values = service.curves.first_at(batch + 1.0), service.curves.at(batch)
    decode_s, full_s, chunks, own_s, spread, stretch_s = values[:PLAIN_FIELDS]
    return Mixture(batch, seen_s, decode_s, full_s, chunks, own_s, spread, stretch_s, values[PLAIN_FIELDS:].T)


def flow(service: "Service", batch: Floats) -> Flow:
    """Find the rate that keeps ``batch`` ``(columns,)`` sequences decoding: b = L Lout TPOT(b, L) (Little)."""
    mix = mixture(service, batch)
    output = max(service.lengths.mean_output_tokens, 1.0)
    most = _ALMOST / mix.work_s
    found = np.zeros_like(most)
    if not service.mixed.all():
        found = np.minimum(_separate_rate(service, mix, output), most)
    if service.mixed.any():
        found = np.where(service.mixed, _mixed_rate(service, mix, output, most), found)
    at = pace(service, mix, found)
    rate = batch / (output * at.tpot_s)
    utilisation = rate * mix.work_s
    request_tpot_s, variance = over_requests(service, mix, at)
    return Flow(mix, at, rate, utilisation, request_tpot_s, variance, (found < most) & (utilisation < 1.0))


def _mixed_rate(service: "Service", mix: Mixture, output: float, most: Floats) -> Floats:
    """Without scatter TPOT = T_d / (1 - L E), so L = b / (Lout T_d + b E) is the first guess."""
    start = np.minimum(mix.batch / (output * mix.seen_s + mix.batch * mix.stretch_s), most)
    return steep_root(
        lambda rate: mix.batch / (output * _mixed(service, mix, rate).tpot_s) - rate, start, most, ROOT_STEPS
    )


def _separate_rate(service: "Service", mix: Mixture, output: float) -> Floats:
    """With x = L E Little's law is quadratic, ``alpha x (1 - x) + beta x^2 = b (1 - x)^2``, and has one root below 1.

    ``alpha = Lout T_d / E``; ``beta = Lout spread / 2 G`` is what scatter adds, G the mean of the output groups.
    """
    bare_s, load_s = output * mix.seen_s, mix.batch * mix.stretch_s
    beta = output * mix.spread / (2.0 * service.lengths.output_groups.mean())
    root_s = np.sqrt(bare_s**2 + 4.0 * beta * load_s * mix.stretch_s)
    return np.asarray(2.0 * mix.batch / (bare_s + 2.0 * load_s + root_s))


def pace(service: "Service", mix: Mixture, rate: Floats) -> Pace:
    """Find steps and time per output token at a rate ``(columns,)``."""
    if service.mixed.all():
        return _mixed(service, mix, rate)
    if not service.mixed.any():
        return _separate(service, mix, rate)
    both = [vars(form(service, mix, rate)).values() for form in (_mixed, _separate)]
    return Pace(*(np.where(service.mixed, one, other) for one, other in zip(*both, strict=True)))


def _mixed(service: "Service", mix: Mixture, rate: Floats) -> Pace:
    """Pace of steps that decode and prefill together.

    Prompts that fill steps make them long or short (full with probability f = L n T), prompts that share steps make
    them scatter less: ``queueing`` says which. TPOT of a request much longer than the slow spells is the mean step
    T = T_d / (1 - L E), that of one much shorter the mean over time, E[T^2] / T.
    """
    groups = service.lengths.output_groups
    u, rho = np.minimum(rate * mix.work_s, _ALMOST), np.minimum(rate * mix.stretch_s, _ALMOST)
    step_s = mix.seen_s / (1.0 - rho)
    full = np.minimum(rate * mix.chunks * step_s, 1.0)
    burst = mix.chunks * mix.spread / (1.0 - rho * rho)
    queueing = burst / (burst + 1.0 - full)
    jump_s = np.maximum(mix.full_s - mix.decode_s, 0.0)
    variance = jump_s * jump_s * (full * (1.0 - full) * queueing)
    line_s = queueing * mix.spread * mix.work_s / (2.0 * (1.0 - u))
    regular_s = step_s * (1.0 + rho) / (2.0 * (1.0 - rho))
    excess_s = variance / step_s
    memory_s, spell_s = u * line_s + regular_s, line_s + regular_s
    tpot_s = step_s + excess_s * (averaged(groups, step_s, memory_s) @ (groups / groups.sum()))
    return Pace(step_s, variance, queueing, memory_s, spell_s, excess_s, tpot_s)


def _separate(service: "Service", mix: Mixture, rate: Floats) -> Pace:
    """Pace of prompt steps that stop decoding, as long as prompts wait.

    A token follows the last after T_d and the prompts that came in meanwhile, and those that came during them: busy
    periods of M/G/1. A request begins to decode while others still wait, once.
    """
    rho = np.minimum(rate * mix.stretch_s, _ALMOST)
    step_s = mix.seen_s / (1.0 - rho)
    burst = mix.chunks * mix.spread
    queueing = burst / (burst + 1.0 - rho)
    line_s = mix.stretch_s * mix.spread / (2.0 * (1.0 - rho))
    excess_s = rho * line_s / (1.0 - rho)
    variance = mix.seen_s * rate * mix.stretch_s**2 * mix.spread / (1.0 - rho) ** 3
    tpot_s = step_s + excess_s / service.lengths.output_groups.mean()
    return Pace(step_s, variance, queueing, line_s, line_s, excess_s, tpot_s)


def averaged(groups: Floats, step_s: Floats, memory_s: Floats) -> Floats:
    """Share of the scatter of steps that the mean over a request's own steps keeps ``(columns, groups)``.

    1 for a request much shorter than the slow spells, 2 memory / duration for a much longer one.
    """
    return np.asarray(1.0 / (1.0 + (step_s / (2.0 * memory_s))[:, None] * groups))


def over_requests(service: "Service", mix: Mixture, at: Pace) -> tuple[Floats, Floats]:
    """Mean [s] and variance [s^2] of TPOT over requests, short ones counting as much as long ones.

    The variance over long requests is that of the work that arrives in a time D, L D E[S^2], as it slows the decoding;
    for short ones it is that of the step under way, weighted by time (``skew`` leads from one to the other).
    """
    groups = service.lengths.output_groups
    equal = np.full(len(groups), 1.0 / len(groups))
    apart = np.full_like(at.step_s, float(equal @ (1.0 / groups)))
    if not service.mixed.any():
        return at.step_s + at.excess_s * apart, at.variance_s2 * apart
    kept = averaged(groups, at.step_s, at.spell_s) @ equal
    skew = (mix.full_s * mix.decode_s / at.step_s**2) ** ((2.0 * kept - 1.0) * at.queueing)
    share = np.where(service.mixed, averaged(groups, at.step_s, at.memory_s) @ equal, apart)
    scatter = np.where(service.mixed, kept * skew, apart)
    return at.step_s + at.excess_s * share, at.variance_s2 * scatter


def saturated_rate(service: "Service") -> Floats:
    """Rate at which requests leave when every slot is always taken ``(columns,)``: X = c / (Lout T_d + (c - 1) E + P1).

    A prompt enters as a request leaves; its P1 holds the slot and stretches the c - 1 others. Tables stand at the
    batch that remains, c - X P1.
    """
    output = max(service.lengths.mean_output_tokens, 1.0)
    batch = rate = service.slots
    for _ in range(3):
        mix = mixture(service, batch)
        rate = service.slots / (output * mix.decode_s + (service.slots - 1.0) * mix.stretch_s + mix.own_s)
        batch = np.maximum(service.slots - rate * mix.own_s, 0.0)
    return rate
