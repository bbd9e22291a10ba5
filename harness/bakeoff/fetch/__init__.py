"""Fetch data and weights from ordered sources, verify them, and keep them."""
