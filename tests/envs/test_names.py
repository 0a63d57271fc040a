"""Names and ids in texts: only what the schema says is a name is replaced, and the way back gives every byte again."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl import document as yaml
from flowctl.envs.names import _HOLDERS, mentions, to_ids, to_names
from flowctl.envs.protocol import OrgDirectory, OrgEntry
from flowctl.envs.refusals import refusals
from flowctl.flow import NODE_TYPES, bundle_of, load_model
from flowctl.flow.kinds import Kind, ListOf, MapOf, Record, keys
from flowctl.flow.model import Nodes
from flowctl.flow.node import load_node_types
from tests.envs.small import BEA, FLOW, NOOR, OMAR, PARTNER, RAW, ROSTER

ORG = OrgDirectory(
    {
        "user/bea.kim": OrgEntry(BEA),
        "user/omar.saleh": OrgEntry(OMAR, active=False),
        "user/noor.haddad": OrgEntry(NOOR),
        "queue/partner": OrgEntry(PARTNER),
        "queue/raw": OrgEntry(RAW),
    }
)

DEPLOYED_FLOW = f"""\
# user/bea.kim asked for this
flow: lead
object: Lead
title: "Live on 2026-11-23: leads of user/bea.kim"
triggers: [created, updated]
start: mine
nodes:
  mine:
    type: decision
    label: user/bea.kim
    branches:
      - when: Owner = '{BEA}' AND Company != 'queue/raw or so'
        label: bea's
        then: mark
      - when: "Owner IN ('{RAW}', '{OMAR}')"
        then: tell
      - when: 'Company = ''{NOOR}'' OR AccountId = ''0015f000001AcmeAAA'''
        then: turn
    otherwise: to_partner
  mark:  {{type: set, values: {{Reviewer__c: "'{BEA}'", Company: Owner.Name}}, then: tell}}
  tell:
    type: notify
    channel: email
    to: {BEA}      # and not user/omar.saleh
    message: user/bea.kim has a lead
    then: turn
  turn: {{type: rotate, roster: sdr-emea, then: done, nobody: to_partner}}
  to_partner:
    type: assign
    to: '{PARTNER}'
    then: done
  done: {{type: end, result: user/bea.kim}}
"""

DEPLOYED_ROSTER = f"""\
roster: sdr-emea
label: bea.kim and noor.haddad
members:
  - user: {BEA}         # bea.kim
    weight: 2
    leave: [{{from: 2026-12-21, to: 2027-01-03, cover: "{NOOR}"}}]
  - {{user: {NOOR}}}
