"""Records, the leads and what hangs on them, typed by their objects."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from flowctl.data import dataclass
from flowctl.diag import did_you_mean
from flowctl.expr import FieldType, Value, coerce
from flowctl.flow.objects import ObjectType

_API_NAME = re.compile(r"[A-Za-z]\w*")
Complaint = Callable[[tuple[str | int, ...], str, str, str | None], None]  # path, code, message, hint


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody else does to a record some time after it arrived: fields of its own, and of related records."""

    after: dt.timedelta
    fields: Mapping[str, Value]
    related: Mapping[str, Mapping[str, Value]]


@dataclass(frozen=True, slots=True)
class Record:
    """A record of an object. A field that is not there is blank.

    `prior` holds the values before an update; None on a new record. `id` is only for people to find it by. `later`
    are the changes that a `wait` meets, the earliest first.
    """

    object: str
    fields: Mapping[str, Value]
    prior: Mapping[str, Value] | None = None
    related: Mapping[str, Record] = field(default_factory=dict)
    id: str = ""
    later: tuple[Change, ...] = ()

    @property
    def is_new(self) -> bool:
        return self.prior is None


@dataclass(frozen=True, slots=True)
class Reader:
    """Types what files hold. Values never appear in its complaints: they are personal data."""

    objects: Mapping[str, ObjectType]
    zone: dt.tzinfo
    complain: Complaint
    unread: frozenset[str] = frozenset()  # objects whose own files have errors; nothing more is said of them

    def fields(self, raw: Any, object_: str, at: tuple[str | int, ...]) -> dict[str, Value]:
        """The typed fields of a mapping; what is wrong is complained of and left blank."""
        type_ = self.objects.get(object_)
        if type_ is None or not isinstance(raw, dict):
            if object_ in self.unread:
                pass
            elif type_ is None:
                self.complain(at, "FC205", f"unknown object `{object_}`", did_you_mean(object_, self.objects))
            else:
                self.complain(at, "FC205", "expected fields and their values", "`{FIELD: value, …}`")
            return {}
        found = {}
        for name, value in raw.items():
            if name in type_.fields:
                found[name] = self._value(value, type_.fields[name].typed(), object_, at, name)
            elif _API_NAME.fullmatch(name):
                hint = did_you_mean(name, type_.fields) or f"fields of {object_}: flows/objects/{object_}.yaml"
                self.complain((*at, name), "FC201", f"`{object_}` has no field `{name}`", hint)
            else:  # not quoted: it may be a value that came to stand in the wrong place
                hint = f"API names, as in flows/objects/{object_}.yaml"
                self.complain((*at, name), "FC201", f"this is not the name of a field of `{object_}`", hint)
        return found

    def fields_of_any(self, raw: Any, objects: Sequence[str], at: tuple[str | int, ...]) -> dict[str, Value]:
        """The typed fields of a mapping, each of the first of some objects that has it.

        What none of them has may be a field of one that could not be read.
        """
        if not isinstance(raw, dict):
            return self.fields(raw, objects[0], at)
        found: dict[str, Value] = {}
        for name, value in raw.items():
            having = (one for one in objects if one in self.objects and name in self.objects[one].fields)
            unread = (one for one in objects if one in self.unread)
            found |= self.fields({name: value}, next(having, None) or next(unread, objects[0]), at)
        return found

    def related(self, raw: Any, names: Mapping[str, str], at: tuple[str | int, ...], of: str = "") -> dict[str, Record]:
        """The related records of a mapping from names to fields; `names` says of which object each is.

        Of an object `of` that could not be read, other names may be relations, too.
        """
        found: dict[str, Record] = {}
        if raw is not None and not isinstance(raw, dict):
            self.complain(at, "FC205", "expected related records by their names", "`{NAME: {FIELD: value, …}}`")
            return found
        for name, fields in (raw or {}).items():
            if name in names:
                found[name] = self.record(fields, names[name], (*at, name))
            elif of not in self.unread:
                hint = did_you_mean(name, names) or f"related records here: {', '.join(names) or 'none'}"
                self.complain((*at, name), "FC204", f"no related record is called `{name}`", hint)
        return found

    def record(self, raw: Any, object_: str, at: tuple[str | int, ...]) -> Record:
        """A record whose related records stand among its fields, under the names of its object's relations."""
        type_ = self.objects.get(object_)
        names = type_.relations if type_ is not None and isinstance(raw, dict) else {}
        below = {name: raw[name] for name in names if name in raw and name not in (type_.fields if type_ else {})}
        own = {name: value for name, value in raw.items() if name not in below} if below else raw
        related = {name: self.record(value, names[name], (*at, name)) for name, value in below.items()}
        return Record(object_, self.fields(own, object_, at), related=related)

    def all(self, raw: Any, object_: str, at: tuple[str | int, ...]) -> Iterator[Record]:
        """The records of a list of mappings."""
        if not isinstance(raw, list):
            self.complain(at, "FC205", "expected a list of records", "`- {FIELD: value, …}`, one a line")
            return
        for i, row in enumerate(raw):
            yield Record(object_, self.fields(row, object_, (*at, i)))

    def sets(self, raw: Any, at: tuple[str | int, ...]) -> dict[str, tuple[Record, ...]]:
        """The records of a mapping from objects to lists of records."""
        if not isinstance(raw, dict):
            self.complain(at, "FC205", "expected objects and their records", "`{Account: [{FIELD: value, …}]}`")
            return {}
        return {name: tuple(self.all(rows or [], name, (*at, name))) for name, rows in raw.items()}

    def _value(self, raw: Any, type_: FieldType, object_: str, at: tuple[str | int, ...], name: str) -> Value:
        try:
            return fitted(raw, type_, self.zone)
        except ValueError as error:
            hint = f"`{name}` is of type {type_.kind} in flows/objects/{object_}.yaml"
            self.complain((*at, name), "FC203", str(error), hint)
            return None


def fitted(raw: object, type_: FieldType, zone: dt.tzinfo) -> Value:
    """The value that a field holds, of the text of a file or of another field's value; people as `user/x`.

    Raises:
        ValueError: It is no such value; the message does not hold it.
    """
    value = coerce(raw, type_, zone)
    if type_.kind in ("user", "owner") and isinstance(value, str) and "/" not in value:
        return f"user/{value}"
    return value
