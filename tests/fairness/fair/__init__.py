"""Compare what ships with what an expert writes in ten lines, on the same rows."""
