"""Fit one method on one split, score it and time it."""
