"""Compute intervals, tests and ranks from stored rows."""
