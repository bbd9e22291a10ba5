"""Export tables and charts of a report as CSV, Parquet, JSON, LaTeX, SVG and PNG."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING

import pandas as pd

from bakeoff_report.blocks import Board, Figure, Table, walk
from bakeoff_report.page.files import write_file
from bakeoff_report.page.report_json import as_data, tables
from bakeoff_report.page.templating import light_colours
from bakeoff_report.words import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bakeoff.store.run_data import StoredRun
    from bakeoff_report.blocks import Placed

STORED = ("trials", "scores", "epochs", "notes", "tasks")
PNG_SCALE = 2.0
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{c: rf"\{c}" for c in "&%$#_{}"},
    "\N{MINUS SIGN}": "$-$",
    "\N{EN DASH}": "--",
    "\N{UPWARDS ARROW}": r"$\uparrow$",
    "\N{DOWNWARDS ARROW}": r"$\downarrow$",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "\N{HORIZONTAL ELLIPSIS}": r"\ldots{}",
}


def export_stored(run: StoredRun, folder: Path) -> Iterator[Path]:
    """Write each table of a run as CSV, JSON and Parquet; yield the files' paths."""
    for name in STORED:
        frame: pd.DataFrame = getattr(run, name)
        yield from _as_files(frame, folder / f"{run.name}-{name}")


def export_section(placed: Placed, folder: Path) -> Iterator[Path]:
    """Write a section's tables and charts; yield the files' paths."""
    stem = placed.anchor.removeprefix("section-")
    for index, table in enumerate(tables(placed), 1):
        yield from _as_files(as_frame(table), folder / f"{stem}-{index}")
        content = json.dumps(as_data(table), ensure_ascii=False, indent=1)
        yield _written(folder / f"{stem}-{index}-as-shown.json", content)
    blocks = placed.section.blocks
    for index, board in enumerate([b for b in walk(blocks) if isinstance(b, Board)], 1):
        yield _written(folder / f"{stem}-{index}.tex", as_latex(board.table))
    if tables(placed):
        figures = [b for b in walk(blocks) if isinstance(b, Figure) and b.svg]
        for index, figure in enumerate(figures, 1):
            svg = standalone(str(figure.svg))
            yield _written(folder / f"{stem}-{index}.svg", svg)
            yield _written(folder / f"{stem}-{index}.png", as_png(svg))


def _written(path: Path, content: str | bytes) -> Path:
    write_file(path, content)
    return path


def _as_files(frame: pd.DataFrame, stem: Path) -> Iterator[Path]:
    yield _written(stem.with_name(f"{stem.name}.csv"), frame.to_csv(index=False))
    plain = frame.astype(object).where(frame.notna(), None).to_dict(orient="records")
    lines = "\n".join(json.dumps(row, ensure_ascii=False, default=str) for row in plain)
    yield _written(stem.with_name(f"{stem.name}.json"), f"{lines}\n" if lines else "")
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    yield _written(stem.with_name(f"{stem.name}.parquet"), buffer.getvalue())


def as_frame(table: Table) -> pd.DataFrame:
    """Return a table as data frame, with full-precision numbers where the page has them.

    The line below a cell becomes a column `TITLE: below`, if any row has one.
    """
    titles = _titles(table)
    columns: dict[str, list[object]] = {}
    for index, title in enumerate(titles):
        cells = [row[index] for row in table.rows]
        numbers = [c.sort for c in cells]
        has_numbers = any(n is not None for n in numbers)
        columns[title] = [*numbers] if has_numbers else [clean(c.text) for c in cells]
        for name, values in (
            ("below", [clean(c.sub) for c in cells]),
            ("mark", [c.mark for c in cells]),
        ):
            if any(values):
                columns[f"{title}: {name}"] = [*values]
    return pd.DataFrame(columns)


def _titles(table: Table) -> list[str]:
    """Return unique column titles, numbered where two are alike."""
    seen: dict[str, int] = {}
    titles = []
    for column in table.columns:
        title = clean(column.title)
        seen[title] = seen.get(title, 0) + 1
        titles.append(title if seen[title] == 1 else f"{title} {seen[title]}")
    return titles


def as_latex(table: Table) -> str:
    """Return a table for LaTeX's `booktabs`; intervals follow their number in brackets."""
    align = "".join("r" if c.align == "number" else "l" for c in table.columns)
    heads = " & ".join(escape_latex(c.title) for c in table.columns)
    lines = []
    for row in table.rows:
        cells = []
        for cell in row:
            below = f" {{\\scriptsize {escape_latex(cell.sub)}}}" if cell.sub[:1] == "[" else ""
            text = escape_latex(cell.text) + ("$^{=}$" if cell.mark == "=" else "")
            cells.append(f"\\textbf{{{text}}}{below}" if cell.tone == "strong" else text + below)
        lines.append(" & ".join(cells) + r" \\")
    return "\n".join(
        [
            rf"\begin{{tabular}}{{{align}}}",
            r"\toprule",
            heads + r" \\",
            r"\midrule",
            *lines,
            r"\bottomrule",
            r"\end{tabular}",
            "",
        ]
    )


def escape_latex(text: str) -> str:
    """Escape text for LaTeX, on one line."""
    line = " ".join(clean(text).split())
    return "".join(_SPECIAL.get(c, c) for c in line)


def standalone(svg: str) -> str:
    """Return a chart as SVG file: fixed colours, white background, namespace."""
    colours = light_colours()
    plain = re.sub(r"var\(--([a-z-]+)\)", lambda m: colours.get(m.group(1), "#000000"), svg)
    head, rest = plain.split(">", 1)
    if "xmlns=" not in head:
        head = head.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    paper = f'<rect width="100%" height="100%" fill="{colours["paper"]}"/>'
    font = ' font-family="Arial, Helvetica, sans-serif"'
    return f"{head}{font}>{paper}{rest}"


def as_png(svg: str) -> bytes:
    """Render a standalone chart as PNG, at twice its size."""
    import vl_convert

    picture: bytes = vl_convert.svg_to_png(svg, scale=PNG_SCALE)
    return picture
