"""Starts processes that do a deed of `deeds.py`, and may be killed at a step of it.

A server without threads, which has loaded flowctl once, forks them: it would cost half a second to start each anew.
Steps are found by Python's audit events, so that none can be forgotten: every file that is opened for writing, renamed,
linked or removed below the test's folder, and every call of git that writes, is a step. Killed *before* step n is
killed *after* step n-1. Of the files of a generation, which nobody looks at before it is whole, the first and the
receipt are steps. Many steps leave the same behind, as far as anybody can tell who comes next; `digest_of` says which.
"""

import hashlib
import json
import os
import re
import resource
import signal
import subprocess
import sys
import traceback
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

READING = {
    "cat-file", "config", "diff-tree", "for-each-ref", "log", "ls-files", "merge-base", "rev-parse", "status", "var",
}  # fmt: skip
IGNORED = re.compile(
    r"\.git/(objects|logs|info|hooks)/|[A-Z]+_HEAD$|/(deploy\.)?lock$|journal\.json\.new$|\.git/config$"
)
JOURNAL = ".flowctl/journal.json"
FILE_EVENTS = {"os.rename", "os.remove", "os.symlink", "os.mkdir", "os.rmdir", "os.link", "os.truncate"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


@dataclass
class Steps:
    """An audit hook that counts the steps below a folder, and ends the process before the one with a number.

    When it looks, it notes before each step what whoever comes next would find.
    """

    folder: str
    deadly: int | None
    looks: bool
    names: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)

    def __call__(self, event, args):
        name = self.step(event, args)
        if name is None:
            return
        self.names.append(name)
        if self.looks:
            self.found.append(digest_of(Path(self.folder)))
        if self.deadly is not None and len(self.names) == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    def step(self, event, args):
        if event == "subprocess.Popen":
            return self.git(list(args[1]))
        if event == "open":
            path, _, flags = args
            return self.below(path, "write") if flags & WRITING and not self.is_between(path) else None
        if event in FILE_EVENTS and not self.does_nothing(event, args[0]):
            return self.below(args[0], event.removeprefix("os."))
        return None

    def is_between(self, path):
        """Whether it is one of several files of a generation."""
        is_part = "/generations/" in str(path) and not str(path).endswith("receipt.yaml")
        return is_part and any("/generations/" in name for name in self.names)

    def does_nothing(self, event, path):
        """A folder that is there is not made, a file that is not is not removed."""
        if event == "os.mkdir":
            return os.path.lexists(path) or self.is_between(path)
        return event == "os.remove" and not os.path.lexists(path)

    def git(self, words):
        names = [word for word in words[1:] if "=" not in word and word != "-c"]
        reads = names[0] in READING or (names[0] == "symbolic-ref" and "-m" not in names) or names[0] == "worktree"
        return None if reads else f"git {names[0]}"

    def below(self, path, what):
        inside = isinstance(path, (str, os.PathLike)) and str(path).startswith(self.folder)
        return f"{what} {str(path).removeprefix(self.folder)}" if inside else None


def digest_of(top, but=None):
    """What there is below a folder for whoever comes next: files, branches, tags, environments, and an intent.

    `but` is the end of names that do not matter either.

    Left out are git's objects, which matter by being named; who wrote an intent, and what it is called in words.
    """
    found = hashlib.sha256()
    for path in sorted(path for path in top.rglob("*") if path.is_symlink() or path.is_file()):
        name = path.relative_to(top).as_posix()
        if not IGNORED.search(name) and not (but and name.endswith(but)):
            content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes()
            told = intent(content) if name.endswith(JOURNAL) else content
            found.update(f"{name} {len(told)}\n".encode() + told)
    return found.hexdigest()


def intent(content):
    said = json.loads(content)
    return json.dumps([said[key] for key in ("ref", "old", "new", "switch")]).encode()


def serve():
    """Reads requests line by line and answers each with a line, until there are no more."""
    import_module("git")
    import_module("tests.ops.promotion.deeds")
    os.setsid()
    for line in sys.stdin:
        request = json.loads(line)
        answer = start(request) if "deed" in request else {"status": os.waitpid(request["wait"], 0)[1]}
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()


def start(request):
    pid = os.fork()
    if pid == 0:
        run(request)
    return {"pid": pid}


def run(request):
    """Does a deed in a process of its own, and writes what came of it to a file."""
    from flowctl.diag import FlowctlError
    from tests.ops.promotion import deeds

    os.environ.update(request["env"])
    folder, said = request["folder"], Path(request["said"])
    steps = Steps(folder, request["kill"], request["look"])
    try:
        deed = getattr(deeds, request["deed"])
        if request["size"] is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (request["size"], resource.RLIM_INFINITY))
        result = {"result": deed(Path(folder), lambda: sys.addaudithook(steps), **request["options"])}
    except FlowctlError as error:
        result = {"exit": int(error.exit), "message": error.message, "hint": error.hint}
    except BaseException:
        result = {"bug": traceback.format_exc()}
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    steps.deadly, steps.looks = None, False
    said.write_text(json.dumps(result | {"found": steps.found}))
    os._exit(0)


@dataclass(frozen=True)
class Ended:
    """How a process ended: killed, or with what it said."""

    killed: bool
    exit: int | None = None
    message: str = ""
    hint: str | None = None
    result: object = None
    found: tuple[str, ...] = ()  # before each step


class Processes:
    """The tests' side of the server."""

    def __init__(self, python):
        self._server = subprocess.Popen(
            [python, "-c", "from tests.ops.promotion.processes import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        self._said = {}
        self._count = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.stdin.close()
        self._server.wait()
        self._server.stdout.close()

    def start(self, deed, folder, *, kill=None, look=False, size=None, env=None, **options):
        """Starts a deed below a folder; gives the process's id.

        Args:
            kill: The step before which it dies, from 1.
            look: Note what there is before each step.
            size: The most bytes that it may write into one file.
        """
        self._count += 1
        said = Path(folder).parent / f"said-{self._count}.json"
        request = {"deed": deed, "folder": str(folder), "said": str(said), "kill": kill, "look": look, "size": size}
        pid = self._ask(request | {"env": env or {}, "options": options})["pid"]
        self._said[pid] = said
        return pid

    def wait(self, pid):
        """How a process ended.

        Raises:
            AssertionError: It raised what is no FlowctlError.
        """
        status = self._ask({"wait": pid})["status"]
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            return Ended(killed=True)
        said = json.loads(self._said.pop(pid).read_text())
        assert "bug" not in said, said["bug"]
        return Ended(
            False,
            said.get("exit", 0),
            said.get("message", ""),
            said.get("hint"),
            said.get("result"),
            tuple(said["found"]),
        )

    def run(self, deed, folder, **options):
        return self.wait(self.start(deed, folder, **options))

    def kill(self, pid):
        os.kill(pid, signal.SIGKILL)
        assert self.wait(pid).killed

    def _ask(self, request):
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        line = self._server.stdout.readline()
        assert line, "the server has died"
        return json.loads(line)
