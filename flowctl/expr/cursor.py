"""A place in the tokens of a text, and the problems found on the way."""

from __future__ import annotations

from flowctl.expr.ast import ExprError, Problem
from flowctl.expr.scanner import SYNTAX, Token, scan

MAX_LENGTH = 100_000  # characters; a list of all countries is 4,000, and what is longer belongs into a table
MAX_DEPTH = 50  # brackets and NOTs inside each other; keeps every recursion over a condition far from Python's limit
MAX_SUMS = 50  # `+`, `-` and `*` in one condition; for the same reason, as a chain of them is a deep tree

ENDS = frozenset(("AND", "OR", ")", "end"))  # what can follow a whole comparison

_SPLIT = "split the condition over several branches"


class Stop(Exception):
    """What is being read makes no sense from here on; the problem is noted already."""


class Cursor:
    """Reads tokens one after the other. `token` is the next one; the last, `end`, is never passed."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.problems: list[Problem] = []
        if len(text) > MAX_LENGTH:
            message = f"longer than {MAX_LENGTH:,} characters"
            raise ExprError([Problem(SYNTAX, message, 0, len(text), "keep long lists in a table")])
        self.tokens = scan(text, self.problems)
        self.at = 0
        self.token = self.tokens[0]
        self.depth = 0
        self.sums = 0
        self.broken = False  # a comparison was given up; what the end of the text then lacks is no news

    def advance(self) -> Token:
        """The token that was next."""
        token = self.token
        self.at += 1
        self.token = self.tokens[self.at]
        return token

    def expect(self, kind: str, wanted: str, hint: str | None = None) -> Token:
        """The token that was next, which must be of a kind."""
        if self.token.kind != kind:
            raise self.stop(f"expected {wanted}, found {self.found()}", self.token, hint)
        return self.advance()

    def found(self) -> str:
        """The next token as a message shows it."""
        token = self.token
        return "the end" if token.kind == "end" else f"`{self.text[token.start : token.end]}`"

    def is_word(self, *words: str) -> bool:
        """Whether a word comes next that only its place tells from a field."""
        return self.token.kind == "name" and self.token.text.upper() in words

    def note(self, message: str, token: Token, hint: str | None = None, code: str = SYNTAX) -> None:
        self.problems.append(Problem(code, message, token.start, token.end, hint))

    def stop(self, message: str, token: Token, hint: str | None = None) -> Stop:
        """Notes a problem, unless it only follows from an earlier one. The caller raises what it gives."""
        if token.kind != "unread" and not (token.kind == "end" and self.broken):
            self.note(message, token, hint)
        self.broken = True
        return Stop()

    def deeper(self, token: Token) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.stop(f"nested more than {MAX_DEPTH} deep", token, _SPLIT)

    def one_more_sum(self, token: Token) -> None:
        self.sums += 1
        if self.sums > MAX_SUMS:
            raise self.stop(f"more than {MAX_SUMS} sums in one condition", token, _SPLIT)

    def recover(self, begin: int, depth: int) -> None:
        """Goes on behind the comparison that began at a token: at the AND, OR or bracket that ends it."""
        self.depth = depth
        open_brackets = 0
        for at in range(begin, len(self.tokens) if self.token.kind != "end" else 0):
            kind = self.tokens[at].kind
            if at >= self.at and (kind == "end" or (open_brackets <= 0 and kind in ENDS)):
                self.at, self.token = at, self.tokens[at]
                return
            open_brackets += (kind == "(") - (kind == ")")

    def raise_problems(self) -> None:
        if self.problems:
            raise ExprError(self.problems)
