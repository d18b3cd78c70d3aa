"""Predictions held against measured results: reading, predicting, scoring, refitting."""
