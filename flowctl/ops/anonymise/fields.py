"""How each field is made nobody's, and which of its words stay because a flow asks for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Literal

from flowctl.classes.paths import pieces
from flowctl.data import dataclass
from flowctl.engine import domains
from flowctl.expr import Expr, Field, Operand, Text
from flowctl.expr.ast import AnyOf, Between, Compare
from flowctl.flow import Model, lower
from flowctl.flow.objects import Field as ObjectField
from flowctl.flow.program import Look
from flowctl.ops.anonymise.pseudonyms import Pseudonyms

How = Literal["kept", "email", "website", "phone", "first name", "last name", "name", "company", "id", "text"]
Change = Callable[[str], str]

BY_KIND: Mapping[str, How] = {"email": "email", "url": "website", "phone": "phone", "id": "id", "text": "text"}
BY_NAME: Mapping[How, re.Pattern[str]] = {
    "first name": re.compile(r"(?i)first_?name|middle_?name|nick_?name"),
    "last name": re.compile(r"(?i)last_?name|sur_?name"),
    "company": re.compile(r"(?i)company|.*company_?name|account_?name"),
    "website": re.compile(r"(?i)website|.*domains?"),
    "kept": re.compile(r"(?i).*(country|state|province|region|industry|language|currency|time_?zone)(_?code)?"),
}
COMPANIES = ("Account",)  # objects whose `Name` is a company's


@dataclass(frozen=True)
class Routing:
    """What of texts the flows ask for: constants by the name of the field, and fields by which tables are read."""

    constants: Mapping[str, frozenset[str]]
    keys: frozenset[str]

    def words(self, name: str) -> re.Pattern[str] | None:
        """Finds the constants of a field, longest first."""
        found = sorted(self.constants.get(name, ()), key=lambda text: (-len(text), text))
        return re.compile("|".join(map(re.escape, found)), re.IGNORECASE) if found else None


def routing_of(model: Model) -> Routing:
    """What all flows of a model ask for."""
    constants: dict[str, set[str]] = {}
    keys: set[str] = set()
    for flow in model.flows.values():
        program = lower(flow)
        for step in program.steps.values():
            for piece in pieces(step):
                for name, text in _asked(piece):
                    constants.setdefault(name, set()).add(text)
            if isinstance(step, Look):
                keys |= {operand.path[-1] for _, operand in step.by if isinstance(operand, Field)}
    return Routing({name: frozenset(texts) for name, texts in constants.items()}, frozenset(keys))


def _asked(piece: Expr | Operand) -> list[tuple[str, str]]:
    """The names of fields and the texts that a comparison holds beside them."""
    match piece:
        case Compare(Field(path), _, other):
            others: tuple[Operand, ...] = (other,)
        case AnyOf(Field(path), _, of):
            others = of
        case Between(Field(path), low, high):
            others = (low, high)
        case _:
            return []
    return [(path[-1], text) for other in others if isinstance(other, Text) for text in _plain(other.value)]


def _plain(text: str) -> list[str]:
    """A constant without the signs of LIKE: `%acme%` asks for `acme`."""
    return [part.strip() for part in re.split(r"(?<!\\)[%_]", text) if part.strip()] if "%" in text else [text.strip()]


@dataclass(frozen=True)
class Fields:
    """How each field of an object is changed."""

    object: str
    fields: Mapping[str, ObjectField]
    routing: Routing
    pseudonyms: Pseudonyms
    how: dict[str, How] = field(default_factory=dict)  # of the fields that were asked for

    def change(self, name: str) -> Change | None:
        """What is done to the values of a field; None where they stay.

        A column that is no field of the object is changed as a text: nobody knows what is in it.
        """
        how = self.how[name] = self._how(name)
        words = self.routing.words(name)
        constants = self.routing.constants.get(name, frozenset())
        made = self.pseudonyms
        changes: dict[How, Change | None] = {
            "kept": None,
            "email": lambda text: made.email(text, _domains(constants)),
            "website": lambda text: text if _domain(text) in _domains(constants) else made.website(text),
            "phone": made.phone,
            "first name": made.first_name,
            "last name": made.last_name,
            "name": made.full_name,
            "company": lambda text: made.company(text, constants),
            "id": made.id,
            "text": lambda text: made.text(text, words),
        }
        change = changes[how]
        listed = {text.casefold() for text in constants}
        return None if change is None else lambda text: text if text.strip().casefold() in listed else change(text)

    def _how(self, name: str) -> How:
        known = self.fields.get(name)
        kind = known.type if known else "text"
        if name == "Id" or kind != "text":
            return "id" if name == "Id" else BY_KIND.get(kind, "kept")
        if name == "Name":
            return "company" if self.object in COMPANIES else "name"
        by_name = _by_name(name.removesuffix("__c"))
        is_person = by_name in ("first name", "last name")
        return "kept" if name in self.routing.keys and not is_person else by_name


def _by_name(name: str) -> How:
    return next((how for how, words in BY_NAME.items() if words.fullmatch(name)), "text")


def _domain(address: str) -> str | None:
    return domains.of_website(address)


def _domains(constants: frozenset[str]) -> frozenset[str]:
    """The domains that conditions name: `@acme.com`, `acme.com`. A suffix such as `.no` is none."""
    found = (text.rpartition("@")[2] for text in constants)
    return frozenset(domains.canonical(text) for text in found if "." in text and not text.startswith("."))
