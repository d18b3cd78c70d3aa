"""Indexers of sparse attention, read from a configuration: which keys a query picks before it attends."""

from planner.architecture.fields import Fields
from planner.architecture.layers import Indexer

_BLOCK_KEYS = frozenset(
    {
        "use_sparse_attention", "sparse_attention_freq", "sparse_block_size", "sparse_disable_index_value",
        "sparse_index_dim", "sparse_init_block", "sparse_local_block", "sparse_num_index_heads", "sparse_score_type",
        "sparse_topk_blocks",
    }
)  # fmt: skip


def read_indexers(fields: Fields, layers: int) -> tuple[Indexer | None, ...]:
    """Return the DSA indexer of every layer; ``shared`` ones reuse the choice of the nearest one below."""
    heads = fields.optional("index_n_heads")
    if heads is None:
        return (None,) * layers
    full = Indexer(heads, fields.integer("index_head_dim"), fields.integer("index_topk"))
    kinds = fields.names("indexer_types", ("full", "shared"), layers)
    if kinds is None:
        frequency = fields.optional("index_topk_freq") or 1
        if frequency != 1:
            raise fields.refusal("index_topk_freq", f"{frequency} needs indexer_types", "state which layers share")
        kinds = ("full",) * layers
    fields.get("index_topk_freq")
    if kinds[0] == "shared":
        raise fields.refusal("indexer_types", "the first layer shares, and nothing stands below it", "make it full")
    shared = Indexer(full.heads, full.head_dim, full.top_k, shared=True)
    return tuple(full if kind == "full" else shared for kind in kinds)


def read_block_indexers(fields: Fields, layers: int) -> tuple[Indexer | None, ...]:
    """Return the indexer of every layer of MiniMax sparse attention (arXiv 2606.13392).

    vLLM caches its keys in 16 bits. Blocks of keys are picked by the largest score of any key in them, the own block
    always; what is read is ``sparse_topk_blocks`` whole blocks.
    """
    stated = fields.mapping("sparse_attention_config")
    if not stated:
        return (None,) * layers
    part = Fields(stated, f"{fields.place}: sparse_attention_config")
    strange = next((key for key in stated if key not in _BLOCK_KEYS), None)
    if strange is not None:
        raise part.refusal(str(strange), "is not understood", f"understood are {', '.join(sorted(_BLOCK_KEYS))}")
    if not part.flag("use_sparse_attention", default=True):
        return (None,) * layers
    sparse = _each(part, "sparse_attention_freq", layers)
    without_values = _each(part, "sparse_disable_index_value", layers)
    if any(on and not off for on, off in zip(sparse, without_values, strict=True)):
        raise part.refusal("sparse_disable_index_value", "0 in a sparse layer is not understood", "1 is")
    keys = part.integer("sparse_topk_blocks") * part.integer("sparse_block_size")
    heads, width = part.integer("sparse_num_index_heads"), part.integer("sparse_index_dim")
    indexer = Indexer(heads, width, keys, weighted=False, key_bytes=2)
    return tuple(indexer if on else None for on in sparse)


def _each(part: Fields, key: str, layers: int) -> tuple[bool, ...]:
    """Return one flag a layer."""
    flags = part.whole_items(key, high=1)
    if flags is None or len(flags) != layers:
        problem = "missing" if flags is None else f"holds {len(flags)} entries, the model has {layers} layers"
        raise part.refusal(key, problem, "one 0 or 1 a layer is needed")
    return tuple(flag == 1 for flag in flags)
