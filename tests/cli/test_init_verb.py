"""`init`: never inside of a workspace; and the environments again, where they are gone."""

import shutil

import pytest

from tests.cli.test_first_week import shipped, steps
from tests.ops.promotion.week import git

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes


@pytest.mark.parametrize("folder", [".", "new", "flows/new", "../ana"])
def test_a_workspace_is_not_made_inside_of_another(past, folder):
    told = past("init", folder)

    assert told.code == 3
    assert f"`{folder}` is in a workspace already: `{past.root}`" in told.err
    assert "`cd ..` first" in told.err
    assert not (past.root / "new").exists()


def test_without_a_folder_there_is_nothing_to_make(past):
    assert past("init").code == 64
    assert past("init", "x", "--environments").code == 64


@pytest.mark.parametrize(
    "words", [("status",), ("drift",), ("clone", "live", "--summary", "x"), ("diff", "production"), ("verify",)]
)
def test_who_misses_an_environment_is_told_how_to_make_it_again(past, words):
    shutil.rmtree(past.root.parent / "envs")
    told = past(*words)

    assert told.code in (1, 3)
    assert "`flowctl init --environments`" in told.out + told.err


def test_environments_that_are_gone_are_made_again_from_main(past):
    shipped(past)
    shutil.rmtree(past.root.parent / "envs")
    told = past("init", "--environments")

    assert told.code == 0
    assert "made staging and production again" in told.out
    assert "Live on 2026-11-23: Week (release 2026-11-20)" in told.out
    assert steps(told) == "next: flowctl status"
    assert past("drift").code == 0
    assert past("verify").code == 0
    assert past("status", "--json").data["staging"] == "live"


def test_what_is_there_stays(past):
    org = past.root.parent / "envs/production/org.yaml"
    before = org.read_text()
    shutil.rmtree(past.root.parent / "envs/staging")

    assert past("init", "--environments", "--json").data["made"] == ["staging"]
    assert past("init", "--environments", "--json").data["made"] == []
    assert "nothing to make: staging and production are there" in past("init", "--environments").out
    assert org.read_text() == before


def test_a_clone_on_another_machine_gets_its_environments(past, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    git(tmp_path, "clone", "-q", str(past.root), "elsewhere/bo")
    monkeypatch.chdir(tmp_path / "elsewhere/bo")

    assert "`flowctl init --environments`" in past("status").err
    assert past("init", "--environments").code == 0
    assert past("status").code == 0
    assert past("clone", "live", "--summary", "x").code == 0
