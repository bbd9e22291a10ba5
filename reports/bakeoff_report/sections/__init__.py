"""The sections that ship, one module each: `section(context) -> Section | None`."""
