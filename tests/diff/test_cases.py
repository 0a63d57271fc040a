"""Every folder of `tests/cases/diff` and `tests/cases/merge` is a sentence that is true."""

from pathlib import Path

import pytest

from flowctl.diff import diff_flows, merge_text
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


@pytest.mark.parametrize("folder", folders("merge"))
def test_merge(folder):
    path = (folder / "file.txt").read_text("utf-8").strip()

    merged = merge_text(path, *((folder / f"{side}.yaml").read_text("utf-8") for side in ("base", "ours", "theirs")))

    assert merged.text == (folder / "merged.yaml").read_text("utf-8")
    assert "".join(f"{c.where}\n" for c in merged.conflicts) == (folder / "conflicts.txt").read_text("utf-8")
