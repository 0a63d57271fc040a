"""Plays a Markdown tutorial: runs its commands, makes its edits, and compares what was answered with what it says.

    python tools/play.py docs/week.md --into demo    play it on a fresh folder, printing each command and its answer
    python tools/play.py docs/week.md --check        say where the document and the answers differ
    python tools/play.py docs/week.md --write        write the answers into the document

What a document can hold:

- a ``console`` block: lines ``$ command`` (a trailing backslash carries on in the next line), then what it answers.
  A line ``# exit 4`` right after the command says which exit code is expected; without it, 0;
- a ``diff`` block right after the comment ``<!-- edit -->``: applied with ``git apply`` where the play stands;
- a ``console`` block right after ``<!-- not run -->``: shown to readers, never run;
- ``<!-- now: 2026-11-20T16:00:00Z -->``: what the clock says from there on.

``cd`` lasts from command to command; other state of the shell does not. Nothing of this machine is seen: home, git
identity, clock and time zone are the play's own. The folder's path is shown as ``~``.
"""

from __future__ import annotations

import argparse
import datetime as dt
import difflib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, assert_never

NOW = "2026-11-20T16:00:00Z"  # until a document says otherwise
TIMEOUT = 300  # seconds for one command; the slowest should take two
MARKER = ".play"  # a folder that holds it was made by a play, and may be removed by the next
KEPT = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")  # of this machine's environment
IDENTITY = "[user]\n\tname = Mia Chen\n\temail = mia.chen@example.com\n"

FENCE = re.compile(r"(?P<indent>\s*)(?P<ticks>`{3,}|~{3,})\s*(?P<language>[\w-]*)")
DIRECTIVE = re.compile(r"<!--\s*(?P<word>edit|not run|now:\s*(?P<now>\S+))\s*-->\s*$")
HEADING = re.compile(r"#{1,6}\s+(?P<text>.*?)\s*#*$")
EXIT = re.compile(r"# exit (\d+)\s*$")


class PlayError(Exception):
    """What stops a play: a document that cannot be read, or a command that went otherwise than it says."""


@dataclass(frozen=True, slots=True)
class Heading:
    text: str


@dataclass(frozen=True, slots=True)
class Clock:
    now: str


