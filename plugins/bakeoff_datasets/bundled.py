"""Datasets inside the scikit-learn package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bakeoff.fetch.sources import installed

if TYPE_CHECKING:
    from bakeoff.interfaces import Data

LICENCE = "BSD-3-Clause (package); data from the UCI repository"


class _Bundled:
    """Base of scikit-learn's bundled datasets; `_name` is the suffix of the loader."""

    _name: str

    def load(self) -> Data:
        """Load the dataset from the installed package."""
        raise NotImplementedError

    def is_cached(self) -> bool:
        """Return True: scikit-learn belongs to the base install."""
        return True

    def fingerprint(self) -> str:
        """Return the name and scikit-learn's version."""
        return f"{self._name} {installed('scikit-learn')}"


class _Table(_Bundled):
    _problem_type = "multiclass"

    def load(self) -> Data:
        """Load the table; columns keep scikit-learn's names."""
        from bakeoff.interfaces import Data

        bunch = _bunch(self._name)
        is_regression = self._problem_type == "regression"
        return Data(
            X=bunch.data,
            y=bunch.target.to_numpy().astype("float64" if is_regression else "int64"),
            input_kind="table",
            problem_type=self._problem_type,
            classes=() if is_regression else tuple(str(name) for name in bunch.target_names),
            target="target" if is_regression else "class",
            origin=installed("scikit-learn"),
            licence=LICENCE,
        )


class Iris(_Table):
    """Iris flowers: 150 rows, 4 lengths in cm, 3 species.

    Source:
        Fisher, "The use of multiple measurements in taxonomic problems", 1936.
    """

    _name = "iris"


class Wine(_Table):
    """Chemical analyses of wines: 178 rows, 13 columns, 3 cultivars.

    Source:
        Forina et al., "PARVUS", 1991; UCI repository.
    """

    _name = "wine"


class BreastCancer(_Table):
    """Cell nuclei of breast masses: 569 rows, 30 columns, malignant or benign.

    Source:
        Street, Wolberg and Mangasarian, "Nuclear feature extraction for breast tumor diagnosis",
        1993.
    """

    _name = "breast_cancer"
    _problem_type = "binary"


class Diabetes(_Table):
    """Disease progression after one year: 442 rows, 10 columns, regression.

    Source:
        Efron, Hastie, Johnstone and Tibshirani, "Least Angle Regression", 2004.
    """

    _name = "diabetes"
    _problem_type = "regression"


class Digits(_Bundled):
    """Handwritten digits: 1797 grey images of 8 x 8 pixels, 10 classes.

    The published grey values 0..16 are scaled to 0..255 (times 255 / 16, rounded), the
    range of the input kind image; the 17 values stay distinct.

    Source:
        Alpaydin and Kaynak, "Cascading classifiers", 1998; test part of the UCI set.
    """

    _name = "digits"

    def load(self) -> Data:
        """Load the images: X uint8 (1797, 8, 8, 1), y int64 (1797,)."""
        import numpy as np

        from bakeoff.interfaces import Data

        bunch = _bunch(self._name)
        grey = bunch.data.to_numpy().reshape(-1, 8, 8, 1)
        return Data(
            X=np.rint(grey * (255 / 16)).astype(np.uint8),
            y=bunch.target.to_numpy().astype(np.int64),
            input_kind="image",
            problem_type="multiclass",
            classes=tuple(str(name) for name in bunch.target_names),
            target="digit",
            origin=installed("scikit-learn"),
            licence=LICENCE,
        )


def _bunch(name: str) -> Any:
    import sklearn.datasets

    return getattr(sklearn.datasets, f"load_{name}")(as_frame=True)
