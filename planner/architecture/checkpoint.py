"""Bytes of a checkpoint's weights, module by module: every matrix in its format with scales, the rest in 16 bits."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from planner.architecture.layers import Architecture, Holding, Quantisation
from planner.architecture.matrices import EMBEDDING, HEAD, MODULES, NORMS, Matrix, layer_matrices
from planner.architecture.parameters import layer_extras
from planner.architecture.storage import BF16, STORAGE, Storage, matrix_bytes
from planner.errors import ArchitectureError

_EXTRA_BYTES = 2
"""Norms, biases and sinks stay in 16 bits."""

Choice = Callable[[int | None, Matrix], Storage]
"""Which storage a matrix of a layer (``None``: outside the layers) takes."""


def hold(architecture: Architecture, choose: Choice) -> tuple[Holding, ...]:
    """Return what every module class holds in which format when ``choose`` decides for each matrix."""
    elements: Counter[tuple[str, str]] = Counter()
    taken: Counter[tuple[str, str]] = Counter()
    matrices = [layer_matrices(layer, architecture.hidden_size) for layer in architecture.layers]
    placed: list[tuple[int | None, Matrix]] = [(None, table) for table in tables(architecture)]
    placed += [(place, matrix) for place, index in enumerate(architecture.order) for matrix in matrices[index]]
    for place, matrix in placed:
        storage = choose(place, matrix)
        key = (matrix.module, storage.format)
        elements[key] += matrix.elements
        taken[key] += matrix_bytes(matrix, storage)
    return tuple(Holding(*key, elements[key], taken[key]) for key in sorted(elements, key=_module_order))


def tables(architecture: Architecture) -> tuple[Matrix, ...]:
    """Return the embedding and, unless it is tied, the output head."""
    shape = (architecture.vocab_size, architecture.hidden_size)
    embedding = Matrix("embed_tokens", EMBEDDING, *shape, linear=False)
    return (embedding,) if architecture.tied_embeddings else (embedding, Matrix("lm_head", HEAD, *shape))


def checkpoint_bytes_by_module(architecture: Architecture, quantisation: Quantisation | None = None) -> dict[str, int]:
    """Return the bytes of the weights by module class, scales and unquantised modules included.

    Parameters
    ----------
    architecture
        The model; its own quantisation is not looked at.
    quantisation
        How the weights are held (``None``: all in 16 bits). Without holdings, its format is laid over the module
        classes as ``unquantised`` and ``mixed`` say.
    """
    holdings = _holdings(architecture, quantisation)
    counts: Counter[str] = Counter()
    for holding in holdings:
        counts[holding.module] += holding.bytes
    counts[NORMS] += _EXTRA_BYTES * architecture.extra_parameters
    for layer, times in zip(architecture.layers, architecture.counts(), strict=True):
        for module, extra in layer_extras(layer).items():
            counts[module] += _EXTRA_BYTES * times * extra
    return {module: counts[module] for module in MODULES}


def checkpoint_bytes(architecture: Architecture, quantisation: Quantisation | None = None) -> int:
    """Return the bytes of all weights (see :func:`checkpoint_bytes_by_module`)."""
    return sum(checkpoint_bytes_by_module(architecture, quantisation).values())


def bytes_by_module(architecture: Architecture, storages: Mapping[str, Storage]) -> dict[str, int]:
    """Return the bytes of the weights by module class when each class lies in one storage, extras in 16 bits.

    What no scheme quantises (convolutions, compressors of keys, norms) stays in 16 bits; a class without a storage too.
    """
    counts: Counter[str] = Counter({NORMS: _EXTRA_BYTES * architecture.extra_parameters})
    for table in tables(architecture):
        counts[table.module] += matrix_bytes(table, storages.get(table.module, BF16))
    for layer, times in zip(architecture.layers, architecture.counts(), strict=True):
        for matrix in layer_matrices(layer, architecture.hidden_size):
            storage = storages.get(matrix.module, BF16) if matrix.linear else BF16
            counts[matrix.module] += times * matrix_bytes(matrix, storage)
        for module, extra in layer_extras(layer).items():
            counts[module] += _EXTRA_BYTES * times * extra
    return {module: counts[module] for module in MODULES}


def _holdings(architecture: Architecture, quantisation: Quantisation | None) -> tuple[Holding, ...]:
    if quantisation is None:
        return hold(architecture, lambda _place, _matrix: BF16)
    if quantisation.holdings:
        return quantisation.holdings
    formats = {**dict.fromkeys(MODULES, quantisation.weight_format), **dict(quantisation.mixed)}
    formats |= dict.fromkeys(quantisation.unquantised, "bf16")
    storages = {module: _storage(chosen, quantisation.group_size) for module, chosen in formats.items()}
    return hold(architecture, lambda _place, matrix: storages[matrix.module] if matrix.linear else BF16)


def _storage(chosen: str, group_size: int | None) -> Storage:
    if chosen not in STORAGE:
        known = ", ".join(sorted(STORAGE))
        raise ArchitectureError(f"format {chosen!r} has no known storage (understood are {known})")
    storage = STORAGE[chosen]
    return storage if group_size is None or not storage.block_columns else replace(storage, block_columns=group_size)


def _module_order(key: tuple[str, str]) -> tuple[int, str]:
    return MODULES.index(key[0]), key[1]
