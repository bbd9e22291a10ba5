"""Expand a suite and its data into trials."""
