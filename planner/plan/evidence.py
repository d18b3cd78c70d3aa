"""Where the figures behind a plan come from: one entry a fact, with basis, source and date."""

from typing import TYPE_CHECKING

from planner.candidates.quality import setting_recovery
from planner.plan.figures import Evidence
from planner.plan.precision import quality_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.candidates.physics import Setting
    from planner.candidates.sellers import Seller
    from planner.candidates.table import Table
    from planner.catalog.catalog import Catalog
    from planner.catalog.schema import Accelerator, Source
    from planner.plan.pools import Chosen
    from planner.spec.schema import WorkloadSpec

ACCELERATOR_FACTS = ("memory_gb", "memory_bandwidth_gb_per_s", "peak_dense_tflops")


def evidence(
    catalog: "Catalog", tables: "tuple[Table, ...]", chosen: "tuple[tuple[Chosen, ...], ...]"
) -> tuple[Evidence, ...]:
    """Evidence of every accelerator, price, model and factor that the chosen columns rest on, without repeats."""
    found: dict[str, Evidence] = {}
    for table, pools in zip(tables, chosen, strict=False):
        for each in pools:
            for item in _of_column(catalog, table, each.column):
                found.setdefault(item.what, item)
    return tuple(found.values())


def accelerator_evidence(accelerator: "Accelerator") -> "Iterator[Evidence]":
    """Memory, bandwidth and peaks of an accelerator."""
    for key in ACCELERATOR_FACTS:
        source = _backing(accelerator.sources, key)
        if source is not None:
            what = f"{accelerator.id} {key}"
            yield Evidence(what=what, basis=source.basis, source=source.source, checked=source.checked)


def _of_column(catalog: "Catalog", table: "Table", column: int) -> "Iterator[Evidence]":
    assert table.physical is not None
    setting = table.physical.settings[table.physical.setting[table.row[column]]]
    return pool_evidence(catalog, table.sellers[table.seller[column]], setting, table.workload)


def pool_evidence(
    catalog: "Catalog", seller: "Seller", setting: "Setting", workload: "WorkloadSpec"
) -> "Iterator[Evidence]":
    """Accelerator, price, model, factors, power, quality and engine behind one pool."""
    accelerator = catalog.accelerators[seller.node.accelerator]
    yield from accelerator_evidence(accelerator)
    price = seller.price
    dated = None if price.purchase == "owned" else price.as_of
    what = f"price of {seller.offer.id} ({price.purchase})"
    yield Evidence(what=what, basis=price.basis, source=price.source, checked=dated)
    model = catalog.models.get(workload.model_id)
    if model is not None and model.sources:
        first = model.sources[0]
        yield Evidence(
            what=f"architecture of {model.id}", basis=first.basis, source=first.source, checked=first.checked
        )
    for name in ("default", "bands"):
        factors = catalog.calibrations.get(name)
        if factors is not None:
            source = factors.sources[0]
            what = {"default": "efficiency factors", "bands": "error bands"}[name]
            yield Evidence(what=what, basis=source.basis, source=source.source, checked=source.checked)
    yield from power_evidence(catalog, seller)
    yield from quality_evidence(setting_recovery(setting, workload))
    engine = setting.engine
    first = engine.sources[0]
    yield Evidence(what=f"engine costs of {engine.id}", basis=first.basis, source=first.source, checked=first.checked)


def power_evidence(catalog: "Catalog", seller: "Seller") -> "Iterator[Evidence]":
    """Power of the machine at full load, and the share of it that is drawn without any."""
    node, accelerator = seller.node, catalog.accelerators[seller.node.accelerator]
    stated = [(node.id, node.sources)] if node.tdp_w is not None else [(accelerator.id, accelerator.sources)]
    found = [(f"{name} tdp_w", _backing(sources, "tdp_w")) for name, sources in stated]
    assumed = catalog.calibrations.get("power")
    if assumed is not None and any(source for _, source in found):
        found.append(("power without load", assumed.sources[0]))
    for what, source in found:
        if source is not None:
            yield Evidence(what=what, basis=source.basis, source=source.source, checked=source.checked)


def _backing(sources: "tuple[Source, ...]", key: str) -> "Source | None":
    """Return the first source that backs ``key`` or something below it."""
    for source in sources:
        if any(path == key or path.startswith(f"{key}.") for path in source.backs):
            return source
    return None
