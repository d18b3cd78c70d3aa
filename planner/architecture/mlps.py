"""Feed-forward blocks, dense and mixture-of-experts, and which layers have which."""

from planner.architecture.families import Family
from planner.architecture.fields import Fields, shown
from planner.architecture.layers import DenseMlp, MoeMlp

_KINDS = {"dense": False, "sparse": True, "moe": True}


def read_dense(fields: Fields, family: Family, hidden_size: int) -> DenseMlp:
    """Return the dense block of this family (SwiGLU or GeGLU)."""
    size = fields.integer(family.dense_size)
    biased = family.mlp_bias and fields.flag("mlp_bias")
    return DenseMlp(size, gated=True, extra_parameters=2 * size + hidden_size if biased else 0)


def read_moe(fields: Fields, family: Family, hidden_size: int) -> MoeMlp:
    """Return the mixture of experts of this family."""
    experts = fields.integer("num_experts")
    size = _expert_size(fields, family)
    shared = _shared_size(fields, family, size)
    latent = fields.optional("routed_expert_hidden_size") if family.kimi_delta else None
    router_extra = experts if family.expert_bias else 0
    router_extra += latent if latent and fields.flag("latent_moe_use_norm") else 0
    router_extra += hidden_size + experts if family.parallel_dense else 0
    return MoeMlp(
        experts=experts,
        top_k=fields.integer("num_experts_per_tok", high=experts),
        intermediate_size=size,
        expert_hidden_size=latent or hidden_size,
        latent_quantised=not family.kimi_delta,
        gated=True,
        shared_intermediate_size=shared,
        shared_gate=family.shared == "gated" and shared > 0,
        parallel_dense_intermediate_size=fields.integer(family.dense_size) if family.parallel_dense else 0,
        expert_extra_parameters=experts * (2 * size + hidden_size) if family.expert_bias else 0,
        extra_parameters=router_extra,
    )


def _expert_size(fields: Fields, family: Family) -> int:
    """Return the width of one expert; a second key may state the same."""
    size, same = fields.integer(family.expert_size), fields.optional("moe_intermediate_size")
    if family.moe and same is not None and same != size:
        problem = f"{same} contradicts {family.expert_size}: {size}"
        raise fields.refusal("moe_intermediate_size", problem, "both name the width of an expert; keep one")
    return size


def _shared_size(fields: Fields, family: Family, expert_size: int) -> int:
    """Return the intermediate size of all shared experts together."""
    match family.shared:
        case "count":
            return fields.integer("n_shared_experts", 0, low=0) * expert_size
        case "gated":
            return fields.integer("shared_expert_size", 0, low=0)
        case "one":
            return expert_size
        case "sized":
            count = fields.integer("n_shared_experts", int(family.defaults.get("n_shared_experts", 0)), low=0)
            if count > 1:
                raise fields.refusal("n_shared_experts", f"{count} is not understood for this model_type", "0 or 1 are")
            return count * fields.integer("shared_expert_size", 0, low=0)
        case _:
            return 0


def sparse_layers(fields: Fields, family: Family, layers: int) -> tuple[bool, ...]:
    """Return for each layer whether it holds experts; rules that are stated twice must agree.

    Raises
    ------
    ArchitectureError
        When two of the stated rules differ.
    """
    if not family.moe or fields.stated("num_experts") is None or not fields.flag("enable_moe_block", default=True):
        return (False,) * layers
    rules = {
        key: pattern
        for key, pattern in (
            ("mlp_layer_types", _by_names(fields, layers)),
            ("first_k_dense_replace", _by_frequency(fields, layers)),
            ("decoder_sparse_step", _by_step(fields, layers)),
            ("interleave_moe_layer_step", _by_interleaving(fields, layers)),
            ("moe_layers", _by_list(fields, layers)),
            ("moe_layers_enum", _by_enumeration(fields, layers)),
        )
        if pattern is not None
    }
    if len(set(rules.values())) > 1:
        raise fields.refusal(" / ".join(rules), "state different dense and sparse layers", "keep one of them")
    return next(iter(rules.values()), (True,) * layers)


def _by_names(fields: Fields, layers: int) -> tuple[bool, ...] | None:
    names = fields.names("mlp_layer_types", _KINDS, layers)
    return None if names is None else tuple(_KINDS[name] for name in names)


def _by_frequency(fields: Fields, layers: int) -> tuple[bool, ...] | None:
    """DeepSeek: from ``first_k_dense_replace`` on, layers that ``moe_layer_freq`` divides; or one flag a layer."""
    first, raw = fields.optional("first_k_dense_replace", low=0), fields.get("moe_layer_freq")
    if isinstance(raw, list | tuple):
        flags = fields.whole_items("moe_layer_freq", high=1) or ()
        if len(flags) != layers:
            raise fields.refusal("moe_layer_freq", f"{len(flags)} entries for {layers} layers", "one entry a layer")
        pattern = tuple(flag == 1 for flag in flags)
        if first is not None and pattern != tuple(index >= first for index in range(layers)):
            raise fields.refusal("moe_layer_freq", "contradicts first_k_dense_replace", "keep one of them")
        return pattern
    frequency = fields.optional("moe_layer_freq")
    if first is None and frequency is None:
        return None
    return tuple(index >= (first or 0) and index % (frequency or 1) == 0 for index in range(layers))


def _by_step(fields: Fields, layers: int) -> tuple[bool, ...] | None:
    """Qwen: every ``decoder_sparse_step``-th layer, counted from one, that ``mlp_only_layers`` does not name."""
    step, only = fields.optional("decoder_sparse_step", low=0), fields.whole_items("mlp_only_layers")
    if step is None and not only:
        return None
    step = 1 if step is None else step
    return tuple(step > 0 and (index + 1) % step == 0 and index not in (only or ()) for index in range(layers))


def _by_interleaving(fields: Fields, layers: int) -> tuple[bool, ...] | None:
    """Llama 4: every ``interleave_moe_layer_step``-th layer, counted from one."""
    step = fields.optional("interleave_moe_layer_step")
    return None if step is None else tuple((index + 1) % step == 0 for index in range(layers))


def _by_list(fields: Fields, layers: int) -> tuple[bool, ...] | None:
    sparse = fields.whole_items("moe_layers")
    return None if not sparse else tuple(index in sparse for index in range(layers))


def _by_enumeration(fields: Fields, layers: int) -> tuple[bool, ...] | None:
    """Step: the layers with experts in one string, ``"3,4,5"``, or in a list."""
    stated = fields.get("moe_layers_enum")
    if stated is None:
        return None
    if not isinstance(stated, str):
        listed = fields.whole_items("moe_layers_enum") or ()
        return tuple(index in listed for index in range(layers))
    words = [word.strip() for word in stated.split(",") if word.strip()]
    if not all(word.isdecimal() and len(word) < 6 for word in words):
        raise fields.refusal("moe_layers_enum", f"{shown(stated)} is not understood", "write layers: 3,4,5")
    return tuple(index in {int(word) for word in words} for index in range(layers))
