"""The errors of planner. A message says place, value, rule and remedy."""


class PlannerError(Exception):
    """Anything that planner refuses or cannot do. The command line maps it to an exit code."""

    exit_code = 1


class CatalogError(PlannerError):
    """A catalogue entry is wrong, or lacks a figure that the question needs."""

    exit_code = 2


class SpecError(PlannerError):
    """The request is wrong. Holds every problem found, each as ``file:line:column: key: problem (remedy)``."""

    exit_code = 2

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems: tuple[str, ...] = problems


class ArchitectureError(SpecError):
    """A model's ``config.json`` describes what planner does not understand; it is named, never approximated."""


class NoAnswerError(PlannerError):
    """A limit was reached before any plan was found or refuted."""

    exit_code = 4


class SolverBug(PlannerError):  # noqa: N818  a defect of ours, not an error of the user's
    """The independent checker disagrees with the solver's plan, or the solver refuses the model."""
