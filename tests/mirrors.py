"""Which tests mirror a module: those that a mutant of it must not survive."""

from pathlib import Path

STEP = {"gemm", "attention", "moe", "collectives", "memory", "batch", "hardware", "step", "pipeline", "work", "power"}
"""Physics of one step; the rest of perf/ is physics under load."""
STEP_TESTS = (
    *("operators_by_hand", "step_by_hand", "memory", "pipeline", "matrices", "operators", "power", "work", "hardware"),
    *("compressed_attention", "indexed_attention", "sparse_latent_attention", "step"),
)
LOAD_TESTS = (
    "bands", "load_by_hand", "queueing", "roots", "curves", "interleaving", "pace", "tables", "waiting", "steady",
    "sensitivity", "scales", "last_batch", "lengths", "closed_loop", "capacity", "steady_laws", "steady_oracle",
)  # fmt: skip
SOLVE_TESTS = {
    "joint": ("joint_search", "joint_mix", "joint_bound"),
    "mix": ("mix", "mix_oracle"),
    "spot": ("solve_usage", "joint_mix"),
    "dominance merging": ("solve_dominance", "solve_brute_force"),
    "terms objective lexicographic": ("solve_groups", "solve_terms", "solve_energy", "solve_brute_force"),
    "search": ("solve_groups", "solve_terms", "solve_effort", "solve_brute_force", "solve_tangled"),
    "effort interrupt clash": ("solve_effort", "solve_short_of_time", "solve_groups", "solve_clash"),
    "relaxation master prices mixing parts greedy improving narrowing solver": (
        *("solve_groups", "solve_relaxation", "solve_plain", "solve_effort", "solve_short_of_time", "solve_tangled"),
    ),
}
"""Of modules, or those whose name begins so, the tests that mirror them; for the others of solve/ `PACKED_TESTS`."""
PACKED_TESTS = (
    *("solve_groups", "solve_packing", "solve_usage", "solve_placement", "solve_brute_force", "solve_tangled"),
    "solve_clash",
)
MUTATIONS = "tests/plan/test_check_mutations.py::test_the_checker_objects_to_every_corrupted_promise"
CHECK_TESTS = [
    *(f"tests/plan/test_check_{name}.py" for name in ("objections", "placement_objections", "other_objections")),
    "tests/plan/test_check_profile_objections.py",
    *(f"tests/review/test_review_{name}.py" for name in ("verify", "limits", "mutations")),
    *("tests/plan/test_check_regions.py", "tests/plan/test_costs.py"),
    *(f"{MUTATIONS}[{name}]" for name in ("fixed-concurrency", "survive-a-node", "owned-and-rented", "two-profiles")),
]
PROFILE_TESTS = [
    "tests/plan/test_check_profile_objections.py",
    f"{MUTATIONS}[two-profiles]",
    "tests/pipeline/test_pipeline_profile.py",
    "tests/pipeline/test_pipeline_joint_profile.py",
    f"{MUTATIONS}[week-profile]",
]


def tests_of(path: Path) -> list[str]:
    """The tests that mirror a module of planner/, those that are soon done first."""
    stem = path.stem
    if path.parts[0] == "perf":
        names = STEP_TESTS if stem in STEP else LOAD_TESTS
        return [f"tests/perf/test_{name}.py" for name in sorted(names, key=lambda name: name != stem)]
    if path.parts[0] == "solve":
        kinds = (names for stems, names in SOLVE_TESTS.items() if stem in stems.split() or stem.split("_")[0] == stems)
        return [f"tests/solve/test_{name}.py" for name in next(kinds, PACKED_TESTS)]
    return PROFILE_TESTS if stem.startswith(("check_joint", "check_profile")) else CHECK_TESTS
