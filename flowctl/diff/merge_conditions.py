"""Two sides of one condition made one: lists of values and the terms of AND and OR are merged as sets.

What stays is written as ours has it, what theirs brought as theirs has it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from flowctl.data import dataclass
from flowctl.diff.merge_order import merged_order
from flowctl.expr import (
    And,
    AnyOf,
    Compare,
    Constant,
    Expr,
    ExprError,
    Not,
    Operand,
    Or,
    all_of,
    any_of,
    fields,
    parse,
    to_text,
)

Part: TypeAlias = Expr | Operand


def merge_conditions(base: str, ours: str, theirs: str) -> str | None:
    """The text of the merged condition; None where both sides changed one thing, or the result would be a guess."""
    try:
        b, o, t = parse(base), parse(ours), parse(theirs)
    except ExprError:
        return None
    merged = _Texts(ours, theirs).merged(b, o, t)
    if merged is None:
        return None
    return merged.text if _says(merged.text, merged.part) else to_text(merged.part)


def _says(text: str, what: Part) -> bool:
    try:
        return parse(text) == what
    except ExprError:
        return False


@dataclass(frozen=True, slots=True)
class _Written:
    """A merged part of a condition and its text."""

    part: Part
    text: str


Merge: TypeAlias = Callable[[Part, Part, Part], _Written | None]


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts that the conditions of both sides were read from."""

    ours: str
    theirs: str

    def merged(self, base: Part, ours: Part, theirs: Part) -> _Written | None:
        if theirs in (base, ours):
            return self.as_ours(ours)
        if ours == base:
            return self.as_theirs(theirs)
        if any(isinstance(side, And | Or) for side in (base, ours, theirs)):
            return self.terms(base, ours, theirs)
        if isinstance(base, Not) and isinstance(ours, Not) and isinstance(theirs, Not):
            return self.negated(base, ours, theirs)
        return self.values(base, ours, theirs)

    def as_ours(self, part: Part) -> _Written:
        return _Written(part, self.ours[part.start : part.end])

    def as_theirs(self, part: Part) -> _Written:
        return _Written(part, self.theirs[part.start : part.end])

    def negated(self, base: Not, ours: Not, theirs: Not) -> _Written | None:
        inner = self.merged(base.of, ours.of, theirs.of)
        if inner is None or isinstance(inner.part, Operand):
            return None
        before, after = self.ours[ours.start : ours.of.start], self.ours[ours.of.end : ours.end]
        return _Written(Not(inner.part), f"{before}{_bracketed(inner)}{after}")

    def terms(self, base: Part, ours: Part, theirs: Part) -> _Written | None:
        """Terms that were joined, taken or changed. With AND on one side and OR on another it is not told which of
        them goes inside the other."""
        joins = {type(side) for side in (base, ours, theirs) if isinstance(side, And | Or)}
        if len(joins) > 1:
            return None
        join = joins.pop()
        b, o, t = (side.of if isinstance(side, And | Or) else (side,) for side in (base, ours, theirs))
        found = self.listed(b, o, t, self.merged)
        if not found:
            return None
        word = "AND" if join is And else "OR"
        pieces = [_Written(w.part, _bracketed(w) if len(found) > 1 else w.text) for w in found]
        text = self.joined(o, pieces, f" {word} ")
        whole = (all_of if join is And else any_of)(w.part for w in found if not isinstance(w.part, Operand))
        return _Written(whole, self.ours[ours.start : o[0].start] + text + self.ours[o[-1].end : ours.end])

    def values(self, base: Part, ours: Part, theirs: Part) -> _Written | None:
        """Values that joined or left the list of one operator; `=` is a list of one."""
        b, o, t = map(_as_list, (base, ours, theirs))
        if not (b and o and t) or not ((b.left, b.op) == (o.left, o.op) == (t.left, t.op)):
            return None
        if not any(value in b.of for value in (*o.of, *t.of)):
            return None  # each has put something else in the place of all that was there
        found = self.listed(b.of, o.of, t.of, lambda *_: None)
        if not found:
            return None
        values = tuple(w.part for w in found if isinstance(w.part, Operand))
        part = AnyOf(o.left, o.op, values)
        if not isinstance(ours, AnyOf):
            left = self.ours[o.left.start : o.left.end]
            return _Written(part, f"{left} {o.op} ({', '.join(w.text for w in found)})")
        before, text, after = (
            self.ours[ours.start : o.of[0].start],
            self.joined(o.of, found, ", "),
            self.ours[o.of[-1].end : ours.end],
        )
        return _Written(part, f"{before}{text}{after}" if after.strip() else f"{before}({text}){after}")

    def listed(
        self, base: Sequence[Part], ours: Sequence[Part], theirs: Sequence[Part], merge: Merge
    ) -> list[_Written] | None:
        """The merged parts of a list; None where a part cannot be merged."""
        mine, yours = _same_parts(base, ours), _same_parts(base, theirs)
        if any(_alike(x, y) for x in _unmatched(ours, mine) for y in _unmatched(theirs, yours) if x != y):
            return None  # both joined something of one sort
        b = {f"{at} {to_text(part)}": part for at, part in enumerate(base)}
        names = list(b)
        o, t = _named(ours, mine, names), _named(theirs, yours, names)
        found: dict[str, _Written] = {}
        for name in dict.fromkeys([*o, *t]):
            if name not in b:
                found[name] = self.as_ours(o[name]) if name in o else self.as_theirs(t[name])
            elif name in o and name in t:
                merged = merge(b[name], o[name], t[name]) if o[name] != t[name] else self.as_ours(o[name])
                merged = merged or self._one_changed(b[name], o[name], t[name])
                if merged is None:
                    return None
                found[name] = merged
            elif (o[name] if name in o else t[name]) != b[name]:
                return None  # one took what the other changed
        return [found[name] for name in merged_order(b, o, t, found).names]

    def _one_changed(self, base: Part, ours: Part, theirs: Part) -> _Written | None:
        if theirs == base:
            return self.as_ours(ours)
        return self.as_theirs(theirs) if ours == base else None

    def joined(self, ours: Sequence[Part], pieces: Sequence[_Written], joint: str) -> str:
        """The pieces with what joins them; where two stand side by side in ours already, as it is written there."""
        places = {to_text(part): at for at, part in enumerate(ours)}
        text, last = "", None
        for piece in pieces:
            at = places.get(to_text(piece.part))
            between = self.ours[ours[at - 1].end : ours[at].start] if at and last == at - 1 else joint
            text += (between if text else "") + piece.text
            last = at
        return text


