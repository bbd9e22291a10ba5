"""Run trials, limit them, and watch them."""
