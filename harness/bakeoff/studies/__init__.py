"""Hold the studies that come with bakeoff; plugins offer others in the same way."""
