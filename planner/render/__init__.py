"""A plan, an estimate, candidates and catalogue entries as text. Computes nothing that the record does not hold."""
