"""Searchers based on Optuna, and AutoML systems as methods."""
