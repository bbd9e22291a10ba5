"""Prepare datasets, split them, and audit them."""
