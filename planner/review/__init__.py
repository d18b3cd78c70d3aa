"""Plans under review: metrics by name, gates on them, what changed between two plans, and re-verification."""
