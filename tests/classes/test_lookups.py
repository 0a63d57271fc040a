"""The classes of the fields by which a row of a table is looked up decide which row that is."""

import dataclasses
import datetime as dt
import time
from itertools import product
from random import Random
from unicodedata import normalize

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flowctl.classes import Lookup, Space, axioms, wording
from flowctl.classes.asked import field_of
from flowctl.classes.domain import Holding
from flowctl.classes.members import Arrived
from flowctl.engine import World
from flowctl.expr import Field, FieldType, Flag, Id, Number, Text, fields, parse, parse_value
from flowctl.expr.ast import Blank
from flowctl.flow import Record
from flowctl.flow import program as core
from flowctl.flow.program import Case, Look, Own, Program, SetFields, Stop, Way
from flowctl.tables import KeyColumn, Line, Snapshot
from flowctl.tables.cells import ANYTHING
from tests.classes.fields import ID, ZONES, atoms, near_moments, values
from tests.classes.routes import NOW, path_of

# Tables at random -----------------------------------------------------------------------------------------------

CELLS = {
    ("exact", "text"): ["acme", "ACME Ltd", "a", "ab", "Straße", "E\u0301te\u0301", ID, ID.lower(), "K", "x", "", ""],
    ("exact", "id"): [ID, ID + "IAV", ID.lower(), "001B000000aaaaa", "acme", ""],
    ("exact", "user"): ["bea.kim", "user/bea.kim", ""],
    ("exact", "number"): ["0", "50", "51", "4.5", ""],
    ("exact", "checkbox"): ["true", "false", ""],
    ("exact", "date"): ["2026-03-29", "2018-02-18", "2018-02-17", ""],
    ("prefix", "text"): ["o", "x", "a", "ab", "ac", "acme", "s", "straß", "e\u0301", "K", ""],
    ("range", "number"): ["0..50", "50..", "51..51", "..4.5", "-1..0", ""],
    ("range", "date"): ["2018-02-17..2018-02-18", "2026-03-29..", "..2011-12-30", ""],
    ("wildcard", "text"): ["a*", "*e", "a*e", "acme", ""],
}
ANSWERS = ["emea", "apac"]
DAYS = [dt.date(2026, 3, day) for day in (27, 28, 29, 30)]
SOURCES = [("now", ("X",)), ("now", ("Y",)), ("prior", ("X",))]
KINDS = ["text", "id", "number", "checkbox", "date", "datetime", "owner", "multipicklist"]
# Fields of types that a column is usually asked by come up most.
USUAL = {"text": "text", "id": "id", "user": "owner", "number": "number", "date": "date", "checkbox": "checkbox"}
columns = st.lists(st.sampled_from([*CELLS, ("exact", "text"), ("prefix", "text")]), min_size=1, max_size=3)
rarely = st.sampled_from([True, *[False] * 7])


def lines_of(keys, rows, answer):
    for at, (*cells, said) in enumerate(rows):
        made = tuple(key.cell(cell, dt.UTC) for key, cell in zip(keys, cells, strict=True))
        yield Line(at, made, {keys[0].name: cells[0], answer: said or None})


@st.composite
def tables(draw, sorts):
    zone = draw(st.sampled_from(ZONES))
    keys = tuple(KeyColumn(f"K{n}", match, FieldType(kind)) for n, (match, kind) in enumerate(sorts))
    few = [draw(st.lists(st.sampled_from(CELLS[sort]), min_size=2, max_size=4)) for sort in sorts]
    rows = st.tuples(*map(st.sampled_from, few), st.sampled_from(ANSWERS), st.sampled_from([None] * 5 + DAYS[1:3]))
    lines = []
    for at, (*cells, said, since) in enumerate(draw(st.lists(rows, min_size=1, max_size=10))):
        answer = {key.name: cell for key, cell in zip(keys, cells, strict=True)} | {"Roster": said, "Note": str(at)}
        made = tuple(key.cell(cell, zone) for key, cell in zip(keys, cells, strict=True))
        lines.append(Line(at, made, answer, since))
    return Snapshot(keys, tuple(lines), zone)


