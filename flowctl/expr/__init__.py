"""The condition language: text to a frozen `Expr`, its canonical text, its types, and what it means for one record.

Every engine, check and diff reads conditions through this door, so that they share one meaning. A module of this room
is loaded when one of its names is asked for, as in `flowctl.flow`: `flowctl status` types values and parses nothing.
"""

from typing import TYPE_CHECKING

from flowctl.lazy import on_demand

if TYPE_CHECKING:
    from flowctl.expr.ast import (
        And,
        AnyOf,
        Arithmetic,
        Atom,
        Between,
        Blank,
        Changed,
        Compare,
        Constant,
        Day,
        Expr,
        ExprError,
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
        Prior,
        Problem,
        Shift,
        Text,
        Today,
        Truth,
        all_of,
        any_of,
        atoms,
        children,
        fields,
        walk,
    )
    from flowctl.expr.evaluation import Holds, Reading, evaluate, meaning, value_of
    from flowctl.expr.implication import implies
    from flowctl.expr.parser import parse, parse_value
    from flowctl.expr.printer import to_text
    from flowctl.expr.types import Schema, check_types, check_value, type_of
    from flowctl.expr.values import FieldType, Id, Kind, Value, coerce, day_of, equal, fold, is_id, stored

__all__ = [
    "And",
    "AnyOf",
    "Arithmetic",
    "Atom",
    "Between",
    "Blank",
    "Changed",
    "Compare",
    "Constant",
    "Day",
    "Expr",
    "ExprError",
    "Extreme",
    "Field",
    "FieldPath",
    "FieldType",
    "Flag",
    "Holds",
    "Id",
    "IsBlank",
    "IsNew",
    "Kind",
    "Matches",
    "Moment",
    "Not",
    "Now",
    "Number",
    "Operand",
    "Or",
    "Prior",
    "Problem",
    "Reading",
    "Schema",
    "Shift",
    "Text",
    "Today",
    "Truth",
    "Value",
    "all_of",
    "any_of",
    "atoms",
    "check_types",
    "check_value",
    "children",
    "coerce",
    "day_of",
    "equal",
    "evaluate",
    "fields",
    "fold",
    "implies",
    "is_id",
    "meaning",
    "parse",
    "parse_value",
    "stored",
    "to_text",
    "type_of",
    "value_of",
    "walk",
]

_HOMES = {
    "ast": (
        "And AnyOf Arithmetic Atom Between Blank Changed Compare Constant Day Expr ExprError Extreme "
        "Field FieldPath Flag IsBlank IsNew Matches Moment Not Now Number Operand Or Prior Problem Shift "
        "Text Today Truth all_of any_of atoms children fields walk"
    ),
    "evaluation": "Holds Reading evaluate meaning value_of",
    "implication": "implies",
    "parser": "parse parse_value",
    "printer": "to_text",
    "types": "Schema check_types check_value type_of",
    "values": "FieldType Id Kind Value coerce day_of equal fold is_id stored",
}

__getattr__ = on_demand(__name__, _HOMES)
