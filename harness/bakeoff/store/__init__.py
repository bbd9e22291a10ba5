"""Store the results of a run on disk, and read them back."""
