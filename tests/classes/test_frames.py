"""Where the paths of a flow lead that another one carries on in."""

import datetime as dt

from flowctl.classes import Shape, Space
from flowctl.classes.frames import frames, places
from flowctl.engine import World
from flowctl.expr import FieldType, parse, parse_value
from flowctl.flow import program as core
from flowctl.flow.program import Case, Jump, Program, SetFields, Stop, Way

TEXT = FieldType("text")
ATOMS = ("lead.Status = 'Raw'", "Name = 'Acme'", "campaign.Name = 'Fair'", "PRIOR(Name) = 'Bolt'", "ISNEW()")
ACCOUNT = Program(
    "account",
    "Account",
    "ask",
    {
        "ask": core.Test("ask", tuple(Case(parse(a), Way("yes", "end")) for a in ATOMS), Way("no", "end")),
        "end": Stop("end", ""),
    },
)
LEAD = Program(
    "lead",
    "Lead",
    "copy",
    {
        "copy": SetFields("copy", (("Status", parse_value("Grade")), ("Grade", parse_value("'A'"))), Way("then", "go")),
        "go": Jump("go", "account", "account", "lead"),
    },
)
WORLD = World(
    {"lead": LEAD, "account": ACCOUNT},
    {},
    {},
    frozenset(),
    dt.UTC,
    types={"Lead": {"Status": TEXT, "Grade": TEXT}, "Account": {"Name": TEXT}, "Campaign": {"Name": TEXT}},
    relations={"Lead": {"account": "Account", "campaign": "Campaign"}, "Account": {"campaign": "Campaign"}},
)


def test_a_record_that_was_carried_on_with_is_read_as_what_it_is():
    _, account = frames(WORLD.programs, "lead")

    assert places(account, WORLD, ("Name",)) == (("account", "Name"),)
    assert places(account, WORLD, ("lead", "Status")) == (("Status",),)
    assert places(account, WORLD, ("campaign", "Name")) == (("account", "campaign", "Name"), ("campaign", "Name"))


def test_what_is_asked_of_a_field_is_asked_of_those_that_it_is_set_from():
    space = Space.of([WORLD], "lead")

    assert space.domain(("now", ("Grade",))).listed == {"raw": 0, "a": 1}
    assert ("now", ("campaign", "Name")) in space.domains


def test_a_related_record_was_before_as_it_is_and_is_not_new():
    space = Space.of([WORLD], "lead")

    assert set(space.domain(("now", ("account", "Name"))).listed) == {"acme", "bolt"}
    assert space.derived == ()


def test_paths_know_their_types_and_objects():
    shape = Shape.of([WORLD], "lead")

    assert shape.object_at(("account", "campaign")) == "Campaign"
    assert shape.kinds(("account", "Name")) == {"text"}
    assert shape.kinds(("account", "Unheard_Of")) == frozenset()
