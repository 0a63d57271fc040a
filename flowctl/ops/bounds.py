"""Bounds that the leads of a plan must keep to, as `flowctl.yaml` writes them: `moved <= 5%`, `unrouted == 0`."""

from __future__ import annotations

import re
from typing import Literal, cast

from flowctl.data import dataclass
from flowctl.diag import Span, did_you_mean
from flowctl.document import Document, Json, Scalar, Tree
from flowctl.flow.kinds import MISSING, NAME, Kind, Missing, a_scalar

Figure = Literal["moved", "unrouted", "share", "agreement"]
Op = Literal["<=", ">=", "==", "<", ">"]

FIGURES = ("moved", "unrouted", "share", "agreement")
WORDS = {"<=": "at most", ">=": "at least", "==": "exactly", "<": "below", ">": "above"}
_BOUND = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:\(\s*([^()\s]*)\s*\))?\s*(<=|>=|==|<|>|=|!=)?\s*([^\s%]+)?\s*(%)?\s*(.*)")
_NUMBER = re.compile(r"\d{1,12}(\.\d+)?")
_EXAMPLES = "as in `moved <= 5%`, `unrouted == 0`, `share(user/bea.kim) <= 30%`, `agreement >= 98%`"
_OWNER = "`user/NAME`, `queue/NAME` or `roster/NAME`"


@dataclass(frozen=True, slots=True)
class Bound:
    """A figure and its limit: a number of leads, or with `is_share` per cent of them. `of` is whose share it is."""

    figure: Figure
    op: Op
    limit: float
    is_share: bool
    of: str | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.op} {self.spelled}"

    @property
    def name(self) -> str:
        return f"{self.figure}({self.of})" if self.of else self.figure

    @property
    def spelled(self) -> str:
        """The limit, as it is written."""
        return f"{self.limit:.12g}{'%' if self.is_share else ''}"

    @property
    def words(self) -> str:
        """The limit in words: `at most 5%`."""
        return f"{WORDS[self.op]} {self.spelled}"

    def holds(self, leads: int, of: int) -> bool:
        """Whether so many leads, of so many, keep to it."""
        found, limit = (100.0 * leads, self.limit * of) if self.is_share else (float(leads), self.limit)
        match self.op:
            case "<=":
                return found <= limit
            case ">=":
                return found >= limit
            case "==":
                return found == limit
            case "<":
                return found < limit
            case ">":
                return found > limit


@dataclass(frozen=True, slots=True)
class BoundText(Kind):
    """A bound, written as a comparison."""

    def read(self, tree: Tree, document: Document) -> Bound | Missing:
        scalar = a_scalar(tree, document, f"a bound, {_EXAMPLES}")
        if scalar is None:
            return MISSING
        found = _BOUND.fullmatch(scalar.text)
        wrong = _wrong(found) if found else ("is no bound", 0, len(scalar.text), _EXAMPLES)
        if wrong is None:
            assert found is not None
            figure, of, op, limit, share, _ = found.groups()
            return Bound(cast("Figure", figure), cast("Op", op), float(limit), bool(share), of)
        said, start, end, hint = wrong
        place = _place(document, scalar, start, end)
        document.problem("FC005", f"`{scalar.text[start:end] or scalar.text}` {said}", place, hint)
        return MISSING

    def plain(self, value: Bound, cosmetic: bool = True) -> Json:
        return str(value)


def _place(document: Document, scalar: Scalar, start: int, end: int) -> Scalar | Span:
    return document.span_inside(scalar, start, max(end, start + 1)) if scalar.text else scalar


def _wrong(found: re.Match[str]) -> tuple[str, int, int, str] | None:
    """What is wrong, where it begins and ends, and what to write."""
    figure, of, op, limit, share, rest = found.groups()
    if figure not in FIGURES:
        return "is no figure", *found.span(1), did_you_mean(figure, FIGURES) or f"one of: {', '.join(FIGURES)}"
    if figure == "share" and not _is_owner(of):
        return "names nobody", *(found.span(2) if of else found.span(1)), f"`share(user/bea.kim) <= 30%`: {_OWNER}"
    if figure != "share" and of is not None:
        return "is of all leads", *found.span(1), f"`{figure} <= 5%`, without what stands in parentheses"
    if op is None or op in ("=", "!="):
        return "is no comparison", *(found.span(3) if op else found.span(1)), "`<=`, `>=`, `==`, `<` or `>`"
    if limit is None or not _NUMBER.fullmatch(limit):
        return "is no number", *(found.span(4) if limit else found.span(3)), _EXAMPLES
    if figure in ("share", "agreement") and not share:
        return "is a share", *found.span(4), f"in per cent: `{limit}%`"
    if share and float(limit) > 100:
        return "is not a share", *found.span(4), "at most 100%"
    return ("is too much", *found.span(6), "one bound a line, each after `- `") if rest else None


def _is_owner(of: str | None) -> bool:
    kind, slash, name = (of or "").partition("/")
    return bool(slash) and kind in ("user", "queue", "roster") and bool(NAME.match(name))