"""


@pytest.mark.parametrize(
    ("part", "text", "deployed"),
    [("flow/lead", FLOW, DEPLOYED_FLOW), ("roster/sdr-emea", ROSTER, DEPLOYED_ROSTER)],
    ids=["flow", "roster"],
)
def test_ids_take_the_places_of_names_and_of_nothing_else(part, text, deployed):
    assert to_ids(part, text, ORG) == deployed
    assert to_names(part, deployed, ORG) == (text, ())


@pytest.mark.parametrize("part", ["directory", "settings", "object/Lead"])
def test_parts_that_name_nobody_stay_as_they_are(part):
    text = f"users: {{bea.kim: {{name: user/bea.kim}}}}\nto: user/bea.kim\nowner: {BEA}\n"

    assert to_ids(part, text, ORG) == text
    assert to_names(part, text, ORG) == (text, ())


def test_a_node_edited_by_hand_comes_back_as_that_one_change():
    edited = DEPLOYED_FLOW.replace(f"to: '{PARTNER}'", f'to: "{RAW}"  # for now')

    text, unknown = to_names("flow/lead", edited, ORG)

    assert text == FLOW.replace("to: 'queue/partner'", 'to: "queue/raw"  # for now')
    assert unknown == ()


def test_a_mistake_made_by_hand_does_not_keep_the_other_names_from_coming_back():
    mistake = ("then: done\n  done:", "than: done\n  done:")

    assert to_names("flow/lead", DEPLOYED_FLOW.replace(*mistake), ORG)[0] == FLOW.replace(*mistake)


def test_a_broken_condition_keeps_its_names():
    broken = ("AND Company", "&& AND Company")

    assert to_names("flow/lead", DEPLOYED_FLOW.replace(*broken), ORG)[0] == FLOW.replace(*broken)


def test_a_text_that_is_no_yaml_stays_as_it_is():
    broken = DEPLOYED_FLOW + "\t]"

    assert to_names("flow/lead", broken, ORG) == (broken, ())


def test_an_id_that_nobody_has_stays_and_is_told():
    other = "0055f000001ZoeZAAA"
    flow = DEPLOYED_FLOW.replace(OMAR, other).replace(f"to: {BEA}", f"to: {other}")

    text, unknown = to_names("flow/lead", flow, ORG)

    assert text == FLOW.replace("'user/omar.saleh'", f"'{other}'").replace("to: user/bea.kim", f"to: {other}")
    assert [(d.code, str(d.span)) for d in unknown] == [
        ("FC605", "flows/lead.yaml:15:49"),
        ("FC605", "flows/lead.yaml:24:9"),
    ]


def test_an_id_that_two_have_stays_and_is_told():
    twins = OrgDirectory({**ORG.entries, "user/zoe": OrgEntry(BEA)})

    text, unknown = to_names("roster/sdr-emea", DEPLOYED_ROSTER, twins)

    assert text == ROSTER.replace("user: bea.kim", f"user: {BEA}")
    assert [d.code for d in unknown] == ["FC605"]


def test_a_queue_in_a_roster_stays_and_is_told():
    text, unknown = to_names("roster/sdr-emea", DEPLOYED_ROSTER.replace(BEA, PARTNER), ORG)

    assert text == ROSTER.replace("user: bea.kim", f"user: {PARTNER}")
    assert [d.code for d in unknown] == ["FC605"]


def test_an_id_typed_in_its_other_form_is_the_same():
    assert to_names("roster/sdr-emea", DEPLOYED_ROSTER.replace(BEA, BEA[:15]), ORG) == (ROSTER, ())


# ------------------------------------------------------------------------------------------------ generated

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,12}", fullmatch=True).filter(
    lambda name: not re.fullmatch(r"(?i)null|~", name)
)
ALNUM = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
IDS = st.builds(
    lambda head, tail, check: head + tail + check,
    st.sampled_from(["005", "00G"]),
    st.text(ALNUM, min_size=12, max_size=12),
    st.sampled_from(["", "AAA", "Xy1"]),
)
FILLER = ["it\\'s", "a \\\\", "user/", "see user/b", "100%", "# no", "é: ß", "  "]


@st.composite
def directories(draw):
    logical = st.builds("{}/{}".format, st.sampled_from(["user", "queue"]), NAMES)
    names = draw(st.lists(logical, min_size=1, max_size=6, unique=True))
    ids = draw(st.lists(IDS, min_size=len(names), max_size=len(names), unique_by=lambda id_: id_[:15]))
    return OrgDirectory({name: OrgEntry(id_) for name, id_ in zip(names, ids, strict=True)})


def written(draw, text, column, words):
    """A text as a YAML value below a key that stands in `column`, in any style that needs no escapes."""
    pad = "\n" + " " * (column + 2)
    styles = ["'" + text.replace("'", "''") + "'", f">-{pad}{text}", f"|-{pad}{text}", f">- # {words[0]}{pad}{text}"]
    if not re.search(r'["\\]', text):
        styles.append(f'"{text}"')
    if not re.search(r"^['# ]|: | #| $", text):
        styles += [text, f"{text}  # {words[-1]} '{words[0]}'"]
    if " AND " in text:
        folded = text.replace(" AND ", f"{pad}AND ", 1)
        styles += [f">-{pad}{folded}", "'" + folded.replace("'", "''") + "'"]
    return draw(st.sampled_from(styles))


@st.composite
def flows(draw, directory):
    words = list(directory.entries)
    name = st.sampled_from(words)
    literal = st.one_of(name, st.sampled_from(FILLER))
    lines = ["flow: lead  # user/a", "nodes:"]
    for i in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["assign", "assign inline", "notify", "set", "decision", "match"]))
        lines.append(
            f"  n{i}:" if kind != "assign inline" else f"  n{i}: {{type: assign, to: {draw(name)}, then: end}}"
        )
        text = " AND ".join(f"Owner = '{draw(literal)}'" for _ in range(draw(st.integers(1, 3))))
        if kind in ("assign", "notify"):
            lines += [f"    type: {kind}", f"    to: {written(draw, draw(name), 4, words)}", f"    label: {draw(name)}"]
        elif kind == "set":
            value = written(draw, f"'{draw(literal)}'", 6, words)
            lines += ["    type: set", "    values:", f"      Owner: {value}", f"      '{words[0]}': Owner"]
        elif kind == "decision":
            lines += [
                "    type: decision",
                "    branches:",
                f"      - when: {written(draw, text, 8, words)}",
                "        then: end",
            ]
        elif kind == "match":
            lines += ["    type: match", "    prefer:", "      - newest", f"      - {written(draw, text, 6, words)}"]
    return "\n".join(lines) + "\n"


@given(st.data())
def test_names_that_became_ids_come_back_byte_for_byte(data):
    directory = data.draw(directories())
    text = data.draw(flows(directory))
    document = yaml.read("", text)
    assert document.root is not None, document.problems

    deployed = to_ids("flow/lead", text, directory)

    ids = {entry.id for entry in directory.entries.values()}
    named = [mention for mention in mentions("flow/lead", document) if mention.name in directory.entries]
    there = [m.word for m in mentions("flow/lead", yaml.read("", deployed)) if m.word in ids]
    assert there == [directory.entries[mention.name].id for mention in named]
    assert to_names("flow/lead", deployed, directory) == (text, ())


@pytest.mark.slow
def test_the_sample_comes_back_byte_for_byte():
    root = Path(__file__).parents[2]
    ours = [path for path in (root / "flows").rglob("*") if path.suffix in (".yaml", ".csv")]
    files = {path.relative_to(root).as_posix(): path.read_bytes().decode() for path in ours}
    names = load_model(files).directory.names()
    directory = OrgDirectory({name: OrgEntry(f"005{i:012d}") for i, name in enumerate(names)})
    bundle = bundle_of(files)

    deployed = {part: to_ids(part, text, directory, bundle.parts) for part, text in bundle.parts.items()}

    named = {part.partition("/")[0] for part in deployed if deployed[part] != bundle.parts[part]}
    assert {"flow", "roster"} <= named <= {"flow", "roster", "table"}
    assert {part: to_names(part, text, directory, deployed) for part, text in deployed.items()} == {
        part: (text, ()) for part, text in bundle.parts.items()
    }
    assert refusals(bundle, directory, "production") == ()


@given(st.data())
def test_rosters_come_back_byte_for_byte(data):
    directory = data.draw(directories())
    users = st.sampled_from([name.removeprefix("user/") for name in directory.entries])
    words = list(directory.entries)
    lines = ["roster: x", "members:"]
    for _ in range(data.draw(st.integers(1, 4))):
        lines += [
            f"  - user: {written(data.draw, data.draw(users), 4, words)}",
            f"    leave: [{{cover: {data.draw(users)}}}]",
        ]
    text = "\n".join(lines) + "\n"

    deployed = to_ids("roster/x", text, directory)

    assert to_names("roster/x", deployed, directory) == (text, ())


# ------------------------------------------------------------------------------------------------ tables

TABLE_HEADER = """\
table: t
columns:
  Country: {key: exact, type: text}
  Owner: {type: owner}
  Backup: {type: user}
  Notes: {type: text}