@st.composite
def cases(draw):
    """A look-up, the types of the fields, atoms about them, and some of their values, most of them near to keys."""
    sorts = draw(columns)
    table = draw(tables(sorts))
    kinds, by = {}, []
    for _, of in sorts:
        source = draw(st.sampled_from(SOURCES))
        kind = draw(st.sampled_from(KINDS)) if draw(rarely) else USUAL[of]
        kinds.setdefault(source[1], frozenset({kind}))
        constant = st.sampled_from([Blank(), Text("acme"), Number(50.0), Flag(True)])
        by.append(draw(constant) if draw(rarely) else field_of(source))
    read = draw(st.sampled_from([frozenset({"Roster"})] * 3 + [frozenset(), frozenset({"K0"}), frozenset({"Note"})]))
    lookup = Lookup(table, tuple(by), read)
    asked = [atom for atom in draw(st.lists(atoms, max_size=2)) if all(path in kinds for path in fields(atom))]
    held = {source: draw(some_near(source, lookup, kinds[source[1]])) for source in lookup.sources}
    return lookup, kinds, asked, held


def some_near(source, lookup, kinds):
    """Values of a field, most of them as some cell says, or nearly so."""
    at = [n for n, asked in enumerate(lookup.by) if asked == field_of(source)]
    cells = {line.answer[lookup.table.columns[n].name] for n in at for line in lookup.table.lines} - {""}
    texts = [form for cell in sorted(cells) for form in forms(cell) if form.strip()]
    (kind,) = kinds
    make = {"text": str, "owner": str, "id": Id}.get(kind)
    others = st.one_of(st.sampled_from(near_moments()[::7]) if kind == "datetime" else st.none(), values(kinds))
    close = st.sampled_from([*map(make, texts)]) if make and texts else others
    return st.lists(st.one_of(close, close, others), min_size=4, max_size=7)


def forms(text):
    yield from (text, text, text.upper(), f" {text}\t", text + "x", text + "IAV", normalize("NFD", text))


def space_of(lookup, kinds, asked=(), written=()):
    return Space.asking(asked, written, lambda path: kinds.get(path, frozenset()), [lookup.table.zone], None, [lookup])


def vector_of(space, given):
    """The vector of a record that has given values in its fields, by source, and none elsewhere."""

    class Given(Holding):
        def get(self, path):
            return given.get(("now", path))

        def prior(self, path):
            return given.get(("prior", path))

    return space.encode(Given(None, space.zones[0]))


def codes_of(space, vector):
    return dict(zip(space.domains, vector.codes, strict=True))


def assert_same_row(space, lookup, holding, day, codes=None):
    """The classes say of the row what the table says for the values."""
    found = space.row(lookup, codes or codes_of(space, vector_of(space, holding)), day)
    assert read_of(lookup, found) == read_of(lookup, lookup.find(holding, day))


def read_of(lookup, found):
    return None if found is None else (lookup.said(found[1]),)


@given(cases())
def test_a_vector_decides_what_is_read_of_the_row_as_the_table_says(case):
    lookup, kinds, asked, held = case
    space = space_of(lookup, kinds, asked)
    assume(lookup.is_decided(space.domains))

    for found in product(*held.values()):
        holding = dict(zip(held, found, strict=True))
        for day in DAYS[::2]:
            assert_same_row(space, lookup, holding, day)


# Few keys and fewer answers, in any order: most of what can be alike is.
FEW = {
    ("exact", "text"): ["a", "ab", "b", ID],
    ("exact", "id"): [ID, ID.lower(), "001B000000aaaaa"],
    ("prefix", "text"): ["a", "ab", "b"],
    ("range", "number"): ["1..2", "2..", "3"],
}
HELD = {
    "text": [None, "a", "AB", "b", "bc", "abc", ID, ID.lower(), "x"],
    "id": [*map(Id, (ID, ID + "IAV", ID.lower(), "001B000000aaaaa", "001B000000aaaab", "a")), None],
    "number": [None, 0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0],
}


