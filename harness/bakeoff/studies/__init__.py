"""The studies that come with bakeoff; others come from plugins through the same door."""