def _bracketed(written: _Written) -> str:
    if isinstance(written.part, And | Or) and not written.text.startswith("("):
        return f"({written.text})"
    return written.text


def _as_list(part: Part) -> AnyOf | None:
    if isinstance(part, Compare) and part.op in ("=", "!=") and isinstance(part.right, Constant):
        return AnyOf(part.left, "IN" if part.op == "=" else "NOT IN", (part.right,))
    return part if isinstance(part, AnyOf) else None


def _same_parts(base: Sequence[Part], side: Sequence[Part]) -> dict[int, int]:
    """Which part of a side is which of the base, by position: equal ones, then those that ask the same otherwise."""
    pairs: dict[int, int] = {}
    for alike in (lambda a, b: a == b, _alike):
        for at, part in enumerate(side):
            free = (i for i, old in enumerate(base) if i not in pairs.values() and alike(old, part))
            if at not in pairs and (found := next(free, None)) is not None:
                pairs[at] = found
    return pairs


def _unmatched(side: Sequence[Part], pairs: dict[int, int]) -> list[Part]:
    return [part for at, part in enumerate(side) if at not in pairs]


def _alike(a: Part, b: Part) -> bool:
    """Whether two conditions can be one that was changed: they read the same fields in the same way."""
    if isinstance(a, Operand) or isinstance(b, Operand):
        return False
    x, y = _as_list(a) or a, _as_list(b) or b
    return type(x) is type(y) and fields(x) == fields(y) and getattr(x, "op", None) == getattr(y, "op", None)


def _named(side: Sequence[Part], pairs: dict[int, int], base: Sequence[str]) -> dict[str, Part]:
    """The parts of a side: those of the base by their names there, new ones by what they say."""
    return {base[pairs[at]] if at in pairs else f"+ {to_text(part)}": part for at, part in enumerate(side)}
