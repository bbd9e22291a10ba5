"""Searchers over Optuna, AutoML systems as contenders, and AutoML on a table of one's own."""
