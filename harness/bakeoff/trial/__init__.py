"""Fit one method on one split, and time it."""
