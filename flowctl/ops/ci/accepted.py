"""Changes and findings that somebody has accepted, with a reason and for as long as it says.

`accepted/<draft>.yaml` is written by one draft only, so that two drafts never disagree about it and neither makes the
other stale. It lies beside what decides routing: what is accepted is told in fewer words, and no gate is met by it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.flow.kinds import Date, ListOf, Record, Text, key
from flowctl.history import Person as GitPerson
from flowctl.ops.branch import at_work
from flowctl.ops.clone import push_draft
from flowctl.ops.records import Draft, Person, read_record, write_record
from flowctl.ops.workspace import Workspace

FOLDER = "accepted"
SHORT = 8  # characters of a fingerprint that people are shown, and have to type


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Something that is known. `until` is the last day on which it is; without it, for ever."""

    fingerprint: str = key(Text())
    what: str = key(Text(), "")  # in words, as it was when it was accepted
    reason: str = key(Text())
    until: dt.date | None = key(Date(), None)
    who: Person | None = key(Record(Person), None)

    def holds(self, day: dt.date) -> bool:
        return self.until is None or day <= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedFile:
    """What one draft has accepted."""

    accepted: tuple[Accepted, ...] = key(ListOf(Record(Accepted)))


def read_accepted(ws: Workspace, commit: str) -> dict[str, Accepted]:
    """All that a commit accepts, by fingerprint; of one that is accepted twice, what holds longest.

    Raises:
        FlowctlError: A file was edited into something else.
    """
    files = ws.git.files(commit, FOLDER)
    every = (item for path, data in files.items() for item in read_record(AcceptedFile, path, data).accepted)
    ordered = sorted(every, key=lambda item: item.until or dt.date.max)
    return {item.fingerprint: item for item in ordered}


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What was accepted just now, and in which file it stands."""

    accepted: Accepted
    path: str
    commit: str


def accept(
    ws: Workspace, known: Mapping[str, str], typed: str, reason: str, until: dt.date | None, now: dt.datetime
) -> Acceptance:
    """Accepts something, in a commit of the draft that is checked out.

    Args:
        known: What there is to accept: words by fingerprint.
        typed: A fingerprint, or its beginning.

    Raises:
        FlowctlError: There is no such fingerprint, the day is over, or no draft is checked out.
    """
    fingerprint = _one(known, typed)
    if not reason.strip():
        hint = f'`flowctl ci --accept {typed} --reason "why it is right"`'
        raise FlowctlError("what is accepted needs a reason", hint=hint)
    if until and until < now.date():
        raise FlowctlError(f"{until} is over", hint="`--until` names the last day; without it there is none")
    draft = ws.require_draft()
    item = Accepted(fingerprint=fingerprint, what=known[fingerprint], reason=reason.strip(), until=until, who=ws.me)
    with at_work(ws, "accept a change"):
        path, commit = _written(ws, draft, item, now)
        push_draft(ws, draft)
    return Acceptance(item, path, commit)


def _one(known: Mapping[str, str], typed: str) -> str:
    found = [fingerprint for fingerprint in known if fingerprint.startswith(typed.casefold())]
    if len(found) == 1 and len(typed) >= SHORT // 2:
        return found[0]
    shown = "\n".join(["one of these:", *(f"  {fp[:SHORT]}  {words}" for fp, words in sorted(known.items())[:12])])
    if not found:
        raise FlowctlError(f"nothing here has the fingerprint `{typed}`", hint=shown if known else None)
    raise FlowctlError(f"`{typed}` is the beginning of {len(found)} fingerprints", hint=shown)


def _written(ws: Workspace, draft: Draft, item: Accepted, now: dt.datetime) -> tuple[str, str]:
    path = f"{FOLDER}/{draft.draft}.yaml"
    text = ws.git.read("HEAD", path)
    before: Sequence[Accepted] = read_record(AcceptedFile, path, text).accepted if text is not None else ()
    kept = [other for other in before if other.fingerprint != item.fingerprint]
    file = ws.root / path
    try:
        file.parent.mkdir(exist_ok=True)
        file.write_text(write_record(AcceptedFile(accepted=(*kept, item))), encoding="utf-8", newline="\n")
    except OSError as error:
        raise FlowctlError(f"cannot write `{path}`: {error.strerror}") from error
    person = GitPerson(ws.me.name, ws.me.email)
    message = f"accept {item.fingerprint[:SHORT]}: {item.reason}"
    commit = ws.git.commit_worktree([path], message, when=now, author=person, committer=person)
    return path, commit or ws.tip(draft)
