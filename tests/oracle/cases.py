"""Random serving cases for the oracle: an engine with plausible step times, lengths, and the tables made from both."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.perf.interleaving import supply
from planner.perf.lengths import Lengths
from planner.perf.percentiles import QUANTILES
from planner.perf.steady import Service, Steps
from tests.oracle.simulator import Engine, Ints, Trace, closed_loop, open_loop

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LinearSteps:
    """A step time with a memory-bound floor: overhead + max(weights, compute) + attention [s]."""

    overhead_s: float
    weights_s: float
    token_s: float
    sequence_s: float
    kv_token_s: float
    pair_s: float

    def __call__(self, prompt: float, decoding: float, kv: float, pairs: float) -> float:
        linear = (prompt + decoding) * self.token_s
        floor = self.weights_s if self.weights_s > linear else linear
        return self.overhead_s + floor + decoding * self.sequence_s + kv * self.kv_token_s + pairs * self.pair_s


@dataclass(frozen=True, eq=False)
class Case:
    """An engine and what is asked of it."""

    name: str
    engine: Engine
    lengths: Lengths

    def sample(self, count: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
        atoms = rng.choice(len(self.lengths.weight), size=count, p=self.lengths.weight)
        tokens = (self.lengths.input_tokens, self.lengths.output_tokens)
        return tokens[0][atoms].astype(np.int64), tokens[1][atoms].astype(np.int64)

    def saturated_rate(self, seed: int, residences: int = 40) -> float:
        """Requests per second with the queue never empty, over the middle half of the requests."""
        slots = self.engine.slots
        count = max(slots * residences, 2000)
        trace = closed_loop(self.engine, 2 * slots + 8, *self.sample(count, np.random.default_rng(seed)))
        done = np.sort(trace.done_s)
        return float((count // 2) / (done[3 * count // 4] - done[3 * count // 4 - count // 2]))

    def simulate(self, rate_per_s: float, count: int, seed: int) -> Trace:
        """A Poisson open loop."""
        rng = np.random.default_rng(seed)
        arrival = np.cumsum(rng.exponential(1.0 / rate_per_s, count))
        return open_loop(self.engine, arrival, *self.sample(count, rng))

    def service(self, points: int = 32) -> Service:
        """The case as one column for the closed forms."""
        one = np.ones(1)
        slots = float(self.engine.slots)
        return Service(self.steps(points), self.lengths, one * slots, np.array([self.engine.mixed]), one * 0.0)

    def steps(self, points: int) -> Steps:
        engine, lengths = self.engine, self.lengths
        batch = np.geomspace(1.0, min(engine.slots, engine.budget_tokens - 1), points)
        budget = np.where(engine.mixed, engine.budget_tokens - batch, float(engine.budget_tokens))
        sizes = [lengths.mean_input_tokens, *(lengths.input_quantile(q) for q in QUANTILES)]
        prompts = np.stack([self._prompt(size, budget, batch) for size in sizes], axis=-1)
        decode = self._step(0.0 * batch, batch, decodes=True)
        replaced = np.ceil(np.array(sizes) / budget[:, None]) * decode[:, None] * engine.mixed
        alone = np.maximum((prompts - replaced) @ lengths.input_hats(QUANTILES)[0], 0.0)
        full = self._step(budget, batch)
        tables = (batch, decode, full, prompts[:, 0], prompts[:, 1:], budget, alone, self._supply(batch, budget))
        return Steps(*(table[None] for table in tables))

    def _step(self, tokens: Floats, batch: Floats, decodes: bool = False) -> Floats:
        """Step with ``tokens`` of mean prompts beside ``batch`` sequences, which wait where steps do not mix [s]."""
        lengths = self.lengths
        beside = batch if self.engine.mixed or decodes else 0.0 * batch
        depth = lengths.mean(lengths.input_tokens**2) / 2.0 / lengths.mean_input_tokens
        step = np.vectorize(self.engine.step_s)
        return np.asarray(step(tokens, beside, beside * lengths.mean_context_tokens, depth * tokens))

    def _supply(self, batch: Floats, budget: Floats) -> Floats:
        few, many, share = supply(batch, self.lengths, budget)
        least, none = self._step(few, batch), self._step(0.0 * batch, batch)
        if not self.engine.mixed:
            least, none = np.where(few > 0.0, least, 0.0), 0.0 * none
        return np.asarray((share * self._step(many, batch) + (1.0 - share) * least - none) / batch)

    def _prompt(self, length: float, budget: Floats, batch: Floats) -> Floats:
        """Time of a lone prompt, chunk by chunk [s]."""
        total = np.zeros_like(budget)
        context = self.lengths.mean_context_tokens
        for index, room in enumerate(budget):
            decoding = float(batch[index]) if self.engine.mixed else 0.0
            for done in np.arange(0.0, length, room):
                tokens = min(room, length - done)
                pairs = tokens * (done + tokens / 2.0)
                total[index] += self.engine.step_s(tokens, decoding, decoding * context, pairs)
        return total


def lognormal(input_tokens: float, output_tokens: float, input_cv: float, output_cv: float) -> Lengths:
    """Independent lognormal lengths, each in 50 equally likely atoms of whole tokens."""
    inputs, outputs = _atoms(input_tokens, input_cv), _atoms(output_tokens, output_cv)
    pairs = np.stack(np.meshgrid(inputs, outputs, indexing="ij"), axis=-1).reshape(-1, 2)
    return Lengths(pairs[:, 0], pairs[:, 1], np.full(len(pairs), 1.0 / len(pairs)))


def _atoms(mean: float, cv: float) -> Floats:
    sigma = np.sqrt(np.log1p(cv * cv))
    draws = np.sort(np.random.default_rng(7).standard_normal(200_000))
    values = np.exp(sigma * draws).reshape(50, -1).mean(axis=1)
    return np.asarray(np.maximum(np.round(values / values.mean() * mean), 2.0))


def random_case(seed: int, mixed: bool = True) -> Case:
    """Draw a case: 256 to 32k prompts, 16 to 2,000 outputs, budgets 2,048 and 8,192, few and many slots."""
    rng = np.random.default_rng(seed)

    def between(low: float, high: float) -> float:
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))

    weights_s = between(3e-3, 25e-3)
    token_s = weights_s / between(120, 500)
    input_tokens = round(between(256, 32768))
    output_tokens = round(between(16, 2000))
    step = LinearSteps(
        overhead_s=between(5e-4, 4e-3),
        weights_s=weights_s,
        token_s=token_s,
        sequence_s=between(5e-6, 3e-5),
        kv_token_s=weights_s * between(2e-7, 6e-6),
        pair_s=token_s * between(2e-6, 4e-5),
    )
    slots = round(between(4, 32) if rng.random() < 0.5 else between(64, 512))
    budget = 2048 if rng.random() < 0.5 else 8192
    if rng.random() < 0.5:
        lengths = Lengths.constant(float(input_tokens), float(output_tokens))
    else:
        lengths = lognormal(input_tokens, output_tokens, between(0.3, 1.2), between(0.3, 1.2))
    shape = "constant" if len(lengths.weight) == 1 else "varying"
    name = f"{seed}: {input_tokens}/{output_tokens} {shape} B={budget} c={slots}"
    return Case(name, Engine(step, budget, slots, mixed=mixed), lengths)
