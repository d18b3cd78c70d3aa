"""Install what is built in empty environments, by hand: ``python -m tests.wheel_matrix python3.11 python3.12 ...``.

Each interpreter gets an environment of its own, in which the wheel is installed, asked for a plan from another folder,
and removed; then the same wheel stays zipped; then the source distribution is installed. All must print the same plan.
"""

import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from tests.wheels import EXAMPLE, Built, build, run


def plans(python: str, built: Built, folder: Path) -> dict[str, str]:
    """Return what each way of installing prints."""
    run(folder, python, "-m", "venv", folder / "venv")
    scripts = folder / "venv" / "bin"
    pip = (scripts / "python", "-m", "pip", "--quiet", "--disable-pip-version-check")
    printed = {}
    run(folder, *pip, "install", built.wheel)
    printed["wheel"] = run(folder, scripts / "planner", "solve", EXAMPLE)
    run(folder, *pip, "uninstall", "--yes", "servingplan")
    zipped = (scripts / "python", "-m", "planner", "solve", EXAMPLE)
    printed["zipped wheel"] = run(folder, *zipped, python_path=str(built.wheel))
    run(folder, *pip, "wheel", "--no-deps", "--wheel-dir", folder / "own", built.sdist)
    assert next((folder / "own").glob("*.whl")).read_bytes() == built.wheel.read_bytes()
    run(folder, *pip, "install", built.sdist)
    printed["source distribution"] = run(folder, scripts / "planner", "solve", EXAMPLE)
    return printed


def main() -> None:
    """Print one line a way and interpreter, with the digest of the plan; fail where two plans differ."""
    found = set()
    with tempfile.TemporaryDirectory() as scratch:
        built = build(Path(scratch) / "dist")
        for number, python in enumerate(sys.argv[1:] or [sys.executable]):
            folder = Path(scratch) / str(number)
            folder.mkdir()
            version = run(folder, python, "--version").strip()
            for way, plan in plans(python, built, folder).items():
                assert "proven" in plan
                found.add(plan)
                print(f"{version:14}  {way:20}  {sha256(plan.encode()).hexdigest()[:12]}", flush=True)  # noqa: T201
    if len(found) > 1:
        raise SystemExit("the plans differ")


if __name__ == "__main__":
    main()
