"""The page put together: one file with its style, its script and its data inside."""

from __future__ import annotations

import base64
import hashlib
import html as escaping
import json
import re
from functools import cache
from pathlib import Path

from flowctl.document import Json
from flowctl.ops.page import Page
from flowctl.render.page.data import data
from flowctl.render.safe import safe

HERE = Path(__file__).parent
# In the order in which they stand in the page; the scripts share one scope.
STYLES = ("ink", "bar", "side", "map", "overlays", "panel", "narrow")
SCRIPTS = (
    "dom", "model", "icons", "state", "scene", "camera", "overlays", "panel", "leads", "side", "changes", "search",
    "walk", "keys", "main",
)  # fmt: skip
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\x7f": "\\u007f"}


def html(page: Page) -> str:
    """The file."""
    style, script = styles(), scripts()
    filled = {
        "policy": policy(style, script),
        "title": escaping.escape(title(page)),
        "style": style,
        "data": embedded(data(page)),
        "script": script,
    }
    return re.sub(r"\[\[(\w+)\]\]", lambda m: filled[m[1]], asset("page.html"))


def title(page: Page) -> str:
    versions = f"{page.before} → {page.after}" if page.before is not None else page.after
    return safe(f"{page.opens} · {versions} · flowctl")


def policy(style: str, script: str) -> str:
    """The Content-Security-Policy: this style, this script, pictures inside the page, and nothing else at all."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{digest(script)}'",
            f"style-src '{digest(style)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def embedded(value: Json) -> str:
    """Data as JSON that ends no script element and is only ASCII: no text in it can become markup."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for char, code in _UNSAFE.items():
        text = text.replace(char, code)
    return text


def styles() -> str:
    """The style, in the order in which a later rule wins."""
    return "\n" + "\n".join(asset(f"{name}.css") for name in STYLES)


def scripts() -> str:
    """The script: the pieces of it in order, in a scope of their own."""
    pieces = "\n".join(asset(f"{name}.js") for name in SCRIPTS)
    return f'\n"use strict";\n(() => {{\n{pieces}\n}})();\n'


@cache
def asset(name: str) -> str:
    return (HERE / name).read_text("utf-8")
