"""Does a plan, or nothing.

The commit on `main` is the commit point. Before it, whatever was done is undone by the next command; after it, what
is missing (a tag, the draft's closing, the work tree) is done by the next command. Nothing that decides is kept
anywhere but in git and in the environment, so that any machine can take over.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from dataclasses import fields, replace

from flowctl.data import dataclass
from flowctl.diag import Blocked, FlowctlError, Stale
from flowctl.envs import Environment
from flowctl.history import RefUpdate
from flowctl.ops.approvals import Hosted, Tally, tally_of
from flowctl.ops.branch import at_work
from flowctl.ops.config import FILE
from flowctl.ops.content import changes_of
from flowctl.ops.deploy import NotKept, deploy, put_back
from flowctl.ops.deploy import receipt_of as receipt_of
from flowctl.ops.journal import Unfinished
from flowctl.ops.plan import Plan, require_no_drift, standing_gates
from flowctl.ops.records import (
    Approver,
    Bar,
    Closed,
    Draft,
    Freezes,
    Pointer,
    Promotion,
    Release,
    in_release_order,
    next_id,
    short_id,
    write_record,
)  # fmt: skip
from flowctl.ops.recover import Recovered, close_drafts, has_shipped, recover
from flowctl.ops.trunk import Commit, commit_to_main, require_live, require_movable
from flowctl.ops.workspace import LIVE, Workspace

WAIT_SECONDS = 20.0  # for a promotion that is running; one takes about a second
PROPOSALS = f"refs/remotes/origin/release/{LIVE}/"


@dataclass(frozen=True, slots=True)
class Promoted:
    """A release that was applied; the drafts that it made stale; what was taken up from before."""

    release: Release
    commit: str
    stale_drafts: tuple[Draft, ...]
    recovered: Recovered


def promote(ws: Workspace, plan: Plan, now: dt.datetime) -> Promoted:
    """Applies a plan.

    Raises:
        Stale: Live or the draft is no longer what the plan began from. Nothing was changed.
        Blocked: A gate is not met, or another promotion is running. Nothing was changed.
        Unfinished: The release is live; something that follows from it is left to the next command.
        FlowctlError: The environment refused, or did not keep what was put into it; or `main` could not be moved. The
            environment was put back.
    """
    environment = ws.environment(require_live(ws, plan.promotion.environment))
    require_clear(plan)
    who = str(ws.me)
    with environment.lease(who, WAIT_SECONDS), at_work(ws, f"promote to {environment.name}") as steps:
        recovered = recover(ws, environment, now)
        require_fresh(ws, plan, now)
        approvals = require_approved(ws, plan)
        require_movable(ws)
        if plan.promotion.draft:
            ws.require_saved()
        release = release_of(ws, plan.promotion, now, approvals.approvers)
        commit = _apply(ws, environment, plan, release, approvals, now)
        close_drafts(ws)
        unshare(ws, release)
    return Promoted(release, commit, made_stale(ws), replace(recovered, steps=(*steps, *recovered.steps)))


REMEDIES = {
    "check": "`flowctl check` shows them",
    "tests": "`flowctl test` shows which, and why",
    "coverage": "`flowctl test` shows what no fixture takes",
    "conditions": "`flowctl test --coverage` shows what no fixture meets",
    "staged": "`flowctl import --into staging`",
    "moved": "`flowctl simulate` shows who moves; the budget is in flowctl.yaml",
    "impact": "`flowctl simulate LEADS --against live` shows who moves; the bounds are in flowctl.yaml",
    "rosters": "`flowctl plan --only rosters` ships them; the rest goes with a weekly draft or a hotfix",
    "freeze": "`flowctl freeze list`",
}


def require_clear(plan: Plan, *later: str) -> None:
    """Refuses a plan that something stands in the way of; some gates may be asked `later`."""
    if blockers := plan.blockers_but(*later):
        more = f" (and {len(blockers) - 1} more)" if len(blockers) > 1 else ""
        failed = next((gate.gate for gate in plan.gates if not gate.passed and gate.gate not in later), "")
        remedies = REMEDIES | {"approvals": approve_hint(plan.promotion, plan.id)}
        hint = remedies.get(failed, "`flowctl plan` lists what stands in the way")
        raise Blocked(f"{blockers[0]}{more}", hint=hint)


def approve_hint(promotion: Promotion, plan: str) -> str:
    """What a colleague types, anywhere: the plan of a draft is found by a few characters of its id."""
    return f"a colleague types `flowctl approve {short_id(plan, 8 if promotion.draft else 64)}`"


def require_approved(ws: Workspace, plan: Plan, hosted: Hosted | None = None, version: str | None = None) -> Tally:
    """The approvals of a plan as they stand now.

    Args:
        hosted: What the host says; by default it is asked.
        version: Whose sign-offs count; by default those of `main`.

    Raises:
        Blocked: They are fewer than its gate asks for.
    """
    needed = plan.approvals.needed
    tally = tally_of(ws, plan.promotion, needed, tip=plan.tip, hosted=hosted, version=version)
    if not tally.gate.passed:
        raise Blocked(f"gate `approvals`: {tally.gate.figure}", hint=approve_hint(plan.promotion, plan.id))
    return tally


def require_fresh(ws: Workspace, plan: Plan, now: dt.datetime) -> None:
    """Refuses a plan that was overtaken. The caller has fetched.

    Raises:
        Stale: Live, `main` or the draft has moved since.
        Blocked: A release is pending, or a freeze has begun.
    """
    live = require_no_drift(ws, plan.promotion.environment, plan.adopts)
    if live.bundle.digest != plan.promotion.live or _touches_routing(ws, plan.main, ws.main):
        newest = ws.release_ids()[-1]
        message = f"{plan.promotion.environment} has changed since the plan was made (the newest release is {newest})"
        raise Stale(message, hint="`flowctl plan` makes a new one")
    _require_same_draft(ws, plan)
    _require_no_freeze(ws, plan, now)


def _require_same_draft(ws: Workspace, plan: Plan) -> None:
    id_ = plan.promotion.draft
    draft = next((draft for draft in ws.drafts() if draft.draft == id_), None)
    if id_ and (draft is None or ws.tip(draft) != plan.tip):
        raise Stale(f"the draft `{id_}` has changed since the plan was made", hint="`flowctl plan` makes a new one")


def _require_no_freeze(ws: Workspace, plan: Plan, now: dt.datetime) -> None:
    for gate in standing_gates(ws, plan.promotion.kind, now):
        if not gate.passed:
            raise Blocked(f"gate `{gate.gate}`: {gate.figure}", hint="`flowctl freeze list`")


def release_of(ws: Workspace, promotion: Promotion, now: dt.datetime, approvals: tuple[Approver, ...] = ()) -> Release:
    """The release that a promotion becomes now, with who approves of it.

    Its id comes after all others, whatever the clock says, since releases are told in the order of their ids.
    """
    proposed = [ref.removeprefix(PROPOSALS) for ref in ws.git.refs(PROPOSALS)]
    taken = in_release_order([*ws.release_ids(), *(tag.rpartition("/")[2] for tag in ws.tags()), *proposed])
    newest = dt.date.fromisoformat(taken[-1][:10]) if taken else now.date()
    bound = {f.name: getattr(promotion, f.name) for f in fields(Promotion)}
    id_ = next_id(max(now.date(), newest), taken)
    return Release(release=id_, plan=promotion.id, who=ws.me, when=now, approvals=approvals, **bound)


def _apply(
    ws: Workspace, environment: Environment, plan: Plan, release: Release, approvals: Tally, now: dt.datetime
) -> str:
    """Deploys a release and commits it; puts the environment back when either fails."""
    live = plan.bundle.digest
    seen = ws.main

    def make(old: str) -> Commit:
        if _touches_routing(ws, seen, old):
            raise Stale("another release reached `main` first", hint="`flowctl plan` makes a new plan")
        _require_no_freeze(ws, plan, now)
        require_approved(ws, plan, approvals.hosted, old)
        return release_commit(ws, plan, release, old)

    try:
        deploy(environment, plan.bundle, plan.promotion.live, release)
    except NotKept as error:
        put_back(ws, environment, error.there.bundle.digest, release, error)
        raise
    try:
        return commit_to_main(ws, make, now)
    except Unfinished as error:
        raise Unfinished(f"release `{release.release}` is live; {error.message}", hint=error.hint) from error
    except FlowctlError as error:
        put_back(ws, environment, live, release, error)
        raise


def _touches_routing(ws: Workspace, old: str, new: str) -> bool:
    """Whether `main` moved in what promotions decide by."""
    if old == new:
        return False
    paths = set(ws.git.changed_paths(old, new)) - {Freezes.path}
    return any(path == FILE or path.startswith(("flows/", "environments/", "releases/")) for path in paths)


def release_commit(ws: Workspace, plan: Plan, release: Release, old: str) -> Commit:
    """What a release puts on `main`: parts, pointer, record, and the closed draft, when all of it ships."""
    pointer = ws.pointer(release.environment, old)
    files = dict(plan.files)
    files[pointer.path] = write_record(_pointer_after(ws, pointer, plan, release, old)).encode()
    files[release.path] = write_record(release).encode()
    parents: tuple[str, ...] = ()
    if release.draft and not release.only and plan.tip and (draft := ws.draft(release.draft, plan.tip)):
        parents = (plan.tip,)
        closed = replace(draft, kind=release.kind, closed=Closed(release.release, release.when))
        files[draft.path] = write_record(closed).encode()
    return Commit(files, _message(release), parents, (release.tag,))


def _pointer_after(ws: Workspace, pointer: Pointer, plan: Plan, release: Release, old: str) -> Pointer:
    """The pointer with the release's parts, the bars that it sets, and without those that it lifts."""
    before = ws.bundle(old)
    left = {move.part: pointer.parts[move.part].release for move in release.parts if move.part in pointer.parts}
    reason = "; ".join(release.overrides) or release.title
    bars = [
        Bar(part, before.behaviour(part), left.get(part, ""), release.release, reason)
        for part in release.bars
        if part in before.parts
    ]
    kept = pointer.lifted({(part, plan.bundle.behaviour(part)) for part in plan.unbars})
    return kept.after(release, bars)


def _message(release: Release) -> str:
    moved = f"\n{release.moved.leads} of {release.moved.of} fixture leads move." if release.moved else ""
    parts = "\n".join(f"- {move.part}" for move in release.parts)
    return f"{release.environment}: {release.title}\n\nRelease {release.release} ({release.kind}).{moved}\n\n{parts}\n"


def unshare(ws: Workspace, release: Release) -> None:
    """Removes a shipped draft's branch from the remote, where it holds nothing more; it may stay just as well."""
    if release.draft is None:
        return
    theirs = ws.git.resolve(f"refs/remotes/origin/draft/{release.draft}")
    if theirs and has_shipped(ws, release.draft, theirs):
        with suppress(FlowctlError):
            ws.git.push_atomic([RefUpdate(f"refs/heads/draft/{release.draft}", None, theirs)])


def made_stale(ws: Workspace) -> tuple[Draft, ...]:
    """The open drafts that change what live has changed since they began."""
    return tuple(draft for draft in ws.drafts() if _is_stale(ws, draft))


def _is_stale(ws: Workspace, draft: Draft) -> bool:
    try:
        return bool(changes_of(ws, draft).overlaps)
    except FlowctlError:  # a draft that cannot be read must not hide that the release is live
        return False
