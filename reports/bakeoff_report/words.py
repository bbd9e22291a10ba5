"""Numbers and names as people read them."""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakeoff.records import SOURCES

if TYPE_CHECKING:
    from bakeoff.statistics.intervals import Interval

NONE = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
KINDS = {"table": "Tables", "image": "Images", "text": "Texts", "sequence": "Sequences"}
ARROWS = {"maximize": "\N{UPWARDS ARROW}", "minimize": "\N{DOWNWARDS ARROW}"}
DIRECTIONS = {"maximize": "higher is better", "minimize": "lower is better"}
TENTH = 0.1
SECONDS_A_MINUTE, SECONDS_AN_HOUR = 60, 3600
MIB_A_GIB = 1024
BIG = 1000.0
MANY_TIMES = 10

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_DIRECTION_MARKS = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def clean(text: object) -> str:
    """Text without what neither HTML nor UTF-8 can hold."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(text)).replace("\r\n", "\n")


def one_way(text: str) -> str:
    """Text whose marks can't turn the direction of its neighbours; for charts."""
    return _DIRECTION_MARKS.sub("", clean(text))


class Names:
    """Shortens long names and remembers them, so that the page can print each once in full."""

    def __init__(self, limit: int = 48) -> None:
        self.limit = limit
        self.full: dict[str, str] = {}

    def __call__(self, text: object, limit: int = 0) -> str:
        """The text itself, or its beginning and end with a mark that tells like ones apart.

        Args:
            text: whatever came from outside.
            limit: most characters; 0 for the usual limit of names.
        """
        cleaned, limit = clean(text), limit or self.limit
        if len(cleaned) <= limit:
            return cleaned
        digest = hashlib.sha256(cleaned.encode()).hexdigest()[:4]
        short = f"{cleaned[: limit - 24]}\N{HORIZONTAL ELLIPSIS}{cleaned[-12:]} ({digest})"
        self.full[short] = cleaned
        return short


def label(text: object, limit: int = 34) -> str:
    """A name short enough for the axis of a chart."""
    line = " ".join(one_way(str(text)).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}\N{HORIZONTAL ELLIPSIS}"


def tail(text: str, most: int) -> str:
    """The last characters of a long text, after a line that counts those left out."""
    left = len(text) - most
    return f"[the first {left:,} characters are left out]\n{text[-most:]}" if left > 0 else text


def spoken(name: str) -> str:
    """`end_to_end` as people say it."""
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
    """A metric as people write it."""
    return METRICS.get(name, spoken(name))


def kind_name(kind: str) -> str:
    """An input kind as a heading."""
    return KINDS.get(kind, spoken(kind))


def source_order(source: str) -> int:
    """Place of a source in the vocabulary, behind all others if it isn't there."""
    return SOURCES.index(source) if source in SOURCES else len(SOURCES)


def plural(n: int, one: str, many: str = "") -> str:
    """`1 trial`, `2 trials`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def number(value: float, digits: int, *, signed: bool = False) -> str:
    """A fixed number of digits; a real minus sign; a dash for what is not there."""
    if not math.isfinite(value):
        return NONE
    text = f"{abs(value):,.{digits}f}"
    is_zero = not text.strip("0.,")
    sign = "" if is_zero else MINUS if value < 0 else "+" if signed else ""
    return f"{sign}{text}"


def score(value: float) -> str:
    """A score: three decimals, or fewer for large ones."""
    if not math.isfinite(value) or abs(value) < BIG / 10:
        return number(value, 3)
    return number(value, 1 if abs(value) < BIG else 0)


def seconds(value: float) -> str:
    """`0.012 s`, `3.4 s`, `2.1 min`, `1.5 h`."""
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
    """MiB or GiB."""
    if not math.isfinite(mib):
        return NONE
    return f"{mib:,.0f} MiB" if mib < MIB_A_GIB else f"{mib / MIB_A_GIB:.1f} GiB"


def times(ratio: float) -> str:
    """`1.4`, `14`: how many times as long."""
    return number(ratio, 0 if ratio >= MANY_TIMES else 1 if ratio >= 1 else 2)


@dataclass(frozen=True, slots=True)
class Unit:
    """How differences of a metric are told: `points` are hundredths of a bounded score."""

    name: str
    factor: float
    digits: int

    def difference(self, value: float) -> str:
        """A signed difference, without its unit."""
        return number(value * self.factor, self.digits, signed=True)

    def size(self, value: float) -> str:
        """A difference without its sign, with its unit."""
        return f"{number(abs(value) * self.factor, self.digits)} {self.name}".strip()

    def ends(self, interval: Interval) -> str:
        """`[1.9, 4.2]`, or nothing where there is no interval."""
        return ends(interval.scaled(self.factor), self.digits)


POINTS = Unit("points", 100.0, 1)
SCALE = Unit("of the scale", 1.0, 3)


def ends(interval: Interval, digits: int) -> str:
    """`[1.9, 4.2]`, or nothing where there is no interval."""
    if not interval.is_known:
        return ""
    return f"[{number(interval.low, digits)}, {number(interval.high, digits)}]"
