"""Physics: pure functions of numbers and arrays. Nothing here reads a file or knows a vendor's name."""
