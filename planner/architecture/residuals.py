"""Attention residuals (Kimi K3, arXiv 2607.24653): every block of layers can be read again by those above."""

from planner.architecture.families import Family
from planner.architecture.fields import Fields

RESIDUAL_VECTORS = 4
"""Of the hidden size in a layer: a query and a norm before its mixer, and before its feed-forward block."""
CLOSING_VECTORS = 2
"""Of the hidden size before the final norm."""


def attends_to_depth(fields: Fields, family: Family) -> bool:
    """Return whether the configuration of a family that knows them has attention residuals."""
    return family.kimi_delta and fields.optional("attn_res_block_size") is not None
