"""A small workspace and its records, as the tests of conditions read them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from flowctl.expr import FieldType, coerce

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 24, 5, 30, tzinfo=UTC)  # still the evening of 2026-11-23 in ZONE

LEAD = {
    "Company": FieldType("text"),
    "Email": FieldType("email"),
    "Status": FieldType("picklist", ("Raw", "Inquiry", "MQL", "Accepted", "Qualifying", "Qualified")),
    "Score": FieldType("number"),
    "Employees": FieldType("number"),
    "Blocked": FieldType("checkbox"),
    "Trial": FieldType("date"),
    "Created": FieldType("datetime"),
    "Topics": FieldType("multipicklist", ("CI", "CD", "Security")),
    "Partner_Id": FieldType("id"),
    "Owner": FieldType("owner"),
    "Phone": FieldType("phone", required=True),
}
ACCOUNT = {"Name": FieldType("text"), "Id": FieldType("id"), "Seats": FieldType("number"), "Key": FieldType("checkbox")}


class Workspace:
    """The schema of a lead with a related account."""

    def field(self, path):
        match path:
            case (name,):
                return LEAD.get(name)
            case ("account", name):
                return ACCOUNT.get(name)
        return None

    def known(self, prefix):
        return {(): [*LEAD, "account"], ("account",): list(ACCOUNT)}.get(prefix, [])

    def why_not(self, path):
        return "bound only by a match node" if path[0] == "opportunity" else None


@dataclass
class Record:
    """A lead; values are texts as a fixture file holds them, by path (`account.Name`)."""

    values: dict = field(default_factory=dict)
    before: dict = field(default_factory=dict)
    is_new: bool = False
    now: datetime = NOW
    zone: tzinfo = ZONE

    def get(self, path):
        return coerce(self.values.get(".".join(path)), Workspace().field(path) or FieldType("text"), self.zone)

    def prior(self, path):
        return coerce(self.before.get(".".join(path)), Workspace().field(path), self.zone)

    def changed(self, path):
        return self.get(path) != self.prior(path)
