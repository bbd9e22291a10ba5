"""Verify the stored results of a run, repeat its trials, and pack it into an archive."""
