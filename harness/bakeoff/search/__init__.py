"""Choose a configuration: what is tried next, evaluated, and selected."""
