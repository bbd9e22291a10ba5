"""Hash code, data and settings, derive seeds, and describe the machine."""
