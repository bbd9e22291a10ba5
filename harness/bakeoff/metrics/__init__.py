"""Score predictions, one module a problem type."""
