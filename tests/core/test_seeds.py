"""Seeds are hashes of names."""

from __future__ import annotations

import hashlib

from bakeoff.provenance.seeds import seed_of


def test_seed_is_the_first_four_bytes_of_the_hash() -> None:
    """Another implementation of the canonical text gives the same number."""
    digest = hashlib.sha256(b'["digits","hog",3,0]').hexdigest()

    assert seed_of("digits", "hog", 3, 0) == int(digest[:8], 16)


def test_seeds_of_different_names_differ() -> None:
    """Order, type and the borders between parts all count."""
    names: list[tuple[str | int, ...]] = [
        ("a", "b"),
        ("b", "a"),
        ("ab",),
        ("a,b",),
        ("a", 1),
        ("a", "1"),
    ]

    assert len({seed_of(*parts) for parts in names}) == len(names)
