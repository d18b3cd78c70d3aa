"""The answer as a record, with its numbers and their sources."""
