"""The checks: each is one function with its code, its severity, its page and its two examples."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias, TypeVar

from flowctl.check.scope import Workspace
from flowctl.data import dataclass
from flowctl.diag import Diagnostic, Severity, Span

# place, message, hint; and the severity of what is less grave than the check
Found: TypeAlias = Iterator[tuple[Span, str, str | None] | tuple[Span, str, str | None, Severity]]

S = TypeVar("S")
WHY = "## Why it matters"
WHAT = "## What to do"


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `name` is its function's, with hyphens; `bad` and `good` are files, as `tests/check` reads them."""

    code: str
    name: str
    severity: Severity
    run: Callable[[Workspace], Found]
    doc: str
    bad: str
    good: str
    quotes: bool = True

    def diagnostics(self, workspace: Workspace) -> Iterator[Diagnostic]:
        for span, message, hint, *severity in self.run(workspace):
            excerpt = workspace.excerpt(span) if self.quotes else None
            yield Diagnostic(self.code, (*severity, self.severity)[0], message, span, hint, excerpt)


CHECKS: dict[str, Check] = {}


def check(
    code: str,
    severity: Severity,
    each: Callable[[Workspace], Iterable[S]],
    *,
    bad: str,
    good: str,
    quotes: bool = True,
) -> Callable[[Callable[[S], Found]], Callable[[S], Found]]:
    """Registers a function that looks at one subject; `each` says which subjects of a workspace it is shown.

    Args:
        bad: The smallest flow that yields this code, once and alone; or several files, each after a line `--- path`.
        good: The same, mended: it yields nothing at all.
        quotes: Whether findings show their line; not where a record's values stand in it.
    """

    def register(look: Callable[[S], Found]) -> Callable[[S], Found]:
        assert code not in CHECKS, f"{code} is taken by {CHECKS[code].name}"
        doc = inspect.cleandoc(look.__doc__ or "")
        assert WHAT in doc.partition(WHY)[2], f"{code} does not say why it matters and what to do"

        def run(workspace: Workspace) -> Found:
            for subject in each(workspace):
                yield from look(subject)

        CHECKS[code] = Check(
            code, look.__name__.replace("_", "-"), severity, run, doc, _block(bad), _block(good), quotes
        )
        return look

    return register


def _block(text: str) -> str:
    return textwrap.dedent(text).strip() + "\n"


def load_checks() -> dict[str, Check]:
    """All checks by code: imports every module of `flowctl.check.rules`, for the folder is the list."""
    from flowctl.check import rules

    for module in pkgutil.iter_modules(rules.__path__):
        importlib.import_module(f"{rules.__name__}.{module.name}")
    return dict(sorted(CHECKS.items()))
