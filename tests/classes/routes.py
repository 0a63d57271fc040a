"""Generated programs whose way hangs on classes alone, and records to go through them."""

import datetime as dt
from random import Random

from hypothesis import strategies as st

from flowctl.engine import Turns, World, route
from flowctl.expr import FieldType, Id, parse, parse_value
from flowctl.flow import Named, Record
from flowctl.flow.program import Case, Jump, Own, Program, Send, SetFields, Stop, Test, Way
from tests.classes.fields import ZONES

NOW = dt.datetime(2026, 3, 29, 12, tzinfo=dt.UTC)
LEAD = {
    "Company": FieldType("text"),
    "Email": FieldType("email"),
    "Status": FieldType("picklist"),
    "Score": FieldType("number"),
    "Blocked": FieldType("checkbox"),
    "Trial": FieldType("date"),
    "Created": FieldType("datetime"),
    "Topics": FieldType("multipicklist"),
    "Partner_Id": FieldType("id"),
    "Owner": FieldType("owner"),
}
ACCOUNT = {"Name": FieldType("text"), "Seats": FieldType("number"), "Owner": FieldType("owner")}
USER = {"Team": FieldType("text"), "Active": FieldType("checkbox")}
PEOPLE = {
    "user/bea": {"Team": "Sales Dev", "Active": True},
    "user/lars": {"Team": "Field", "Active": True},
    "user/kim": {"Team": "Field", "Active": False},
    "queue/partner": {},
}
LEAD_ATOMS = (
    "Company = 'Acme'", "Company CONTAINS ('acme', 'ltd')", "Company STARTS WITH 'ac'", "Company != 'Bolt'",
    "Company LIKE 'a%e'", "MATCHES(Company, '^(acme|bolt) ?[0-9]*')", "Email ENDS WITH ('.no', '.se')",
    "Email IS BLANK", "Status IN ('Raw', 'MQL')", "Status NOT IN ('MQL', 'Done')", "PRIOR(Status) = 'Raw'",
    "PRIOR(Status) IS BLANK", "Score >= 50", "Score BETWEEN 10 AND 50", "Score < 10", "PRIOR(Score) > 10", "Blocked",
    "NOT Blocked", "Blocked = FALSE", "Trial > 2026-03-29", "Trial = 2026-03-29T22:30:00Z", "Created < 2026-03-29",
    "Created = 2026-03-29", "Created >= 2026-03-28T23:00:00Z", "Topics INCLUDES ('CI;CD', 'Security')",
    "Topics EXCLUDES ('CI')", "Topics IS BLANK", "Partner_Id = '001A000001LkQeA'", "Partner_Id != '001A000001LkQeAIAV'",
    "Owner = 'user/bea'", "Owner IS BLANK", "Owner.Team = 'Field'", "Owner.Active", "account.Name = 'Acme'",
    "account.Seats > 10", "account.Owner.Team = 'Sales Dev'", "account.Name CONTAINS 'ltd'",
)  # fmt: skip
ACCOUNT_ATOMS = (
    "Name = 'Acme Ltd'", "Seats > 100", "Seats IS BLANK", "Owner.Team = 'Field'", "lead.Status = 'Done'",
    "lead.Owner = 'user/lars'", "ISNEW()", "CHANGED(Seats)", "PRIOR(Seats) > 100", "lead.Score >= 50",
)  # fmt: skip
SETS = (
    ("Status", "'Done'"), ("Status", "'MQL'"), ("Status", "BLANK"), ("Score", "50"), ("Score", "7"),
    ("Blocked", "TRUE"), ("Trial", "2026-03-30"), ("Created", "2026-03-29T00:00:00Z"), ("Topics", "'CI;CD'"),
    ("Company", "'acme 7'"), ("Partner_Id", "'001A000001LkQeAIAV'"),
)  # fmt: skip
ACCOUNT_SETS = (("Seats", "200"), ("Name", "'Bolt'"))


def condition(dice, atoms):
    several = dice.sample(atoms, dice.choice((1, 1, 2, 3)))
    text = dice.choice((" AND ", " OR ")).join(several)
    return parse(f"NOT ({text})" if dice.random() < 0.2 else text)


