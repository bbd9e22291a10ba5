"""Fill templates; a content security policy fixes which style and script a page may use."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

import jinja2
from markupsafe import Markup, escape

from bakeoff.records import SOURCES
from bakeoff_report.words import clean

SCRIPTS = ("board.js", "script.js")
_JOINTS = re.compile(r"(?<=\w)([+_/=])(?=\w)", re.ASCII)
_CODE = re.compile(r"`([^`]+)`")
_LOCAL = re.compile(r"#[\w.-]+|(?:\.\./)?(?:[\w.-]+/)?[\w.-]+\.html(?:#[\w.-]+)?", re.ASCII)


def fill(template: str, values: dict[str, object]) -> str:
    """Render a template; every value is escaped."""
    style, script = _resource("style.css"), "\n".join(map(_resource, SCRIPTS))
    return (
        _environment()
        .get_template(template)
        .render(
            style=Markup(style),  # noqa: S704  our own file
            script=Markup(script),  # noqa: S704  our own file
            policy=_policy(style, script),
            sources=SOURCES,
            **values,
        )
    )


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("bakeoff_report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clean"] = clean
    environment.filters["breakable"] = breakable
    environment.filters["coded"] = coded
    environment.filters["local"] = local
    environment.filters["png"] = _png
    return environment


def _png(data: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def local(link: str) -> str:
    """Return a link to an id or to a page beside this one; `#` for any other link."""
    return link if _LOCAL.fullmatch(link) else "#"


def breakable(text: str) -> Markup:
    """Escape text, and allow line breaks after `+`, `_`, `/` and `=` inside a name."""
    return Markup(_JOINTS.sub(r"\1<wbr>", str(escape(text))))  # noqa: S704  escaped just before


def coded(text: str) -> Markup:
    """Escape text, and mark text between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704  escaped just before


def light_colours() -> dict[str, str]:
    """Return the colours of the light theme by name."""
    pattern = r"--([a-z-]+): light-dark\((#[0-9a-f]{6}),"
    return dict(re.findall(pattern, _resource("style.css")))


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; "
        f"script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


@cache
def _resource(name: str) -> str:
    return (files("bakeoff_report") / "templates" / name).read_text(encoding="utf-8")
