"""Text from files, made harmless: what a terminal would obey, or would show in another order, is shown as a code.

Nothing of ours is markup to begin with: texts are put together as they are, and styles are put around them by
`Look.paint`. So a label `[red]x[/red]` is shown as it is written.
"""

from __future__ import annotations

import re
import unicodedata

# Control characters; format characters (direction, zero width, tags); surrogates; private and unassigned code points;
# line and paragraph separators. A tab is a space, so that a column stays a column.
HARMFUL = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_SUSPECT = re.compile(r"[^\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff]")
_STYLE = re.compile(r"\x1b\[(?:0|[0-9;]{1,5})m")


def safe(text: str) -> str:
    """A text on one line, for people: each character that is not plainly visible stands as its code, `\\u202e`."""
    return _SUSPECT.sub(lambda m: _shown(m.group()), text)


def lines(text: str) -> str:
    """As `safe`, for a text of several lines."""
    return "\n".join(safe(line) for line in text.split("\n"))


def printable(text: str, *, color: bool) -> str:
    """The last look at what goes out: keeps line ends, and styles where there are colours; the rest is as `lines`.

    What renderers put together is safe already; this holds for what one of them forgot.
    """
    if not color:
        return lines(text)
    pieces = _STYLE.split(text)
    styles = [*_STYLE.findall(text), ""]
    return "".join(lines(piece) + style for piece, style in zip(pieces, styles, strict=True))


def _shown(char: str) -> str:
    if char == "\t":
        return " "
    if unicodedata.category(char) not in HARMFUL:
        return char
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