"""
TABLE = (
    "\ufeffCountry;Owner;Backup;Notes\r\n"
    "user/bea.kim;user/bea.kim; bea.kim ;user/bea.kim\r\n"
    'Norway;"queue/raw";user/noor.haddad;"ask ""user/bea.kim"""\r\n'
    "Sweden;;;\r\n"
)
DEPLOYED_TABLE = (
    "\ufeffCountry;Owner;Backup;Notes\r\n"
    f"user/bea.kim;{BEA}; {BEA} ;user/bea.kim\r\n"
    f'Norway;"{RAW}";user/{NOOR};"ask ""user/bea.kim"""\r\n'
    "Sweden;;;\r\n"
)
TABLE_PARTS = {"header/t": TABLE_HEADER, "table/t": TABLE}


def test_the_header_says_which_cells_of_a_table_name_somebody():
    assert to_ids("table/t", TABLE, ORG, TABLE_PARTS) == DEPLOYED_TABLE
    assert to_names("table/t", DEPLOYED_TABLE, ORG, TABLE_PARTS) == (TABLE, ())


def test_without_its_header_a_table_names_nobody():
    assert to_ids("table/t", TABLE, ORG) == TABLE
    assert to_names("table/t", DEPLOYED_TABLE, ORG) == (DEPLOYED_TABLE, ())


