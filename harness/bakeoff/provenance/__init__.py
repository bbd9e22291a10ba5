"""Hash code, data and settings, name seeds, and describe the machine."""
