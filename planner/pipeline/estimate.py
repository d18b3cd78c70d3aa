"""One configuration estimated: memory, step times by operator, latency and throughput at a concurrency."""

from typing import TYPE_CHECKING, Any

import numpy as np

from planner.architecture.cache import cache_elements
from planner.architecture.parameters import active, total
from planner.candidates.precision import compute_of
from planner.catalog.loader import load_catalog
from planner.perf import closed_loop
from planner.perf.bands import band
from planner.perf.batch import Batch
from planner.perf.lengths import Lengths
from planner.perf.pace import Requests, pace
from planner.perf.step import step_time
from planner.perf.tables import Scheduling
from planner.perf.work import expected_decode_bytes, request_flop
from planner.pipeline.arguments import check_configuration, check_context
from planner.pipeline.configuration import Scene, accelerator_named, model_named, scene_of
from planner.plan.estimate import Estimate
from planner.plan.evidence import accelerator_evidence
from planner.plan.figures import Latency
from planner.plan.pools import memory_record
from planner.plan.tool import tool_of
from planner.units import GB, MS_PER_S, TERA

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.perf.hardware import Floats


def estimate(
    model: str,
    accelerator: str,
    *,
    catalog: "Catalog | None" = None,
    concurrency: int = 32,
    input_tokens: float = 1024,
    output_tokens: float = 1024,
    **configuration: Any,  # noqa: ANN401  layout, formats and engine, as below
) -> Estimate:
    """Estimate one configuration at a fixed number of requests in flight.

    Parameters
    ----------
    model
        Catalogue id, or path of a ``config.json`` or its folder.
    accelerator
        Id or alias of the catalogue; its reference node says how accelerators are joined.
    concurrency
        Requests in flight on one replica; those beyond what memory admits wait.
    input_tokens, output_tokens
        Lengths of every request [token].
    **configuration
        ``tensor_parallel``, ``pipeline_parallel``, ``expert_parallel``, ``attention_data_parallel`` (1 each),
        ``weight_format``, ``kv_format`` (the checkpoint's own, else bf16), ``engine`` (vllm).

    Raises
    ------
    SpecError
        When a name or an argument is unknown or out of range, the layout does not divide the model, or requests are
        longer than its context.
    """
    numbers = {"concurrency": concurrency, "input_tokens": input_tokens, "output_tokens": output_tokens}
    check_configuration(numbers, configuration)
    catalog = catalog or load_catalog()
    lengths = Lengths.constant(float(input_tokens), float(output_tokens))
    architecture = model_named(catalog, model)
    check_context(architecture, input_tokens + output_tokens)
    scene = scene_of(catalog, architecture, accelerator_named(catalog, accelerator), lengths, configuration)
    shown = _shown(scene, model, concurrency, lengths)
    if scene.slots[0] < 1.0:
        return Estimate(**shown, fits=False, max_concurrency=0)
    return Estimate(**shown, fits=True, max_concurrency=int(scene.slots[0]), **_latencies(scene, concurrency, lengths))


def _shown(scene: Scene, model: str, concurrency: int, lengths: Lengths) -> dict[str, Any]:
    """Return everything that is known whether or not it fits."""
    setting, split = scene.setting, scene.split
    accelerator = setting.catalog.accelerators[scene.node.accelerator]
    return {
        "model": model,
        "accelerator": accelerator.id,
        "accelerator_name": accelerator.name,
        "tensor_parallel": split.tensor,
        "pipeline_parallel": split.pipeline,
        "expert_parallel": split.expert,
        "attention_data_parallel": split.attention_data,
        "weight_format": setting.formats.label,
        "kv_format": setting.formats.kv.id,
        "engine": setting.engine.id,
        "concurrency": concurrency,
        "input_tokens": lengths.mean_input_tokens,
        "output_tokens": lengths.mean_output_tokens,
        "parameters": total(setting.model),
        "active_parameters": active(setting.model),
        "kv_bytes_per_token": cache_elements(setting.model).per_token * setting.kv_element_bytes,
        "memory_per_accelerator_gib": memory_record(scene.use),
        "evidence": tuple(accelerator_evidence(accelerator)),
        "notes": setting.model.notes,
        "tool": tool_of(setting.catalog),
    }


