"""The versions of a range, newest first: what is being worked on, and the releases back to an older one."""

from __future__ import annotations

import datetime as dt

from flowctl.data import dataclass
from flowctl.diag import FlowctlError, did_you_mean
from flowctl.ops.past.states import draft_called, releases_back
from flowctl.ops.records import Release
from flowctl.ops.versions import Version, find, here
from flowctl.ops.workspace import Workspace


@dataclass(frozen=True, slots=True)
class At:
    """A version of the range: a release, or what has not shipped yet, whose `release` is None."""

    title: str
    release: str | None = None
    who: str = ""
    when: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """A version to look at. `is_checked` when it passed `check` before it shipped."""

    at: At
    version: Version | None
    commit: str | None
    is_checked: bool


def newest(ws: Workspace, bad: str | None) -> Version:
    """The newer end of a range: the version of that name, else the draft in hand, else live."""
    if bad is not None:
        return find(ws, bad)
    draft = ws.current_draft()
    return here(ws) if draft and not ws.is_closed(draft.draft) else find(ws, "live")


def stops_back(ws: Workspace, version: Version, good: str | None) -> list[Stop]:
    """The versions from the newest to the oldest; what has not shipped comes before live."""
    id_ = version.label.removeprefix("release ")
    releases = releases_back(ws, id_)
    is_shipped = version.label == "live" or id_ in ws.release_ids()
    stops = [] if is_shipped else [Stop(_unshipped(ws, version), version, None, True)]
    if not releases:
        hint = "`flowctl promote --to production` makes the first release"
        raise FlowctlError("nothing has been released yet", hint=hint)
    oldest = _release(ws, good) if good else releases[-1][0]
    if oldest not in dict(releases):
        hint = "`--good` is the older end, `--bad` the newer"
        raise FlowctlError(f"release `{oldest}` is newer than `{id_}`", hint=hint)
    records = {record.release: record for record in ws.releases()}
    for release, commit in releases:
        stops.append(_shipped(release, commit, records.get(release)))
        if release == oldest:
            break
    return stops


def _unshipped(ws: Workspace, version: Version) -> At:
    draft = draft_called(ws, version.label)
    return At(version.label, None, str(draft.owner) if draft else "")


def _release(ws: Workspace, name: str) -> str:
    ids = ws.release_ids()
    if name == "live":
        return ids[-1]
    if name not in ids:
        raise FlowctlError(f"there is no release `{name}`", hint=did_you_mean(name, ids) or "`flowctl log` lists them")
    return name


def _shipped(release: str, commit: str, record: Release | None) -> Stop:
    if record is None:
        return Stop(At(release, release), None, commit, False)
    is_checked = any(gate.gate == "check" and gate.passed for gate in record.gates)
    return Stop(At(record.title, release, str(record.who), record.when), None, commit, is_checked)
