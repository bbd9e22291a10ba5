"""Hold what the page says, as data: scores, intervals, standings, contrasts, verdicts."""
