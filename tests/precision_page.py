"""What docs/precision.md shows of commands and tables. Run as a module to bring the page up to date."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from planner import estimate
from planner.candidates.quality import Evidence, evidence_of
from planner.catalog.catalog import Catalog
from planner.catalog.formats import compute_for
from planner.catalog.loader import load_catalog
from planner.catalog.schema import Compute

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "precision.md"
CONSOLE = re.compile(r"(?<=```console\n).*?(?=```)", flags=re.DOTALL)
LLAMA_8B = "meta-llama/Meta-Llama-3.1-8B"
IN_FLIGHT = (1, 4, 16, 32, 48, 64, 96, 128, 256)
CLASSES = ("dense-small", "dense-medium", "dense-large", "moe")


def commands() -> list[tuple[str, str]]:
    """Every command of the page with the output that stands below it."""
    found = []
    for block in CONSOLE.findall(PAGE.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            found.append((command, shown))
    return found


def output(command: str) -> str:
    """What a command prints, run by a shell that knows ``planner``."""
    planner = f'planner() {{ "{sys.executable}" -m planner "$@"; }}; {command}'
    done = subprocess.run(["bash", "-c", planner], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout


def support(catalog: Catalog) -> str:
    """Formats by architecture under vLLM, as a table."""
    names = [*catalog.formats, *(f"KV {name}" for name in catalog.kv_formats)]
    held = [*catalog.formats.values(), *catalog.kv_formats.values()]
    lines = [f"| | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for architecture in catalog.architectures:
        cells = [_cell(compute_for(each, architecture, "vllm")) for each in held]
        lines.append(f"| {architecture} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(cell: Compute) -> str:
    if cell.rate is None:
        return "impossible"
    return f"{cell.support} {cell.rate}{', experts only' if cell.experts_only else ''}"


def quality(catalog: Catalog) -> str:
    """Recoveries by format and class, as a table: the careful end and the range over models."""
    lines = [f"| | {' | '.join(CLASSES)} |", f"|---|{'---|' * len(CLASSES)}"]
    for kind, formats in (("weights", catalog.formats), ("kv", catalog.kv_formats)):
        for name in formats:
            if name == "bf16":
                continue
            cells = [_range(evidence_of(catalog, kind, name, each)) for each in CLASSES]  # type: ignore[arg-type]
            lines.append(f"| {'KV ' if kind == 'kv' else ''}{name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _range(found: Evidence | None) -> str:
    if found is None:
        return "unknown"
    pooled = ", pooled" if found.pooled else ""
    return f"{found.low:.3f} ({found.least:.3f}-{found.most:.3f}, {found.models} models{pooled})"


def throughput(catalog: Catalog, accelerator: str, weight_format: str, in_flight: int) -> float:
    """Output tokens a second of one accelerator."""
    shape = {"concurrency": in_flight, "input_tokens": 512, "output_tokens": 512}
    made = estimate(LLAMA_8B, accelerator, catalog=catalog, weight_format=weight_format, **shape)
    assert made.output_tokens_per_s is not None
    return made.output_tokens_per_s


def crossover(catalog: Catalog) -> str:
    """Throughput by requests in flight, with the one at which FP8 overtakes INT4."""
    lines = ["| in flight | L40S INT4 | L40S FP8 | L40S BF16 | H100 INT4 | H100 FP8 | H100 BF16 |", f"|{'---|' * 7}"]
    pairs = [(a, f) for a in ("l40s", "h100-sxm-80gb") for f in ("w4a16", "fp8", "bf16")]
    for count in IN_FLIGHT:
        served = [f"{throughput(catalog, *pair, count):,.0f}" for pair in pairs]
        lines += [f"| {count} | {' | '.join(served)} |"]
    found = [f"{name} at {overtakes(catalog, a)}" for name, a in (("L40S", "l40s"), ("H100", "h100-sxm-80gb"))]
    return "\n".join([*lines, "", f"FP8 overtakes INT4 on {' and on '.join(found)} requests in flight."])


def overtakes(catalog: Catalog, accelerator: str) -> int:
    """Fewest requests in flight at which FP8 serves more than INT4."""
    low, high = 1, 256
    while high - low > 1:
        middle = (low + high) // 2
        ahead = throughput(catalog, accelerator, "fp8", middle) > throughput(catalog, accelerator, "w4a16", middle)
        low, high = (low, middle) if ahead else (middle, high)
    return high


def _written(text: str) -> str:
    catalog = load_catalog()
    for name, made in (("support", support), ("quality", quality), ("crossover", crossover)):
        place = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)", flags=re.DOTALL)
        table = made(catalog)
        text = place.sub(lambda _, table=table: f"\n{table}\n\n", text)  # type: ignore[misc]
    return CONSOLE.sub(lambda block: "".join(_console(block[0])), text)


def _console(block: str) -> Iterator[str]:
    for command in re.findall(r"^\$ (.*)$", block, flags=re.MULTILINE):
        yield f"$ {command}\n{output(command)}"


if __name__ == "__main__":
    PAGE.write_text(_written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
