"""`rollback`: a new release with an older content. The behaviour that it leaves is barred."""

from __future__ import annotations

import datetime as dt

from flowctl.diag import FlowctlError
from flowctl.flow import Bundle, path_of
from flowctl.ops.branch import at_work
from flowctl.ops.content import Changes, unmanaged
from flowctl.ops.drift import told_releases
from flowctl.ops.plan import Override, Plan, barred_parts, make_plan, require_no_drift
from flowctl.ops.recover import take_up
from flowctl.ops.trunk import sync
from flowctl.ops.workspace import LIVE, Workspace, release_ref

KINDS = ("flow/", "table/", "header/")  # of parts that go back; people do not come and go by rollback

TO = "Rollback to "  # how the titles of rollbacks begin; the release follows


def plan_rollback(
    ws: Workspace,
    now: dt.datetime,
    *,
    reason: str,
    to: str | None = None,
    rosters: bool = False,
    unbar: bool = False,
    environment: str = LIVE,
) -> Plan:
    """The promotion that brings back an older release.

    Args:
        to: The release to go back to; by default the newest one that is not barred and differs from live.
        rosters: Bring back rosters too.
        unbar: Go back even to what another rollback has barred.

    Raises:
        FlowctlError: No reason, no such release, or none to go back to.
    """
    if not reason.strip():
        raise FlowctlError("a rollback needs a reason", hint='`--reason "what went wrong"`')
    with at_work(ws, "rollback"):
        sync(ws)
        take_up(ws, now, environment)
    live = require_no_drift(ws, environment)
    kinds = (*KINDS, "roster/") if rosters else KINDS
    target = _known(ws, to) if to else _newest_other(ws, kinds)
    changes = _back_to(ws, target, kinds)
    if not changes.parts:
        raise FlowctlError(f"live is what release `{target}` was", hint="`flowctl log` lists the releases")
    title = f"{TO}{target}: {reason.strip()}"
    override = Override(unbar, reason.strip())
    return make_plan(ws, live, changes, "rollback", title, now, environment, bars=_left(changes), override=override)


def remark(ws: Workspace, plan: Plan) -> str | None:
    """What to say of a rollback before it is done: that live is one already, so that this goes back further."""
    newest = ws.newest_release()
    if newest is None or newest.kind != "rollback":
        return None
    target = plan.promotion.title.removeprefix(TO).partition(":")[0]
    then = ws.release(target)
    title = f" (`{then.title}`)" if then else ""
    return f"live is itself a rollback (release {newest.release}: `{newest.title}`); this one goes to {target}{title}"


def _known(ws: Workspace, release: str) -> str:
    if release not in ws.release_ids() or ws.git.resolve(release_ref(release)) is None:
        raise FlowctlError(f"there is no release `{release}`", hint="`flowctl log` lists them")
    return release


def _newest_other(ws: Workspace, kinds: tuple[str, ...]) -> str:
    now, pointer = ws.bundle(), ws.pointer()
    applied, _ = told_releases(ws)
    for release in reversed(applied):
        then = ws.bundle(release_ref(release))
        differ = _differing(now, then, kinds)
        if differ and not barred_parts(pointer, then, differ):
            return release
    raise FlowctlError("there is no release to go back to", hint="`flowctl rollback production --to RELEASE`")


def _differing(now: Bundle, then: Bundle, kinds: tuple[str, ...]) -> list[str]:
    parts = sorted(part for part in {*now.parts, *then.parts} if part.startswith(kinds))
    return [part for part in parts if now.digests.get(part) != then.digests.get(part)]


def _left(changes: Changes) -> tuple[str, ...]:
    """The parts whose behaviour a rollback leaves; one that only changes labels goes on with the same behaviour."""
    now, then = changes.before_bundle, changes.bundle
    return tuple(
        part
        for part in changes.parts
        if part in now.parts and (part not in then.parts or now.behaviour(part) != then.behaviour(part))
    )


def _back_to(ws: Workspace, release: str, kinds: tuple[str, ...]) -> Changes:
    """Live with the parts of a release, and with the fixtures that said what its flows do."""
    live = unmanaged(ws.git.files(ws.main))
    then = unmanaged(ws.git.files(release_ref(release)))
    back = _differing(ws.bundle(), ws.bundle(release_ref(release)), kinds)
    paths = {path_of(part) for part in back}
    folders = tuple(f"flows/fixtures/{part.removeprefix('flow/')}/" for part in back if part.startswith("flow/"))
    paths |= {path for path in {*live, *then} if folders and path.startswith(folders)}
    files = {path: then.get(path) for path in sorted(paths) if live.get(path) != then.get(path)}
    return Changes(live, live, files, ())
