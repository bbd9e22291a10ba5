"""Studies that come with bakeoff; plugins can register others."""
