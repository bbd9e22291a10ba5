"""What the page's scripts may do, read as text."""

from __future__ import annotations

import re
from importlib.resources import files

from bakeoff_report.page.templating import SCRIPTS


def test_the_script_computes_no_statistics() -> None:
    """It has no function for a root, a power, a logarithm or a rounding, and divides nothing."""
    script = "\n".join(
        (files("bakeoff_report") / "templates" / name).read_text(encoding="utf-8")
        for name in SCRIPTS
    )
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", script, flags=re.DOTALL)

    assert [s for s in ("Math.", "**", "toFixed", "reduce(", " / ") if s in code] == []
