"""How git is called: one door for every process, with nothing in its environment that a hook left there."""

from __future__ import annotations

import os
import threading
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.history.errors import refusal

NOT_FOUND, INSTALL = "git was not found", "install git 2.39 or newer"

# `git rev-parse --local-env-vars`, but for GIT_CONFIG_PARAMETERS and GIT_CONFIG_COUNT: those two say nothing about
# where the repository is, and a build server gives safe.directory and credentials through them.
local_env_vars: frozenset[str] = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_CONFIG",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)

_ENVIRONMENT = {
    "LANGUAGE": "C",  # errors are told apart by git's words
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",  # a password prompt would look like a command that hangs
    "GIT_OPTIONAL_LOCKS": "0",  # reading the status must not hold a lock that a writer waits for
    "GIT_LITERAL_PATHSPECS": "1",  # a file may be called `*` or `:(top)`
    "GIT_GLOB_PATHSPECS": "0",
    "GIT_NOGLOB_PATHSPECS": "0",
    "GIT_ICASE_PATHSPECS": "0",
}

# What the user's configuration must not change about our own calls.
_CONFIGURATION = (
    "core.filesRefLockTimeout=1000",  # ms; the loser of a race waits for the winner and then learns that the ref moved
    "core.warnAmbiguousRefs=false",
    "i18n.commitEncoding=UTF-8",
    "i18n.logOutputEncoding=UTF-8",
    "log.showSignature=false",
    "submodule.recurse=false",
    "push.followTags=false",
    "push.recurseSubmodules=no",
    "fetch.recurseSubmodules=false",
)

_environ_lock = threading.Lock()


@contextmanager
def hook_variables_hidden() -> Iterator[None]:
    """Hides git's own variables from GitPython, which reads `os.environ` when a `Repo` is made.

    Inside a hook git sets GIT_DIR, GIT_INDEX_FILE and others: they name the repository whose hook runs, and would turn
    our calls to it. So they are taken out of `os.environ` for milliseconds, under a lock, and put back: our caller may
    be a hook's own program.
    """
    with _environ_lock:
        hidden = {name: os.environ.pop(name) for name in local_env_vars if name in os.environ}
        try:
            yield
        finally:
            os.environ.update(hidden)


def executable() -> str:
    """The program, by the name that GitPython calls it by."""
    return os.environ.get("GIT_PYTHON_GIT_EXECUTABLE") or "git"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    out: bytes
    err: str

    @property
    def line(self) -> str:
        return self.out.decode("utf-8", "surrogateescape").strip("\n")

    @property
    def fields(self) -> list[str]:
        """The NUL-terminated fields of a `-z` output."""
        return self.out.decode("utf-8", "surrogateescape").split("\0")[:-1]


class Runner:
    """Starts git in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def spawn(self, *args: str, env: Mapping[str, str] | None = None) -> Popen[bytes]:
        """A running git with pipes at its three ends; the caller waits for it."""
        options = [word for setting in _CONFIGURATION for word in ("-c", setting)]
        ours = {name: value for name, value in os.environ.items() if name not in local_env_vars}
        folder = self.folder if os.access(self.folder, os.X_OK) else None
        try:
            return Popen(
                [executable(), *options, *args],
                cwd=folder,
                env={**ours, **_ENVIRONMENT, **(env or {})},
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
            )
        except FileNotFoundError as error:
            raise FlowctlError(NOT_FOUND, hint=INSTALL) from error

    def run(
        self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, allow: Container[int] = (0,)
    ) -> Answer:
        """What git answered.

        Args:
            env: Variables for this process on top of ours.
            allow: The exit codes that are an answer; any other is an error.

        Raises:
            FlowctlError: git failed. The message is git's own, cleaned; `LockHeld` when a lock is the reason.
        """
        process = self.spawn(*args, env=env)
        try:
            out, err = process.communicate(stdin)
        except BaseException:
            process.terminate()  # what nobody waits for should not go on
            process.wait()
            raise
        answer = Answer(process.returncode, out, err.decode("utf-8", "replace"))
        if answer.status not in allow:
            raise refusal(args[0], answer.err, self.folder)
        return answer


@contextmanager
def disk_errors(doing: str) -> Iterator[None]:
    """Turns a full disk, a read-only folder and the like into an error that says what could not be done."""
    try:
        yield
    except OSError as error:
        raise FlowctlError(
            f"cannot {doing}: {error.strerror or error}", hint="is the disk full, or the folder read-only?"
        ) from error


@contextmanager
def work_folder() -> Iterator[str]:
    """A folder that is gone afterwards."""
    from tempfile import TemporaryDirectory  # 2 ms, and most commands write nothing

    with disk_errors("write a temporary folder"), TemporaryDirectory(prefix="flowctl-") as name:
        yield name
