"""What a model keeps of its quality in a format: published recoveries as a range, by format and class of model.

The recovery that a floor is held against is the lower quartile over models, each model the mean of its evaluations:
three models in four kept at least that much. A class with fewer than three models takes all classes together, fewer
than two models are no evidence. A format that rounds more finely than another (``finer_than``) keeps at least what that
one keeps. Weights in several formats keep what the worst of them would keep of the whole model: losses of module
classes add up to first order, so a mixture lies between its formats wherever the classes share a loss alike in each. A
quantised cache is another loss, and multiplies.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from planner.architecture.parameters import total

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from planner.architecture.layers import Architecture
    from planner.candidates.holdings import Formats
    from planner.candidates.physics import Setting
    from planner.catalog.catalog import Catalog
    from planner.catalog.schema import Evaluation, ModelClass
    from planner.perf.hardware import Floats
    from planner.spec.schema import WorkloadSpec

    Bools = NDArray[np.bool_]

SMALL_PARAMETERS, LARGE_PARAMETERS = 4e9, 40e9
ENOUGH_MODELS, FEWEST_MODELS = 3, 2
CONSERVATIVE_PERCENTILE = 25.0
SIXTEEN_BITS = "bf16"


@dataclass(frozen=True)
class Evidence:
    """Recoveries of one format: of a class of models, or ``pooled`` over all; ``evaluations`` back it.

    ``low`` is the lower quartile over ``models`` models, ``least`` and ``most`` the ends of the range. ``bounds`` names
    a finer format that these recoveries bound from below, if they stand for one.
    """

    kind: Literal["weights", "kv"]
    format: str
    model_class: "ModelClass"
    low: float
    least: float
    most: float
    models: int
    pooled: bool
    evaluations: "tuple[Evaluation, ...]"
    bounds: str | None = None

    @property
    def subject(self) -> str:
        """What it is about, in words."""
        held = "KV cache" if self.kind == "kv" else "weights"
        among = "all models together" if self.pooled else f"{self.model_class} models"
        finer = f", which {self.bounds} keeps at least" if self.bounds else ""
        return f"recovery of {self.format} {held} ({among}, {self.models} of them){finer}"


@dataclass(frozen=True)
class Recovery:
    """What a choice of formats keeps. ``unknown`` names the formats without evidence, whose recovery nobody can say."""

    low: float
    least: float
    most: float
    evidence: tuple[Evidence, ...]
    unknown: tuple[str, ...] = ()


def model_class(model: "Architecture") -> "ModelClass":
    """Return the class of a model: dense by size, or a mixture of experts."""
    if model.mixes_experts:
        return "moe"
    parameters = total(model)
    if parameters < SMALL_PARAMETERS:
        return "dense-small"
    return "dense-medium" if parameters < LARGE_PARAMETERS else "dense-large"


def recovery_of(catalog: "Catalog", model: "Architecture", formats: "Formats", *, native: bool = False) -> Recovery:
    """Return the recovery of a choice of formats.

    Parameters
    ----------
    catalog
        Its ``quality`` holds the evaluations.
    model
        What is served; BF16 keeps everything.
    formats
        Formats by module class, and of the cache.
    native
        Whether the model is released in its own quantised format, which then keeps everything by definition.
    """
    own = model.quantisation.weight_format if native and model.quantisation else None
    released = own is not None and own == formats.name
    weights = [] if released else [name for name in formats.used if name != SIXTEEN_BITS]
    cache = [] if formats.kv.id == SIXTEEN_BITS else [formats.kv.id]
    wanted = model_class(model)
    held = {name: evidence_of(catalog, "weights", name, wanted) for name in weights}
    cached = {f"KV cache in {name}": evidence_of(catalog, "kv", name, wanted) for name in cache}
    known = [[each for each in part.values() if each is not None] for part in (held, cached)]
    low, least, most = (_together(known, end) for end in ("low", "least", "most"))
    unknown = tuple(name for name, each in (held | cached).items() if each is None)
    return Recovery(min(low, 1.0), least, most, (*known[0], *known[1]), unknown)


def _together(parts: "Sequence[Sequence[Evidence]]", end: str) -> float:
    """Return what all parts (weights, cache) keep: of each the worst of its formats, or of the best end the best."""
    pick = max if end == "most" else min
    return float(np.prod([pick(getattr(each, end) for each in part) for part in parts if part]))


def evidence_of(catalog: "Catalog", kind: Literal["weights", "kv"], name: str, wanted: "ModelClass") -> Evidence | None:
    """Return the recoveries of a format for a class of models, or better ones of formats that it is finer than.

    ``None`` where fewer than two models were evaluated.
    """
    held = (catalog.formats if kind == "weights" else catalog.kv_formats)[name]
    found = [_evaluated(catalog, kind, each, wanted) for each in (name, *held.finer_than)]
    known = [each for each in found if each is not None]
    if not known:
        return None
    best = max(known, key=lambda each: each.low)
    return best if best.format == name else replace(best, bounds=name)


def _evaluated(catalog: "Catalog", kind: Literal["weights", "kv"], name: str, wanted: "ModelClass") -> Evidence | None:
    """Return the published recoveries of a format itself."""
    every = [e for e in catalog.quality.values() if (e.kind, e.format) == (kind, name) and e.typical]
    own = [e for e in every if e.model_class == wanted]
    pooled = len(_by_model(own)) < ENOUGH_MODELS
    chosen = every if pooled else own
    means = np.array([np.mean(values) for values in _by_model(chosen).values()])
    if len(means) < FEWEST_MODELS:
        return None
    low = float(np.percentile(means, CONSERVATIVE_PERCENTILE))
    return Evidence(
        kind, name, wanted, low, float(means.min()), float(means.max()), len(means), pooled, tuple(chosen)
    )  # fmt: skip


def _by_model(evaluations: "list[Evaluation]") -> "Mapping[str, list[float]]":
    found: defaultdict[str, list[float]] = defaultdict(list)
    for each in evaluations:
        found[each.model].append(each.recovery)
    return found


def kept(settings: "Sequence[Setting]", workload: "WorkloadSpec") -> "Floats":
    """Return the recovery of every setting, shape ``(settings,)``; NaN where it is not known."""
    found = [setting_recovery(setting, workload) for setting in settings]
    return np.array([np.nan if each.unknown else each.low for each in found])


def setting_recovery(setting: "Setting", workload: "WorkloadSpec") -> Recovery:
    """Return the recovery of one setting; a model of the catalogue keeps everything in the format of its release."""
    native = workload.model_id in setting.catalog.models
    return recovery_of(setting.catalog, setting.model, setting.formats, native=native)


def below_floor(workload: "WorkloadSpec", recovery: "Floats") -> "Bools":
    """Whether each recovery misses the workload's floor; an unknown one does unless the request admits it."""
    asked = workload.quality
    if asked.min_recovery is None:
        return np.zeros(len(recovery), dtype=bool)
    return np.where(np.isnan(recovery), not asked.admit_unknown, recovery < asked.min_recovery)
