"""What a format computes on: by architecture, and by engine where engines differ."""

from planner.catalog.schema import Compute, Format

NO_EVIDENCE = Compute(support="impossible", note="no source says that it runs there")


def compute_for(held: Format, architecture: str, engine: str | None = None) -> Compute:
    """Return how a format computes on an architecture; without evidence it is impossible.

    Parameters
    ----------
    held
        A weight or KV format.
    architecture
        Id of ``catalog/architectures``.
    engine
        Family of an engine (``vllm``, ``sglang``, ``trtllm``). An engine that the format lists is listed in full.
    """
    table = held.engines.get(engine, held.compute) if engine else held.compute
    return table.get(architecture, NO_EVIDENCE)
