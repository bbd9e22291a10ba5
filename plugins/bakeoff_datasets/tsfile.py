"""Reader of `.ts` files of the UCR and UEA archives.

Importing aeon, which has a reader too, takes seconds in every worker.

Source:
    Bagnall et al., "The UEA multivariate time series classification archive, 2018", section 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakeoff.errors import DataError
from bakeoff_datasets.files import numbered_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class LabelledSeries:
    """Series and labels of a `.ts` file.

    Args:
        cases: one float32 (n_channels, n_timepoints) a case; lengths may differ.
        labels: class name or number of each case, as text; empty where the file has none.
        is_regression: whether the labels are numbers to predict.
    """

    cases: tuple[npt.NDArray[np.float32], ...]
    labels: tuple[str, ...]
    is_regression: bool


def read_ts(text: str, where: str) -> LabelledSeries:
    """Parse a `.ts` file; `?` and NaN are gaps.

    Args:
        text: its content.
        where: its path, for messages.

    Raises:
        DataError: a line can't be read; says which and why.
    """
    lines = numbered_lines(text, comment="#")
    facts = _header(lines, where)
    has_label = "true" in (facts.get("classlabel"), facts.get("targetlabel"))
    cases: list[npt.NDArray[np.float32]] = []
    labels: list[str] = []
    for number, line in lines:
        location = f"{where}:{number}"
        fields = line.split(":")
        if has_label:
            labels.append(fields.pop().strip())
        cases.append(_case(fields, location))
        if len(cases[-1]) != len(cases[0]):
            raise DataError(
                location,
                f"expected {len(cases[0])} channels as in the first case; got {len(fields)}.",
            )
    return LabelledSeries(tuple(cases), tuple(labels), facts.get("targetlabel") == "true")


def stack(cases: tuple[npt.NDArray[np.float32], ...]) -> npt.NDArray[np.float32]:
    """Stack series to (n_samples, n_channels, n_timepoints); shorter ones are padded with NaN."""
    import numpy as np

    longest = max((case.shape[1] for case in cases), default=0)
    n_channels = cases[0].shape[0] if cases else 0
    stacked = np.full((len(cases), n_channels, longest), np.nan, dtype=np.float32)
    for row, case in zip(stacked, cases, strict=True):
        row[:, : case.shape[1]] = case
    return stacked


def _header(lines: Iterator[tuple[int, str]], where: str) -> dict[str, str]:
    """Return the first word after each `@name` in lower case, up to `@data`."""
    facts: dict[str, str] = {}
    for number, line in lines:
        if not line.startswith("@"):
            raise DataError(f"{where}:{number}", f"expected '@name value'; got {line[:60]!r}.")
        name, _, value = line[1:].lower().partition(" ")
        if name == "data":
            if facts.get("timestamps") == "true":
                raise DataError(
                    where, "has time stamps; expected evenly spaced values. Resample them first."
                )
            return facts
        facts[name] = value.split()[0] if value.split() else ""
    raise DataError(where, "has no @data line, so it is no .ts file or only its beginning.")


def _case(fields: list[str], where: str) -> npt.NDArray[np.float32]:
    import numpy as np

    channels = [_channel(field, where) for field in fields]
    if not channels:
        raise DataError(where, "expected values, then ':' and a label; got one field.")
    longest = max(len(channel) for channel in channels)
    case = np.full((len(channels), longest), np.nan, dtype=np.float32)
    for row, channel in zip(case, channels, strict=True):
        row[: len(channel)] = channel
    return case


def _channel(field: str, where: str) -> npt.NDArray[np.float32]:
    import numpy as np

    try:
        return np.array(field.replace("?", "nan").split(","), dtype=np.float32)
    except ValueError as error:
        raise DataError(where, f"expected numbers between commas; {error}.") from error
