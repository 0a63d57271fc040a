"""Whether a condition fits the fields of the workspace: names, picklist values and types, all problems at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from types import MappingProxyType
from typing import Protocol, assert_never

from flowctl.diag import did_you_mean
from flowctl.expr.ast import (
    And,
    AnyOf,
    AnyOfOp,
    Arithmetic,
    Between,
    Blank,
    Changed,
    Compare,
    Constant,
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
    Or,
    Placed,
    Prior,
    Problem,
    Shift,
    Text,
    Today,
    Truth,
    walk,
)
from flowctl.expr.printer import to_text
from flowctl.expr.values import FieldType, Kind, coerce, fold

UNKNOWN_FIELD = "FC201"
UNKNOWN_VALUE = "FC202"
MISFIT = "FC302"
BARE_PERSON = "FC218"


class Schema(Protocol):
    """The fields that a condition may read at the place where it stands."""

    def field(self, path: FieldPath) -> FieldType | None:
        """The type of a field, or None when there is no such field."""

    def known(self, prefix: FieldPath) -> Iterable[str]:
        """The names that can follow a prefix: fields and related records."""

    def why_not(self, path: FieldPath) -> str | None:
        """Why a path cannot be read here, where more is known than that its name is not, such as `bound only later`."""
        return None


# Kinds that compare with each other have one family.
_FAMILY: dict[Kind, Kind] = {
    "text": "text", "email": "text", "url": "text", "phone": "text", "id": "text", "picklist": "text",
    "user": "text", "owner": "text", "number": "number", "checkbox": "checkbox", "date": "date", "datetime": "date",
    "multipicklist": "multipicklist",
}  # fmt: skip

_SPOKEN: dict[Kind, str] = {
    "text": "a text", "email": "an email address", "url": "a web address", "phone": "a phone number", "id": "an id",
    "number": "a number", "checkbox": "a checkbox", "date": "a day", "datetime": "a moment", "picklist": "a picklist",
    "multipicklist": "a multi-select picklist", "user": "a user", "owner": "an owner",
}  # fmt: skip


_ALONE = dict.fromkeys(_FAMILY.values(), "compare it, as in `Status = 'MQL'`, or ask whether it `IS NOT BLANK`")
_CLOCK: dict[Kind, str] = {
    "date": "write `TODAY` for the day of routing",
    "datetime": "write `NOW` for the moment of routing",
}


def check_types(e: Expr, schema: Schema) -> tuple[Problem, ...]:
    """Every name, picklist value and type in a condition that does not fit, in reading order.

    FC201 is an unknown field, FC202 an unknown picklist value, FC302 a misfit of types; FC218 is a person or queue
    without `user/` or `queue/`, which fits and yet is nobody.
    """
    return _sorted(_found(e, schema))


def check_value(value: Operand, target: FieldType, schema: Schema) -> tuple[Problem, ...]:
    """The same for a value that a `set` node puts into a field of the type `target`."""
    if isinstance(value, Field) and len(value.path) == 1 and schema.field(value.path) is None:
        meant = Text(value.path[0])
        if any(fold(choice) == fold(meant.value) for choice in target.values):
            message = f"unknown field `{meant.value}`"
            return (_problem(UNKNOWN_FIELD, message, value, f"write the text in quotes: `{to_text(meant)}`"),)
    return _sorted([*_found(value, schema), *_misfit_of_target(value, target, schema)])


def _sorted(found: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(dict.fromkeys(found), key=lambda problem: (problem.start, problem.end)))


def _found(piece: Expr | Operand, schema: Schema) -> Iterator[Problem]:
    for part in walk(piece):
        yield from _problems(part, schema)


def _problem(code: str, message: str, place: Placed, hint: str | None = None) -> Problem:
    return Problem(code, message, place.start, place.end, hint)


def _problems(piece: Expr | Operand, schema: Schema) -> Iterator[Problem]:  # noqa: C901 -- one case for each piece
    """What is wrong with one piece, apart from what is wrong with the pieces under it."""
    match piece:
        case Field(path):
            if schema.field(path) is None:
                yield _unknown(path, piece, schema)
        case Prior(path) | Changed(path):
            yield from _history(path, piece, schema)
        case Compare(left, op, right):
            yield from _comparison(piece, op, left, right, schema)
        case Between(left, low, high):
            yield from _comparison(piece, "BETWEEN", left, low, schema)
            yield from _comparison(piece, "BETWEEN", left, high, schema)
        case AnyOf(left, "IN" | "NOT IN" as op, of):
            for item in of:
                yield from _comparison(item, op, left, item, schema)
        case AnyOf(left, "INCLUDES" | "EXCLUDES" as op, of):
            yield from _choice_test(left, op, of, schema)
        case AnyOf(left, op, of):
            yield from _text_test(left, op, of, schema)
        case Matches(of):
            yield from _needs("MATCHES", of, "text", schema)
        case IsBlank():
            yield from _blank_checkbox(piece, schema)
        case Truth(of):
            yield from _needs("what stands alone", of, "checkbox", schema, _ALONE)
        case Arithmetic(left, op, right):
            yield from _needs(f"`{op}`", left, "number", schema)
            yield from _needs(f"`{op}`", right, "number", schema)
        case Extreme(name, of):
            for item in of:
                yield from _needs(name, item, "number", schema)
        case Shift():
            yield from _shift(piece, schema)
        case And() | Or() | Not() | IsNew() | Text() | Number() | Flag() | Day() | Moment() | Blank() | Today() | Now():
            pass
        case _:
            assert_never(piece)


# Names ----------------------------------------------------------------------------------------------------------


def _unknown(path: FieldPath, place: Placed, schema: Schema) -> Problem:
    written = ".".join(path)
    if why := schema.why_not(path):
        return _problem(UNKNOWN_FIELD, f"`{written}` cannot be read here: {why}", place)
    for depth, name in enumerate(path):
        known = set(schema.known(path[:depth]))
        if name not in known:
            of = f" of `{'.'.join(path[:depth])}`" if depth else ""
            return _problem(UNKNOWN_FIELD, f"unknown field `{name}`{of}", place, did_you_mean(name, known))
    example = next(iter(sorted(schema.known(path))), "Name")
    return _problem(UNKNOWN_FIELD, f"`{written}` is a record, not a field", place, f"write `{written}.{example}`")


def _history(path: FieldPath, piece: Prior | Changed, schema: Schema) -> Iterator[Problem]:
    if schema.field(path) is None:
        yield _unknown(path, piece, schema)
    elif len(path) > 1:
        word = "PRIOR" if isinstance(piece, Prior) else "CHANGED"
        yield _problem(MISFIT, f"{word} knows the record's own fields only, not `{'.'.join(path)}`", piece)


def _unknown_choices(type: FieldType, constant: Operand) -> Iterator[Problem]:
    """A text that no choice of the picklist equals; one for a multi-picklist joins choices with `;`."""
    if not (type.values and isinstance(constant, Text)):
        return
    parts = constant.value.split(";") if type.kind == "multipicklist" else [constant.value]
    known = {fold(choice) for choice in type.values}
    for part in parts:
        if part.strip() and fold(part) not in known:
            hint = did_you_mean(part, type.values) or f"values: {', '.join(type.values[:8])}"
            yield _problem(UNKNOWN_VALUE, f"unknown picklist value `{part.strip()}`", constant, hint)


# Types ----------------------------------------------------------------------------------------------------------


def type_of(operand: Operand, schema: Schema) -> FieldType | None:
    """The type of what an operand stands for; None for a blank and for an unknown field."""
    match operand:
        case Field(path) | Prior(path):
            return schema.field(path)
        case Text():
            return FieldType("text")
        case Number() | Arithmetic() | Extreme():
            return FieldType("number")
        case Flag():
            return FieldType("checkbox")
        case Day() | Today():
            return FieldType("date")
        case Moment() | Now():
            return FieldType("datetime")
        case Shift(of):
            return type_of(of, schema)
        case Blank():
            return None
        case _:
            assert_never(operand)


def _comparison(place: Placed, op: str, left: Operand, right: Operand, schema: Schema) -> Iterator[Problem]:
    a, b = type_of(left, schema), type_of(right, schema)
    if a is None or b is None:
        return
    family = _FAMILY[a.kind]
    if "multipicklist" in (a.kind, b.kind):
        listed, other = (left, right) if a.kind == "multipicklist" else (right, left)
        hint = f"write `{to_text(AnyOf(listed, 'INCLUDES', (other,)))}`"
        yield _problem(MISFIT, f"`{op}` does not read a multi-select picklist", place, hint)
    elif family != _FAMILY[b.kind]:
        message = f"`{to_text(left)}` is {_SPOKEN[a.kind]}, `{to_text(right)}` is {_SPOKEN[b.kind]}"
        yield _problem(MISFIT, message, place, _respelt(right, a) or _respelt(left, b))
    elif family in ("text", "checkbox") and op not in ("=", "!=", "IN", "NOT IN"):
        yield _problem(MISFIT, f"`{op}` orders numbers and days; `{to_text(left)}` is {_SPOKEN[a.kind]}", place)
    else:
        yield from (*_unknown_choices(a, right), *_bare_person(a, right))
        yield from (*_unknown_choices(b, left), *_bare_person(b, left))


def _bare_person(type: FieldType, constant: Operand) -> Iterator[Problem]:
    """A text that no person and no queue equals: those are `user/…` and `queue/…`."""
    if type.kind in ("user", "owner") and isinstance(constant, Text):
        name = constant.value.strip()
        if name and not fold(name).startswith(("user/", "queue/")):
            hint = f"write `{to_text(Text(f'user/{name}'))}`"
            message = f"nobody equals `{name}`: people are `user/…`, queues are `queue/…`"
            yield _problem(BARE_PERSON, message, constant, hint)


def _respelt(operand: Operand, wanted: FieldType) -> str | None:
    """The hint that shows a constant in the type of what it is compared with, where it can be read so."""
    if not isinstance(operand, Constant):
        return None
    plain = operand.value if isinstance(operand, Text) else to_text(operand)
    try:
        value = coerce(plain, wanted, UTC)
    except ValueError:
        return None
    match value:
        case str():
            return f"write `{to_text(Text(value))}`"
        case bool():
            return f"write `{to_text(Flag(value))}`"
        case float():
            return f"write `{to_text(Number(value))}`"
        case _:
            return f"write `{plain}` without quotes"


def _text_test(left: Operand, op: AnyOfOp, of: tuple[Operand, ...], schema: Schema) -> Iterator[Problem]:
    includes: dict[Kind, str] = {"multipicklist": f"write `{to_text(AnyOf(left, 'INCLUDES', of))}`"}
    yield from _needs(op, left, "text", schema, includes)
    for item in of:
        yield from _needs(f"the right side of {op}", item, "text", schema)


def _choice_test(left: Operand, op: AnyOfOp, of: tuple[Operand, ...], schema: Schema) -> Iterator[Problem]:
    equals: dict[Kind, str] = {"text": f"write `{to_text(AnyOf(left, 'IN' if op == 'INCLUDES' else 'NOT IN', of))}`"}
    yield from _needs(op, left, "multipicklist", schema, equals)
    type = type_of(left, schema)
    for item in of:
        if isinstance(item, Text) and type and type.kind == "multipicklist":
            yield from _unknown_choices(type, item)
        else:
            yield from _needs(f"the right side of {op}", item, "text", schema)


def _needs(
    what: str, operand: Operand, family: Kind, schema: Schema, hints: Mapping[Kind, str] = MappingProxyType({})
) -> Iterator[Problem]:
    """A problem when the operand is of another family; `hints` by the family that it is of."""
    type = type_of(operand, schema)
    if type and _FAMILY[type.kind] != family:
        message = f"{what} needs {_SPOKEN[family]}; `{to_text(operand)}` is {_SPOKEN[type.kind]}"
        yield _problem(MISFIT, message, operand, hints.get(_FAMILY[type.kind]))


def _blank_checkbox(atom: IsBlank, schema: Schema) -> Iterator[Problem]:
    type = type_of(atom.of, schema)
    if type and type.kind == "checkbox":
        truth = Truth(atom.of)
        hint = f"write `{to_text(truth if atom.negated else Not(truth))}`"
        yield _problem(MISFIT, "a checkbox is never blank, it is TRUE or FALSE", atom, hint)


def _shift(shift: Shift, schema: Schema) -> Iterator[Problem]:
    type = type_of(shift.of, schema)
    if type is None:
        return
    if _FAMILY[type.kind] != "date":
        message = f"{shift.unit} are added to a day or a moment; `{to_text(shift.of)}` is {_SPOKEN[type.kind]}"
        yield _problem(MISFIT, message, shift)
    elif shift.unit == "HOURS" and type.kind == "date":
        hint = f"write `{to_text(Shift(Now(), shift.count, 'HOURS'))}`, or count in DAYS"
        yield _problem(MISFIT, f"HOURS are added to a moment; `{to_text(shift.of)}` is a day", shift, hint)


def _misfit_of_target(value: Operand, target: FieldType, schema: Schema) -> Iterator[Problem]:
    if isinstance(value, Blank) and target.required:
        yield _problem(MISFIT, "the field may not be blank", value)
    type = type_of(value, schema)
    if type is None:
        return
    a, b = _FAMILY[type.kind], _FAMILY[target.kind]
    into_choices = a == "text" and b == "multipicklist"
    if not into_choices and (a != b or (a == "date" and type.kind != target.kind)):
        message = f"`{to_text(value)}` is {_SPOKEN[type.kind]}, the field holds {_SPOKEN[target.kind]}"
        yield _problem(MISFIT, message, value, _respelt(value, target) or _CLOCK.get(target.kind))
    else:
        yield from _unknown_choices(target, value)
