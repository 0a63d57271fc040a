"""The sample's lead flow as somebody would write it by hand in plain Python, for the speed table.

`by_hand` takes the same decisions as `flows/lead.yaml`, in its order, with texts compared as conditions do (without
case and outer spaces). It keeps no trace, writes no messages and checks no field policies. Turns are taken by the same
`Turns` on both sides, since they are no decision of the flow; so the leads that take none are measured alone too.
Leads that go on into another flow, or that are matched in a data set, are left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.timing import NotMeasuredError, Times, cpu_seconds
from flowctl.engine import Outcome, Turns, World, route, world_of
from flowctl.engine.outcome import Picked
from flowctl.expr import Value
from flowctl.flow import Fixture, Model, Record, load_model

FLOW = "lead"
REPEATS = 40  # of all leads, in one measurement

Fields = Mapping[str, Value]
Turn = Callable[[str], str | None]  # the owner that a roster gives
NO_COMPANY = ("-", "n/a", "na", "none", "not provided", "unknown")
NOT_FOR_SALES_DEV = ("unsubscribed", "job application", "job fair", "press inquiry")
PROGRAMS = ("education program", "open source program", "startup program")
HOLDING = {
    "": "queue/raw",
    "raw": "queue/raw",
    "inquiry": "queue/inquiry",
    "recycle": "queue/recycle",
    "nurture": "queue/recycle",
    "bad data": "queue/bad-data",
    "ineligible": "queue/ineligible",
    "disqualified": "queue/disqualified",
    "unqualified": "queue/disqualified",
}


@dataclass(frozen=True, slots=True)
class Office:
    """What the decisions look up: people, who of them takes records, and two tables as dictionaries."""

    people: Mapping[str, Fields]
    available: frozenset[str]
    mapped_sdr: Mapping[str, str]  # by the account's owner
    region: Mapping[str, str]  # by country in small letters


def text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return value.strip().lower() if isinstance(value, str) else ""


def by_hand(lead: Record, office: Office, turn: Turn) -> str | None:
    """Who gets a lead; None where it goes on into another flow."""
    fields, prior = lead.fields, lead.prior
    keep = fields.get("Owner")
    owner = keep if isinstance(keep, str) else None
    if text(fields, "Prospect_Share_Status__c") in ("sending to partner", "accepted by partner"):
        return owner
    if text(fields, "Owner") == "queue/partner-data":
        return owner
    if text(fields, "Incoming_Source__c") and fields.get("Do_Not_Route__c") is not True:
        return None
    if prior is None:
        creator = office.people.get(str(fields.get("CreatedBy")), {})
        if creator.get("Is_Integration_User__c") is not True or fields.get("Do_Not_Route__c") is True:
            return owner
        score = fields.get("Person_Score__c")
        if not isinstance(score, float) or score < 0:
            return owner
    elif (
        text(fields, "Status") in ("accepted", "qualifying", "qualified")
        or fields.get("Actively_Being_Sequenced__c") is True
    ):
        return owner
    last = text(fields, "Last_Interesting_Moment__c")
    if last:
        if any(words in last for words in NOT_FOR_SALES_DEV):
            return owner
        if last.startswith("channel lead") and fields.get("Lead_Scored__c") is not True:
            return "queue/partner"
        if any(words in last for words in PROGRAMS):
            return "queue/community-programs"
    return matched(lead, owner, office, turn)


def matched(lead: Record, owner: str | None, office: Office, turn: Turn) -> str | None:
    status = text(lead.fields, "Status")
    found = lead.related.get("account")
    account: Fields = found.fields if found else {}
    if found and (text(account, "Type") == "partner" or text(account, "Name") == "[not provided]"):
        found, account = None, {}
    if found and text(account, "TSP_Region__c") == "us pubsec":
        bdr = account.get("BDR_Assigned__c")
        if isinstance(bdr, str) and bdr in office.available:
            return bdr
        return turn("us-pubsec") or "queue/us-pubsec"
    if status != "mql":
        return HOLDING.get(status, owner)
    if found:
        bdr = account.get("BDR_Assigned__c")
        if text(account, "BDR_Prospecting_Status__c") == "actively working" and bdr in office.available:
            return str(bdr)
        sdr = office.mapped_sdr.get(str(account.get("Owner")))
        if sdr in office.available:
            return sdr
        sdr_assigned = account.get("SDR_Assigned__c")
        if sdr_assigned in office.available:
            return str(sdr_assigned)
    region = office.region.get(text(lead.fields, "Country"))
    if region == "AMER":
        return turn("sdr-amer") or "queue/sdr-amer"
    if region == "EMEA":
        return turn("sdr-emea") or "queue/sdr-emea"
    if region == "APAC":
        return turn("sdr-apac") or "queue/sdr-apac"
    return "queue/country-research"


# Both sides -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bench:
    """The sample's world, what the hand-written flow knows of it, and the leads of its fixtures."""

    world: World
    office: Office
    leads: list[tuple[Record, dt.datetime]]

    def without_turns(self) -> Bench:
        """The same with the leads that no roster is asked for: the decisions alone."""
        return Bench(self.world, self.office, [lead for lead in self.leads if not self._asks_a_roster(*lead)])

    def _asks_a_roster(self, lead: Record, now: dt.datetime) -> bool:
        outcome = route(self.world, FLOW, lead, Turns(), now)
        return any(isinstance(fact, Picked) for visit in outcome.path for fact in visit.facts)

    def judge(self, turns: Turns) -> Iterator[Outcome]:
        return (route(self.world, FLOW, lead, turns, now) for lead, now in self.leads)

    def hand(self, turns: Turns) -> Iterator[str | None]:
        for lead, now in self.leads:
            yield by_hand(lead, self.office, self._turn(turns, now))

    def _turn(self, turns: Turns, now: dt.datetime) -> Turn:
        world = self.world

        def is_active(user: str) -> bool:
            return f"user/{user}" in world.available

        return lambda roster: turns.take(world.rosters[roster], now, world.zone, is_active).owner

    def seconds(self, side: Callable[[Turns], Iterator[object]]) -> float:
        """For one lead."""

        def all_leads() -> None:
            turns = Turns()
            for _ in range(REPEATS):
                for _ in side(turns):
                    pass

        return cpu_seconds(all_leads) / REPEATS / len(self.leads)


