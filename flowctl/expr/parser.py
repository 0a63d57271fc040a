"""From text to condition: precedence climbing over the tokens, with every problem of the text in one error.

A mistake inside one comparison does not hide the next: the parser notes it, goes on behind the comparison, and raises
at the end. Where the meaning of a mistake is plain (`= NULL`), it is noted and read as meant.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Literal, TypeVar, cast

from flowctl.diag import did_you_mean
from flowctl.expr import foreign
from flowctl.expr.ast import (
    AnyOf,
    AnyOfOp,
    Arithmetic,
    Between,
    Blank,
    Changed,
    Compare,
    CompareOp,
    Day,
    Expr,
    Extreme,
    Field,
    FieldPath,
    Flag,
    IsBlank,
    IsNew,
    Matches,
    Moment,
    Not,
    Now,
    Number,
    Operand,
    Prior,
    Problem,
    Shift,
    Text,
    Today,
    Truth,
    all_of,
    any_of,
)
from flowctl.expr.cursor import ENDS, Cursor, Stop
from flowctl.expr.pattern import pattern_error
from flowctl.expr.printer import PRODUCT, SUM, TEST, to_text
from flowctl.expr.scanner import SYNTAX, Token
from flowctl.expr.values import in_calendar

BLANK_TEXT = "FC301"

Read = TypeVar("Read", bound=date)

_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_WORDS = ("IN", "NOT", "IS", "BETWEEN", "CONTAINS", "STARTS", "ENDS", "LIKE", "INCLUDES", "EXCLUDES")
_TIGHTNESS = {**dict.fromkeys(_COMPARISONS + _WORDS, TEST), "+": SUM, "-": SUM, "*": PRODUCT}
_UNITS: dict[str, Literal["DAYS", "HOURS"]] = {"DAY": "DAYS", "DAYS": "DAYS", "HOUR": "HOURS", "HOURS": "HOURS"}
_FUNCTIONS = ("ISNEW", "CHANGED", "PRIOR", "MATCHES", "MAX", "MIN")
_ANY = Truth(Flag(True))  # stands for a comparison that was given up; never leaves the parser


@lru_cache(maxsize=65536)
def parse(text: str) -> Expr:
    """The condition that a text says. Remembered by text.

    Raises:
        ExprError: With every problem of the text (FC300: not of the language, FC301: compares with a blank text).
    """
    return _Parser(text).condition()


@lru_cache(maxsize=65536)
def parse_value(text: str) -> Operand:
    """The value that a `set` node's text says: an operand, or `BLANK`. Remembered by text.

    Raises:
        ExprError: With every problem of the text.
    """
    return _Parser(text).value()


class _Parser(Cursor):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.blanks: list[Token] = []  # blank constants that nothing has accounted for yet

    # The two whole texts

    def condition(self) -> Expr:
        read: Expr = _ANY
        if self.token.kind == "end":
            self.note("the condition is empty", self.token, "write `TRUE` for one that always holds")
        else:
            read = self.stands(self.disjunction())
        if self.token.kind == ")":
            self.note("this bracket closes nothing", self.token, "delete it")
        self.note_blanks("Email IS BLANK")
        self.raise_problems()
        return read

    def value(self) -> Operand:
        read: Operand = Blank()
        try:
            read = self.operand(SUM)
            if self.token.kind != "end":
                hint = f"write a text in quotes, as in `{to_text(Text(self.text.strip()))}`"
                raise self.stop(f"expected the end of the value, found {self.found()}", self.token, hint)
        except Stop:
            pass
        if isinstance(read, Blank) and self.blanks:
            self.blanks.pop()  # `BLANK` alone is what clears a field
        self.note_blanks("BLANK")
        self.raise_problems()
        return read

    def note_blanks(self, instead: str) -> None:
        for token in self.blanks:
            if token.kind == "text":
                self.note("nothing compares with a blank text", token, f"write `{instead}`", BLANK_TEXT)
            else:
                self.note(f"`{token.text}` is not a value to compare with", token, f"write `{instead}`")
        self.blanks.clear()

    # Conditions. Where brackets may hold either, reading gives a condition or a value, and the place decides.

    def disjunction(self) -> Expr | Operand:
        return self.joined("OR", self.conjunction, any_of)

    def conjunction(self) -> Expr | Operand:
        return self.joined("AND", self.negation, all_of)

    def joined(
        self, word: str, part: Callable[[], Expr | Operand], join: Callable[[Iterable[Expr]], Expr]
    ) -> Expr | Operand:
        left = part()
        if self.token.kind != word:
            return left
        parts = [self.stands(left)]
        while self.token.kind == word:
            self.advance()
            parts.append(self.stands(part()))
        return join(parts)

    def stands(self, read: Expr | Operand) -> Expr:
        """What was read, as a condition: a checkbox stands for itself, any other value must be compared."""
        if isinstance(read, Expr):
            return read
        if isinstance(read, Field | Prior | Flag):
            return Truth(read, start=read.start, end=read.end)
        message = f"`{to_text(read)}` is a value, not a condition"
        self.problems.append(Problem(SYNTAX, message, read.start, read.end, "compare it, as in `Status = 'MQL'`"))
        return _ANY

    def negation(self) -> Expr | Operand:
        """One comparison, or NOT and one. Mistakes end here: it is given up, and reading goes on behind it."""
        begin, depth = self.at, self.depth
        try:
            if self.token.kind == "NOT":
                start = self.token.start
                self.deeper(self.advance())
                of = self.stands(self.negation())
                self.depth -= 1
                return Not(of, start=start, end=of.end)
            read = self.term(TEST)
            if self.token.kind not in ENDS:
                raise self.stop_after(read)
            return read
        except Stop:
            self.recover(begin, depth)
            return _ANY

    def stop_after(self, read: Expr | Operand) -> Stop:
        hint = foreign.OPERATORS.get(self.token.text.upper())
        if not isinstance(read, Operand):
            return self.stop(f"expected AND or OR, found {self.found()}", self.token, hint)
        if self.token.kind == "name":
            hint = hint or "a field is written by its API name, which has no spaces"
        return self.stop(f"expected an operator after `{to_text(read)}`, found {self.found()}", self.token, hint)

    # Comparisons and arithmetic, by precedence

    def term(self, tightness: int) -> Expr | Operand:
        left = self.primary()
        while _TIGHTNESS.get(self.token.kind, 0) >= tightness:
            left = self.infix(left)
        return left

    def operand(self, tightness: int) -> Operand:
        begin = self.token
        read = self.term(tightness)
        if not isinstance(read, Operand):
            raise self.stop("a condition stands where a value is needed", begin, "join conditions with AND or OR")
        return read

    def infix(self, left: Expr | Operand) -> Expr | Operand:
        sign = self.token
        if not isinstance(left, Operand):
            raise self.stop(f"`{sign.text}` needs a value on its left", sign, "join conditions with AND or OR")
        self.advance()
        kind = sign.kind
        if kind in _COMPARISONS:
            right = self.operand(SUM)
            return self.checked(Compare(left, cast(CompareOp, kind), right, start=left.start, end=right.end))
        match kind:
            case "+" | "-" | "*":
                return self.sum(left, sign)
            case "IN" | "INCLUDES" | "EXCLUDES":
                return self.tested(left, cast(AnyOfOp, kind), self.listed(kind))
            case "CONTAINS" | "LIKE":
                return self.tested(left, cast(AnyOfOp, kind), self.one_or_listed())
            case "STARTS" | "ENDS":
                if not self.is_word("WITH"):
                    hint = f"write `{kind} WITH`"
                    raise self.stop(f"expected WITH after {kind}, found {self.found()}", self.token, hint)
                self.advance()
                return self.tested(left, cast(AnyOfOp, f"{kind} WITH"), self.one_or_listed())
            case "IS":
                return self.is_blank(left, sign)
            case "BETWEEN":
                low = self.operand(SUM)
                self.expect("AND", "AND", "write `Employees BETWEEN 101 AND 750`")
                high = self.operand(SUM)
                return Between(left, low, high, start=left.start, end=high.end)
            case _:
                return self.negated(left, sign)

    def negated(self, left: Operand, sign: Token) -> Expr:
        """`NOT IN`; elsewhere NOT stands before the comparison, which is what the hint then shows."""
        if self.token.kind == "IN":
            self.advance()
            return self.tested(left, "NOT IN", self.listed("NOT IN"))
        if _TIGHTNESS.get(self.token.kind) != TEST or self.token.kind == "NOT":
            hint = "write `Status NOT IN ('Raw', 'MQL')`"
            raise self.stop(f"expected IN after NOT, found {self.found()}", self.token, hint)
        atom = self.stands(self.infix(left))
        self.note("NOT stands before the whole comparison", sign, f"write `{to_text(Not(atom))}`")
        return Not(atom)

    def tested(self, left: Operand, op: AnyOfOp, of: tuple[Operand, ...]) -> Expr:
        return self.checked(AnyOf(left, op, of, start=left.start, end=self.tokens[self.at - 1].end))

    def one_or_listed(self) -> tuple[Operand, ...]:
        return self.listed("") if self.token.kind == "(" else (self.operand(SUM),)

    def listed(self, op: str) -> tuple[Operand, ...]:
        self.expect("(", f"a list after {op}", f"write `{op} ('Raw', 'MQL')`")
        return self.items()

    def items(self) -> tuple[Operand, ...]:
        """Values up to the closing bracket, which is read too."""
        of = [self.operand(SUM)]
        while self.token.kind == ",":
            self.advance()
            of.append(self.operand(SUM))
        self.expect(")", "`,` or `)`")
        return tuple(of)

    def is_blank(self, left: Operand, sign: Token) -> Expr:
        negated = self.token.kind == "NOT"
        if negated:
            self.advance()
        if not isinstance(left, Field | Prior):
            raise self.stop("IS BLANK asks about a field", sign)
        atom = IsBlank(left, negated, start=left.start, end=self.token.end)
        if self.token.kind == "NULL" or self.is_word("EMPTY"):
            self.note(f"`{self.token.text}` is not a word of this language", self.token, f"write `{to_text(atom)}`")
        elif self.token.kind != "BLANK":
            hint = f"write `{to_text(atom)}`, or compare with `=`"
            raise self.stop(f"expected BLANK, found {self.found()}", self.token, hint)
        self.advance()
        return atom

    def checked(self, atom: Compare | AnyOf) -> Expr:
        """The atom; notes the blank constants in it, with what says them right."""
        if self.blanks:
            self.note_blanks(to_text(_with_is_blank(atom)))
        return atom

    def sum(self, left: Operand, sign: Token) -> Operand:
        self.one_more_sum(sign)
        unit = _UNITS.get(self.tokens[self.at + 1].text.upper()) if self.token.kind == "number" else None
        if unit and sign.kind != "*":
            return self.shift(left, sign, unit)
        right = self.operand(_TIGHTNESS[sign.kind] + 1)
        op = cast(Literal["+", "-", "*"], sign.kind)
        return Arithmetic(left, op, right, start=left.start, end=right.end)

    def shift(self, left: Operand, sign: Token, unit: Literal["DAYS", "HOURS"]) -> Operand:
        amount = self.advance()
        if not amount.text.isdigit() or len(amount.text) > 6:
            raise self.stop("a period is a whole number, of six digits at most", amount, "write `TODAY - 30 DAYS`")
        count = int(sign.kind + amount.text)
        return Shift(left, count, unit, start=left.start, end=self.advance().end)

    # Single values

    def primary(self) -> Expr | Operand:  # noqa: C901 -- one case for each way a value begins
        token = self.token
        match token.kind:
            case "name":
                self.advance()
                if self.token.kind == "(":
                    return self.call(token)
                return Field(tuple(token.text.split(".")), start=token.start, end=token.end)
            case "text":
                self.advance()
                if not token.text.strip():
                    self.blanks.append(token)
                return Text(token.text, start=token.start, end=token.end)
            case "number":
                return self.number(self.advance(), token.start)
            case "(":
                return self.group()
            case "TRUE" | "FALSE":
                self.advance()
                return Flag(token.kind == "TRUE", start=token.start, end=token.end)
            case "day":
                return self.day(self.advance())
            case "moment":
                return self.moment(self.advance())
            case "TODAY" | "NOW":
                self.advance()
                if self.token.kind == "(":
                    raise self.stop(f"{token.kind} takes no brackets", self.token, f"write `{token.kind}`")
                return replace(Today() if token.kind == "TODAY" else Now(), start=token.start, end=token.end)
            case "BLANK" | "NULL":
                self.blanks.append(self.advance())
                return Blank(start=token.start, end=token.end)
            case "-" if self.tokens[self.at + 1].kind == "number":
                self.advance()
                return self.number(self.advance(), token.start, sign=-1)
            case _:
                raise self.stop_at_no_value()

    def stop_at_no_value(self) -> Stop:
        token, message = self.token, f"expected a value, found {self.found()}"
        hint = "write `0 - FIELD`" if token.kind == "-" else None
        if token.kind in foreign.FUNCTIONS and self.tokens[self.at + 1].kind == "(":
            hint = foreign.FUNCTIONS[token.kind]
            self.advance()  # `AND(a, b)`: reading goes on behind the brackets
        return self.stop(message, token, hint)

    def group(self) -> Expr | Operand:
        begin = self.advance()
        self.deeper(begin)
        inner = self.disjunction()
        end = self.expect(")", "`)`", "close the bracket")
        self.depth -= 1
        return replace(inner, start=begin.start, end=end.end)

    def number(self, token: Token, start: int, sign: int = 1) -> Operand:
        if self.token.text.upper() in _UNITS:
            period = self.text[token.start : self.token.end]
            raise self.stop("a period of time is added to a day or a moment", token, f"write `TODAY - {period}`")
        value = float(token.text)
        if math.isinf(value):
            raise self.stop("the number is too large", token)
        return Number(sign * value or 0.0, start=start, end=token.end)

    def day(self, token: Token) -> Operand:
        value = _read(date.fromisoformat, token.text)
        if value is None:
            message = f"`{token.text}` is no day of the years 1700 to 4000"
            raise self.stop(message, token, "write year-month-day: `2026-11-23`")
        return Day(value, start=token.start, end=token.end)

    def moment(self, token: Token) -> Operand:
        value = _read(datetime.fromisoformat, token.text)
        if value is None:
            message = f"`{token.text}` is no moment of the years 1700 to 4000"
            raise self.stop(message, token, "write `2026-11-23T09:00:00Z`")
        if value.tzinfo is None:
            hint = f"write `{token.text}Z` for UTC, or an offset as in `{token.text}+01:00`"
            raise self.stop("a moment needs its time zone", token, hint)
        return Moment(value.astimezone(UTC), start=token.start, end=token.end)

    # Functions

    def call(self, name: Token) -> Expr | Operand:
        self.deeper(self.advance())
        read = self.function(name)
        self.depth -= 1
        return replace(read, start=name.start, end=self.tokens[self.at - 1].end)

    def function(self, name: Token) -> Expr | Operand:
        match name.text.upper():
            case "ISNEW":
                self.closed()
                return IsNew()
            case "CHANGED":
                return Changed(self.path())
            case "PRIOR":
                return Prior(self.path())
            case "MATCHES":
                of = self.operand(SUM)
                self.expect(",", "`,`", "write `MATCHES(Company, '^acme')`")
                return Matches(of, self.pattern())
            case "MAX" | "MIN" as extreme:
                values = self.items()
                if len(values) == 1:
                    raise self.stop(f"{extreme} needs two values at least", name, f"write `{extreme}(A__c, B__c)`")
                return Extreme(extreme, values)
            case other:
                hint = foreign.FUNCTIONS.get(other) or did_you_mean(other, _FUNCTIONS)
                raise self.stop(f"unknown function `{name.text}`", name, hint or f"functions: {', '.join(_FUNCTIONS)}")

    def closed(self) -> None:
        self.expect(")", "`)`")

    def path(self) -> FieldPath:
        name = self.expect("name", "a field", "write its API name, as in `CHANGED(Status)`")
        self.closed()
        return tuple(name.text.split("."))

    def pattern(self) -> str:
        token = self.expect("text", "a pattern in quotes", "write `MATCHES(Company, '^acme')`")
        self.closed()
        if wrong := pattern_error(token.text):
            self.note(f"not a regular expression (RE2): {wrong}", token)
        return token.text


def _read(read: Callable[[str], Read], text: str) -> Read | None:
    try:
        value = read(text)
    except ValueError:
        return None
    return value if in_calendar(value) else None


def _with_is_blank(atom: Compare | AnyOf) -> Expr:
    """What an atom with blank constants in it means to say."""
    sides = (atom.left, atom.right) if isinstance(atom, Compare) else (atom.left, *atom.of)
    filled = [side for side in sides if not _is_blank(side)]
    subject = next((side for side in filled if isinstance(side, Field | Prior)), Field(("Email",)))
    negated = atom.op in ("!=", "NOT IN", "EXCLUDES")
    asked = IsBlank(subject, negated)
    if isinstance(atom, Compare) or len(filled) < 2:
        return asked
    rest = replace(atom, of=tuple(filled[1:]))
    return all_of((asked, rest)) if negated else any_of((asked, rest))


def _is_blank(operand: Operand) -> bool:
    return isinstance(operand, Blank) or (isinstance(operand, Text) and not operand.value.strip())
