"""Records by the column are those that few records are read into, with the same moments and positions."""

import csv
import io
import json

from hypothesis import given
from hypothesis import strategies as st

from flowctl.ops.simulate import arrivals
from flowctl.tables import read_rows
from tests.columns.leads import BERLIN, KINDS, NOW, OBJECTS, file, read, wanted

READ = [*KINDS, "account.Name", "account.Size__c", "account.Is_Customer__c"]
PRIOR = ["Company", "Score__c", "Opted_In__c"]
TEXTS = {
    "number": ["12", "-0.5", " 7 ", "1e3"],
    "checkbox": ["true", "0", "Yes"],
    "date": ["2026-11-23", " 2024-02-29"],
    "datetime": [
        "2026-11-23T09:00:00.000Z",
        "2026-10-25 02:30",
        "2026-11-23T09:00:00.000+0000",
        "2026-01-01T00:00:01Z",
    ],
    "user": ["bea.kim", "user/bea.kim", "queue/hot"],
    "owner": ["bea.kim", "queue/hot"],
    "multipicklist": ["a;b", ";", "a; b ;"],
}


def cells(kind):
    return st.sampled_from(["", "", " ", *TEXTS.get(kind, ["Acme, Inc", 'a "b"', "two\nlines", "Zoë", "00Q5"])])


def kind_of(name):
    *at, field = name.split(".")
    return OBJECTS["Account" if at == ["account"] else "Lead"].fields[field].type


@st.composite
def tables(draw):
    names = draw(st.lists(st.sampled_from([*READ, *(f"prior.{name}" for name in PRIOR)]), min_size=1, unique=True))
    row = st.tuples(*(cells(kind_of(name)) for name in names))
    return names, draw(st.lists(row, max_size=8))


def small(path, data):
    """The records of a file, its moments and its positions, as few records are read."""
    model = _Model()
    return sorted(arrivals(path.name, read_rows(path.name, data), model, _Flow(), NOW), key=lambda lead: lead.position)


class _Flow:
    object = "Lead"


class _Model:
    objects = OBJECTS

    class settings:
        zone = BERLIN

    def related(self, flow):
        return OBJECTS["Lead"].relations


def large(path):
    batches, found = read(path, wanted(*READ, prior=PRIOR, missing_as_blank=True))
    assert found.bad.count == 0
    return [(b.record(i), b.moment(i), int(b.positions[i])) for b in batches for i in range(len(b))]


def filled(fields):
    """Fields as they are read: what is blank may be there or not, but for a flag that is false."""
    return {name: value for name, value in (fields or {}).items() if value is not None}


def plain(record):
    related = {name: filled(below.fields) for name, below in record.related.items()}
    return filled(record.fields), None if record.prior is None else filled(record.prior), related


def assert_same(path):
    expected = small(path, path.read_bytes())
    found = large(path)
    assert [(plain(lead.record), lead.now, lead.position) for lead in expected] == [
        (plain(record), now, position) for record, now, position in found
    ]


@given(table=tables(), delimiter=st.sampled_from(",;\t"), end=st.sampled_from(["\n", "\r\n"]))
def test_csv_is_read_as_small_csv_is(tmp_path_factory, table, delimiter, end):
    names, rows = table
    delimiter = delimiter if len(names) > 1 else ","  # of one name nobody can tell: then a comma parts, too
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows([names, *rows])

    assert_same(file(tmp_path_factory.mktemp("a"), out.getvalue()))


@given(table=tables())
def test_json_lines_are_read_as_a_small_list_is(tmp_path_factory, table):
    names, rows = table
    records = [nested(names, row) for row in rows]
    folder = tmp_path_factory.mktemp("a")
    listed = file(folder, json.dumps(records), "leads.json")
    lines = file(folder, "".join(json.dumps(record) + "\n" for record in records), "leads.ndjson")

    assert_same(listed)
    assert large(lines) == large(listed)


def nested(names, row):
    found = {}
    for name, cell in zip(names, row, strict=True):
        *at, field = name.split(".")
        if at == ["prior"]:
            found.setdefault("prior", {})[field] = cell
        elif at and cell:
            found.setdefault("related", {}).setdefault(at[0], {})[field] = cell
        elif not at and cell:
            found[field] = cell
    return found


def test_a_record_that_has_a_prior_is_not_new_even_when_that_is_empty(tmp_path):
    records = [{"Email": "a@b.c", "prior": {}}, {"Email": "a@b.c"}, {"Email": "x", "related": {"account": {}}}]
    path = file(tmp_path, json.dumps(records), "leads.json")

    assert_same(path)
    assert [record.is_new for record, _, _ in large(path)] == [False, True, True]
    assert [list(record.related) for record, _, _ in large(path)] == [[], [], ["account"]]


def test_yaml_is_read_too(tmp_path):
    path = file(tmp_path, "- Email: a@b.c\n  Score__c: 3\n- lead: {Email: b@b.c}\n", "leads.yaml")

    assert_same(path)
