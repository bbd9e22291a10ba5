"""Format numbers and names for readers."""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakeoff.records import SOURCES

if TYPE_CHECKING:
    from bakeoff.statistics.intervals import Interval
    from bakeoff.statistics.speedup import TimeRatio

NONE = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
KINDS = {
    "table": "Tables",
    "image": "Images",
    "text": "Texts",
    "sequence": "Sequences",
    "clustering": "Clustering",
}
ARROWS = {"maximize": "\N{UPWARDS ARROW}", "minimize": "\N{DOWNWARDS ARROW}"}
DIRECTIONS = {"maximize": "higher is better", "minimize": "lower is better"}
TENTH = 0.1
SECONDS_A_MINUTE, SECONDS_AN_HOUR = 60, 3600
MIB_A_GIB = 1024
BIG = 1000.0
MANY_TIMES, TWICE = 10, 2

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_DIRECTION_MARKS = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def clean(text: object) -> str:
    """Replace characters that neither HTML nor UTF-8 can hold."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(text)).replace("\r\n", "\n")


def without_direction_marks(text: str) -> str:
    """Remove marks that change the direction of writing; for charts."""
    return _DIRECTION_MARKS.sub("", clean(text))


class Names:
    """Shortener of long names; remembers them, so that the page can list each in full."""

    def __init__(self, limit: int = 48) -> None:
        self.limit = limit
        self.full: dict[str, str] = {}

    def __call__(self, text: object, limit: int = 0) -> str:
        """Return the text itself, or its start and end with a hash to keep like ones apart.

        Args:
            text: a name from data or plugins.
            limit: largest number of characters; 0 for the limit of names.
        """
        cleaned, limit = clean(text), limit or self.limit
        if len(cleaned) <= limit:
            return cleaned
        digest = hashlib.sha256(cleaned.encode()).hexdigest()[:4]
        short = f"{cleaned[: limit - 24]}\N{HORIZONTAL ELLIPSIS}{cleaned[-12:]} ({digest})"
        self.full[short] = cleaned
        return short


def label(text: object, limit: int = 34) -> str:
    """Shorten a name for the axis of a chart."""
    line = " ".join(without_direction_marks(str(text)).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}\N{HORIZONTAL ELLIPSIS}"


def tail(text: str, most: int) -> str:
    """Return the end of a long text, after a line with the number of characters left out."""
    left = len(text) - most
    return f"[the first {left:,} characters are left out]\n{text[-most:]}" if left > 0 else text


def spoken(name: str) -> str:
    """Replace underscores by spaces: `end to end`."""
    return name.replace("_", " ")


METRICS = {
    "r2": "R\N{SUPERSCRIPT TWO}",
    "f1": "F1",
    "roc_auc": "ROC AUC",
    "rmse": "RMSE",
    "mae": "MAE",
    "mse": "MSE",
    "mean_iou": "mean IoU",
    "map50": "mAP 50",
    "map50_95": "mAP 50-95",
    "dice": "Dice",
    "adjusted_rand": "adjusted Rand index",
}


def metric_name(name: str) -> str:
    """Return a metric's name as its literature writes it."""
    return METRICS.get(name, spoken(name))


def kind_name(kind: str) -> str:
    """Return an input kind as heading."""
    return KINDS.get(kind, spoken(kind))


def source_order(source: str) -> int:
    """Return the index of a source in `SOURCES`, or one past the last."""
    return SOURCES.index(source) if source in SOURCES else len(SOURCES)


def plural(n: int, singular: str, plural_form: str = "") -> str:
    """Return a count with its noun: `1 trial`, `2 trials`."""
    return f"{n:,} {singular if n == 1 else plural_form or singular + 's'}"


def number(value: float, digits: int, *, signed: bool = False) -> str:
    """Format a number with fixed digits and a real minus sign; a dash if it isn't finite."""
    if not math.isfinite(value):
        return NONE
    text = f"{abs(value):,.{digits}f}"
    is_zero = not text.strip("0.,")
    sign = "" if is_zero else MINUS if value < 0 else "+" if signed else ""
    return f"{sign}{text}"


def score(value: float) -> str:
    """Format a score with three decimals, or fewer if it is large."""
    if not math.isfinite(value) or abs(value) < BIG / 10:
        return number(value, 3)
    return number(value, 1 if abs(value) < BIG else 0)


def seconds(value: float) -> str:
    """Format seconds: `0.012 s`, `3.4 s`, `2.1 min`, `1.5 h`."""
    if not math.isfinite(value):
        return NONE
    if value < SECONDS_A_MINUTE:
        return (
            f"{value:.3f} s"
            if value < TENTH
            else f"{value:.2f} s"
            if value < 1
            else f"{value:.1f} s"
        )
    if value < SECONDS_AN_HOUR:
        return f"{value / SECONDS_A_MINUTE:.1f} min"
    return f"{value / SECONDS_AN_HOUR:.1f} h"


def memory(mib: float) -> str:
    """Format MiB, as GiB if there are many."""
    if not math.isfinite(mib):
        return NONE
    return f"{mib:,.0f} MiB" if mib < MIB_A_GIB else f"{mib / MIB_A_GIB:.1f} GiB"


def times(ratio: float) -> str:
    """Format a ratio of times: `1.04`, `2.4`, `14`."""
    return number(ratio, 0 if ratio >= MANY_TIMES else 1 if ratio >= TWICE else 2)


def why_no_ends(interval: Interval | TimeRatio | None) -> str:
    """Return why a difference has no interval: `no interval: 2 of at least 3 repeats`."""
    if interval is None or not math.isfinite(interval.estimate):
        return "no interval: no split in common"
    return interval.how if interval.how.startswith("no interval") else "no interval"


def ratio_ends(ratio: TimeRatio) -> str:
    """Format the interval of a ratio with its level: `[22, 48] (93.8 %)`; empty without one."""
    if not ratio.is_known:
        return ""
    return f"[{times(ratio.low)}, {times(ratio.high)}] ({number(100 * ratio.level, 1)} %)"


@dataclass(frozen=True, slots=True)
class Unit:
    """Unit of differences of a metric; points are hundredths of a score in [0, 1]."""

    name: str
    factor: float
    digits: int

    def difference(self, value: float) -> str:
        """Format a signed difference, without its unit."""
        return number(value * self.factor, self.digits, signed=True)

    def size(self, value: float) -> str:
        """Format a difference with its unit; only a negative one has a sign."""
        return f"{number(value * self.factor, self.digits)} {self.name}".strip()

    def ends(self, interval: Interval) -> str:
        """Format an interval as `[1.9, 4.2]`; empty without an interval."""
        return ends(interval.scaled(self.factor), self.digits)


POINTS = Unit("points", 100.0, 1)
SCALE = Unit("of the scale", 1.0, 3)


def ends(interval: Interval, digits: int) -> str:
    """Format an interval as `[1.9, 4.2]`; empty without an interval."""
    if not interval.is_known:
        return ""
    return f"[{number(interval.low, digits)}, {number(interval.high, digits)}]"
