"""Findings as people read them: the place, what is wrong, the source line with a caret, what to type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from flowctl.diag import Diagnostic, FlowctlError, Severity, Span, in_order
from flowctl.render.console import Look, cells, count
from flowctl.render.safe import safe

INDENT = "  "


def finding(diagnostic: Diagnostic, look: Look) -> str:
    """One finding."""
    return "\n".join(_finding(diagnostic, look))


def _finding(diagnostic: Diagnostic, look: Look) -> Iterator[str]:
    place = f"{look.paint('strong', safe(str(diagnostic.span)))}: " if diagnostic.span else ""
    kind = look.paint(str(diagnostic.severity), f"{diagnostic.severity}[{diagnostic.code}]")
    yield f"{place}{kind}: {safe(diagnostic.message)}"
    if diagnostic.span and diagnostic.excerpt:
        yield from excerpt(diagnostic.excerpt, diagnostic.span, str(diagnostic.severity), look)
    if diagnostic.hint:
        yield hint(diagnostic.hint, look)


def hint(text: str, look: Look) -> str:
    first, *more = text.split("\n")
    return "\n".join((f"{INDENT}{look.paint('name', 'hint:')} {safe(first)}", *(f"{INDENT}{safe(m)}" for m in more)))


def excerpt(line: str, span: Span, style: str, look: Look) -> Iterator[str]:
    """The source line and the caret below it; a long line is clipped on both sides of what the caret points at."""
    start = min(span.column - 1, len(line))
    end = min(span.end_column - 1, len(line)) if span.end_line == span.line else len(line)
    gutter = f"{INDENT}{span.line} | "
    before, at, after = clipped(line, start, end, look.width - len(gutter))
    yield f"{look.paint('faint', gutter)}{before}{at}{after}"
    below = f"{INDENT}{' ' * len(str(span.line))} | "
    yield f"{look.paint('faint', below)}{' ' * cells(before)}{look.paint(style, '^' * max(cells(at), 1))}"


def clipped(line: str, start: int, end: int, width: int) -> tuple[str, str, str]:
    """What stands before, at and after the characters from `start` to `end`, within `width` columns, made safe."""
    before, at, after = safe(line[:start]), safe(line[start:end]), safe(line[end:].rstrip())
    at = _head(at, width - 2)
    if cells(before + at + after) <= width:
        return before, at, after
    room = width - cells(at)
    left = min(cells(before), max(room // 2, room - cells(after)))
    return _tail(before, left), at, _head(after, room - left)


def _head(text: str, width: int) -> str:
    """The beginning of a text, `…` for what is cut off."""
    if cells(text) <= width:
        return text
    while text and cells(text) > width - 1:
        text = text[: min(len(text) - 1, width - 1)]
    return f"{text}…"


def _tail(text: str, width: int) -> str:
    """The end of a text, `…` for what is cut off."""
    return _head(text[::-1], width)[::-1]


def findings(found: Iterable[Diagnostic], look: Look) -> str:
    """All findings by place, a blank line between files."""
    groups = groupby(in_order(found), key=lambda d: d.span.file if d.span else "")
    return "\n\n".join("\n".join(finding(d, look) for d in group) for _, group in groups)


def tally(found: Iterable[Diagnostic]) -> str:
    """`3 errors, 1 warning`; `no findings` when there are none."""
    severities = [d.severity for d in found]
    counts = [(severities.count(severity), severity) for severity in sorted(Severity, reverse=True)]
    names = {Severity.INFO: "remark"}
    return ", ".join(count(n, names.get(s, str(s))) for n, s in counts if n) or "no findings"


def error_text(error: FlowctlError, look: Look) -> str:
    """Why a command stopped. The findings behind it come first, so that what stopped it stands last."""
    said = [findings(error.found, look), ""] if error.found else []
    said.append(f"{look.paint('error', 'error:')} {safe(error.message)}")
    if error.hint:
        said.append(hint(error.hint, look))
    return "\n".join(said)
