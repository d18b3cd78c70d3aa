"""The catalogue: accelerators, nodes, offers, models, formats, engines, links and calibration, as validated records."""
