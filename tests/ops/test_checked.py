"""A check answers from memory only what it would find again."""

import datetime as dt
import json

import pytest

from flowctl.diag import Severity
from flowctl.ops import check as op
from flowctl.ops import checked
from flowctl.ops.config import Config
from flowctl.ops.versions import Version

NOW = dt.datetime(2026, 11, 23, 17, tzinfo=dt.UTC)
CONFIG = Config(environments={})
FILES = {
    "flows/settings.yaml": b"time_zone: America/Los_Angeles\n",
    "flows/objects/Lead.yaml": b"object: Lead\nfields:\n  Status: {type: text}\n",
    "flows/directory.yaml": b"users:\n  ana: {name: Ana}\n  ben: {name: Ben}\n",
    "flows/rosters/emea.yaml": b"""roster: emea
members:
  - {user: ana, leave: [{from: 2026-11-23, to: 2026-11-23}]}
  - {user: ben}
""",
    "flows/lead.yaml": b"""flow: lead
object: Lead
triggers: [created]
start: turn
nodes:
  turn: {type: rotate, roster: emea, then: done, nobody: don}
  done: {type: end, result: Done}
""",
}


def found(root, files=FILES, now=NOW, config=None):
    report = op.check(Version("here", files), config or CONFIG, now, root=root)
    assert report == op.check(Version("here", files), config or CONFIG, now)  # what a check without memory finds
    return report


@pytest.fixture
def remembered(tmp_path, monkeypatch):
    """A workspace whose check was made; checking anew is refused from then on."""
    first = found(tmp_path)

    def refuse(*_):
        raise AssertionError("checked anew")

    monkeypatch.setattr(op, "find_all", refuse)
    return tmp_path, first


def again(root, files=FILES, now=NOW, config=None):
    return op.check(Version("here", files), config or CONFIG, now, root=root)


def test_the_same_files_are_not_checked_again(remembered):
    root, first = remembered

    assert again(root) == first
    assert [d.severity for d in first.found] == [Severity.ERROR, Severity.INFO]


@pytest.mark.parametrize(
    "now", [NOW + dt.timedelta(hours=14, minutes=59), NOW - dt.timedelta(hours=9)], ids=["evening", "morning"]
)
def test_it_holds_all_day_in_the_workspaces_zone(remembered, now):
    root, first = remembered

    assert again(root, now=now) == first


@pytest.mark.parametrize(
    ("files", "now", "config"),
    [
        pytest.param({**FILES, "flows/lead.yaml": FILES["flows/lead.yaml"] + b"#"}, NOW, CONFIG, id="a byte"),
        pytest.param({**FILES, "flows/tables/x.csv": b"A\n"}, NOW, CONFIG, id="a file"),
        pytest.param(FILES, NOW + dt.timedelta(hours=15), CONFIG, id="the next day there"),
        pytest.param(FILES, NOW - dt.timedelta(hours=10), CONFIG, id="the day before"),
        pytest.param(FILES, NOW, Config(environments={}, titles="{date}"), id="how titles are written"),
    ],
)
def test_whatever_may_change_a_finding_is_checked_anew(tmp_path, files, now, config):
    found(tmp_path)

    found(tmp_path, files, now, config)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": 1}', '{"found": 3}', "[" * 200_000])
def test_a_memory_that_cannot_be_read_is_no_memory(tmp_path, text):
    found(tmp_path)
    (tmp_path / checked.FILE).write_text(text)

    found(tmp_path)


def test_a_folder_that_cannot_be_written_is_checked_all_the_same(tmp_path):
    (tmp_path / ".flowctl").write_text("a file in the way")

    assert found(tmp_path).found


def test_what_is_kept_are_findings(remembered):
    root, first = remembered

    kept = json.loads((root / checked.FILE).read_text())

    assert [finding["code"] for finding in kept["found"]] == [d.code for d in first.found]
