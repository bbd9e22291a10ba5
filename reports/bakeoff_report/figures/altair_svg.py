"""Convert Altair charts to inline SVG: page colours, unique ids, no styles, no links."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from bakeoff_report.charts import HUES, Svg, colour
from bakeoff_report.figures.text_width import width

if TYPE_CHECKING:
    import altair as alt

    Chart = alt.Chart | alt.LayerChart | alt.FacetChart | alt.ConcatChart

SVG = "{http://www.w3.org/2000/svg}"
TAGS = frozenset(
    f"{SVG}{tag}" for tag in ("svg", "g", "path", "line", "rect", "circle", "text", "tspan", "defs")
) | {f"{SVG}clipPath"}
ATTRIBUTES = frozenset(
    {
        "viewBox", "transform", "d", "x", "y", "x1", "x2", "y1", "y2", "dx", "dy", "r", "cx", "cy",
        "width", "height", "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap",
        "fill-opacity", "stroke-opacity", "opacity", "text-anchor", "font-size", "font-weight",
        "font-style", "id", "clip-path", "stroke-miterlimit",
    }
)  # fmt: skip
_NUMBER = re.compile(r"-?\d+\.\d{3,}")


def configure(chart: Chart) -> Chart:
    """Set the fonts and colours of the page on a chart."""
    import altair as alt

    ink, muted, line = colour("ink"), colour("muted"), colour("line")
    return chart.configure(  # type: ignore[no-any-return]  # altair is not typed here
        background="transparent",
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(
            labelColor=ink, titleColor=muted, gridColor=line, domainColor=line, tickColor=line,
            labelFontSize=12, titleFontSize=12, titleFontWeight="normal", labelLimit=260,
            titlePadding=8,
        ),
        header=alt.HeaderConfig(
            labelColor=ink, titleColor=muted, labelFontSize=13, labelFontWeight="bold",
            labelLimit=360,
        ),
        legend=alt.LegendConfig(
            labelColor=ink, titleColor=muted, labelFontSize=12, titleFontSize=12,
            titleFontWeight="normal", symbolSize=80, orient="top", labelLimit=200,
        ),
        text=alt.MarkConfig(color=ink, fontSize=12),
    )  # fmt: skip


def to_svg(chart: Chart, prefix: str) -> Svg:
    """Render a chart as SVG without a browser; drop elements that the page does not need.

    Args:
        chart: any Altair chart; its colours come from `colour`.
        prefix: unique in the page; goes before every id.
    """
    import altair as alt
    import vl_convert

    # Altair's `save` validates the chart against the whole schema, which takes longer than drawing.
    # Its limit on rows protects notebooks, which store a chart's data; an SVG holds only marks.
    with alt.data_transformers.enable("default", max_rows=None):
        spec = configure(chart).to_dict(validate=False)
    markup = vl_convert.vegalite_to_svg(spec, vl_version=_vega_lite(spec["$schema"]))
    root = ET.fromstring(markup)  # noqa: S314  made by vl-convert a moment ago
    _strip(root, prefix)
    wide, high = root.attrib.pop("width"), root.attrib.pop("height")
    root.set("viewBox", root.get("viewBox", f"0 0 {wide} {high}"))
    root.set("width", wide)
    root.set("height", high)
    root.set("aria-hidden", "true")
    root.set("focusable", "false")
    ET.register_namespace("", SVG[1:-1])
    return Svg(_recolour(ET.tostring(root, encoding="unicode")))


def _vega_lite(schema: str) -> str:
    """Return the version of Vega-Lite, such as `6.1`, from the address of its schema."""
    return ".".join(schema.rsplit("/v", 1)[1].split(".")[:2])


def _strip(element: Any, prefix: str) -> None:
    for name in list(element.attrib):
        if name not in ATTRIBUTES:
            del element.attrib[name]
    if "id" in element.attrib:
        element.set("id", f"{prefix}-{element.get('id')}")
    if "clip-path" in element.attrib:
        element.set("clip-path", element.get("clip-path").replace("url(#", f"url(#{prefix}-"))
    for name in ("d", "transform"):
        if name in element.attrib:
            element.set(name, _NUMBER.sub(_shorter, element.get(name)))
    if element.tag == f"{SVG}text":
        _fit(element)
    for child in list(element):
        if child.tag in TAGS:
            _strip(child, prefix)
        else:
            element.remove(child)


def _fit(element: Any) -> None:
    """Set a text's width as laid out, so that a browser with another font keeps to it."""
    size = float((element.get("font-size") or "0").removesuffix("px"))
    is_bold = element.get("font-weight") in ("bold", "600", "700")
    pixels = width(element.text or "", size, is_bold=is_bold)
    if pixels:
        element.set("textLength", f"{pixels:.1f}")
        element.set("lengthAdjust", "spacingAndGlyphs")


def _shorter(match: re.Match[str]) -> str:
    return f"{float(match.group()):.2f}".rstrip("0").rstrip(".")


def _recolour(svg: str) -> str:
    for name in HUES:
        svg = svg.replace(f'"{colour(name)}"', f'"var(--{name.replace("_", "-")})"')
    return svg
