"""Compute what the page says: scores, intervals, leaderboards, contrasts, verdicts."""
