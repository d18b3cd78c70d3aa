"""Prompt and output lengths as a joint discrete distribution, and the moments that serving needs."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

OUTPUT_GROUPS = 4
"""Groups of output lengths over which the time per output token is averaged."""


@dataclass(frozen=True, eq=False)
class Lengths:
    """Joint distribution of (input, output) tokens as atoms of shape ``(atoms,)``.

    ``weight`` sums to one. ``cached_input_tokens`` [token] is the mean part of a prompt found in the prefix cache:
    it needs no prefill but stays resident.
    """

    input_tokens: Floats
    output_tokens: Floats
    weight: Floats
    cached_input_tokens: float = 0.0

    @classmethod
    def constant(cls, input_tokens: float, output_tokens: float, cached_input_tokens: float = 0.0) -> "Lengths":
        """Every request alike."""
        one = np.ones(1)
        return cls(one * input_tokens, one * output_tokens, one, cached_input_tokens)

    def mean(self, values: Floats) -> float:
        """Take the expectation of ``values`` given at the atoms."""
        return float(self.weight @ values)

    @cached_property
    def mean_input_tokens(self) -> float:
        """E[Lin] [token], cached part included."""
        return self.mean(self.input_tokens)

    @cached_property
    def mean_output_tokens(self) -> float:
        """E[Lout] [token]."""
        return self.mean(self.output_tokens)

    @cached_property
    def uncached_fraction(self) -> float:
        """Share of the prompt tokens that needs prefill."""
        return 1.0 - self.cached_input_tokens / self.mean_input_tokens

    @cached_property
    def mean_prefill_tokens(self) -> float:
        """Mean prompt tokens that need prefill [token]."""
        return self.mean_input_tokens - self.cached_input_tokens

    @cached_property
    def mean_context_tokens(self) -> float:
        """Mean context of a *resident* sequence, length-biased: (E[Lin Lout] + E[Lout^2]/2) / E[Lout] [token]."""
        lin, lout = self.input_tokens, self.output_tokens
        return (self.mean(lin * lout) + self.mean(lout**2) / 2.0) / self.mean_output_tokens

    @cached_property
    def mean_reserved_tokens(self) -> float:
        """Mean of prompt and whole output over *resident* sequences: E[(Lin + Lout) Lout] / E[Lout] [token]."""
        lin, lout = self.input_tokens, self.output_tokens
        return self.mean((lin + lout) * lout) / self.mean_output_tokens

    def windowed_context_tokens(self, window: int) -> float:
        """Mean of min(context, window) over resident sequences [token]: what a sliding-window layer holds."""
        lin, lout = self.input_tokens, self.output_tokens
        # integral over the output of min(lin + t, window), closed form per atom
        grow = np.clip(window - lin, 0.0, lout)
        area = lin.clip(max=window) * grow + grow**2 / 2.0 + (lout - grow) * window
        return self.mean(area) / self.mean_output_tokens

    def input_quantile(self, q: float) -> float:
        """Prompt length at probability ``q`` [token]."""
        return float(self._quantiles(self.input_tokens, np.array([q]))[0])

    def output_quantiles(self, q: Floats) -> Floats:
        """Output lengths at the probabilities ``q`` [token]."""
        return self._quantiles(self.output_tokens, q)

    @cached_property
    def output_groups(self) -> Floats:
        """Mean output lengths of equally likely groups, shortest first; one group where all are alike [token]."""
        if self.output_cv2 == 0.0:
            return np.maximum(self.output_tokens[:1], 1.0)
        order = np.argsort(self.output_tokens, kind="stable")
        ends = np.concatenate([[0.0], np.cumsum(self.weight[order])])
        total = np.concatenate([[0.0], np.cumsum((self.weight * self.output_tokens)[order])])
        cuts = np.linspace(0.0, ends[-1], OUTPUT_GROUPS + 1)
        return np.asarray(np.maximum(np.diff(np.interp(cuts, ends, total)) * OUTPUT_GROUPS, 1.0))

    def _quantiles(self, tokens: Floats, q: Floats) -> Floats:
        order = np.argsort(tokens, kind="stable")
        cumulative = np.cumsum(self.weight[order])
        index = np.minimum(np.searchsorted(cumulative, q - 1e-12), len(order) - 1)
        return np.asarray(tokens[order][index])

    def input_hats(self, q: Floats) -> tuple[Floats, Floats]:
        """First two moments of linear interpolation between the mean prompt length and its quantiles ``q``.

        With f known at the nodes (mean, then each quantile) and linear in between and beyond, E[f] = f @ first and
        E[f^2] = f @ second @ f. Shapes ``(1 + len(q),)`` and its square.
        """
        nodes = np.concatenate([[self.mean_input_tokens], self._quantiles(self.input_tokens, q)])
        knots, where = np.unique(nodes, return_index=True)
        hats = np.zeros((len(self.input_tokens), len(nodes)))
        if len(knots) == 1:
            hats[:, where[0]] = 1.0
        else:
            right = np.clip(np.searchsorted(knots, self.input_tokens), 1, len(knots) - 1)
            share = (self.input_tokens - knots[right - 1]) / (knots[right] - knots[right - 1])
            rows = np.arange(len(hats))
            hats[rows, where[right]] = share
            hats[rows, where[right - 1]] = 1.0 - share
        return self.weight @ hats, hats.T @ (hats * self.weight[:, None])

    @cached_property
    def input_cv2(self) -> float:
        """Squared coefficient of variation of the prompt length."""
        variance = self.mean((self.input_tokens - self.mean_input_tokens) ** 2)
        return variance / self.mean_input_tokens**2

    @cached_property
    def output_cv2(self) -> float:
        """Squared coefficient of variation of the output length."""
        variance = self.mean((self.output_tokens - self.mean_output_tokens) ** 2)
        return variance / self.mean_output_tokens**2
