"""The workspace that `init` makes without a sample is small and has nothing to complain of."""

import datetime as dt

import pytest

from flowctl.diag import FlowctlError, Severity
from flowctl.flow import load_model
from flowctl.ops.check import find_all
from flowctl.ops.init import init
from flowctl.ops.test import run_tests
from tests.sample.states import CONFIG, STARTER

NOW = dt.datetime(2026, 11, 20, 16, tzinfo=dt.UTC)
MODEL = load_model(STARTER)


def test_the_starter_has_no_error_and_no_warning():
    found = find_all(MODEL, CONFIG, NOW)

    assert [f"{d.span}: {d.code} {d.message}" for d in found if d.severity > Severity.INFO] == []


def test_the_starter_meets_its_expectations():
    report = run_tests("starter", MODEL)

    assert [t.fixture.why for t in report.tested if not t.passed] == []


def test_the_starter_covers_every_node_and_way_out():
    [coverage] = run_tests("starter", MODEL).coverage

    assert (coverage.missed_nodes, coverage.missed_ways) == ((), ())


def test_a_workspace_made_of_it_has_one_release(tmp_path):
    made = init(tmp_path / "my-routing", NOW)

    assert [release.release for release in made.releases] == ["2026-11-20"]
    assert made.environments == ("staging", "production")


def test_a_folder_that_has_files_is_left_as_it_is(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(FlowctlError, match="is not empty"):
        init(tmp_path, NOW)
    with pytest.raises(FlowctlError, match="is not empty"):
        init(tmp_path / "notes.txt", NOW)

    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_an_unknown_sample_is_refused_with_the_closest_one(tmp_path):
    with pytest.raises(FlowctlError, match="there is no sample `gitlb`") as raised:
        init(tmp_path / "my-routing", NOW, sample="gitlb")

    assert raised.value.hint == "did you mean `gitlab`?"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../gitlab", "starter/../gitlab", "--sample", "flowctl.yaml", "starter"])
def test_a_sample_that_is_a_path_is_none(tmp_path, name):
    with pytest.raises(FlowctlError):
        init(tmp_path / "my-routing", NOW, sample=name)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", [False, True], ids=["a new folder", "an empty folder"])
def test_without_an_identity_nothing_is_made(tmp_path, monkeypatch, there):
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "my-routing"
    if there:
        folder.mkdir()

    with pytest.raises(FlowctlError) as raised:
        init(folder, NOW)

    assert "git config" in (raised.value.hint or "")
    assert list(tmp_path.iterdir()) == ([folder] if there else [])
    assert not there or list(folder.iterdir()) == []
