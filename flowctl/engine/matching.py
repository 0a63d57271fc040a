"""Finding a related record in a data set by exact keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from flowctl.expr import Value, fold, is_id
from flowctl.flow.program import Method
from flowctl.flow.record import Record

Fields = Mapping[str, Value]
Keys = Callable[[Fields], Iterable[str | None]]  # by which a candidate is found; None is none


def _text(value: Value) -> str:
    return fold(value) if isinstance(value, str) else ""


def email_domain(fields: Fields) -> str | None:
    """What stands after the `@` of `Email`."""
    _, at, domain = _text(fields.get("Email")).rpartition("@")
    return domain if at and "." in domain else None


def website_domain(fields: Fields) -> str | None:
    """The host of `Website` without `www.`."""
    return host(_text(fields.get("Website")))


def host(url: str) -> str | None:
    """The host of an address as people write it, with or without scheme, port and path."""
    rest = url.split("://", 1)[-1].split("/", 1)[0].split("?", 1)[0].rpartition("@")[2].split(":", 1)[0]
    name = rest.removeprefix("www.").strip(".")
    return name if "." in name else None


def company(fields: Fields, has_company: bool) -> str | None:
    """`Company` of a record whose object has that field, such as a person; else its `Name`."""
    return _text(fields.get("Company" if has_company else "Name")) or None


def id_key(value: Value) -> str | None:
    """An id in its 15-character form, which is the one that both forms share; another key as it compares."""
    text = value.strip() if isinstance(value, str) else ""
    return (text[:15] if is_id(text) else fold(text)) or None


# For each method, the keys of a candidate.
CANDIDATE: dict[str, Keys] = {
    "id": lambda fields: (id_key(fields.get("Id")),),
    "email_domain": lambda fields: (
        host(_text(fields.get("Email_Domain__c"))),
        website_domain(fields),
        email_domain(fields),
    ),
    "website_domain": lambda fields: (website_domain(fields),),
    "company_name": lambda fields: (company(fields, bool(_text(fields.get("Company")))),),
}


class DataSet:
    """The records of an object that can be matched, in the order that decides ties; indexed when first asked."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = tuple(records)
        self._indexes: dict[str, dict[str, list[Record]]] = {}

    def candidates(self, method: str, key: str | None) -> list[Record]:
        """The records that a method recognises by a key, in their own order; none when the key is blank."""
        if key is None:
            return []
        if method not in self._indexes:
            made: dict[str, list[Record]] = {}
            for record in self.records:
                for found in dict.fromkeys(CANDIDATE[method](record.fields)):
                    if found is not None:
                        made.setdefault(found, []).append(record)
            self._indexes[method] = made
        return self._indexes[method].get(key, [])


def key_of(method: Method, fields: Fields, has_company: bool, read: Callable[[tuple[str, ...]], Value]) -> str | None:
    """The key of the record that is matched; `read` gives the value at a path that an `id` method names."""
    if method.field is not None:
        return id_key(read(method.field))
    match method.name:
        case "email_domain":
            return email_domain(fields)
        case "website_domain":
            return website_domain(fields)
        case "company_name":
            return company(fields, has_company)
        case _:
            raise AssertionError(f"no method is called {method.name}")