def of_few(dice):
    """A look-up and the types of its fields."""
    sorts = dice.choices([*FEW], weights=(4, 2, 2, 1), k=dice.choice((1, 2, 2)))
    keys = [KeyColumn(f"K{n}", match, FieldType(kind)) for n, (match, kind) in enumerate(sorts)]
    rows = [[*(dice.choice([*FEW[sort], ""]) for sort in sorts), dice.choice(ANSWERS)] for _ in range(6)]
    days = dice.choices([None, *DAYS], weights=(dice.choice((1, 24)), 0, 1, 1, 0), k=6)
    lines = [dataclasses.replace(line, since=d) for line, d in zip(lines_of(keys, rows, "To"), days, strict=True)]
    is_one = sorts[0][1] == sorts[-1][1] and dice.random() < 0.4
    paths = [(name,) for name in ("XX" if is_one else "XY")[: len(sorts)]]
    table = Snapshot(tuple(keys), tuple(lines), dt.UTC)
    kinds = {path: frozenset({kind}) for path, (_, kind) in zip(paths, sorts, strict=True)}
    return Lookup(table, tuple(map(Field, paths)), frozenset({"To"})), kinds


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 10))])
def test_values_share_a_class_only_if_the_same_is_read_of_their_rows(seed):
    dice, together = Random(seed), 0
    for _ in range(60):
        lookup, kinds = of_few(dice)
        space = space_of(lookup, kinds)
        for found in product(*(HELD[kind] for _, path in lookup.sources for kind in kinds[path])):
            holding = dict(zip(lookup.sources, found, strict=True))
            for day in (DAYS[0], DAYS[-1]):
                assert_same_row(space, lookup, holding, day)
        written = (texts for d in space.domains.values() for sort in d.sorts for texts in getattr(sort, "written", ()))
        together += sum(len(texts) > 1 for texts in written)
    assert together


@given(cases())
def test_every_class_of_a_key_has_a_member_and_axioms_hold_for_all_its_members(case):
    lookup, kinds, asked, held = case
    space = space_of(lookup, kinds, asked, [(source, value) for source, of in held.items() for value in of[:1]])
    known = axioms(space)

    for source, domain in space.domains.items():
        for code in range(domain.size):
            assert domain.encode(domain.member(code)) == code
        for value in held.get(source, ()):
            vector = vector_of(space, {source: value})
            codes = codes_of(space, vector) | dict(
                zip((*space.bits, *space.derived), map(int, (*vector.bits, *vector.derived)), strict=True)
            )
            for axiom in known:
                (given_, among), (then, only) = axiom.given, axiom.then
                assert codes[given_] not in among or codes[then] in only


@pytest.mark.parametrize(("sort", "kind", "is_decided"), [
    (("exact", "text"), "text", True), (("exact", "text"), "id", True), (("exact", "id"), "id", True),
    (("exact", "id"), "text", False), (("prefix", "text"), "text", True), (("prefix", "text"), "id", False),
    (("range", "number"), "number", True), (("range", "date"), "datetime", True), (("wildcard", "text"), "text", False),
])  # fmt: skip
def test_what_no_classes_decide_is_said(sort, kind, is_decided):
    key = KeyColumn("K0", sort[0], FieldType(sort[1]))
    cells = [key.cell(cell, dt.UTC) for cell in CELLS[sort]]
    table = Snapshot((key,), tuple(Line(at, (cell,), {}) for at, cell in enumerate(cells)), dt.UTC)
    lookup = Lookup(table, (Field(("X",)),), frozenset())

    space = space_of(lookup, {("X",): frozenset({kind})})

    assert lookup.is_decided(space.domains) == is_decided


# How many there are ---------------------------------------------------------------------------------------------


def many(count, names=("Key",), **answer):
    keys = tuple(KeyColumn(name, "exact", FieldType("text")) for name in names)
    lines = []
    for at in range(count):
        cells = [f"Key {at}", f"Land {at % 7}"][: len(keys)]
        made = tuple(key.cell(cell, dt.UTC) for key, cell in zip(keys, cells, strict=True))
        answers = dict(zip(names, cells, strict=True)) | {name: of(at) for name, of in answer.items()}
        lines.append(Line(at, made, answers))
    return Snapshot(keys, tuple(lines), dt.UTC)


