"""Candidates: every offer x layout x format x engine setting, evaluated as arrays, each rejection with its number."""
