"""The request with one number changed: exactly what ``--set`` with that number would ask."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from planner.units import MS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.candidates.sellers import Seller
    from planner.spec.limits import Limits
    from planner.spec.schema import Spec


@dataclass(frozen=True)
class Promise:
    """One bound of the SLO of the workload at position ``at`` [ms]."""

    at: int
    workload: str
    metric: str
    name: str
    stated: float

    def key(self, spec: "Spec") -> str:
        """Return the bound's key in the specification."""
        return f"{prefix(spec, self.at)}slo.{self.name}"


def prefix(spec: "Spec", at: int) -> str:
    """Return what stands before the keys of a workload: nothing where the request has only one."""
    return "" if len(spec.workloads) == 1 else f"workloads.{spec.workloads[at].name}."


def promises(spec: "Spec") -> "Iterator[Promise]":
    """Every bound of every workload."""
    for at, workload in enumerate(spec.workloads):
        for bound in workload.slo.bounds():
            yield Promise(at, workload.name, bound.metric, bound.key, round(bound.limit_s * MS_PER_S, 9))


def price_unit(seller: "Seller") -> str:
    """Return the unit of a seller's price: by the accelerator, or by the machine of so many."""
    size = seller.offer.unit_accelerators
    return "USD/h" if size == 1 else f"USD/h for {size}"


def with_bound(spec: "Spec", promise: Promise, limit_ms: float | None) -> "Spec":
    """Return the request with another bound; None: without it."""
    workload = spec.workloads[promise.at]
    slo = workload.slo.model_copy(update={promise.name: limit_ms})
    return with_workload(spec, promise.at, slo=slo)


def with_demand(spec: "Spec", at: int, factor: float) -> "Spec":
    """Return the request with the demand of one workload multiplied."""
    workload = spec.workloads[at]
    stated = workload.workload
    rates = {key: getattr(stated, key) for key in ("requests_per_s", "concurrency", "tokens_per_day")}
    changed = {key: value * factor for key, value in rates.items() if value is not None}
    return with_workload(spec, at, workload=stated.model_copy(update=changed))


def demand_of(spec: "Spec", at: int) -> tuple[str, float, str]:
    """Return key, value and unit of the demand of a workload."""
    stated = spec.workloads[at].workload
    units = {"requests_per_s": "requests/s", "concurrency": "requests in flight", "tokens_per_day": "tokens a day"}
    name = next(key for key in units if getattr(stated, key) is not None)
    return f"{prefix(spec, at)}workload.{name}", float(getattr(stated, name)), units[name]


def with_workload(spec: "Spec", at: int, **changes: Any) -> "Spec":  # noqa: ANN401  fields of the workload
    """Return the request with fields of one workload replaced."""
    made = replace(spec.workloads[at], **changes)
    return replace(spec, workloads=(*spec.workloads[:at], made, *spec.workloads[at + 1 :]))


def with_limits(spec: "Spec", at: int | None, **changes: Any) -> "Spec":  # noqa: ANN401  fields of the limits
    """Return the request with other limits: the common ones (``at`` is None), or those of one workload."""
    if at is not None:
        return with_workload(spec, at, limits=_changed(spec.workloads[at].limits, changes))
    common = _changed(spec.limits, changes)
    workloads = tuple(
        replace(workload, limits=common) if workload.limits is spec.limits else workload for workload in spec.workloads
    )
    return replace(spec, limits=common, workloads=workloads)


def _changed(limits: "Limits", changes: dict[str, Any]) -> "Limits":
    return limits.model_copy(update=changes)
