"""Coverage-guided fuzzing by atheris: ``python -m tests.fuzz.guided TARGET [libFuzzer options] [corpus folder]``.

An hour of one target: ``python -m tests.fuzz.guided plan -max_total_time=3600 fuzz-corpus``. What breaks is written to
``crash-*``: put it into ``tests/fuzz/corpus/TARGET`` once it is mended. Three of four inputs are made by editing the
tree of a document, the fourth by editing bytes.
"""

import sys
from resource import RUSAGE_SELF, getrusage
from tempfile import mkdtemp

import atheris

with atheris.instrument_imports(include=["planner", "ruamel"], enable_loader_override=False):
    from tests.fuzz.structure import FORMS, mutated
    from tests.fuzz.targets import SEEDS, TARGETS, catalog, refused

MOST_MB = 1000
"""What a target may hold, above what the process that started this one held: the system counts that as its own peak."""


def main() -> None:
    """Fuzz the target that is named, from its seeds."""
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        raise SystemExit(f"name a target: {', '.join(TARGETS)}")
    target = sys.argv.pop(1)
    catalog()

    def once(data: bytes) -> None:
        refused(target, data)

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        found = mutated(target, data, seed) if seed % 4 else None
        return found if found is not None and len(found) <= most else bytes(atheris.Mutate(data, most))

    own = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    folders = [*([] if own else [mkdtemp(prefix="planner-fuzz-")]), str(SEEDS / target)]
    given = {"custom_mutator": mutate} if target in FORMS else {}
    limit = f"-rss_limit_mb={MOST_MB + getrusage(RUSAGE_SELF).ru_maxrss // 1024}"
    atheris.Setup([*sys.argv, limit, "-timeout=60", "-max_len=20000", *folders], once, **given)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
