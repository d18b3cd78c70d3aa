"""Many solves in one process, by hand: ``python -m tests.benchmarks.endurance 10000``; prints memory and objects."""

import gc
import resource
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from planner import load_catalog, solve
from planner.spec.document import parse_document
from planner.spec.loader import read_spec

STEPS = 20
"""Lines of the curve."""


def requests() -> Iterator[str]:
    """Yield specifications that differ in rate, lengths, bound and accelerator."""
    number = 0
    while True:
        accelerator = ("l4", "l40s", "a10g", "t4")[number % 4]
        yield (
            f"model: meta-llama/Meta-Llama-3.1-8B\n"
            f"workload: {{requests_per_s: {0.1 + number % 97 / 50:.2f}, input_tokens: {200 + number % 31}, "
            f"output_tokens: {50 + number % 13}}}\n"
            f"slo: {{tpot_p95_ms: {60 + number % 53}}}\n"
            f"limits: {{accelerators: [{accelerator}], max_accelerators: 16}}\n"
        )
        number += 1


def resident_bytes() -> int:
    """Return the memory that the process holds now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


def main() -> None:
    """Solve as many as asked for; print memory, objects that the collector tracks, and CPU time at even distances."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    catalog = load_catalog()
    print("solves  resident_mb  objects  cpu_s")  # noqa: T201  a script that prints
    for number, text in enumerate(islice(requests(), count), start=1):
        solve(read_spec(parse_document(text.encode(), "s.yaml"), Path(), catalog=catalog), catalog=catalog)
        if number == 1 or number % max(count // STEPS, 1) == 0:
            gc.collect()
            alive = len(gc.get_objects())
            print(f"{number:6d}  {resident_bytes() / 1e6:11.1f}  {alive:7d}  {time.process_time():5.0f}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
