"""Matches, look-ups, rotations and companies of many records are what the judge finds for each."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.engine import Turns, World
from flowctl.engine.bulk.joins import CARRIED, Memo, bind_rows, companies_of, fits_rows, look_rows
from flowctl.engine.bulk.outcomes import NONE
from flowctl.engine.bulk.rows import BatchRows
from flowctl.engine.interp import _Journey
from flowctl.engine.matching import DataSet, company_of
from flowctl.expr import FieldType, Id, parse, parse_value
from flowctl.flow.people import Member, Roster
from flowctl.flow.program import Bind, Look, Method, Pick, Preference, Way
from flowctl.flow.record import Record
from flowctl.tables import KeyColumn, Line, Snapshot
from tests.engine.bulk.by_column import batch_by_column, utc
from tests.tables.test_index import CELLS

ZONE = ZoneInfo("America/Los_Angeles")
DAY = dt.date(2026, 11, 23)
MOMENTS = [utc(2026, 11, 23, 8), utc(2026, 11, 23, 7, 59, 59, 999999), utc(2026, 11, 26, 12), utc(2026, 12, 1)]
HOSTS = [
    "acme.com",
    "x.acme.com",
    "ACME.com ",
    "bolt.co.uk",
    "gmail.com",
    "münchen.de",
    "xn--mnchen-3ya.de",
    "co.uk",
    "",
]
NAMES = ["Acme", "ACME Inc.", "Acmee", "Bolt", "Bolts Ltd", "N/A", " ", "Northwind Traders", "Traders Northwind AG"]
IDS = ["0015f00000LkQeA", "0015f00000LkQeAIAV", " 0015f00000LkQeAIAV ", "0015f00000LkQea", "x", "X "]
COUNTRIES = ["Norway", "norway ", "Chile", " ", "Straße", "STRASSE", "İstanbul", "\x1fNorway\x1c", "\xa0Norway"]
emails = st.one_of(
    st.sampled_from(HOSTS).map("ana@{}".format),
    st.sampled_from(["acme.com", "a@b@acme.com", "<ana@acme.com>", "@", " "]),
)
FIELDS = {
    "Email": ("email", emails),
    "Website": ("url", st.sampled_from([*HOSTS, "https://www.acme.com/x", "linkedin.com/acme", " "])),
    "Company": ("text", st.sampled_from(NAMES)),
    "Name": ("text", st.sampled_from(NAMES)),
    "Account_Key": ("text", st.sampled_from(IDS)),
    "Partner_Id": ("id", st.sampled_from(IDS)),
    "Country": ("text", st.sampled_from(COUNTRIES)),
    "Score": ("number", st.sampled_from([-1.0, -0.0, 0.0, 3.0, 5.0, 5.5, 12.0, 13.0])),
    "Blocked": ("checkbox", st.booleans()),
    "Trial": ("date", st.sampled_from([DAY + dt.timedelta(days=n) for n in range(-2, 12)])),
    "Created": ("datetime", st.sampled_from(MOMENTS)),
    "Rep": ("user", st.sampled_from(["user/ana", "user/ben", "user/gone"])),
    "account": ("user", st.sampled_from(["user/ana", "user/ben"])),
}
PEOPLE = {"user/ana": {"Region": "Norway", "Active": True}, "user/ben": {"Region": "Chile"}}
ANY = Way("any", "x")


@st.composite
def batches(draw, fields=FIELDS):
    count = draw(st.integers(0, 7))

    def lists(of):
        return draw(st.lists(of, min_size=count, max_size=count))

    def columns(names, *at):
        return {
            (*at, name): (FieldType(fields[name][0]), lists(st.one_of(st.none(), fields[name][1]))) for name in names
        }

    names = st.lists(st.sampled_from(sorted(fields)), unique=True)
    there = draw(st.sets(st.sampled_from([("account",), ("twin",)])))
    related = {path: (draw(st.sampled_from(["Account", "Other"])), lists(st.booleans())) for path in there}
    own = columns(draw(st.one_of(st.just(sorted(fields)), names)))
    below = {path: column for at in there for path, column in columns(("Country", "Score"), *at).items()}
    return batch_by_column(
        "Lead",
        {**own, **below},
        lists(st.sampled_from(MOMENTS)),
        columns(draw(names)),
        related,
        draw(st.sampled_from([None, lists(st.booleans())])),
        draw(st.lists(st.sampled_from(sorted({**own, **below})))) if own or below else (),
    )


def world_of(**more):
    types = {"Lead": {name: FieldType(kind) for name, (kind, _) in FIELDS.items()}}
    return World({}, {}, PEOPLE, frozenset(PEOPLE), ZONE, **{"types": types, **more})


def journeys(world, batch):
    return [_Journey(world, batch.record(row), Turns(), batch.moment(row)) for row in range(len(batch))]


# Matches ----------------------------------------------------------------------------------------------------------

candidates = st.fixed_dictionaries(
    {},
    optional={
        "Id": st.sampled_from(IDS).map(Id),
        "Name": st.sampled_from(NAMES),
        "Website": st.sampled_from(HOSTS),
        "Email": emails,
        "Email_Domain__c": st.sampled_from(["acme.com; bolt.co.uk", "münchen.de", ""]),
        "Country": st.sampled_from(COUNTRIES),
        "Score": FIELDS["Score"][1],
        "CreatedDate": st.one_of(st.sampled_from(MOMENTS), st.none()),
        "Owner": st.sampled_from(["user/ana", "user/ben"]),
    },
)
WHENS = """\
account.Country = Country
account.Score > Score
account.Score + Score BETWEEN 0 AND 10
account.Owner.Region = Rep.Region
account.CreatedDate > TODAY
account.CreatedDate > NOW - 1 DAYS
CHANGED(Country) AND account.Score >= 3
account.Score >= 3 AND NOT (PRIOR(account.Region) = 'Norway' OR PRIOR(Score) > 3)
twin.Country = account.Country
account IS BLANK OR ISNEW()
Country = 'Norway'
"""
whens = st.sampled_from([parse(line) for line in WHENS.splitlines()])
methods = st.sampled_from(
    [Method(name) for name in ("related", "email_domain", "website_domain", "company_name")]
    + [Method("company_name", least=70), Method("id", ("Partner_Id",)), Method("id", ("Account_Key",))]
    + [Method("id", ("account", "Country")), Method("id", ("Score",))]
)
preferences = st.one_of(
    st.sampled_from([Preference("newest"), Preference("oldest"), Preference("closest")]),
    whens.map(lambda when: Preference("when", when)),
)
binds = st.builds(
    lambda by, where, prefer: Bind("m", "Account", "account", tuple(by), where, tuple(prefer), ANY, ANY),
    st.lists(methods, min_size=1, max_size=3),
    st.one_of(st.none(), whens),
    st.lists(preferences, max_size=2),
)
data_sets = st.lists(candidates, max_size=12).map(lambda some: DataSet([Record("Account", of) for of in some]))


@given(binds, data_sets, batches())
def test_a_match_finds_what_the_judge_finds(step, data, batch):
    world = world_of(data={"Account": data})
    expected = []
    for journey in journeys(world, batch):
        carried = journey.related.get("account")
        journey._bind(step)
        found = journey.related.get("account")
        at = next((at for at, record in enumerate(data.records) if record is found), NONE)
        expected.append(CARRIED if found is not None and found is carried else at)

    assert bind_rows(step, BatchRows(batch, world), Memo()).tolist() == expected


def test_of_several_that_meet_the_condition_the_first_is_taken():
    accounts = [{"Website": "acme.com", "Score": score} for score in (1.0, 5.0, 6.0)]
    world = world_of(data={"Account": DataSet([Record("Account", of) for of in accounts])})
    step = Bind("m", "Account", "account", (Method("email_domain"),), parse("account.Score > Score"), (), ANY, ANY)
    columns = {("Email",): (FieldType("email"), ["a@acme.com"] * 3), ("Score",): (FieldType("number"), [0.0, 4.0, 9.0])}

    found = bind_rows(step, BatchRows(batch_by_column("Lead", columns, MOMENTS[:1] * 3), world), Memo())

    assert found.tolist() == [0, 1, NONE]


@given(binds, data_sets, batches(), batches())
def test_what_is_kept_of_one_batch_holds_for_the_next(step, data, one, other):
    world, memo = world_of(data={"Account": data}), Memo()
    bind_rows(step, BatchRows(one, world), memo)

    kept = bind_rows(step, BatchRows(other, world), memo)

    assert kept.tolist() == bind_rows(step, BatchRows(other, world), Memo()).tolist()


def test_an_object_without_data_finds_nobody():
    step = Bind("m", "Account", "account", (Method("email_domain"),), None, (), ANY, ANY)
    batch = batch_by_column("Lead", {("Email",): (FieldType("email"), ["ana@acme.com"])}, MOMENTS[:1])

    assert bind_rows(step, BatchRows(batch, world_of()), Memo()).tolist() == [NONE]


@given(st.lists(st.one_of(st.text("@.ab >;\té", max_size=12), emails, st.none()), max_size=8), st.booleans())
def test_the_domain_of_any_address_is_the_one_that_the_judge_finds(addresses, as_dictionary):
    columns = {("Email",): (FieldType("email"), addresses)}
    batch = batch_by_column("Lead", columns, MOMENTS[:1] * len(addresses), dictionaries=[("Email",)] * as_dictionary)

    found = companies_of(BatchRows(batch, world_of()), Memo())

    assert list(found) == [company_of({"Email": address}) for address in addresses]


@given(batches())
def test_the_company_of_a_record_is_the_one_that_turns_compare(batch):
    expected = [company_of(journey.fields) for journey in journeys(world_of(), batch)]

    found = companies_of(BatchRows(batch, world_of()), Memo())

    assert list(found) == [company and company.strip().casefold() for company in expected]
    assert len(set(found.values)) == len(found.values)


# Look-ups ---------------------------------------------------------------------------------------------------------

DAYS = [(DAY + dt.timedelta(days=n)).isoformat() for n in range(6)]
MORE_CELLS = {
    **CELLS,
    ("exact", "picklist"): st.sampled_from([*COUNTRIES, "", "001000000000abC"]),
    ("exact", "user"): st.sampled_from(["", "user/ana", "ben"]),
    ("exact", "date"): st.sampled_from(["", *DAYS]),
    ("range", "date"): st.sampled_from(["", *DAYS, *(f"{day}.." for day in DAYS), f"{DAYS[1]}..{DAYS[3]}"]),
}
VALUES = [
    *(parse_value(name) for name in FIELDS if name != "account"),
    *map(parse_value, ("account.Country", "Rep.Region", "Score + 2", "'norway'", "5", "TODAY", "NOW", "BLANK", "TRUE")),
    *map(parse_value, ("account.Score", "PRIOR(Score)", "PRIOR(Country)", "TODAY + 2 DAYS", "Created + 5 HOURS")),
]
FITTING = {
    "number": ["Score", "Score + 2", "account.Score", "PRIOR(Score)", "5"],
    "date": ["Trial", "Created", "TODAY", "NOW", "TODAY + 2 DAYS"],
    "id": ["Partner_Id", "Account_Key"],
    "checkbox": ["Blocked"],
    "user": ["Rep", "account"],
}
dated = st.one_of(st.none(), st.integers(0, 5).map(lambda n: DAY + dt.timedelta(days=n)))
sorts = st.lists(st.sampled_from(sorted(MORE_CELLS)), min_size=1, max_size=3)


@st.composite
def look_ups(draw):
    """A look-up and its table: of one text, of anything."""
    chosen = draw(st.one_of(sorts, st.just([("exact", "picklist")]), st.just([("exact", "text")])))
    columns = tuple(KeyColumn(f"c{i}", match, FieldType(kind)) for i, (match, kind) in enumerate(chosen))
    is_dated = draw(st.booleans())
    lines = []
    for texts in draw(st.lists(st.tuples(*(MORE_CELLS[sort] for sort in chosen)), max_size=25)):
        cells = tuple(column.cell(text, ZONE) for column, text in zip(columns, texts, strict=True))
        since, until = draw(st.tuples(dated, dated)) if is_dated else (None, None)
        if None in (since, until) or since <= until:
            lines.append(Line(3 + 2 * len(lines), cells, {}, since, until))
    by = [(column.name, draw(operands_for(column))) for column in columns if draw(st.integers(0, 9))]
    return Look("l", "t", "row", tuple(by), ANY, ANY), Snapshot(columns, tuple(lines), ZONE)


def operands_for(column):
    fitting = FITTING.get(column.type.kind, ["Country", "Account_Key", "Partner_Id", "account.Country", "Rep.Region"])
    return st.one_of(st.sampled_from([parse_value(text) for text in fitting]), st.sampled_from(VALUES))


@given(look_ups(), batches())
def test_a_look_up_finds_the_row_that_the_judge_finds(look_up, batch):
    step, table = look_up
    world = world_of(tables={"t": table})
    expected = []
    for journey in journeys(world, batch):
        _, [found] = journey._look(step)
        places = [line.at + 1 for line in table.lines]
        expected.append(NONE if found.row is None else places.index(found.row))

    assert look_rows(step, BatchRows(batch, world), Memo()).tolist() == expected


@pytest.mark.parametrize("match", ["range", "exact"])
def test_the_ends_of_ranges_belong_to_them_and_nothing_beyond(match):
    column = KeyColumn("size", match, FieldType("number"))
    cells = ["1-5", "6"] if match == "range" else ["1", "5"]
    lines = tuple(Line(at, (column.cell(cell, ZONE),)) for at, cell in enumerate(cells))
    world = world_of(tables={"t": Snapshot((column,), lines, ZONE)})
    scores = [0.5, 1.0, 1.5, 5.0, 5.5, 6.0, None]
    batch = batch_by_column("Lead", {("Score",): (FieldType("number"), scores)}, MOMENTS[:1] * len(scores))
    step = Look("l", "t", "row", (("size", parse_value("Score")),), ANY, ANY)

    found = look_rows(step, BatchRows(batch, world), Memo()).tolist()

    assert found == ([NONE, 0, 0, 0, NONE, 1, NONE] if match == "range" else [NONE, 0, NONE, 1, NONE, NONE, NONE])


# Rotations --------------------------------------------------------------------------------------------------------

MEMBERS = (Member(user="ana", skills=("german",)), Member(user="ben"), Member(user="gone", skills=("german", "french")))
WANTED = ["sdr.Region = Country", "sdr.Skills INCLUDES ('german')", "sdr.Active OR ISNEW()", "Country = 'Norway'"]


@given(st.sampled_from([None, *WANTED]), batches())
def test_a_rotation_wants_the_members_that_the_judge_wants(where, batch):
    step = Pick("p", "r", "sdr" if where else None, parse(where) if where else None, ANY, ANY)
    roster, world = Roster(roster="r", members=MEMBERS), world_of()

    number, wanted = fits_rows(step, roster, BatchRows(batch, world))

    fits = [journey._fit(step) for journey in journeys(world, batch)]
    assert wanted[number].tolist() == [[fit is None or fit(member) for member in MEMBERS] for fit in fits]


@pytest.mark.parametrize("has_company", [True, False])
def test_an_object_without_company_is_recognised_by_its_name(has_company):
    world = world_of(data={"Account": DataSet([Record("Account", {"Name": "Acme"})])})
    types = {"Lead": world.types["Lead"] if has_company else {"Name": FieldType("text")}}
    step = Bind("m", "Account", "account", (Method("company_name"),), None, (), ANY, ANY)
    columns = {("Name",): (FieldType("text"), ["ACME Inc"]), ("Company",): (FieldType("text"), ["Bolt"])}

    found = bind_rows(
        step, BatchRows(batch_by_column("Lead", columns, MOMENTS[:1]), replace(world, types=types)), Memo()
    )

    assert found.tolist() == [NONE if has_company else 0]
