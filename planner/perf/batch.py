"""What one engine step carries: decode sequences with their context, and prompt tokens with their causal pairs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Batch:
    """One step of a replica; arrays broadcast over (columns, grid).

    ``sequences`` decode one token each, at a mean context of ``context_tokens``; ``prompt_tokens`` are prefilled,
    on average ``prompt_context_tokens`` keys deep; ``first_tokens`` prompts end in this step and are sampled too.
    """

    sequences: Floats
    context_tokens: Floats
    prompt_tokens: Floats
    prompt_context_tokens: Floats
    first_tokens: Floats

    @property
    def tokens(self) -> Floats:
        """Tokens that pass through the matrices."""
        return self.sequences + self.prompt_tokens

    def divided(self, parts: Floats) -> "Batch":
        """Return the share of one of ``parts`` ranks that split the sequences."""
        return Batch(
            self.sequences / parts,
            self.context_tokens,
            self.prompt_tokens / parts,
            self.prompt_context_tokens,
            self.first_tokens / parts,
        )

    def context_within(self, window: int | None) -> Floats:
        """Keys that a decode token reads [token]."""
        return self.context_tokens if window is None else np.minimum(self.context_tokens, float(window))

    def prompt_context_within(self, window: int | None) -> Floats:
        """Keys that a prompt token meets on average [token]."""
        return self.prompt_context_tokens if window is None else np.minimum(self.prompt_context_tokens, float(window))
