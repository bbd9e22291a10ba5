"""Fetch data and weights from ordered sources, verify them, and cache them."""
