"""The user's request: read with positions, checked by rules, held against the catalogue."""
