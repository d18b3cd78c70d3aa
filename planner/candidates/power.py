"""What the machines of a table draw: idle by the billing unit, and what full load adds by the replica."""

from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.rows import merged_factors
from planner.errors import CatalogError
from planner.perf.power import busy_w

if TYPE_CHECKING:
    from planner.candidates.sellers import Seller
    from planner.candidates.table import Bools, Ints, Table
    from planner.catalog.catalog import Catalog
    from planner.catalog.schema import Node
    from planner.perf.hardware import Floats


def idle_share_of(catalog: "Catalog") -> float:
    """Return the share of its full power that an accelerator draws without load."""
    return merged_factors(catalog)["power.idle_share"]


def full_w(node: "Node", catalog: "Catalog") -> float:
    """Return the power of one accelerator at full load, with its part of the host where the node states it [W].

    NaN where no source gives it.
    """
    if node.tdp_w is not None:
        return node.tdp_w / node.accelerators
    tdp_w = catalog.accelerators[node.accelerator].tdp_w
    return float("nan") if tdp_w is None else tdp_w


def full_of_sellers_w(sold: "tuple[Seller, ...]", catalog: "Catalog") -> "Floats":
    """Return the power of one accelerator at full load by seller [W]; NaN where it is not known."""
    return np.array([full_w(seller.node, catalog) for seller in sold])


def busy_of_columns_w(table: "Table", columns: "Ints") -> "Floats":
    """Return what a replica draws beyond idle at the rate that its column counts as its capacity [W]."""
    busy = busy_w(full_of_sellers_w(table.sellers, table.catalog), idle_share_of(table.catalog))
    most = 1.0 if table.fixed_demand is not None else table.workload.limits.max_utilisation
    return np.asarray(busy[table.seller[columns]] * table.accelerators[columns] * most)


def known_power(table: "Table", columns: "Ints") -> "Bools":
    """Mark the columns whose power is known, as a request that minimises energy needs them.

    Raises
    ------
    CatalogError
        When there are columns and none of them has a known power.
    """
    known = np.isfinite(full_of_sellers_w(table.sellers, table.catalog))[table.seller[columns]]
    if len(columns) and not known.any():
        names = sorted({table.sellers[seller].node.accelerator for seller in np.unique(table.seller[columns]).tolist()})
        raise CatalogError(
            f"objective: energy: no source gives the power of {', '.join(names)} (state tdp_w in an entry of your own, "
            "under --catalog, or choose another objective)"
        )
    return np.asarray(known)
