"""A step-by-step simulator of continuous batching: the oracle of the closed forms in ``planner.perf``.

Each step of the engine takes one token from every decoding sequence and spends what is left of its token budget on
prompts, first come first served. It shares the step times with the closed forms, and none of their queueing.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from math import ceil, inf, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
StepTime = Callable[[float, float, float, float], float]
"""(prompt tokens, decoding sequences, KV tokens that they read, causal pairs of the prompts) -> seconds."""


@dataclass(frozen=True)
class Engine:
    """An engine: its step time (linear in KV tokens), token budget, slots, KV cache, and whether steps mix."""

    step_s: StepTime
    budget_tokens: int
    slots: int
    kv_tokens: float = inf
    mixed: bool = True


@dataclass(frozen=True, eq=False)
class Trace:
    """When each request arrived, had its first token and was done [s], and the queue that it met."""

    arrival_s: Floats
    first_s: Floats
    done_s: Floats
    output_tokens: Ints
    queued: Ints
    preemptions: int

    def after(self, share: float) -> "Trace":
        """Leave out the first ``share`` of the requests: the run-up."""
        cut = int(len(self.arrival_s) * share)
        return Trace(
            self.arrival_s[cut:],
            self.first_s[cut:],
            self.done_s[cut:],
            self.output_tokens[cut:],
            self.queued[cut:],
            self.preemptions,
        )

    @property
    def ttft_s(self) -> Floats:
        return self.first_s - self.arrival_s

    @property
    def e2e_s(self) -> Floats:
        return self.done_s - self.arrival_s

    @property
    def tpot_s(self) -> Floats:
        several = self.output_tokens > 1
        return (self.done_s - self.first_s)[several] / (self.output_tokens[several] - 1)


def statistics(values: Floats) -> Floats:
    """Mean, p50, p90, p95, p99."""
    return np.concatenate([[values.mean()], np.quantile(values, [0.5, 0.9, 0.95, 0.99])])


def open_loop(engine: Engine, arrival_s: Floats, input_tokens: Ints, output_tokens: Ints) -> Trace:
    """Requests arrive when they do."""
    run = _Run(engine, input_tokens, output_tokens, arrival_s)
    return run.trace()


def closed_loop(engine: Engine, concurrency: int, input_tokens: Ints, output_tokens: Ints) -> Trace:
    """``concurrency`` requests are always in flight: all start at once, each one done calls the next.

    With ``concurrency`` beyond the slots the engine is saturated.
    """
    run = _Run(engine, input_tokens, output_tokens, np.full(len(input_tokens), inf))
    for _ in range(min(concurrency, run.count)):
        run.arrive(0.0)
    return run.trace()


class _Run:
    """The state of one simulation; lists and integers, for speed."""

    def __init__(self, engine: Engine, input_tokens: Ints, output_tokens: Ints, arrival_s: Floats) -> None:
        self.engine = engine
        self.count = len(input_tokens)
        self.input: list[int] = input_tokens.tolist()
        self.output: list[int] = output_tokens.tolist()
        self.asked = output_tokens
        self.arrival: list[float] = arrival_s.tolist()
        self.closed = bool(np.isinf(arrival_s).all())
        self.first = [-1.0] * self.count
        self.done = [-1.0] * self.count
        self.queued = [0] * self.count
        self.waiting: deque[int] = deque()
        self.arrived = 0
        self.finished = 0
        self.now = 0.0
        self.step = 0
        self.decoding = 0
        self.kv = 0  # tokens held by admitted sequences, prompts under way included
        self.read = 0  # tokens read by the decoding sequences
        self.admitted = 0
        self.partial = -1  # the prompt that the end of a budget cut, and its tokens already computed
        self.ready = 0
        self.ends: dict[int, list[int]] = {}
        self.order: list[int] = []
        self.end_of: dict[int, int] = {}
        self.preemptions = 0

    def arrive(self, at_s: float) -> None:
        if self.arrived < self.count:
            self.arrival[self.arrived] = at_s
            self.queued[self.arrived] = len(self.waiting)
            self.waiting.append(self.arrived)
            self.arrived += 1

    def trace(self) -> Trace:
        while self.finished < self.count:
            if not self.closed:
                while self.arrived < self.count and self.arrival[self.arrived] <= self.now:
                    self.arrive(self.arrival[self.arrived])
            if self.kv + self.decoding > self.engine.kv_tokens:
                self.make_room()
            chunks = self.schedule()
            if chunks:
                self.advance(chunks)
            elif self.decoding:
                self.glide()
            else:
                self.now = self.arrival[self.arrived]
        arrival_s, first_s, done_s = np.array(self.arrival), np.array(self.first), np.array(self.done)
        return Trace(arrival_s, first_s, done_s, self.asked, np.array(self.queued), self.preemptions)

    def schedule(self) -> list[tuple[int, int, int, bool]]:
        """Choose the prompt chunks of the next step: (request, tokens before, tokens, whether it is complete)."""
        room = self.engine.budget_tokens - (self.decoding if self.engine.mixed else 0)
        chunks = []
        while room > 0:
            if self.partial < 0:
                if not self.waiting or self.admitted >= self.engine.slots or not self.fits(self.waiting[0]):
                    break
                self.partial, self.ready = self.waiting.popleft(), 0
                self.admitted += 1
                self.kv += self.input[self.partial]
            left = self.input[self.partial] - self.ready
            if left > room:
                chunks.append((self.partial, self.ready, room, False))
                self.ready += room
                break
            chunks.append((self.partial, self.ready, left, True))
            self.partial = -1
            room -= left
        return chunks

    def fits(self, request: int) -> bool:
        return self.admitted == 0 or self.kv + self.decoding + self.input[request] <= self.engine.kv_tokens

    def advance(self, chunks: list[tuple[int, int, int, bool]]) -> None:
        """One step with prompts; the decoding sequences take part where the engine mixes."""
        prompt, pairs = 0, 0.0
        for _, before, tokens, _ in chunks:
            prompt += tokens
            pairs += tokens * (before + 0.5 * tokens)
        if self.engine.mixed:
            self.now += self.engine.step_s(prompt, self.decoding, self.read, pairs)
            self.decoded(1)
        else:
            self.now += self.engine.step_s(prompt, 0, 0, pairs)
        for request, _, _, complete in chunks:
            if complete:
                self.begin(request)

    def begin(self, request: int) -> None:
        """A prompt is done: its first token is out."""
        if self.first[request] < 0.0:
            self.first[request] = self.now
        more = self.output[request] - 1
        if more <= 0:
            self.end(request, self.input[request])
            return
        self.decoding += 1
        self.kv += 1
        self.read += self.input[request] + 1
        end = self.step + more
        self.end_of[request] = end
        if end not in self.ends:
            self.ends[end] = []
            heappush(self.order, end)
        self.ends[end].append(request)

    def end(self, request: int, context: int) -> None:
        self.kv -= context
        self.admitted -= 1
        self.done[request] = self.now
        self.finished += 1
        if self.closed:
            self.arrive(self.now)

    def decoded(self, steps: int) -> None:
        """Every decoding sequence has ``steps`` more tokens; those that reached their end leave."""
        self.step += steps
        self.kv += self.decoding * steps
        self.read += self.decoding * steps
        for request in self.ends.pop(self.step, ()):
            if self.end_of.get(request) == self.step:
                context = self.input[request] + self.output[request]
                del self.end_of[request]
                self.decoding -= 1
                self.read -= context
                self.end(request, context)
        while self.order and self.order[0] <= self.step:
            heappop(self.order)

    def glide(self) -> None:
        """Run decode-only steps at once, until a sequence ends, a request that can enter arrives, or KV is full."""
        b = self.decoding
        steps = self.order[0] - self.step
        if self.engine.kv_tokens < inf:
            steps = max(1, min(steps, int((self.engine.kv_tokens - self.kv) // b)))
        first = self.engine.step_s(0, b, self.read, 0.0)
        grow = self.engine.step_s(0, b, self.read + b, 0.0) - first
        if not self.closed and self.arrived < self.count and not self.waiting:
            steps = min(steps, _steps_until(self.arrival[self.arrived] - self.now, first, grow))
        self.now += steps * first + grow * steps * (steps - 1) / 2.0
        self.decoded(steps)

    def make_room(self) -> None:
        """Put back the sequences admitted last until the next tokens fit; they are computed again."""
        while self.kv + self.decoding > self.engine.kv_tokens and self.decoding > 1:
            request = next(reversed(self.end_of))
            left = self.end_of.pop(request) - self.step
            context = self.input[request] + self.output[request] - left
            self.decoding -= 1
            self.admitted -= 1
            self.kv -= context
            self.read -= context
            self.input[request], self.output[request] = context, left
            self.waiting.appendleft(request)
            self.preemptions += 1


def _steps_until(seconds: float, first: float, grow: float) -> int:
    """Fewest steps, the first of ``first`` [s] and each ``grow`` [s] longer, that last at least ``seconds``."""
    if grow <= 1e-15:
        return max(1, ceil(seconds / first))
    half = first - grow / 2.0
    return max(1, ceil((sqrt(half * half + 2.0 * grow * seconds) - half) / grow))
