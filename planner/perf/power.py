"""Electric power of accelerators: a straight line from idle to full power over their utilisation."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.perf.hardware import Floats


def drawn_w(full_w: "Floats", idle_share: float, utilisation: "Floats") -> "Floats":
    """Power of accelerators that are busy for a share of their capacity [W].

    ``P = full (s + (1 - s) u)``, the linear power model of X. Fan, W.-D. Weber, L. A. Barroso, "Power provisioning for
    a warehouse-sized computer", ISCA 2007 (doi:10.1145/1250662.1250665), with the thermal design power as the full one.

    Parameters
    ----------
    full_w
        Power at full load [W].
    idle_share
        Share s of it that is drawn without any load.
    utilisation
        Load over capacity u, 0 to 1.
    """
    return full_w * idle_share + busy_w(full_w, idle_share) * utilisation


def busy_w(full_w: "Floats", idle_share: float) -> "Floats":
    """Power that full load adds to idle [W]."""
    return full_w * (1.0 - idle_share)
