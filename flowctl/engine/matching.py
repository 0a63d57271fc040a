"""Finding a related record in a data set by exact keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flowctl.expr import Value
from flowctl.flow.program import Method
from flowctl.flow.record import Record

Key = Callable[[Mapping[str, Value]], str | None]


def _text(value: Value) -> str:
    return value.strip().casefold() if isinstance(value, str) else ""


def email_domain(fields: Mapping[str, Value]) -> str | None:
    """What stands after the `@` of `Email`."""
    _, at, domain = _text(fields.get("Email")).rpartition("@")
    return domain if at and "." in domain else None


def website_domain(fields: Mapping[str, Value]) -> str | None:
    """The host of `Website` without `www.`."""
    return host(_text(fields.get("Website")))


def host(url: str) -> str | None:
    """The host of an address as people write it, with or without scheme, port and path."""
    rest = url.split("://", 1)[-1].split("/", 1)[0].split("?", 1)[0].rpartition("@")[2].split(":", 1)[0]
    name = rest.removeprefix("www.").strip(".")
    return name if "." in name else None


def company(fields: Mapping[str, Value]) -> str | None:
    """`Company` of a person, `Name` of a company, without case and surrounding space."""
    return _text(fields.get("Company")) or _text(fields.get("Name")) or None


def id_key(value: Value) -> str | None:
    """An id in its 15-character form, which is the one that both forms share."""
    return value.strip()[:15] if isinstance(value, str) and value.strip() else None


def _candidate_email_domain(fields: Mapping[str, Value]) -> str | None:
    return _text(fields.get("Email_Domain__c")) or website_domain(fields) or email_domain(fields)


# For each method, the key of the travelling record and the key of a candidate.
KEYS: dict[str, tuple[Key, Key]] = {
    "email_domain": (email_domain, _candidate_email_domain),
    "website_domain": (website_domain, website_domain),
    "company_name": (company, company),
}


class DataSet:
    """The records of an object that can be matched, in the order that decides ties; indexed when first asked."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = tuple(records)
        self._indexes: dict[str, dict[str, list[Record]]] = {}

    def candidates(self, method: Method, fields: Mapping[str, Value], read: Callable[[tuple[str, ...]], Value]) -> list[Record]:
        """The records that a method recognises, in their own order; none when the key is blank."""
        if method.field is not None:
            return self._look_up("id", id_key(read(method.field)), lambda f: id_key(f.get("Id")))
        if method.name not in KEYS:
            return []
        ours, theirs = KEYS[method.name]
        return self._look_up(method.name, ours(fields), theirs)

    def _look_up(self, index: str, key: str | None, of: Key) -> list[Record]:
        if key is None:
            return []
        if index not in self._indexes:
            made: dict[str, list[Record]] = {}
            for record in self.records:
                if (found := of(record.fields)) is not None:
                    made.setdefault(found, []).append(record)
            self._indexes[index] = made
        return self._indexes[index].get(key, [])
