"""`LIKE` and `MATCHES`: both take time in proportion to the text, whatever pattern somebody writes."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any


def matches(text: str, pattern: str) -> bool:
    """Whether RE2 finds the pattern in the text, anywhere and without case."""
    return _compiled(pattern).search(unicodedata.normalize("NFC", text)) is not None


def pattern_error(pattern: str) -> str | None:
    """What RE2 has against a pattern, or None when `matches` can use it."""
    import re2

    try:
        _compiled(pattern)
    except re2.error as error:
        reason = error.args[0]
        return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
    return None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> Any:
    import re2  # a C++ library that few flows need: not loaded before one does

    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    return re2.compile(unicodedata.normalize("NFC", pattern), options)


def like(text: str, pattern: str) -> bool:
    """SOQL's LIKE over folded texts: `%` is any run of characters, `_` any single one, `\\` makes them plain.

    A later `%` never makes an earlier one give back: what it has matched is as short as can be already.
    """
    parts = _parts(pattern)
    at, part, retry_at, retry_part = 0, 0, -1, -1
    while at < len(text):
        if part < len(parts) and parts[part] == "%":
            part += 1
            retry_at, retry_part = at, part
        elif part < len(parts) and parts[part] in ("_", "\\" + text[at]):
            at, part = at + 1, part + 1
        elif retry_part >= 0:
            retry_at += 1
            at, part = retry_at, retry_part
        else:
            return False
    return all(rest == "%" for rest in parts[part:])


@lru_cache(maxsize=4096)
def _parts(pattern: str) -> tuple[str, ...]:
    """`%`, `_`, or a backslash and the plain character, one for each."""
    parts, escaped = [], False
    for char in pattern:
        if char == "\\" and not escaped:
            escaped = True
            continue
        parts.append(char if char in "%_" and not escaped else "\\" + char)
        escaped = False
    return (*parts, "\\\\") if escaped else tuple(parts)
