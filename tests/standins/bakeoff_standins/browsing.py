"""What a reader does and sees on a page in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page


def is_scrolling_sideways(page: Page) -> bool:
    """Whether the whole page is wider than the window."""
    return bool(
        page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    )


def open_details(page: Page) -> None:
    """Open whatever opens on demand."""
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")


def shown_rows(page: Page) -> list[list[str]]:
    """Text of each row that the leaderboard shows, marks included, words for the ear left out."""
    return page.evaluate("""() => [...document.querySelectorAll('.board tbody tr')]
        .filter((row) => row.checkVisibility())
        .map((row) => [...row.cells].map((cell) => [...cell.childNodes]
            .filter((n) => n.className !== 'heard' && n.tagName !== 'I')
            .map((n) => n.textContent).join('|')))""")


def choose(page: Page, group: str, label: str) -> None:
    """Choose a leaderboard; an empty group is that of everything."""
    inside = f"optgroup[label='{group}'] > option" if group else "[name=view] > option"
    options = page.locator(f".filters {inside}")
    value = options.filter(has_text=label).first.get_attribute("value")
    page.locator(".filters [name=view]").select_option(value)