TEXT = {("X",): frozenset({"text"}), ("Y",): frozenset({"text"})}


@pytest.mark.slow
def test_a_hundred_thousand_keys_with_three_answers_are_three_classes():
    table = many(100_000, Roster=lambda at: f"roster {at % 3}", Note=str)
    lookup = Lookup(table, (Field(("X",)),), frozenset({"Roster"}))
    began = time.process_time()

    space = space_of(lookup, TEXT, [parse("X = 'Key 7'")])

    domain = space.domain(("now", ("X",)))
    assert domain.size == 3 + len(("the constant", "others", "blank"))
    assert domain.encode(" KEY 4") == domain.encode("key 1") != domain.encode("key 7")
    assert domain.member(domain.encode("key 99999")) == "Key 0"  # as somebody wrote it
    assert time.process_time() - began < 20  # a table is looked through once


def test_keys_are_told_apart_where_what_is_read_of_them_differs():
    table = many(1000, Roster=lambda at: f"roster {at % 3}", Note=str)

    sizes = [
        space_of(Lookup(table, (Field(("X",)),), frozenset(read)), TEXT).domain(("now", ("X",))).size
        for read in ((), ("Roster",), ("Note",), ("Key",))
    ]

    assert sizes == [3, 5, 1002, 1002]


def test_each_of_several_key_columns_splits_its_own_field():
    table = many(700, ("Key", "Land"), Roster=lambda at: f"roster {at % 7 % 2}")
    lookup = Lookup(table, (Field(("X",)), Field(("Y",))), frozenset({"Roster"}))

    space = space_of(lookup, TEXT)

    assert space.domain(("now", ("X",))).size == 7 + 2  # by the land that each is found with
    assert space.domain(("now", ("Y",))).size == 7 + 2  # each is found with other keys


def test_a_row_that_is_never_found_makes_no_class():
    key = KeyColumn("K", "exact", FieldType("text"))
    table = Snapshot((key,), (Line(0, (ANYTHING,), {}), Line(1, (key.cell("acme", dt.UTC),), {})), dt.UTC)

    assert space_of(Lookup(table, (Field(("X",)),), frozenset()), TEXT).domain(("now", ("X",))).size == 2


def test_a_member_is_found_beside_whatever_a_table_names():
    key = KeyColumn("K", "prefix", FieldType("text"))
    starts = ["o", "x", *map(str, range(10)), *(f"a{letter}" for letter in "x0123456789bcdefghijklmnopqrstuvwyz"), "a"]
    table = Snapshot((key,), tuple(lines_of([key], [[start, start] for start in starts], "To")), dt.UTC)
    space = space_of(Lookup(table, (Field(("X",)),), frozenset({"To"})), TEXT, [parse("X = 'a'"), parse("X = 'b'")])

    domain = space.domain(("now", ("X",)))

    assert all(domain.encode(domain.member(code)) == code for code in range(domain.size))
    assert domain.size == len(starts) + 2 + 2


def test_two_tables_share_the_classes_of_a_field():
    one, other = (many(60, Roster=lambda at, by=by: str(at % by)) for by in (2, 3))
    lookups = [Lookup(table, (Field(("X",)),), frozenset({"Roster"})) for table in (one, other)]

    space = Space.asking([], [], lambda path: TEXT[path], [dt.UTC], None, lookups)

    assert space.domain(("now", ("X",))).size == 6 + 2


def test_texts_for_predicates_are_found_among_keys_that_share_a_class():
    table = many(300, Roster=lambda at: "emea")
    lookup = Lookup(table, (Field(("X",)),), frozenset({"Roster"}))
    space = space_of(lookup, TEXT, [parse("X ENDS WITH ' 299'")])
    found = next(wording.values(space.domain(("now", ("X",))), 0, {space.bits[0]: True}))

    assert found == "Key 299"
    assert not axioms(space)[0].given[1] & {0}  # some of the class end so, others do not


# Of programs ----------------------------------------------------------------------------------------------------

