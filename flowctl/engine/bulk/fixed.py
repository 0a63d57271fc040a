"""What is the same for every record, and can be worked out before any is there."""

from __future__ import annotations

import datetime as dt

from flowctl.engine.bulk.terms import Bindings, Const
from flowctl.expr import Expr, FieldPath, FieldType, Operand, Value, walk
from flowctl.expr.ast import Changed, IsNew, Now, Today
from flowctl.flow.record import fitted


class Fixed:
    """A record of which only constants are read."""

    now = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # which none of them hangs on

    def __init__(self, reads: Bindings, zone: dt.tzinfo) -> None:
        self._reads, self.zone, self.is_new = dict(reads), zone, False

    def get(self, path: FieldPath) -> Value:
        return self._value(False, path)

    def prior(self, path: FieldPath) -> Value:
        return self._value(True, path)

    def changed(self, path: FieldPath) -> bool:
        raise AssertionError("what has changed is not fixed")

    def _value(self, is_prior: bool, path: FieldPath) -> Value:
        term = self._reads[is_prior, path]
        assert isinstance(term, Const)
        return term.value


def is_fixed(piece: Expr | Operand, reads: Bindings) -> bool:
    """Whether a piece is the same for every record."""
    if any(isinstance(part, IsNew | Changed | Now | Today) for part in walk(piece)):
        return False
    return all(isinstance(term, Const) for _, term in reads)


def has_clock(piece: Expr | Operand) -> bool:
    """Whether it hangs on the moment of routing."""
    return any(isinstance(part, Now | Today) for part in walk(piece))


def fit(value: Value, type_: FieldType | None, zone: dt.tzinfo) -> Value:
    """A value as a field holds it; blank where it does not fit."""
    try:
        return fitted(value, type_, zone) if type_ else value
    except ValueError:
        return None
