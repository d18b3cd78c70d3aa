"""Who lies in which billing unit, and what each pays there."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.plan.record import Placed, Share

if TYPE_CHECKING:
    from planner.candidates.table import Table
    from planner.plan.pools import Chosen, Held


@dataclass
class Lying:
    """The units in which one pool lies, whether others lie there too, and what its part of them comes to.

    ``accelerators`` and ``usd_per_h`` [USD/h] are those of whole units, divided by the accelerators in use.
    """

    units: int = 0
    accelerators: float = 0.0
    usd_per_h: float = 0.0
    shared: bool = False


def lies(
    tables: "tuple[Table, ...]", chosen: "tuple[tuple[Chosen, ...], ...]", held: "tuple[Held, ...]"
) -> dict[tuple[int, int], Lying]:
    """Return where each pool lies, by the positions of workload and pool; a unit is paid by the accelerators in use."""
    found: dict[tuple[int, int], Lying] = {}
    for group in held:
        sizes = [_size(tables, chosen, w, at) * n for w, at, n in group.holds]
        units = group.count * group.across
        for (w, at, _), size in zip(group.holds, sizes, strict=True):
            lying = found.setdefault((w, at), Lying())
            lying.units += units
            part = units * size / sum(sizes)
            lying.accelerators += part * group.seller.offer.unit_accelerators
            lying.usd_per_h += part * group.seller.price.usd_per_unit_h
            lying.shared |= len(sizes) > 1
    return found


def placement(
    tables: "tuple[Table, ...]", chosen: "tuple[tuple[Chosen, ...], ...]", held: "tuple[Held, ...]"
) -> tuple[Placed, ...] | None:
    """Return who lies where, if that is not plain: units are shared, or the loss of nodes is to be survived."""
    surviving = any((limits := table.workload.limits).survive and limits.survive.nodes for table in tables)
    if not surviving and not any(len(group.holds) > 1 for group in held):
        return None
    return tuple(
        Placed(
            offer=group.seller.offer.id,
            purchase=group.seller.price.purchase,
            regions=group.seller.offer.regions,
            count=group.count,
            units=group.across,
            holds=tuple(
                Share(
                    workload=tables[w].workload.name,
                    pool=at,
                    replicas=n,
                    accelerators=_size(tables, chosen, w, at) * n,
                )
                for w, at, n in group.holds
            ),
        )
        for group in held
    )


def _size(tables: "tuple[Table, ...]", chosen: "tuple[tuple[Chosen, ...], ...]", w: int, at: int) -> int:
    return int(tables[w].accelerators[chosen[w][at].column])
