"""Every folder of `tests/cases/merged_wrong` is a merge that git finds clean, and that is wrong."""

import datetime as dt
import subprocess
from pathlib import Path

import pytest

from flowctl.diff import merge_files
from flowctl.ops.config import Config
from flowctl.ops.merging.proof import prove
from tests.ops.small import FILES

NOW = dt.datetime(2026, 11, 20, 16, tzinfo=dt.UTC)
CASES = Path(__file__).parents[2] / "cases" / "merged_wrong"
SIDES = ("base", "ours", "theirs")
FOLDERS = [pytest.param(folder, id=folder.name) for folder in sorted(CASES.iterdir())]
PLACES = {"fixtures.yaml": "flows/fixtures/lead/all.yaml"}


def side(folder, name):
    """The files of a side: those of the base where it has none of its own, in small surroundings."""
    own = {file.name: file.read_bytes() for file in (*(folder / "base").iterdir(), *(folder / name).iterdir())}
    return {path: text.encode() for path, text in FILES.items()} | {
        PLACES.get(file, f"flows/{file}"): data for file, data in own.items()
    }


@pytest.mark.parametrize("folder", FOLDERS)
def test_it_is_found(folder):
    base, ours, theirs = (side(folder, name) for name in SIDES)

    merged = merge_files(base, ours, theirs)
    after = {path: data for path, data in {**ours, **merged.files}.items() if data is not None}
    found = [f"conflict {path}:{decision.path}" for path, decision in merged.conflicts]
    if not found:
        proof = prove(ours, theirs, after, Config(environments={}), NOW)
        assert not proof.is_sound
        found = [*(d.code for d in proof.stops), *(f"fails {tested.fixture.why}" for tested in proof.failures)]

    assert found == (folder / "found.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("folder", FOLDERS)
def test_git_finds_it_clean(folder, tmp_path):
    for file in {file.name for name in SIDES for file in (folder / name).iterdir()}:
        texts = [folder / name / file for name in SIDES]
        base, ours, theirs = (text if text.exists() else folder / "base" / file for text in texts)
        if base.exists():
            words = ["git", "merge-file", "-p", str(ours), str(base), str(theirs)]
            assert subprocess.run(words, capture_output=True, cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("name", ["ours", "theirs"])
def test_each_side_is_right_by_itself(folder, name):
    files = side(folder, name)

    assert prove({}, {}, files, Config(environments={}), NOW).is_sound
