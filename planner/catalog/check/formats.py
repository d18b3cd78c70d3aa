"""Formats: rates that the accelerators of an architecture have, and a reason for each cell."""

from collections.abc import Iterator, Mapping

from planner.catalog.catalog import Catalog
from planner.catalog.check.problem import Problem
from planner.catalog.schema import Compute, Format
from planner.units import BITS_PER_BYTE

_NATIVE_BITS = {"fp8": 8.0, "int8": 8.0, "fp4": 4.0, "int4": 4.0}


def format_problems(catalog: Catalog) -> Iterator[Problem]:
    """Check every cell of every format, and that engines named exist."""
    rates: dict[str, set[str]] = {}
    for accelerator in catalog.accelerators.values():
        own: set[str] = set(accelerator.peak_dense_tflops)
        rates[accelerator.architecture] = rates.get(accelerator.architecture, own) & own
    families = {engine.family for engine in catalog.engines.values()}
    for folder, formats in (("formats", catalog.formats), ("kv_formats", catalog.kv_formats)):
        for name, held in formats.items():
            for key, text in (*_cells(held, rates), *_engines(held, families), *_packed(held)):
                yield Problem(folder, name, key, text)


def _cells(held: Format, rates: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    tables = {"compute": held.compute, **{f"engines.{engine}": table for engine, table in held.engines.items()}}
    for place, table in tables.items():
        for architecture, cell in table.items():
            for text in _cell(held, cell, rates.get(architecture, set())):
                yield f"{place}.{architecture}", text


def _cell(held: Format, cell: Compute, rates: set[str]) -> Iterator[str]:
    if (cell.support == "impossible") != (cell.rate is None):
        yield f"{cell.support} with rate {cell.rate} (impossible has no rate, everything else has one)"
    if cell.rate is not None and rates and cell.rate not in rates:
        yield f"computes at {cell.rate}, which an accelerator of that architecture lacks (it has {sorted(rates)})"
    if not cell.sources:
        yield "names no source"
    narrow = _NATIVE_BITS.get(cell.rate or "", 16.0)
    if held.kind == "weights" and cell.support == "native" and held.activation_bits < narrow:
        yield f"native at {cell.rate}, with activations of {held.activation_bits:g} bits"


def _engines(held: Format, families: set[str]) -> Iterator[tuple[str, str]]:
    for engine in held.engines.keys() - families:
        yield f"engines.{engine}", f"no engine of the family {engine!r} (there are {sorted(families)})"


def _packed(held: Format) -> Iterator[tuple[str, str]]:
    """Hold the bits stated against those of the packing of a large matrix."""
    packing = held.packing
    if packing is None:
        return
    block = packing.block_rows * packing.block_columns
    beside = (packing.scale_bytes * BITS_PER_BYTE + packing.zero_bits) / block if block else 0.0
    if abs(packing.bits + beside - held.weight_bits) > 1e-9:
        yield "packing", f"comes to {packing.bits + beside:g} bits a weight, weight_bits says {held.weight_bits:g}"