def _latencies(scene: Scene, concurrency: int, lengths: Lengths) -> dict[str, Any]:
    """Return latencies and throughput of a closed loop, and where the time of a step goes."""
    setting, output = scene.setting, np.array([lengths.mean_output_tokens])
    batch = np.minimum(float(concurrency), scene.slots)
    mixed = np.full(1, float(setting.engine.mixed_chunks))
    scheduling = Scheduling(scene.slots, setting.batched_tokens * scene.layout.attention_data, mixed)
    requests = Requests(np.array([lengths.mean_input_tokens]), output, batch)
    found = pace(setting.model, scene.machine, scene.layout, scheduling, requests)
    tpot = closed_loop.tpot_s(found, batch, output)
    queue = closed_loop.queue_s(found, np.array([float(concurrency)]), batch, output)
    ttft = found.prompt_s + queue + _front_s(scene, tpot, batch)
    rate = concurrency / (ttft + output * tpot)
    return {
        "decode_ms": _operators(scene, Batch(batch, requests.context_tokens, *(np.zeros(1),) * 3)),
        "prefill_ms": _operators(scene, _prompt(requests)),
        "ttft_ms": _latency(scene, ttft, "ttft"),
        "tpot_ms": _latency(scene, tpot, "tpot"),
        "e2e_ms": _latency(scene, ttft + (output - 1.0) * tpot, "e2e"),
        "requests_per_s": float(rate[0]),
        "output_tokens_per_s": float((rate * output)[0]),
        "total_tokens_per_s": float(rate[0]) * (lengths.mean_input_tokens + lengths.mean_output_tokens),
        **_utilisation(scene, rate, batch, tpot),
    }


def _front_s(scene: Scene, tpot: "Floats", batch: "Floats") -> "Floats":
    costs = scene.setting.engine.costs
    fixed = costs["first_token_ms"] + costs.get("first_token_per_sequence_ms", 0.0) * batch
    return np.asarray(fixed / MS_PER_S + costs["first_token_steps"] * tpot)


def _prompt(requests: Requests) -> Batch:
    none, tokens = np.zeros(1), requests.input_tokens
    return Batch(none, requests.context_tokens, tokens, tokens / 2.0, np.ones(1))


def _operators(scene: Scene, batch: Batch) -> dict[str, float]:
    """Milliseconds of one step by operator, summed over layers and pipeline stages."""
    time = step_time(scene.setting.model, scene.machine, scene.layout, batch)
    parts = dict(time.layers) | {"head": time.head_s, "engine_step": time.engine_s}
    if scene.split.pipeline > 1:
        parts["stage_hops"] = time.send_s * (scene.split.pipeline - 1)
    return {name: float(np.asarray(value).ravel()[0]) * MS_PER_S for name, value in parts.items()}


def _latency(scene: Scene, seconds: "Floats", metric: str) -> Latency:
    mean = float(seconds[0]) * MS_PER_S
    low, high = band(np.array(mean), np.array(scene.setting.sigma(scene.node, metric)))
    return Latency(mean=mean, band=(float(low), float(high)), basis=scene.setting.basis(scene.node))


def _utilisation(scene: Scene, rate: "Floats", batch: "Floats", tpot: "Floats") -> dict[str, float]:
    setting, catalog = scene.setting, scene.setting.catalog
    accelerator = catalog.accelerators[scene.node.accelerator]
    compute = compute_of(catalog.formats[setting.formats.name], accelerator, setting.engine.family)
    peak = accelerator.peak_dense_tflops[compute.rate] * TERA if compute and compute.rate else float("inf")
    size = scene.split.accelerators
    moved = expected_decode_bytes(setting.model, setting.precision(), batch, np.array([setting.sequence_bytes()]))
    could = accelerator.memory_bandwidth_gb_per_s * GB * size * tpot
    mfu = float(rate[0]) * request_flop(setting.model, setting.lengths) / (peak * size)
    return {"mfu": mfu, "mbu": float((moved / could)[0])}
