"""A plugin for bakeoff by somebody else: one component of each kind, one module a kind."""
