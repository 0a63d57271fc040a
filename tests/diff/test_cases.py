"""Every folder of `tests/cases/diff`, `merge` and `merge_git` is a sentence that is true."""

import subprocess
from pathlib import Path

import pytest

from flowctl.diff import diff_flows, merge_text, settle, unsettled
from flowctl.flow import load_flow
from flowctl.render.words import marker, sentence

CASES = Path(__file__).parent.parent / "cases"


def folders(room):
    return [pytest.param(folder, id=folder.name) for folder in sorted((CASES / room).iterdir())]


def flow_of(path):
    flow, problems = load_flow(path.name, path.read_text("utf-8"))
    assert problems == ()
    return flow


@pytest.mark.parametrize("folder", folders("diff"))
def test_diff(folder):
    edits = diff_flows(flow_of(folder / "before.yaml"), flow_of(folder / "after.yaml"))

    assert "".join(f"{marker(edit)} {sentence(edit)}\n" for edit in edits) == (folder / "expect.txt").read_text("utf-8")


@pytest.mark.parametrize("folder", folders("merge_git"))
def test_what_git_merges_as_text_without_a_word_and_is_wrong_in_meaning(folder):
    path = (folder / "file.txt").read_text("utf-8").strip()
    sides = (folder / f"{side}{Path(path).suffix}" for side in ("ours", "base", "theirs"))

    git = subprocess.run(["git", "merge-file", "-p", *sides], capture_output=True, text=True, encoding="utf-8")

    assert git.returncode == 0
    assert git.stdout != (folder / f"merged{Path(path).suffix}").read_text("utf-8")
    test_merge(folder)


@pytest.mark.parametrize("folder", folders("merge"))
def test_merge(folder):
    path = (folder / "file.txt").read_text("utf-8").strip()

    texts = texts_of(folder, path)

    merged = merge_text(path, *texts, header_of(folder))

    assert merged.text == (folder / f"merged{Path(path).suffix}").read_text("utf-8")
    assert "".join(f"{c.where}\n" for c in merged.conflicts) == (folder / "conflicts.txt").read_text("utf-8")
    assert sorted(unsettled(path, merged.text)) == sorted(c.path for c in merged.conflicts)
    for side in ("ours", "theirs"):
        settled = settle(path, merged.text, {"": side})
        assert unsettled(path, settled) == ()
        assert merge_text(path, *texts, header_of(folder), take={"": side}).text == settled


def texts_of(folder, path):
    return [(folder / f"{side}{Path(path).suffix}").read_text("utf-8") for side in ("base", "ours", "theirs")]


def header_of(folder):
    header = folder / "header.yaml"
    return header.read_text("utf-8") if header.exists() else None
