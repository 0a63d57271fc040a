"""How git is called: one door for every process, with nothing in its environment that a hook left there."""

from __future__ import annotations

import os
import threading
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE
from typing import TYPE_CHECKING

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.history.errors import refusal

if TYPE_CHECKING:
    import git  # costs 0.1 s, so that it is loaded only when a repository is opened

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
    """Hides git's own variables from what is started inside.

    Inside a hook git sets GIT_DIR, GIT_INDEX_FILE and others: they name the repository whose hook runs, and would turn
    our calls to it. GitPython copies `os.environ` for each process and reads it when a `Repo` is made; its `env=` can
    add variables but not take one away, and an empty GIT_DIR is an error to git. So they are taken out of `os.environ`
    while a process is being started (milliseconds, under a lock) and put back: our caller may be a hook's own program.
    """
    with _environ_lock:
        hidden = {name: os.environ.pop(name) for name in local_env_vars if name in os.environ}
        try:
            yield
        finally:
            os.environ.update(hidden)


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
    """Starts git in one folder, through GitPython's command object."""

    def __init__(self, command: git.Git, folder: Path) -> None:
        self._git = command
        self.folder = folder

    def spawn(self, *args: str, env: Mapping[str, str] | None = None) -> git.Git.AutoInterrupt:
        """A running git with pipes at its three ends; the caller waits for it."""
        from git.exc import GitCommandNotFound

        executable = self._git.GIT_PYTHON_GIT_EXECUTABLE or "git"
        options = [word for setting in _CONFIGURATION for word in ("-c", setting)]
        try:
            with hook_variables_hidden():
                return self._git.execute(
                    [executable, *options, *args], istream=PIPE, as_process=True, env={**_ENVIRONMENT, **(env or {})}
                )
        except GitCommandNotFound as error:
            raise FlowctlError("git was not found", hint="install git 2.39 or newer") from error

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
        out, err = process.communicate(stdin)
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
