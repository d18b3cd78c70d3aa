"""The decision as an integer model over CP-SAT: which columns, how many replicas, which units are bought."""
