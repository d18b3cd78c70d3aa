"""Measurement files made by hand for tests."""

from pathlib import Path
from typing import Any

ROW: dict[str, Any] = {
    "id": "a", "source": "own", "measured_on": "2026-05-01", "model": "meta-llama/Meta-Llama-3.1-8B",
    "accelerator": "h100-sxm-80gb", "accelerators": 1, "tensor_parallel": 1, "weight_format": "bf16", "engine": "vllm",
    "engine_version": "0.18.0", "load": "closed", "input_tokens": 1024, "output_tokens": 256, "concurrency": 16,
    "tpot_ms": 9.0,
}  # fmt: skip


def row(**changes: Any) -> dict[str, Any]:
    """One row; ``None`` leaves a cell empty."""
    return {key: value for key, value in {**ROW, **changes}.items() if value is not None}


def write(folder: Path, *rows: dict[str, Any], name: str = "own.csv") -> Path:
    """Write rows as CSV with the columns that any of them has."""
    columns = list(dict.fromkeys(key for each in rows for key in each))
    lines = [",".join(columns), *(",".join(str(each.get(key, "")) for key in columns) for each in rows)]
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
