"""Datasets: published ones with fixed names, and readers of the user's files."""
