"""Find plugins, collect what they offer, and call their hooks."""
