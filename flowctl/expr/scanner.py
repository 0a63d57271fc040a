"""A condition's text, cut into tokens by one regular expression.

A foreign spelling (`==`, `&&`, curly quotes) is reported with the right one and then read as if it had been written
so, so that the mistakes behind it are found too.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from flowctl.expr import foreign
from flowctl.expr.ast import Problem, Text
from flowctl.expr.printer import ESCAPES, to_text

SYNTAX = "FC300"


class Token(NamedTuple):
    """A word of the text.

    `kind` is `name`, `text`, `number`, `day`, `moment`, `unread` (reported already), `end`, or for signs and reserved
    words the sign or the word in capitals. `text` is as written, but a text's is what stands between the quotes.
    """

    kind: str
    text: str
    start: int
    end: int


# Only what can follow a value or begin one is reserved; `WITH`, `DAYS`, `MAX` and the like are known by their place.
RESERVED = frozenset(
    (
        "AND", "OR", "NOT", "IN", "IS", "BETWEEN", "CONTAINS", "STARTS", "ENDS", "LIKE", "INCLUDES", "EXCLUDES",
        "TRUE", "FALSE", "TODAY", "NOW", "BLANK", "NULL",
    )
)  # fmt: skip

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
    | (?P<text>'[^'\\]*(?:\\.[^'\\]*)*')
    | (?P<moment>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9]{2}:?[0-9]{2})?)
    | (?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})
    | (?P<number>[0-9]+(?:\.[0-9]+)?)
    | (?P<foreign>===?|=>|=<|<>|&&|\|\||!(?!=)|≠|≤|≥)
    | (?P<sign><=|>=|!=|[=<>()+*,-])
    | (?P<quoted>"(?:[^"\\]|\\.)*"|[“”„][^“”]*[“”]|[‘’‚][^‘’]*[‘’])
    | (?P<open>['"“”„‘’‚].*)
    | (?P<unread>\{+|\}+|\S)
    | (?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)

_MISSPELT = frozenset(("foreign", "quoted", "open", "unread"))

_UNESCAPED = {escape[1]: char for char, escape in ESCAPES.items()}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def scan(text: str, problems: list[Problem]) -> list[Token]:
    """The tokens, the last of kind `end`. Adds what is misspelt to `problems`."""
    tokens = []
    new = tuple.__new__  # `Token(…)` in half the time, and thousands of conditions are scanned at each load
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        word = found[kind]
        start, end = found.span(kind)
        if kind == "name":
            capitals = word.upper()
            if capitals in RESERVED:
                kind = capitals
        elif kind == "sign":
            kind = word
        elif kind == "text":
            word = word[1:-1]
            if "\\" in word:
                word = _unescape(word, start + 1, problems)
        elif kind in _MISSPELT:
            kind, word = _misspelt(kind, word, start, end, problems)
        tokens.append(new(Token, (kind, word, start, end)))
    return tokens


def _unescape(body: str, offset: int, problems: list[Problem]) -> str:
    def plain(found: re.Match[str]) -> str:
        char = _UNESCAPED.get(found[1])
        if char is None:
            message = f"`{found[0]}` means nothing in a text"
            hint = f"a backslash itself is written twice: `\\\\{found[1]}`"
            problems.append(Problem(SYNTAX, message, offset + found.start(), offset + found.end(), hint))
        return char or found[0]

    return _ESCAPE.sub(plain, body)


def _misspelt(kind: str, word: str, start: int, end: int, problems: list[Problem]) -> tuple[str, str]:
    """Reports what is not of this language; gives the kind and text that are meant, `unread` where that is unclear."""
    if kind == "foreign":
        meant = foreign.SPELLINGS[word]
        problems.append(Problem(SYNTAX, f"`{word}` is not an operator here", start, end, f"write `{meant}`"))
        return meant, meant
    if kind == "quoted":
        hint = f"write `{to_text(Text(word[1:-1]))}`"
        problems.append(Problem(SYNTAX, "a text stands in single straight quotes", start, end, hint))
        return "text", word[1:-1]
    if kind == "open":
        hint = r"close it with `'`; a quote inside a text is written `\'`"
        problems.append(Problem(SYNTAX, "the text that begins here is not closed", start, start + 1, hint))
    else:
        shown = f"`{word}`" if word.isprintable() else f"U+{ord(word[0]):04X}"
        problems.append(Problem(SYNTAX, f"unexpected {shown}", start, end, foreign.CHARACTERS.get(word[0])))
    return "unread", word
