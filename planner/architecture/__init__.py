"""What a language model is made of: layers, matrices, parameters, and how to read it from ``config.json``."""
