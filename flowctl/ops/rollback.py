"""`rollback`: a new release with an older content. The behaviour that it leaves is barred."""

from __future__ import annotations

import datetime as dt

from flowctl.diag import FlowctlError
from flowctl.flow import Bundle, path_of
from flowctl.ops.content import Changes, unmanaged
from flowctl.ops.plan import Plan, make_plan, require_no_drift
from flowctl.ops.records import Pointer
from flowctl.ops.recover import take_up
from flowctl.ops.trunk import sync
from flowctl.ops.workspace import LIVE, Workspace, release_ref

KINDS = ("flow/", "table/")  # of parts that go back; people do not come and go by rollback


def plan_rollback(
    ws: Workspace,
    now: dt.datetime,
    *,
    reason: str,
    to: str | None = None,
    rosters: bool = False,
    environment: str = LIVE,
) -> Plan:
    """The promotion that brings back an older release.

    Args:
        to: The release to go back to; by default the newest one that is not barred and differs from live.
        rosters: Bring back rosters too.

    Raises:
        FlowctlError: No reason, no such release, or none to go back to.
    """
    if not reason.strip():
        raise FlowctlError("a rollback needs a reason", hint='`--reason "what went wrong"`')
    sync(ws)
    take_up(ws, now, environment)
    live = require_no_drift(ws, environment)
    kinds = (*KINDS, "roster/") if rosters else KINDS
    target = to or _newest_other(ws, environment, kinds)
    changes = _back_to(ws, _known(ws, target), kinds)
    if not changes.parts:
        raise FlowctlError(f"live is what release `{target}` was", hint="`flowctl log` lists the releases")
    title = f"Rollback to {target}: {reason.strip()}"
    return make_plan(ws, live, changes, "rollback", title, now, environment, bars=changes.parts)


def _known(ws: Workspace, release: str) -> str:
    if release not in ws.release_ids() or ws.git.resolve(release_ref(release)) is None:
        raise FlowctlError(f"there is no release `{release}`", hint="`flowctl log` lists them")
    return release


def _newest_other(ws: Workspace, environment: str, kinds: tuple[str, ...]) -> str:
    now = ws.bundle()
    pointer = ws.pointer(environment)
    for release in reversed(ws.release_ids()):
        then = ws.bundle(release_ref(release))
        differ = [part for part in _parts(now, then, kinds) if now.digests.get(part) != then.digests.get(part)]
        if differ and not _is_barred(pointer, then, differ):
            return release
    raise FlowctlError("there is no release to go back to", hint="`flowctl rollback production --to RELEASE`")


def _parts(a: Bundle, b: Bundle, kinds: tuple[str, ...]) -> list[str]:
    return sorted(part for part in {*a.parts, *b.parts} if part.startswith(kinds))


def _is_barred(pointer: Pointer, bundle: Bundle, parts: list[str]) -> bool:
    barred = {(bar.part, bar.behaviour) for bar in pointer.barred}
    return any(part in bundle.parts and (part, bundle.behaviour(part)) in barred for part in parts)


def _back_to(ws: Workspace, release: str, kinds: tuple[str, ...]) -> Changes:
    """Live with the parts of a release, and with the fixtures that said what its flows do."""
    live = unmanaged(ws.git.files(ws.main))
    then = unmanaged(ws.git.files(release_ref(release)))
    now_bundle, then_bundle = ws.bundle(), ws.bundle(release_ref(release))
    parts = _parts(now_bundle, then_bundle, kinds)
    back = [part for part in parts if now_bundle.digests.get(part) != then_bundle.digests.get(part)]
    paths = {path_of(part) for part in back}
    folders = tuple(f"flows/fixtures/{part.removeprefix('flow/')}/" for part in back if part.startswith("flow/"))
    paths |= {path for path in {*live, *then} if folders and path.startswith(folders)}
    files = {path: then.get(path) for path in sorted(paths) if live.get(path) != then.get(path)}
    return Changes(live, live, files, ())