def test_an_id_in_a_table_that_nobody_has_is_told_with_its_place():
    text, unknown = to_names("table/t", TABLE.replace("queue/raw", "00G5f000001GoneAAA"), ORG, TABLE_PARTS)

    assert "00G5f000001GoneAAA" in text
    assert [(d.code, str(d.span)) for d in unknown] == [("FC605", "flows/tables/t.csv:3:9")]


@given(st.data())
def test_tables_come_back_byte_for_byte(data):
    directory = data.draw(directories())
    names = st.sampled_from(["", *directory.entries])
    users = st.sampled_from(["", *(n.removeprefix("user/") for n in directory.entries if n.startswith("user/"))])
    rows = st.lists(st.tuples(st.text('ab,;" ', max_size=3), names, users, names), max_size=5)
    delimiter, newline = data.draw(st.sampled_from(",;\t")), data.draw(st.sampled_from(["\n", "\r\n"]))
    lines = [("Country", "Owner", "Backup", "Notes"), *data.draw(rows)]
    text = "".join(yaml.line_text(line, delimiter) + newline for line in lines)

    deployed = to_ids("table/t", text, directory, TABLE_PARTS)

    assert to_names("table/t", deployed, directory, TABLE_PARTS) == (text, ())


# ------------------------------------------------------------------------------------------------ a new kind


def kinds_below(kind):
    yield type(kind).__name__
    match kind:
        case ListOf(item) | MapOf(item):
            yield from kinds_below(item)
        case Record(cls):
            yield from kinds_of(cls)
        case Nodes():
            for cls in NODE_TYPES.values():
                yield from kinds_of(cls)


def kinds_of(cls):
    for key in keys(cls).values():
        assert isinstance(key.kind, Kind)
        yield from kinds_below(key.kind)


def test_a_new_kind_of_value_is_looked_at_here():
    """Whoever adds a kind of value to flows or rosters says here, and in `names`, whether somebody is named in it."""
    load_node_types()
    found = {kind for cls in _HOLDERS.values() for kind in kinds_of(cls)}

    names_somebody = {"Owner", "Name", "Condition", "Value", "Prefer", "ListOf", "MapOf", "Record", "Nodes"}
    names_nobody = {
        "Text",
        "Choice",
        "Integer",
        "Date",
        "Port",
        "By",
        "Limit",
        "WorkingHours",
        "Region",
        "Zone",
        "Times",
        "Duration",
        "RosterName",
    }
    assert found - names_somebody == names_nobody
