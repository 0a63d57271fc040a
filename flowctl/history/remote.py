"""The remote `origin`: fetched without touching what is ours, pushed to all or nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.history.command import Answer, Runner
from flowctl.history.errors import LockHeld, PushRefused, PushRejected, one_line, redact, refusal
from flowctl.history.names import check_object, check_ref
from flowctl.history.transaction import RefUpdate

ORIGIN = "origin"

_CLOBBERED = re.compile(r"^ ! \[rejected\]\s+(\S+)\s+-> \S+\s+\(would clobber existing tag\)$", re.MULTILINE)
_FAILED = re.compile(r"^ ! \[", re.MULTILINE)
_RESULT = re.compile(r"^!\t[^\t]*:([^\t:]+)\t\[([^\]]+)\](?: \((.*)\))?$", re.MULTILINE)
# Reasons that mean "somebody was faster". The latter ones come from the remote, when it was faster than our lease.
_STALE = re.compile(
    r"stale info|fetch first|non-fast-forward|already exists|needs force|remote ref updated since checkout"
    r"|incorrect old value|cannot lock ref|failed to update ref|atomic transaction failed"
)
_COLLATERAL = re.compile(r"atomic push fail")


@dataclass(frozen=True, slots=True)
class Fetched:
    """`kept_tags` are those that the remote has elsewhere than we do: ours were kept."""

    kept_tags: tuple[str, ...]


def url(runner: Runner) -> str | None:
    """The remote's address, without what is secret in it; None when there is no remote `origin`.

    Raises:
        FlowctlError: The address begins with `-`: a program that takes it for an option could be made to run anything.
    """
    raw = runner.run("config", "--get", f"remote.{ORIGIN}.url", allow=(0, 1)).line
    if raw.startswith("-"):
        raise FlowctlError(
            f"the address of the remote `{ORIGIN}` begins with `-`", hint=f"`git remote set-url {ORIGIN} URL`"
        )
    return redact(raw) or None


def fetch(runner: Runner) -> Fetched:
    """Brings the remote's branches (those gone there go here, too) and new tags; no tag of ours is moved or removed.

    Raises:
        FlowctlError: There is no remote, or it cannot be reached.
    """
    _require(runner)
    # --no-prune-tags: a tag that was not pushed yet is the only record that a release was applied
    options = ("--prune", "--no-prune-tags", "--tags", "--no-write-fetch-head", "--no-auto-maintenance")
    answer = runner.run("fetch", *options, "--end-of-options", ORIGIN, env=_quiet(runner), allow=range(256))
    kept = tuple(_CLOBBERED.findall(answer.err))
    only_tags = answer.status == 1 and len(kept) == len(_FAILED.findall(answer.err))
    if answer.status and not (kept and only_tags):
        raise _unreachable("fetch", answer, runner)
    return Fetched(kept)


def push(runner: Runner, updates: Sequence[RefUpdate]) -> None:
    """Moves refs on the remote, all or none, each only from the value that the caller saw there.

    A ref that is at its `new` already counts as moved, so that a push whose answer was lost can be repeated.

    Raises:
        PushRejected: A ref is not at its `old`.
        PushRefused: The remote does not want it: a protected branch, a hook.
        FlowctlError: There is no remote, or it cannot be reached.
    """
    _require(runner)
    if not updates:
        return  # `git push` without a refspec pushes what the configuration says
    leases = [f"--force-with-lease={check_ref(update.ref)}:{_id(update.old)}" for update in updates]
    # never a `+` here: it would override the lease
    refspecs = [f"{_id(update.new)}:{update.ref}" for update in updates]
    options = ("--atomic", "--porcelain", *leases, "--end-of-options")
    answer = runner.run("push", *options, ORIGIN, *refspecs, env=_quiet(runner), allow=range(256))
    if answer.status:
        raise _not_pushed(answer, runner)


def _not_pushed(answer: Answer, runner: Runner) -> FlowctlError:
    results = [(ref, f"{kind} {reason}") for ref, kind, reason in _RESULT.findall(answer.line)]
    if stale := [ref for ref, reason in results if _STALE.search(reason)]:
        return PushRejected(stale, ORIGIN)
    if refused := [(ref, reason) for ref, reason in results if not _COLLATERAL.search(reason)]:
        said = one_line("\n".join(line for line in answer.err.splitlines() if line.startswith("remote:")))
        reasons = "; ".join(dict.fromkeys(redact(reason) for _, reason in refused))
        return PushRefused(
            [ref for ref, _ in refused], ORIGIN, reasons if said == "git gave no reason" else f"{reasons}: {said}"
        )
    return _unreachable("push", answer, runner)


def _unreachable(command: str, answer: Answer, runner: Runner) -> FlowctlError:
    error = refusal(command, answer.err, runner.folder)
    if isinstance(error, LockHeld):
        return error
    return FlowctlError(
        f"`{command}` with the remote `{ORIGIN}` failed: {one_line(answer.err)}",
        hint="`git remote -v` shows its address; are you online, and may you read and write there?",
    )


def _require(runner: Runner) -> None:
    if url(runner) is None:
        raise FlowctlError(f"there is no remote `{ORIGIN}`", hint=f"`git remote add {ORIGIN} URL`")


def _id(object_id: str | None) -> str:
    return check_object(object_id) if object_id else ""


def _quiet(runner: Runner) -> dict[str, str]:
    """Makes ssh fail instead of asking for a password, unless the user has said how to call ssh.

    The variables are git's own interface, and it reads them itself; we only must not stand in front of them.
    """
    if {"GIT_SSH_COMMAND", "GIT_SSH"} & os.environ.keys():
        return {}
    if runner.run("config", "--get", "core.sshCommand", allow=(0, 1)).line:
        return {}
    return {"GIT_SSH_COMMAND": "ssh -o BatchMode=yes"}
