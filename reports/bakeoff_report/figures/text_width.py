"""Text widths in Arial and fonts of the same metrics, which charts are laid out with.

A page sets the width of each text of a chart, so that a browser without those fonts fits its own
letters to the space.
"""

from __future__ import annotations

MINUS = "\N{MINUS SIGN}"
_PLAIN = {
    191: "'", 222: "ijl", 260: "|", 278: " !,./:;[\\]ftI", 333: "()-`r", 334: "{}", 355: '"',
    389: "*", 469: "^", 500: "cksvxyzJ", 556: "#$?_0123456789abdeghnopquL", 584: f"+<=>~{MINUS}",
    611: "FTZ", 667: "&ABEKPSVXY", 722: "wCDHNRU", 778: "GOQ", 833: "mM", 889: "%", 944: "W",
    1015: "@",
}  # fmt: skip
_BOLD = {
    238: "'", 278: " ,./\\Iijl", 280: "|", 333: "!():;[]-`ft", 389: "*r{}", 474: '"', 500: "z",
    556: "#$_0123456789aceksvxyJ", 584: f"+<=>~^{MINUS}", 611: "?bdghnopquFLTZ", 667: "EPSVXY",
    722: "&ABCDHKNRU", 778: "wGOQ", 833: "M", 889: "%m", 944: "W", 975: "@",
}  # fmt: skip


def _by_letter(groups: dict[int, str]) -> dict[str, int]:
    return {letter: width for width, letters in groups.items() for letter in letters}


_WIDTHS = {False: _by_letter(_PLAIN), True: _by_letter(_BOLD)}


def width(text: str, size: float, *, is_bold: bool = False) -> float | None:
    """Return the advance width in pixels, or None if a letter is not in the table.

    Args:
        text: one line.
        size: of the font in pixels.
        is_bold: whether it is set in bold.

    Source:
        Advance widths of Helvetica and Helvetica-Bold, Adobe Core 14 font metrics; Arial and
        Liberation Sans share them.

    >>> width("Arial", 1000)
    2000.0
    >>> width("\N{HANGUL SYLLABLE GA}", 12) is None
    True
    """
    widths = _WIDTHS[is_bold]
    if not all(letter in widths for letter in text):
        return None
    return sum(widths[letter] for letter in text) * size / 1000
