"""The whole planner on one screen: a specification and a catalogue in, a plan out."""

from planner.pipeline.estimate import estimate
from planner.pipeline.solve import candidates, solve

__all__ = ["candidates", "estimate", "solve"]
