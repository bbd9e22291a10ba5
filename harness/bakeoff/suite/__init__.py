"""Read a YAML file into a checked suite."""
