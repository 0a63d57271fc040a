"""Workspaces to run the installed `flowctl` in: the sample, with an edited draft, or with a long history."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.timing import NotMeasuredError

FLOWCTL = str(Path(sys.executable).with_name("flowctl"))
AUTHOR = "Mia Chen <mia.chen@example.com>"
WEEK = dt.timedelta(days=7)


def environment() -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "FLOWCTL_"))},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Mia Chen",
        "GIT_AUTHOR_EMAIL": "mia.chen@example.com",
        "GIT_COMMITTER_NAME": "Mia Chen",
        "GIT_COMMITTER_EMAIL": "mia.chen@example.com",
        "FLOWCTL_NOW": "2026-11-20T16:00:00Z",
        "TZ": "UTC",
        "NO_COLOR": "1",
    }


def run(folder: Path, *command: str, answer: bytes = b"") -> bytes:
    """Runs a command in a folder and returns its stdout.

    Raises:
        NotMeasuredError: it could not do its work; findings and differences (exit codes 1 and 2) are work done.
    """
    try:
        done = subprocess.run(command, cwd=folder, env=environment(), input=answer, capture_output=True)
    except OSError as error:
        raise NotMeasuredError(f"{command[0]}: {error.strerror}") from error
    if done.returncode not in (0, 1, 2):
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["nothing said"]
        raise NotMeasuredError(f"`{' '.join(command[1:])}` ended with {done.returncode}: {said[-1]}")
    return done.stdout


def command(folder: Path, *words: str) -> Callable[[], bytes]:
    return lambda: run(folder, FLOWCTL, *words)


def sample(parent: Path, name: str) -> Path:
    run(parent, FLOWCTL, "init", name, "--sample", "gitlab")
    return parent / name


def generated(parent: Path, name: str, size: int) -> Path:
    """A workspace with one generated flow of so many nodes, and an earlier version of it before the last commit."""
    from benchmarks import routing  # loads numpy

    run(parent, FLOWCTL, "init", name)
    workspace = parent / name
    shutil.rmtree(workspace / "flows")
    for path, text in routing.files(size).items():
        target = workspace / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    run(workspace, "git", "add", "--all")
    run(workspace, "git", "commit", "--quiet", "--message", "A generated flow")
    flow = workspace / routing.PATH
    text = re.sub(
        r"(Person_Score__c >= )(\d+)", lambda found: f"{found[1]}{int(found[2]) + 10}", flow.read_text("utf-8")
    )
    flow.write_text(text, "utf-8")
    run(workspace, "git", "commit", "--quiet", "--all", "--message", "Higher scores")
    return workspace


def one_lead(parent: Path) -> Path:
    """The sample, and a file with one lead beside it."""
    workspace = sample(parent, "one")
    (parent / "lead.csv").write_text(
        "Email,Company,Country,Person_Score__c\nana@acme.example,Acme,Norway,120\n", "utf-8"
    )
    return workspace


def with_draft(parent: Path, name: str) -> Path:
    """The sample with a draft in which one label and one number differ from live."""
    workspace = sample(parent, name)
    run(workspace, FLOWCTL, "clone", "live", "--on", "2026-11-23", "--summary", "Speed table")
    flow = workspace / "flows" / "lead.yaml"
    text = flow.read_text("utf-8")
    text = re.sub(r"(?m)^(    label: .*[^'\"\n])$", r"\1, revised", text, count=1)
    text = re.sub(r"(>= )(\d+)", lambda found: f"{found[1]}{int(found[2]) + 1}", text, count=1)
    flow.write_text(text, "utf-8")
    return workspace


def with_releases(parent: Path, name: str, count: int) -> Path:
    """The sample with so many releases, a week apart, each with its record, its pointer, its commit and its tag.

    The records repeat the sample's newest one: `log` and `status` read them, `verify` would find fault with them.
    """
    workspace = sample(parent, name)
    records = sorted((workspace / "releases").glob("*.yaml"))
    if not records:
        raise NotMeasuredError("the sample has no releases to repeat")
    newest, pointer = records[-1], workspace / "environments" / "production.yaml"
    stream = history(newest.stem, newest.read_text("utf-8"), pointer.read_text("utf-8"), count - len(records))
    run(workspace, "git", "fast-import", "--quiet", answer=stream.encode())
    run(workspace, "git", "reset", "--quiet", "--hard")
    return workspace


def history(newest: str, record: str, pointer: str, count: int) -> str:
    """What `git fast-import` reads to add `count` releases after the one called `newest`."""
    parts = []
    for at in range(1, count + 1):
        day = dt.date.fromisoformat(newest[:10]) + at * WEEK
        parts.append(
            "commit refs/heads/main\n"
            f"mark :{at}\n"
            f"committer {AUTHOR} {int(dt.datetime(day.year, day.month, day.day, 9, tzinfo=dt.UTC).timestamp())} +0000\n"
            f"{block(f'Live on {day}')}"
            f"from {f':{at - 1}' if at > 1 else 'refs/heads/main^0'}\n"
            f"M 100644 inline releases/{day}.yaml\n{block(later(record, at * WEEK))}"
            f"M 100644 inline environments/production.yaml\n{block(pointer.replace(newest, str(day)))}"
            f"reset refs/tags/live/production/{day}\nfrom :{at}\n\n"
        )
    return "".join(parts)


def later(text: str, shift: dt.timedelta) -> str:
    """The text with every date in it moved."""
    return re.sub(r"\b\d{4}-\d\d-\d\d", lambda found: str(dt.date.fromisoformat(found[0]) + shift), text)


def block(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"
