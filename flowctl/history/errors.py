"""What git refuses, in words that a user can act on; and no secret of a URL in any of them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from flowctl.diag import FlowctlError, Stale


class LockHeld(FlowctlError):
    """Another git command holds a lock, or left it behind when it died. `lock` is the file."""

    def __init__(self, lock: Path) -> None:
        super().__init__(
            f"git is locked by `{lock}`",
            hint=f"when no other git or flowctl command is running here: `rm {shlex.quote(str(lock))}`",
        )
        self.lock = lock


class RefMoved(Stale):
    """A ref is no longer what the caller saw, so nothing of the transaction happened. `refs` are those that differ."""

    def __init__(self, refs: Sequence[str], message: str) -> None:
        super().__init__(message, hint="somebody was faster: look at `flowctl status`, then run the command again")
        self.refs = tuple(refs)


class PushRejected(Stale):
    """The remote's refs are no longer what the caller saw, so none was pushed. `refs` are those that differ."""

    def __init__(self, refs: Sequence[str], remote: str) -> None:
        names = ", ".join(f"`{ref}`" for ref in refs)
        super().__init__(
            f"{names} moved on `{remote}`; nothing was pushed", hint="run the command again: it fetches first"
        )
        self.refs = tuple(refs)


class PushRefused(FlowctlError):
    """The remote does not let these `refs` be pushed (a protected branch, a hook); none was pushed."""

    def __init__(self, refs: Sequence[str], remote: str, reason: str) -> None:
        names = ", ".join(f"`{ref}`" for ref in refs)
        super().__init__(
            f"`{remote}` refused {names}: {reason}",
            hint="a protected branch takes changes through a merge request: `--via mr`",
        )
        self.refs = tuple(refs)


# Up to the last `@` of the word, because a token may hold an `@` or a `/` that nobody encoded.
_USER_INFO = re.compile(r"(?<=://)[^\s'\"]*@")
_QUERY = re.compile(r"(://[^\s'\"?]*)\?[^\s'\"]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_LOCK = re.compile(
    r"(?:Unable to create|unable to create|could not lock config file) '?([^'\n]+?\.lock)'?: File exists"
)
_CONFIG_LOCK = re.compile(r"could not lock config file ([^\n]+): File exists")
_PREFIX = re.compile(r"^(?:fatal|error|remote): *(?:(?:error|fatal|ERROR|FATAL): *)?")


def redact(text: str) -> str:
    """The text without user names, passwords, tokens and queries of the URLs in it."""
    return _QUERY.sub(r"\1", _USER_INFO.sub("", text))


def one_line(err: str, *, most: int = 3) -> str:
    """The first lines of git's stderr that say what is wrong, redacted and without control characters."""
    lines = [line.strip() for line in redact(err).splitlines() if line.strip() and not line.startswith("hint:")]
    telling = [line for line in lines if _PREFIX.match(line) and _PREFIX.sub("", line)] or lines[-1:]
    words = [_CONTROL.sub(" ", _PREFIX.sub("", line)).strip().rstrip(".") for line in telling]
    return "; ".join(dict.fromkeys(words[:most])) or "git gave no reason"


def refusal(command: str, err: str, folder: Path) -> FlowctlError:
    """The error for a git command that failed, read from its stderr (git speaks English here: LC_ALL is C)."""
    if lock := _LOCK.search(err):
        return LockHeld(folder / lock[1])
    if config := _CONFIG_LOCK.search(err):
        return LockHeld(folder / f"{config[1]}.lock")
    if "detected dubious ownership" in err:
        return FlowctlError(
            f"git does not trust `{folder}`: somebody else owns it",
            hint=f"`git config --global --add safe.directory {shlex.quote(str(folder))}`",
        )
    return FlowctlError(f"`git {command}` failed: {one_line(err)}")
