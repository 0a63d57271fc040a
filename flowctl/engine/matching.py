"""Finding related records in a data set: by id, by domain, by company name, and by names that are alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from flowctl.data import dataclass
from flowctl.engine import companies
from flowctl.engine.domains import of_email, of_website
from flowctl.expr import FieldPath, Value, fold, is_id
from flowctl.flow.program import Method
from flowctl.flow.record import Record

Fields = Mapping[str, Value]
Keys = Callable[[Fields], Iterable[str | None]]  # by which a candidate is found; None is none
Index = dict[str, "int | list[int]"]  # positions in the data by key; a list only where there are several

SURE = 100.0  # the score of what is found by a key
_SEPARATORS = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that a method found, and its score from 0 to 100."""

    record: Record
    score: float = SURE


@dataclass(frozen=True, slots=True)
class Seeker:
    """The record that somebody is looked for.

    `get` reads the value at a path; `has_company` says whether its object has a field `Company`, as people do.
    """

    fields: Fields
    has_company: bool
    get: Callable[[FieldPath], Value]

    def key(self, method: Method) -> str | None:
        """By what the method recognises others; None when the record says nothing of that."""
        match method.name:
            case "id":
                return id_key(self.get(method.field or ()))
            case "email_domain":
                return email_domain(self.fields)
            case "website_domain":
                return website_domain(self.fields)
            case "company_name":
                return company(self.fields, self.has_company)
            case _:
                raise AssertionError(f"no method is called {method.name}")


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""


def id_key(value: Value) -> str | None:
    """An id in its 15-character form, which is the one that both forms share; another key as it compares."""
    text = _text(value).strip()
    return (text[:15] if is_id(text) else fold(text)) or None


def email_domain(fields: Fields) -> str | None:
    """The registered domain of `Email`, unless everybody can have an address there."""
    return of_email(_text(fields.get("Email")))


def website_domain(fields: Fields) -> str | None:
    """The registered domain of `Website`."""
    return of_website(_text(fields.get("Website")))


def company(fields: Fields, has_company: bool) -> str | None:
    """The normalised `Company` of a record whose object has that field, such as a person; else its `Name`."""
    return companies.known(_text(fields.get("Company" if has_company else "Name")))


def company_of(fields: Fields) -> str | None:
    """What tells a person's company from another: the domain of the address, of the website, else the name."""
    name = company(fields, has_company=True)
    return email_domain(fields) or website_domain(fields) or (f"name {name}" if name else None)


def _domains(fields: Fields) -> Iterator[str | None]:
    """The domains of a candidate: a company can have several, and can list them in `Email_Domain__c`."""
    yield website_domain(fields)
    if listed := _text(fields.get("Email_Domain__c")):
        yield from map(of_website, _SEPARATORS.split(listed))
    yield email_domain(fields)


# For each method, the keys of a candidate.
CANDIDATE: dict[str, Keys] = {
    "id": lambda fields: (id_key(fields.get("Id")),),
    "email_domain": _domains,
    "website_domain": lambda fields: (website_domain(fields),),
    "company_name": lambda fields: (company(fields, bool(_text(fields.get("Company")).strip())),),
}


class DataSet:
    """The records of an object that can be matched, in the order that decides ties.

    Each method has an index, which is built when it is first asked: a dictionary from keys to positions, and for
    likeness one of names (`Names`).
    """

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = tuple(records)
        self._indexes: dict[str, Index] = {}
        self._names: Names | None = None

    def find(self, method: Method, key: str | None) -> list[Hit]:
        """The records that a method recognises by a key, in their own order; none when the key is blank."""
        return [Hit(self.records[at], score) for at, score in self.places(method, key)]

    def places(self, method: Method, key: str | None) -> list[tuple[int, float]]:
        """The positions of what `find` finds, with their scores."""
        if key is None:
            return []
        index = self._index(method.name)
        if method.least is None:
            return [(at, SURE) for at in _positions(index, key)]
        if self._names is None:
            self._names = Names(index)
        names = self._names.like(key, method.least)
        return sorted((at, score) for name, score in names for at in _positions(index, name))

    def _index(self, method: str) -> Index:
        if method not in self._indexes:
            self._indexes[method] = _indexed(self.records, CANDIDATE[method])
        return self._indexes[method]


NOBODY = DataSet(())


def _indexed(records: Sequence[Record], keys: Keys) -> Index:
    made: Index = {}
    for position, record in enumerate(records):
        for key in dict.fromkeys(keys(record.fields)):
            if key is None:
                continue
            there = made.setdefault(key, position)
            if isinstance(there, list):
                there.append(position)
            elif there != position:
                made[key] = [there, position]
    return made


def _positions(index: Index, key: str) -> Sequence[int]:
    there = index.get(key, ())
    return (there,) if isinstance(there, int) else there


class Names:
    """Normalised names, found by likeness.

    Not every pair of names is compared. Two are when, read without spaces,

    - they begin with the same three letters, and their lengths allow the score at all (which loses nothing), or
    - they end with the same three letters, and the 5th to 7th of one are the 5th to 7th or 4th to 6th of the other, or
    - their words, if there are several, begin with the same two letters each, in any order.

    So one slip, wherever it is in a name of seven letters or more, never keeps two names apart, nor does the order of
    the words; two slips can, when one of them is among the first letters.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._blocks: dict[str, str | list[str]] = {}  # a list only where there are several
        lengths = set()
        for name in names:
            lengths.add(len(name))
            start, fourth, fifth, words = marks(name)
            for mark in (f"<{start}{len(name)}", f"4{fourth}", f"5{fifth}", f"={words}"):
                self._file(mark, name)
        self._lengths = sorted(lengths)

    def _file(self, mark: str, name: str) -> None:
        there = self._blocks.setdefault(mark, name)
        if isinstance(there, list):
            there.append(name)
        elif there is not name:
            self._blocks[mark] = [there, name]

    def like(self, name: str, least: int) -> list[tuple[str, float]]:
        """The names whose score beside this one is at least so much, with their scores, among those compared."""
        from rapidfuzz.fuzz import ratio
        from rapidfuzz.process import extract

        same, compared = companies.in_order(name), self._compared(name, least)
        alike = extract(name, compared, scorer=ratio, score_cutoff=least, limit=None)
        found = {other: score for other, score, _ in alike}
        found |= {other: SURE for other in compared if len(other) == len(name) and companies.in_order(other) == same}
        return list(found.items())

    def _compared(self, name: str, least: int) -> list[str]:
        own = len(name)
        start, fourth, fifth, words = marks(name)
        starts = [f"<{start}{of}" for of in self._lengths if 200 * min(of, own) >= least * (of + own)]
        blocks = (self._blocks.get(m, ()) for m in (*starts, f"5{fourth}", f"5{fifth}", f"4{fifth}", f"={words}"))
        return list(dict.fromkeys(chain.from_iterable((b,) if isinstance(b, str) else b for b in blocks)))


def marks(name: str) -> tuple[str, str, str, str]:
    """What a name is filed under: its first letters, those from the 4th and from the 5th on with the last ones, and
    the first ones of its words; of a single word, all of it."""
    bare = name.replace(" ", "")
    words = sorted(word[:2] for word in name.split(" ")) if " " in name else [name]
    return bare[:3], bare[3:6] + bare[-3:], bare[4:7] + bare[-3:], "".join(words)
