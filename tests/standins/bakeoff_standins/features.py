"""Features that do little, quickly, and some that break a promise."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from bakeoff.errors import DataError, SourceUnavailableError
from bakeoff.interfaces import Fetched


class Numbers:
    """The table's numbers as they are."""

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn nothing."""
        return self

    def transform(self, X: Any) -> np.ndarray:
        """A float matrix."""
        return X.to_numpy(dtype=np.float64)


class Scaled(Numbers):
    """Numbers times a factor and its seed, so that both can be seen."""

    def __init__(self, factor: float = 1.0, random_state: int = 0) -> None:
        self.factor = factor
        self.random_state = random_state

    def transform(self, X: Any) -> np.ndarray:
        """A float matrix."""
        return super().transform(X) * self.factor + self.random_state


class Stacked:
    """Twice what the features in it make."""

    def __init__(self, over: Any = "numbers", twice: float = 2.0) -> None:
        self.over = over
        self.twice = twice

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit what is inside."""
        self.over.fit(X)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """A float matrix."""
        return self.twice * self.over.transform(X)


class Pixels(Numbers):
    """The images' pixels in a row."""

    def transform(self, X: Any) -> np.ndarray:
        """A float matrix."""
        return X.reshape(len(X), -1).astype(np.float64)


class Refusing(Numbers):
    """Numbers that refuse to see any target."""

    def fit(self, X: Any, y: Any = None) -> Self:
        """Raise where there are targets."""
        if y is not None:
            raise ValueError("expected no targets.")
        return self


class RefusingClusters:
    """Rows by the sign of their first number; refuses to see any target."""

    def fit(self, X: Any, y: Any = None) -> Self:
        """Raise where there are targets."""
        if y is not None:
            raise ValueError("expected no targets.")
        self.labels_ = self.predict(X)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Codes 0 and 1."""
        return (np.asarray(X)[:, 0] > 0).astype(np.int64)


class Same(Numbers):
    """The same, declared stateless."""


class Fetching(Numbers):
    """Numbers that need something from `place`; `nowhere` can't be reached, `wrong` is broken."""

    def __init__(self, place: str = "here") -> None:
        self.place = place

    @staticmethod
    def source_of(params: dict[str, Any]) -> str:
        """Of elsewhere they are random."""
        return "random" if params.get("place") == "elsewhere" else "pretrained"

    def prepare(self) -> Fetched:
        """Say what was fetched."""
        if self.place == "nowhere":
            raise SourceUnavailableError("the numbers", ("no way there",))
        if self.place == "wrong":
            raise DataError("place", "is broken")
        return Fetched(fingerprint=f"made {self.place}", origin=self.place, licence="free")

    def transform(self, X: Any) -> np.ndarray:
        """A float matrix, and a word on where it is from."""
        self.notes_ = {"place": self.place}
        return super().transform(X)


class Centred(Numbers):
    """Numbers less the training part's mean."""

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the mean."""
        self.mean_ = X.to_numpy(dtype=np.float64).mean(axis=0)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """A float matrix."""
        return super().transform(X) - self.mean_


class Holes(Numbers):
    """Numbers with a hole."""

    def transform(self, X: Any) -> np.ndarray:
        """A float matrix with NaN."""
        return np.full((len(X), 2), np.nan)


class Blurred(Numbers):
    """The same with noise from the global generator, drawn anew by every `fit`."""

    def fit(self, X: Any, y: Any = None) -> Self:
        """Draw the noise."""
        self.noise_ = np.random.normal(size=3)
        return super().fit(X, y)
