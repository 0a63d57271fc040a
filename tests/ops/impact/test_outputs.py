"""What is written while leads are read."""

import pytest

from flowctl.diag import FlowctlError
from flowctl.ops.impact.outputs import refuse_overwriting
from flowctl.ops.rehearsal import Request


@pytest.fixture
def place(tmp_path):
    (tmp_path / "exports").mkdir()
    for name in ("leads.csv", "exports/a.csv", "exports/b.csv", "accounts.csv", "columns.yaml"):
        (tmp_path / name).write_text("Id\n1\n")
    (tmp_path / "link.csv").symlink_to("leads.csv")
    return tmp_path


@pytest.mark.parametrize(
    ("leads", "written"),
    [
        ("leads.csv", {"output": "leads.csv"}),
        ("leads.csv", {"output": "exports/../leads.csv"}),
        ("leads.csv", {"output": "link.csv"}),
        ("link.csv", {"rejects": "leads.csv"}),
        ("exports", {"output": "exports/a.csv"}),
        ("exports/", {"output": "exports/moved.csv"}),
        ("exports/*.csv", {"rejects": "exports/b.csv"}),
        ("exports/*.csv", {"output": "exports/moved.csv"}),
        ("**/*.csv", {"output": "exports/a.csv"}),
        ("duckdb:leads.csv#leads", {"output": "leads.csv"}),
        ("leads.csv", {"output": "accounts.csv", "data": ("Account=accounts.csv",)}),
        ("leads.csv", {"rejects": "columns.yaml", "mapping": "columns.yaml"}),
        ("leads.csv", {"output": "new.csv", "rejects": "./new.csv"}),
    ],
)
def test_nothing_is_written_over_what_is_read(place, leads, written):
    with pytest.raises(FlowctlError) as told:
        refuse_overwriting(Request(leads=leads, **written), place)

    assert told.value.hint


@pytest.mark.parametrize("leads", ["leads.csv", "exports", "exports/*.csv", "-", "duckdb:SELECT * FROM 'leads.csv'"])
def test_other_files_may_be_written(place, leads):
    refuse_overwriting(Request(leads=leads, output="moved.csv", rejects="rejects.csv"), place)
