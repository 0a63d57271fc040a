"""Plain data as YAML text that every reader takes for the same data."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowctl.document.tree import Json

_PLAIN = re.compile(r"[A-Za-z0-9_/.(\[].*\Z")
_AMBIGUOUS = re.compile(
    r"(?i)(null|~|true|false|yes|no|on|off|[-+]?\.(inf|nan)|[-+.\d][\d_.,:exa-f+-]*|\d{4}-\d\d?-\d\d?[t ].*|\.\.\..*)\Z"
)


def scalar_text(value: str, *, inside_flow: bool = False) -> str:
    """A text as one YAML scalar on one line, plain where every YAML reader would take it for the same text."""
    risky = ": " in value or " #" in value or value.endswith((":", " ")) or value.startswith("[")
    if inside_flow:
        risky = risky or any(c in value for c in "[]{},")
    if value.isprintable() and _PLAIN.match(value) and not risky and not _AMBIGUOUS.match(value):
        return value
    return '"' + "".join(_ESCAPES.get(c) or (c if c.isprintable() else _escaped(c)) for c in value) + '"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _escaped(char: str) -> str:
    return f"\\U{ord(char):08x}" if ord(char) > 0xFFFF else f"\\u{ord(char):04x}"


def dump(value: Json, indent: int = 0) -> str:
    """Plain data as block YAML in the order given; ends in a newline. Numbers and booleans stand plain, texts that
    look like them are quoted; None is not written in a mapping."""
    return "".join(_dump(value, indent))


def _dump(value: Json, indent: int) -> Iterator[str]:
    pad = " " * indent
    if isinstance(value, dict):
        for key, item in value.items():
            if item is not None:
                yield f"{pad}{scalar_text(str(key))}:"
                yield from _dump_below(item, indent)
    elif isinstance(value, (list, tuple)):
        for item in value:
            lines = "".join(_dump(item, indent + 2)) if _is_block(item) else f"{pad}  {inline(item)}\n"
            yield f"{pad}- {lines[indent + 2 :]}"
    else:
        yield f"{pad}{inline(value)}\n"


def _dump_below(value: Json, indent: int) -> Iterator[str]:
    if _is_block(value):
        yield "\n"
        yield from _dump(value, indent + 2)
    else:
        yield f" {inline(value)}\n"


def _is_block(value: Json) -> bool:
    if isinstance(value, dict):
        return any(item is not None for item in value.values())
    return isinstance(value, (list, tuple)) and bool(value)


def inline(value: Json) -> str:
    """Plain data as YAML on one line."""
    if isinstance(value, dict):
        written = ((scalar_text(str(k), inside_flow=True), inline(v)) for k, v in value.items() if v is not None)
        return "{" + ", ".join(f"{name}: {text}" for name, text in written) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(inline(v) for v in value) + "]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return scalar_text(str(value), inside_flow=True)
