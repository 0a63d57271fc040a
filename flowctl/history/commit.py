"""Commits: who, when and why. Reads many in one process, makes one out of nothing but its arguments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.history.command import Runner


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


@dataclass(frozen=True, slots=True)
class CommitInfo:
    """A commit. `when` is the author's time, in UTC; `parents` ends where a shallow clone does."""

    id: str
    parents: tuple[str, ...]
    author: Person
    when: datetime
    subject: str
    body: str


# NUL parts the fields, as `-z` parts the commits: no message can hold one
_FIELDS = ("%H", "%P", "%an", "%ae", "%at", "%s", "%b")
_FORMAT = "--format=tformat:" + "%x00".join(_FIELDS)
_IDENT = re.compile(r"(.*?) ?<(.*)> \d+ [+-]\d{4}")


def log(
    runner: Runner, start: str, paths: Sequence[str], *, limit: int | None, since: datetime | None, walk: bool = True
) -> tuple[CommitInfo, ...]:
    """The commits from `start` (an id) back, newest first, in one process."""
    options = [_FORMAT, "-z", "--no-color", "--encoding=UTF-8"]
    if limit is not None:
        options.append(f"--max-count={limit}")
    if since is not None:
        options.append(f"--since=@{int(since.timestamp())}")
    if not walk:
        options.append("--no-walk")
    fields = runner.run("log", *options, "--end-of-options", start, "--", *paths).fields
    width = len(_FIELDS)
    return tuple(_commit(fields[at : at + width]) for at in range(0, len(fields), width))


def _commit(fields: Sequence[str]) -> CommitInfo:
    object_id, parents, name, email, seconds, subject, body = fields
    when = datetime.fromtimestamp(int(seconds), UTC)
    return CommitInfo(object_id, tuple(parents.split()), Person(name, email), when, subject, body.rstrip("\n"))


def identity(runner: Runner) -> Person | None:
    """The person that git's configuration or environment names; a guess from the machine's name does not count."""
    answer = runner.run("-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT", allow=(0, 1, 128))
    match = _IDENT.fullmatch(answer.line)
    return Person(match[1], match[2]) if answer.status == 0 and match else None


def require_identity(runner: Runner) -> Person:
    """As `identity`.

    Raises:
        FlowctlError: There is none; the hint holds the two commands that set one.
    """
    if (person := identity(runner)) is None:
        raise FlowctlError(
            "git does not know who you are",
            hint='`git config --global user.name "Your Name"` and `git config --global user.email you@example.com`',
        )
    return person


def commit_tree(
    runner: Runner,
    tree: str,
    parents: Sequence[str],
    message: str,
    *,
    author: Person,
    committer: Person,
    when: datetime,
) -> str:
    """The id of a new commit that no ref points at yet: the same arguments give the same id, on any machine."""
    assert when.tzinfo is not None, "a commit's time needs a zone"
    date = f"@{int(when.timestamp())} {when.strftime('%z')[:5]}"
    env = {
        "GIT_AUTHOR_NAME": author.name,
        "GIT_AUTHOR_EMAIL": author.email,
        "GIT_AUTHOR_DATE": date,
        "GIT_COMMITTER_NAME": committer.name,
        "GIT_COMMITTER_EMAIL": committer.email,
        "GIT_COMMITTER_DATE": date,
    }
    options = [word for parent in parents for word in ("-p", parent)]
    text = message.replace("\0", "").rstrip() + "\n"
    return runner.run("commit-tree", *options, "-F", "-", tree, stdin=text.encode("utf-8", "replace"), env=env).line
