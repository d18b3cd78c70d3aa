"""planner: which accelerator, how many, which split and which precision serve a language model at the least cost per token."""

__version__ = "0.1.0"
