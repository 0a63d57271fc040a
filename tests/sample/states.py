"""The states of the sample, oldest first, replayed from `history.yaml` by hand."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flowctl import document as yaml
from flowctl.flow import load_model
from flowctl.ops.config import config_of

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "flowctl" / "sample"
CONFIG = config_of((SAMPLE / "flowctl.yaml").read_bytes())


@dataclass(frozen=True)
class State:
    """A release and the files below `flows/` that it shipped."""

    release: dict
    files: dict

    @property
    def model(self):
        return load_model(self.files)

    @property
    def when(self):
        return dt.datetime.combine(dt.date.fromisoformat(self.release["date"]), dt.time(16), dt.UTC)


def files_below(folder):
    paths = sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".csv"))
    return {f"flows/{path.relative_to(folder).as_posix()}": path.read_text("utf-8") for path in paths}


@cache
def releases():
    document = yaml.read("history.yaml", (SAMPLE / "gitlab" / "history.yaml").read_text("utf-8"))
    assert document.problems == []
    return yaml.data(document.root)["releases"]


@cache
def states():
    files = files_below(ROOT / "flows")
    found = []
    for release in reversed(releases()):
        for edit in release["undo"]:
            files = undone(files, edit, release["date"])
        found.append(State(release, files))
    return found[::-1]


def undone(files, edit, date):
    path = edit["file"]
    if "delete" in edit:
        assert path in files, f"{date}: {path}"
        return {name: text for name, text in files.items() if name != path}
    if "with" in edit:
        return files | {path: (SAMPLE / "gitlab" / edit["with"]).read_text("utf-8")}
    text = files[path]
    assert text.count(edit["find"]) == 1, f"{date}: {edit['find'][:50]}"
    return files | {path: text.replace(edit["find"], edit["replace"])}


STARTER = files_below(SAMPLE / "starter" / "flows")
