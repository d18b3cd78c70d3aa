"""Figures that are no times (columns a second, memory), printed below pytest-benchmark's table."""

from collections.abc import Callable

import pytest

FIGURES = pytest.StashKey[list[str]]()
Figure = Callable[[str, float, str], None]


@pytest.fixture(scope="session")
def figure(request: pytest.FixtureRequest) -> Figure:
    """What is measured, its value, its unit."""

    def keep(name: str, value: float, unit: str) -> None:
        request.config.stash.setdefault(FIGURES, []).append(f"{name}: {value:,.0f} {unit}")

    return keep


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.getoption("benchmark_enable", default=False):
        for line in config.stash.get(FIGURES, []):
            terminalreporter.write_line(line)