def sample(root: Path) -> Model:
    paths = [path for path in (root / "flows").rglob("*") if path.is_file()]
    return load_model({path.relative_to(root).as_posix(): path.read_text("utf-8") for path in paths})


def bench(root: Path) -> Bench:
    """Both sides, once they have given the same owners to all leads.

    Raises:
        NotMeasuredError: They have not: the sample's flow has changed, and `by_hand` is to follow.
    """
    model = sample(root)
    world = world_of(model)
    made = Bench(world, office(world), [])
    for fixture in model.fixtures[FLOW]:
        if not fixture.data:
            _compare(made, fixture)
    return made


def _compare(made: Bench, fixture: Fixture) -> None:
    """Takes in the lead of a fixture, if it stays in the flow and both sides agree about it."""
    one = Bench(made.world, made.office, [(fixture.record, fixture.story.now)])
    [judged], [written] = one.judge(Turns()), one.hand(Turns())
    stays = all(visit.flow == FLOW for visit in judged.path)
    if written != (judged.owner if stays else None):
        raise NotMeasuredError(f"not decided alike by the flow and by hand: {fixture.why}")
    if stays:
        made.leads.extend(one.leads)


def office(world: World) -> Office:
    owners, countries = world.tables["owner-mappings"], world.tables["country-assignment"]
    return Office(
        world.people,
        world.available,
        {str(row["Account_Owner"]): str(row["SDR"]) for row in (line.answer for line in owners.lines)},
        {text(row, "Country"): str(row["Region"]) for row in (line.answer for line in countries.lines)},
    )


def in_rounds(made: Bench, rounds: int) -> tuple[Times, Times]:
    """The seconds for one lead by hand and by the judge, in turns."""
    played = [(made.seconds(made.hand), made.seconds(made.judge)) for _ in range(rounds)]
    return [hand for hand, _ in played], [judge for _, judge in played]
