"""How the weights of one matrix lie in a checkpoint: bits an element, scales, zero points, padding."""

from dataclasses import dataclass

from planner.architecture.matrices import Matrix
from planner.units import BITS_PER_BYTE


@dataclass(frozen=True)
class Storage:
    """The layout of a matrix in one format.

    Every block of ``block_rows x block_columns`` (0: the whole side) has a scale of ``scale_bytes`` and a zero point of
    ``zero_bits``; ``column_bytes`` stand once an input channel (GPTQ's group index), ``matrix_bytes`` once a matrix
    (global and input scales, stored shapes).
    """

    format: str
    bits: int
    block_rows: int = 0
    block_columns: int = 0
    scale_bytes: int = 0
    zero_bits: int = 0
    column_bytes: int = 0
    matrix_bytes: int = 0


BF16 = Storage("bf16", 16)
STORAGE: dict[str, Storage] = {
    "bf16": BF16,
    "fp8": Storage("fp8", 8, scale_bytes=4, matrix_bytes=4),
    "fp8-block": Storage("fp8-block", 8, block_rows=128, block_columns=128, scale_bytes=4),
    "mxfp8": Storage("fp8-block", 8, block_rows=1, block_columns=32, scale_bytes=1),
    "int8": Storage("int8", 8, block_rows=1, scale_bytes=2),
    "w8a16": Storage("w8a16", 8, block_rows=1, block_columns=128, scale_bytes=2),
    "w4a16": Storage("w4a16", 4, block_rows=1, block_columns=128, scale_bytes=2),
    "w4a8": Storage("w4a8", 4, block_rows=1, block_columns=128, scale_bytes=2),
    "nvfp4": Storage("nvfp4", 4, block_rows=1, block_columns=16, scale_bytes=1, matrix_bytes=8),
    "mxfp4": Storage("mxfp4", 4, block_rows=1, block_columns=32, scale_bytes=1),
}
"""The usual layout of each format: per-tensor FP8 with static activations, 128 x 128 blocks with float32 scales, 16-bit
scales a channel or a group of 128 (DeepSeek-V3 report, section 3.3; OCP microscaling formats 1.0; NVFP4: one FP8 scale
for 16 elements, one float32 for the tensor). MXFP8 is FP8 in blocks of 32 with a power of two each."""


def matrix_bytes(matrix: Matrix, storage: Storage) -> int:
    """Return the bytes of all copies of a matrix, scales and zero points included."""
    block_rows = storage.block_rows or matrix.rows
    block_columns = storage.block_columns or matrix.columns
    blocks = -(-matrix.rows // block_rows) * -(-matrix.columns // block_columns)
    one = -(-matrix.rows * matrix.columns * storage.bits // BITS_PER_BYTE)
    one += blocks * storage.scale_bytes + -(-blocks * storage.zero_bits // BITS_PER_BYTE)
    return matrix.copies * (one + matrix.columns * storage.column_bytes + storage.matrix_bytes)
