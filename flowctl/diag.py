"""What can be said about a place in a file, and how a command stops.

A finding is a value (`Diagnostic`); an exception (`FlowctlError`) stops the command and is the user's to mend;
anything else that is raised is our bug and has an exit code of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from flowctl.data import dataclass


class Exit(IntEnum):
    """Exit codes of every command (design, section 9)."""

    DONE = 0
    NO = 1
    CHANGES = 2
    CANNOT = 3
    STALE = 4
    BLOCKED = 5
    CONFLICTS = 6
    USAGE = 64
    BUG = 70
    INTERRUPTED = 130


class Severity(IntEnum):
    """How much a finding matters; greater is worse."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a file: lines and columns count characters from 1, the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class CellSpan(Span):
    """A place in a workbook: `file` is the sheet, a line one of its rows."""

    def __str__(self) -> str:
        letters, n = "", self.column
        while n:
            n, rest = divmod(n - 1, 26)
            letters = chr(ord("A") + rest) + letters
        return f"{self.file}!{letters}{self.line}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `excerpt` is the whole source line that the span begins on, without its line end."""

    code: str
    severity: Severity
    message: str
    span: Span | None = None
    hint: str | None = None
    excerpt: str | None = None


def in_order(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorts findings by place, those without a place first, each told once."""
    return tuple(sorted(dict.fromkeys(found), key=lambda d: (_place(d.span), d.code, d.message)))


def _place(span: Span | None) -> tuple[str, int, int, int, int]:
    return (span.file, span.line, span.column, span.end_line, span.end_column) if span else ("", 0, 0, 0, 0)


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The hint for a misspelt name, or None when nothing known is close to it."""
    import difflib  # few commands are given a word that they do not know

    names = sorted(set(known))
    folded = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return f"did you mean `{folded[close[0]]}`?" if close else None


class FlowctlError(Exception):
    """What a user can mend. Never holds a record's values.

    Args:
        message: One line, lower case, no final full stop, the user's words in backticks.
        hint: Something to type or to change.
        found: The findings behind it, shown with file, line and caret.
    """

    exit = Exit.CANNOT

    def __init__(self, message: str, *, hint: str | None = None, found: Iterable[Diagnostic] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.found = in_order(found)


class Stale(FlowctlError):
    """Live has moved since: what was thought through no longer stands."""

    exit = Exit.STALE


class Blocked(FlowctlError):
    """A gate, a freeze or another promotion stands in the way."""

    exit = Exit.BLOCKED


class Conflicts(FlowctlError):
    """Two sides changed the same thing differently."""

    exit = Exit.CONFLICTS
