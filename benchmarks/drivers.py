"""What git waits for at each file that both sides of a merge have changed: a whole process of `flowctl-git merge`."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.timing import NotMeasuredError
from benchmarks.workspaces import environment

PROGRAM = Path(sys.executable).with_name("flowctl-git")
SMALL = """\
flow: lead
object: Lead
title: Leads
triggers: [created]
start: scored
nodes:
  scored:
    type: decision
    branches:
      - {when: Person_Score__c >= 50, label: ready, then: next_rep}
    otherwise: to_marketing
  next_rep: {type: rotate, roster: sales, then: routed, nobody: to_marketing}
  to_marketing: {type: assign, to: queue/marketing, then: held}
  routed: {type: end, result: with sales}
  held: {type: end, result: with marketing}
"""


def import_yaml() -> None:
    subprocess.run([sys.executable, "-c", "import yaml"], check=True)


def merge_of_small_files(folder: Path) -> Callable[[], None]:
    """Ours has another score, theirs another result, in other nodes."""
    return _merge(folder, SMALL, SMALL.replace(">= 50", ">= 60"), SMALL.replace("with marketing", "held back"))


def merge_inside_a_branch(folder: Path) -> Callable[[], None]:
    """Ours has another label, theirs another score, on one line: what branches mean must be known."""
    return _merge(folder, SMALL, SMALL.replace("label: ready", "label: warm"), SMALL.replace(">= 50", ">= 60"))


def merge_of_the_sample(folder: Path) -> Callable[[], None]:
    """The lead flow of the sample: ours has another label, theirs another score, in other nodes."""
    base = (Path(__file__).parents[1] / "flows/lead.yaml").read_text("utf-8")
    ours = re.sub(r"(?m)^(    label: .*[^'\"\n])$", r"\1, revised", base, count=1)
    theirs = "".join(base.rpartition(">= ")[:2]) + f"1{base.rpartition('>= ')[2]}"
    return _merge(folder, base, ours, theirs)


def _merge(folder: Path, base: str, ours: str, theirs: str) -> Callable[[], None]:
    files = [folder / name for name in ("base", "ours", "theirs")]
    for file, text in zip(files, (base, ours, theirs), strict=True):
        file.write_text(text, "utf-8")

    def merge() -> None:
        files[1].write_text(ours, "utf-8")
        words = [str(PROGRAM), "merge", *map(str, files), "flows/lead.yaml", "7"]
        done = subprocess.run(words, cwd=folder, env=environment(), capture_output=True, text=True)
        if done.returncode or done.stderr:
            raise NotMeasuredError(f"flowctl-git merge ended with {done.returncode}: {done.stderr.strip()[:200]}")

    if not PROGRAM.exists():
        raise NotMeasuredError("there is no `flowctl-git` beside this Python: `pip install -e .` makes it")
    return merge