LEAD = {name: FieldType("text") for name in ("Land", "Other", "Zip", "Status", "Owner")} | {
    "Seats": FieldType("number")
}
LANDS = Snapshot(
    (KeyColumn("Land", "exact", FieldType("text")), KeyColumn("Seats", "range", FieldType("number"))),
    (),
    dt.UTC,
)


def lands():
    text = "Norway,0..50,emea Norway,51..,big Chile,,apac Peru,,apac ,1000..,big Togo,,apac"
    rows = [row.split(",") for row in text.split()]
    return dataclasses.replace(LANDS, lines=tuple(lines_of(LANDS.columns, rows, "Team")))


def zips():
    key = KeyColumn("Zip", "prefix", FieldType("text"))
    return Snapshot(
        (key,), tuple(lines_of([key], [["101", "west"], ["10", "west"], ["1", "east"], ["9", ""]], "To")), dt.UTC
    )


def by(**of):
    return tuple((name, parse_value(text)) for name, text in of.items())


def world():
    steps = [
        core.Test("swap", (Case(parse("Status = 'swap'"), Way("when", "copy")),), Way("otherwise", "land")),
        SetFields("copy", by(Land="Other", Seats="70"), Way("then", "land")),
        Look("land", "lands", "land", by(Land="Land", Seats="Seats"), Way("found", "big"), Way("missing", "zip")),
        core.Test("big", (Case(parse("land.Team = 'big'"), Way("when", "zip")),), Way("otherwise", "end")),
        Look("zip", "zips", "area", by(Zip="Zip"), Way("found", "give"), Way("missing", "end")),
        Own("give", ("area", "To"), Way("then", "end"), Way("unavailable", "east")),
        core.Test("east", (Case(parse("area.To = 'east'"), Way("when", "end")),), Way("otherwise", "end")),
        Stop("end", "Done"),
    ]
    program = Program("lead", "Lead", "swap", {step.node: step for step in steps})
    return World(
        {"lead": program}, {}, {}, frozenset(), dt.UTC, types={"Lead": LEAD}, tables={"lands": lands(), "zips": zips()}
    )


HERE = world()
texts = {
    "Land": ["Norway", "norway ", "CHILE", "Peru", "Togo", "Sweden", " "],
    "Other": ["Norway", "Chile", "x"],
    "Zip": ["10115", "1", "19", "9", "90", "x", " 101"],
    "Status": ["swap", "Raw"],
}
leads = st.fixed_dictionaries(
    {},
    optional={name: st.sampled_from(of) for name, of in texts.items()}
    | {"Seats": st.sampled_from([0.0, 50.0, 50.5, 51.0, 5e3])},
)


@given(leads)
def test_the_member_of_a_records_vector_finds_rows_like_those_of_the_record(filled):
    space = Space.of([HERE], "lead")
    record = Record("Lead", filled, {})
    vector = space.encode(Arrived(HERE, record, NOW))

    member = space.member(vector, NOW)

    assert space.encode(Arrived(HERE, member, NOW)) == vector
    assert path_of(HERE, member)[0] == path_of(HERE, record)[0]
    for lookup in space.lookups:
        given_ = {source: member.fields.get(source[1][0]) for source in lookup.sources}
        assert_same_row(space, lookup, given_, NOW.date(), codes_of(space, vector))


def test_the_look_ups_of_a_flow_are_asked_of_the_fields_that_theirs_are_set_from():
    space = Space.of([HERE], "lead")

    assert {(*(s[1][0] for s in lookup.sources),) for lookup in space.lookups} == {
        ("Land", "Seats"),
        ("Other", "Seats"),
        ("Zip",),
    }
    assert {tuple(sorted(lookup.read)) for lookup in space.lookups} == {("Team",), ("To",)}
    assert space.domain(("now", ("Land",))).listed == {"norway": 0, "chile": 1, "peru": 1, "togo": 2}
    assert space.domain(("now", ("Other",))).listed == {"norway": 0, "chile": 1, "peru": 1, "togo": 2}
    assert space.domain(("now", ("Zip",))).size == 3 + 2  # 101 leads where 10 does