@dataclass(frozen=True, slots=True)
class Edit:
    line: int
    patch: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A console block that is not run; `block` is the line of its fence."""

    block: int


@dataclass(frozen=True, slots=True)
class Command:
    """A command and where its answer stands: the lines `begin` (counted from 0) up to `end`, exclusive."""

    block: int
    line: int
    text: str
    exit: int
    begin: int
    end: int


Step: TypeAlias = Heading | Clock | Edit | Shown | Command


# -- reading a document ------------------------------------------------------------------------------------------------


def read(document: str) -> Iterator[Step]:
    """The steps of a document, in order.

    Raises:
        PlayError: a block is not closed, is indented, holds no command, or a directive stands before nothing.
    """
    lines = document.splitlines()
    at, awaited = 0, ""
    while at < len(lines):
        line = lines[at]
        if fence := FENCE.match(line):
            end = closing(lines, at, fence["ticks"])
            yield from block(lines, at, end, fence, awaited)
            at, awaited = end, ""
        elif line.strip() and awaited:
            raise PlayError(f"line {at}: no block follows `<!-- {awaited} -->`")
        elif directive := DIRECTIVE.match(line):
            if directive["now"]:
                yield Clock(moment(directive["now"], at))
            else:
                awaited = directive["word"]
        elif heading := HEADING.match(line):
            yield Heading(heading["text"])
        at += 1
    if awaited:
        raise PlayError(f"line {at}: no block follows `<!-- {awaited} -->`")


def block(lines: list[str], start: int, end: int, fence: re.Match[str], directive: str) -> Iterator[Step]:
    """The steps of the fenced block from the fence in line `start` to the one in line `end`, counted from 0."""
    where = f"line {start + 1}"
    match fence["language"], directive:
        case "diff", "edit":
            yield Edit(start + 1, "\n".join(lines[start + 1 : end]) + "\n")
        case _, "edit":
            raise PlayError(f"{where}: `<!-- edit -->` wants a diff block")
        case "console", _ if fence["indent"]:
            raise PlayError(f"{where}: an indented console block is not played; begin it at the start of the line")
        case "console", "not run":
            yield Shown(start + 1)
        case "console", _:
            yield from commands(lines, start, end)
        case _, "not run":
            raise PlayError(f"{where}: `<!-- not run -->` wants a console block; no other is run")


def closing(lines: list[str], start: int, ticks: str) -> int:
    for at in range(start + 1, len(lines)):
        if re.fullmatch(rf"\s*{re.escape(ticks[0])}{{{len(ticks)},}}\s*", lines[at]):
            return at
    raise PlayError(f"line {start + 1}: the block is not closed")


def commands(lines: list[str], start: int, end: int) -> Iterator[Command]:
    at = start + 1
    if at == end or not lines[at].startswith("$ "):
        raise PlayError(f"line {at + 1}: a console block begins with `$ command`")
    while at < end:
        first = at
        while lines[at].endswith("\\") and at + 1 < end:
            at += 1
        text = "\n".join(lines[first : at + 1])[2:]
        at += 1
        expected = EXIT.match(lines[at]) if at < end else None
        at += bool(expected)
        begin = at
        while at < end and not lines[at].startswith("$ "):
            at += 1
        yield Command(start + 1, first + 1, text, int(expected[1]) if expected else 0, begin, at)


def moment(text: str, at: int) -> str:
    try:
        if dt.datetime.fromisoformat(text).tzinfo:
            return text
    except ValueError:
        pass
    raise PlayError(f"line {at + 1}: `{text}` is no time; write it like {NOW}")


# -- running it --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Stage:
    """Where a play runs: its folder, the folder that it stands in, and its clock. The last two move as it goes."""

    folder: Path
    cwd: Path
    now: str = NOW

    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        programs = str(Path(sys.executable).parent)
        return kept | {
            "PATH": os.pathsep.join([programs, kept.get("PATH", os.defpath)]),
            "HOME": str(self.folder),
            "COLUMNS": "100",
            "NO_COLOR": "1",
            "PAGER": "cat",
            "TERM": "dumb",
            "TZ": "UTC",
            "LC_ALL": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",  # or what is said on stderr overtakes what is said on stdout
            "PYTHONUTF8": "1",
            "FLOWCTL_NOW": self.now,
            "GIT_AUTHOR_DATE": self.now,
            "GIT_COMMITTER_DATE": self.now,
            "GIT_CONFIG_GLOBAL": str(self.folder / MARKER / "gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            # The folder may lie inside a repository, which is none of the play's business.
            "GIT_CEILING_DIRECTORIES": str(self.folder.parent),
        }

    def run(self, script: str, heard: Callable[[str], None]) -> int:
        """Runs a shell script and returns its exit code; each line of stdout and stderr is `heard` as it comes."""
        place = self.folder / MARKER / "cwd"
        process = subprocess.Popen(
            ["/bin/sh", "-c", f"trap 'pwd -P >\"$0\"' EXIT\n{script}", str(place)],
            cwd=self.cwd,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert process.stdout is not None
        alarm = threading.Timer(TIMEOUT, os.killpg, (process.pid, signal.SIGKILL))
        alarm.start()
        try:
            with process.stdout as answer:
                for line in answer:
                    heard(line.decode("utf-8", "replace").rstrip().replace(str(self.folder), "~"))
            code = process.wait()
        finally:
            alarm.cancel()
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)  # interrupted: leave nothing running behind
        if place.exists() and (stands := place.read_text("utf-8").rstrip("\n")):
            self.cwd = Path(stands)
        return code

    def edit(self, edit: Edit) -> None:
        # Hunks written by hand seldom count their lines right.
        done = subprocess.run(
            ["git", "apply", "--recount", "--whitespace=nowarn", "-"],
            cwd=self.cwd,
            env=self.environment(),
            input=edit.patch.encode(),
            capture_output=True,
        )
        if done.returncode:
            raise PlayError(f"line {edit.line}: the edit does not apply:\n{done.stderr.decode(errors='replace')}")


def fresh(folder: Path) -> Stage:
    """An empty stage in `folder`.

    Raises:
        PlayError: something is there that no play made.
    """
    folder = folder.resolve()
    if (folder / MARKER).is_dir():
        shutil.rmtree(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PlayError(f"{folder} is not empty and was not made by a play: it stays as it is")
    (folder / MARKER).mkdir(parents=True)
    (folder / MARKER / "gitconfig").write_text(IDENTITY, "utf-8")
    return Stage(folder, folder)


Told: TypeAlias = Callable[[str], None]


def play(document: str, stage: Stage, tell: Told) -> Iterator[tuple[Command, list[str]]]:
    """Plays a document and yields each command with the lines that it answered, as soon as it has.

    Raises:
        PlayError: a command ended with another exit code than the document says, or an edit does not apply.
    """
    for step in list(read(document)):
        match step:
            case Heading(text):
                tell(f"\n{text}\n{'=' * len(text)}")
            case Clock(now):
                stage.now = now
            case Edit(_, patch):
                tell("\n(edit)\n" + patch.rstrip("\n"))
                stage.edit(step)
            case Command():
                yield step, perform(step, stage, tell)
            case Shown():
                pass
            case _:
                assert_never(step)


def perform(command: Command, stage: Stage, tell: Told) -> list[str]:
    answer: list[str] = []

    def heard(line: str) -> None:
        answer.append(line)
        tell(line)

    tell(f"\n$ {command.text}" + (f"\n# exit {command.exit}" if command.exit else ""))
    code = stage.run(command.text, heard)
    if code != command.exit:
        said = "\n".join(answer)
        raise PlayError(f"line {command.line}: `{command.text}` ended with {code}, not {command.exit}:\n{said}")
    return answer


# -- comparing and writing ---------------------------------------------------------------------------------------------


def answered(document: str, answers: list[tuple[Command, list[str]]]) -> str:
    """The document with these answers in the place of its own; empty lines at the end of an answer stay as they were.

    Raises:
        PlayError: an answer would be read as something else in a document.
    """
    lines = document.splitlines()
    for command, answer in reversed(answers):
        if unclear := [line for line in answer if line.startswith(("$ ", "```", "~~~"))]:
            raise PlayError(f"line {command.line}: an answer cannot hold the line `{unclear[0]}`")
        old = lines[command.begin : command.end]
        blank = len(old) - len(trimmed(old))
        lines[command.begin : command.end] = trimmed(answer) + [""] * blank
    return "\n".join(lines) + "\n"


def trimmed(lines: list[str]) -> list[str]:
    last = max((at for at, line in enumerate(lines, 1) if line.strip()), default=0)
    return lines[:last]


def difference(document: str, played: str, name: str) -> str:
    """A unified diff from the document to what was answered, spaces at line ends left aside; empty when equal."""
    says, was = ([line.rstrip() for line in text.splitlines()] for text in (document, played))
    return "\n".join(difflib.unified_diff(says, was, f"{name} (says)", f"{name} (was answered)", lineterm=""))


def check(path: Path, stage: Stage) -> str:
    """What is wrong with a document, as text; empty when it says what happens."""
    document = path.read_text("utf-8")
    answers: list[tuple[Command, list[str]]] = []
    problem = ""
    try:
        for pair in play(document, stage, lambda _: None):
            answers.append(pair)
    except PlayError as error:
        problem = str(error)
    diff = difference(document, answered(document, answers), path.name)
    return "\n".join(part for part in (diff, problem) if part)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Play a Markdown tutorial.")
    parser.add_argument("document", type=Path)
    parser.add_argument("--into", type=Path, help="the folder to play in; needed unless --check or --write")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="compare answers with the document")
    mode.add_argument("--write", action="store_true", help="write answers into the document")
    chosen = parser.parse_args(arguments)
    if not (chosen.into or chosen.check or chosen.write):
        parser.error("--into FOLDER says where to play")
    if not chosen.document.is_file():
        parser.error(f"there is no document {chosen.document}")
    with tempfile.TemporaryDirectory() as spare:
        try:
            return act(chosen, fresh(chosen.into or Path(spare) / "play"))
        except PlayError as error:
            print(f"{chosen.document}: {error}", file=sys.stderr)
            return 1


def act(chosen: argparse.Namespace, stage: Stage) -> int:
    if chosen.check:
        problem = check(chosen.document, stage)
        if problem:
            print(problem)
        return 1 if problem else 0
    document = chosen.document.read_text("utf-8")
    answers = list(play(document, stage, (lambda _: None) if chosen.write else show))
    if chosen.write:
        chosen.document.write_text(answered(document, answers), "utf-8")
    return 0


def show(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
