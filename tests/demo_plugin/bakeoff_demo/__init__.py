"""An external plugin for bakeoff with one component of each kind, one module a kind."""