def step(dice, node, ways, atoms, sets):
    """A step of a kind that classes decide."""
    to = dice.choice(ways)
    match dice.choice(("test", "test", "test", "set", "own", "send")):
        case "test":
            cases = (Case(condition(dice, atoms), Way("when", dice.choice(ways))) for _ in range(dice.randint(1, 3)))
            return Test(node, tuple(cases), Way("otherwise", to))
        case "set":
            name, value = dice.choice(sets)
            return SetFields(node, ((name, parse_value(value)),), Way("then", to))
        case "own":
            return Own(node, dice.choice((Named("user", "lars"), Named("queue", "partner"))), Way("then", to), None)
        case _:
            return Send(node, "slack", "owner", "come", Way("then", to))


def program(dice, flow, object_, atoms, sets, jumps):
    last = dice.randint(1, 7)
    ids = [str(n) for n in range(last + 1)]
    made = {ids[n]: step(dice, ids[n], ids[n + 1 :], atoms, sets) for n in range(last)}
    made[ids[last]] = dice.choice([Stop(ids[last], "Done"), *(Jump(ids[last], *jump) for jump in jumps)])
    where = condition(dice, atoms) if flow == "lead" and dice.random() < 0.2 else None
    return Program(flow, object_, "0", made, where)


JUMPS = (("further", None), ("account", "account", "lead"))


def world(seed):
    """A world of a few programs; drawn with dice of its own, which takes a tenth of the time."""
    dice = Random(seed)
    programs = (
        program(dice, "lead", "Lead", LEAD_ATOMS, SETS, JUMPS),
        program(dice, "further", "Lead", LEAD_ATOMS, SETS, JUMPS[1:]),
        program(dice, "account", "Account", ACCOUNT_ATOMS, ACCOUNT_SETS, ()),
    )
    return World(
        programs={program.flow: program for program in programs},
        rosters={},
        people=PEOPLE,
        available=frozenset(PEOPLE) - {"user/kim"},
        zone=dice.choice(ZONES),
        types={"Lead": LEAD, "Account": ACCOUNT, "User": USER},
        relations={"Lead": {"account": "Account"}},
    )


worlds = st.integers(0, 2**32).map(world)

OWNERS = st.sampled_from([None, "user/bea", "user/lars", "user/kim", "user/zoe", "queue/partner", "User/Bea"])
VALUES = {
    "Company": ["Acme", " ACME ltd", "acme 5", "Bolt", "bolt ltd", "ace", "x"],
    "Email": ["a@b.no", "a@b.SE ", "a@b.de"],
    "Status": ["Raw", "mql", "DONE", "Lost"],
    "Score": [5.0, 9.5, 10.0, 10.5, 49.0, 50.0, 51.0],
    "Blocked": [True, False],
    "Trial": [dt.date(2026, 3, day) for day in (28, 29, 30, 31)],
    "Created": [dt.datetime(2026, 3, day, hour, tzinfo=dt.UTC) for day in (28, 29) for hour in (0, 3, 21, 22, 23)],
    "Topics": [("CI",), ("cd", "ci"), ("Security", "Other"), ("Other",)],
    "Partner_Id": [Id("001A000001LkQeA"), Id("001A000001LkQeAIAV"), Id("001a000001lkqea"), Id("none")],
}


def filled(values, **more):
    known = {name: st.sampled_from([None, *of]) for name, of in values.items()}
    return st.fixed_dictionaries({}, optional={**known, **more})


leads = filled(VALUES, Owner=OWNERS)
accounts = filled({"Name": ["Acme", "acme ltd", "x"], "Seats": [5.0, 50.0, 101.0, 500.0]}, Owner=OWNERS)
records = st.builds(
    lambda fields, before, account: Record(
        "Lead",
        fields,
        None if before is None else {**fields, **before},
        {} if account is None else {"account": Record("Account", account)},
    ),
    leads,
    st.one_of(st.none(), leads),
    st.one_of(st.none(), accounts),
)


def path_of(world, record, flow="lead", now=NOW):
    outcome = route(world, flow, record, Turns(), now)
    return [(visit.flow, visit.node, visit.port) for visit in outcome.path], outcome.sets
