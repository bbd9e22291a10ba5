"""Sections of the report, one module each: `section(context) -> Section | None`."""
