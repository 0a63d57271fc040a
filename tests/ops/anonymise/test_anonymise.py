"""Whole files without the people in them."""

import csv
import gzip
import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flowctl.diag import FlowctlError
from flowctl.flow import load_model
from flowctl.ops.anonymise.anonymise import anonymise
from tests.engine.surroundings import SURROUNDINGS

FLOW = """\
flow: lead
object: Lead
triggers: [created]
start: find
nodes:
  find: {type: match, object: Account, as: account, by: [email_domain], matched: ask, unmatched: ask}
  ask:
    type: decision
    branches:
      - {when: First_Source CONTAINS ('web chat'), then: done}
      - {when: "Email ENDS WITH ('@partner.example', '@bigco.com')", then: done}
    otherwise: done
  done: {type: end, result: Done}
"""
ROWS = [
    {"Id": "00Q5g00000AbCdE", "Name": "Jane Doe", "Email": "jane@acme.com", "Company": "Acme Inc", "Country": "Norway"},
    {"Id": "00Q5g00000AbCdF", "Name": "jane doe", "Email": "JANE@ACME.COM", "Company": "ACME", "Country": ""},
    {"Id": "00Q5g00000AbCdG", "Name": "Bo", "Email": "bo@bigco.com", "Company": "", "Country": "Chile"},
]
SECRETS = ("Jane", "jane", "acme", "ACME", "Doe", "AbCd")


class Here:
    """As much of a workspace as there needs to be."""

    def __init__(self, root):
        self.root = root


@pytest.fixture
def here(tmp_path):
    return Here(tmp_path)


@pytest.fixture(scope="module")
def model():
    return load_model({**SURROUNDINGS, "flows/lead.yaml": FLOW})


def write_csv(path, rows, opened=open):
    with opened(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_csv(path, opened=open):
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def changed(here, model, source, target):
    anonymise(here, model, "Lead", source, here.root / target, None)
    return here.root / target


def assert_nobody(rows):
    first, again, other = rows
    assert not [secret for secret in SECRETS for row in rows for value in row.values() if secret in (value or "")]
    assert first["Email"].lower() == again["Email"].lower()
    assert first["Name"] == again["Name"]
    assert first["Country"] == "Norway"
    assert other["Email"].endswith("@bigco.com")
    assert not other["Email"].startswith("bo@")


def test_a_csv(here, model):
    rows = read_csv(changed(here, model, write_csv(here.root / "leads.csv", ROWS), "out.csv"))
    assert_nobody(rows)


def test_a_compressed_csv(here, model):
    source = write_csv(here.root / "leads.csv.gz", ROWS, gzip.open)
    assert_nobody(read_csv(changed(here, model, source, "out.csv.gz"), gzip.open))


def test_lines_of_json(here, model):
    source = here.root / "leads.ndjson"
    source.write_text("".join(json.dumps(row) + "\n" for row in ROWS), "utf-8")
    lines = changed(here, model, source, "out.ndjson").read_text("utf-8").splitlines()
    assert_nobody([json.loads(line) for line in lines])


def test_a_parquet_keeps_its_columns_and_types(here, model):
    source = here.root / "leads.parquet"
    table = pa.table({name: pa.array([row[name] or None for row in ROWS]) for name in ROWS[0]})
    table = table.set_column(1, "Name", table.column("Name").dictionary_encode()).append_column(
        "Score", [[1.5, None, 2]]
    )
    pq.write_table(table, source)
    found = pq.read_table(changed(here, model, source, "out.parquet"))
    assert found.schema.types == pq.read_table(source).schema.types
    assert_nobody([{k: v for k, v in row.items() if k != "Score"} for row in found.to_pylist()])


def test_yaml_with_related_and_earlier_values(here, model):
    source = here.root / "leads.yaml"
    source.write_text(
        "- lead: {Email: jane@acme.com, Name: Jane Doe, First_Source: Web chat with Jane}\n"
        "  prior: {Email: doe@acme.com}\n"
        "  related: {account: {Name: Acme Inc, Website: acme.com}}\n",
        "utf-8",
    )
    text = changed(here, model, source, "out.yaml").read_text("utf-8")
    assert not [secret for secret in SECRETS if secret in text]
    assert "Web chat" in text
    assert text.count("co-") == 3, text


def test_a_header_may_be_a_label_or_unknown(here, model):
    source = write_csv(here.root / "leads.csv", [{"email": "jane@acme.com", "Nickname of Jane": "Jane"}])
    row = read_csv(changed(here, model, source, "out.csv"))[0]
    assert row["email"].startswith("lead-")
    assert row["Nickname of Jane"] != "Jane"


def test_the_same_workspace_makes_the_same_of_two_files(here, model):
    one = changed(here, model, write_csv(here.root / "a.csv", ROWS), "one.csv").read_bytes()
    assert one == changed(here, model, write_csv(here.root / "b.csv", ROWS), "other.csv").read_bytes()
    key = here.root / ".flowctl/anonymise.key"
    assert os.stat(key).st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [("leads.csv", "out.parquet", "form"), ("leads.xls", "out.xls", "form"), ("leads.csv", "leads.csv", "themselves")],
)
def test_mistakes_are_told(here, model, source, target, said):
    write_csv(here.root / source, ROWS)
    with pytest.raises(FlowctlError, match=said):
        changed(here, model, here.root / source, target)


@pytest.mark.parametrize(
    ("name", "data"), [("x.csv", b"Email\n\xff\xfe\n"), ("x.parquet", b"PAR1"), ("x.ndjson", b"{\n")]
)
def test_what_cannot_be_read_leaves_nothing_behind(here, model, name, data):
    (here.root / name).write_bytes(data)
    with pytest.raises(FlowctlError):
        changed(here, model, here.root / name, f"out-{name}")
    assert sorted(path.name for path in here.root.iterdir()) == [".flowctl", name]
