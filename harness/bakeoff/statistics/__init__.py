"""Compute confidence intervals, tests and ranks from the stored results of trials."""
