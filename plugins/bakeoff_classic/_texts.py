"""Input checks that text features share."""

from __future__ import annotations

from typing import Any


def as_texts(X: Any) -> list[str]:
    """Return X as a list of `str`.

    Raises:
        ValueError: X is not one-dimensional or holds something else than `str`.
    """
    texts = list(X)
    for text in texts:
        if not isinstance(text, str):
            raise ValueError(f"expected texts of type str; got {type(text).__name__}.")  # noqa: TRY004
    return texts
