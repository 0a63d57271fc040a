"""Does a plan, or nothing.

The commit on `main` is the commit point. Before it, whatever was done is undone by the next command; after it, what
is missing (a tag, the draft's closing, the work tree) is done by the next command. Nothing that decides is kept
anywhere but in git and in the environment, so that any machine can take over.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields, replace

from flowctl.diag import Blocked, FlowctlError, Stale
from flowctl.envs import Environment, Receipt
from flowctl.flow import Bundle, changed
from flowctl.ops.content import changes_of
from flowctl.ops.drift import drift_of
from flowctl.ops.journal import journaled
from flowctl.ops.plan import Plan
from flowctl.ops.records import (
    Bar, Closed, Draft, Pointer, Promotion, Release, next_id, read_record, write_record,
)  # fmt: skip
from flowctl.ops.recover import Recovered, close_drafts, recover, undo
from flowctl.ops.trunk import Commit, commit_to_main, sync
from flowctl.ops.workspace import Workspace

WAIT_SECONDS = 20.0  # for a promotion that is running; one takes about a second


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
        Stale: Live is no longer what the plan began from. Nothing was changed.
        Blocked: A gate is not met, or another promotion is running. Nothing was changed.
        FlowctlError: The environment refused, or did not keep what was put into it. It was put back.
    """
    environment = ws.environment(plan.promotion.environment)
    require_clear(plan)
    ws.require_saved()
    who = ws.me
    with environment.lease(str(who), WAIT_SECONDS):
        recovered = recover(ws, environment, now)
        require_fresh(ws, plan, environment)
        release = release_of(ws, plan.promotion, now)
        with journaled(ws.root, f"promote {release.release}"):
            deploy(ws, environment, plan.bundle, plan.promotion.live, release)
            commit = _commit_or_undo(ws, environment, plan, release, now)
        close_drafts(ws)
    return Promoted(release, commit, made_stale(ws), recovered)


def require_clear(plan: Plan) -> None:
    """Refuses a plan that something stands in the way of."""
    if plan.blockers:
        more = f" (and {len(plan.blockers) - 1} more)" if len(plan.blockers) > 1 else ""
        raise Blocked(f"{plan.blockers[0]}{more}", hint="`flowctl plan` lists what stands in the way")


def require_fresh(ws: Workspace, plan: Plan, environment: Environment) -> None:
    """Refuses a plan whose live is no longer live."""
    sync(ws)
    drift = drift_of(ws, environment.name)
    if drift.pending:
        raise Blocked(f"release `{drift.pending}` is pending", hint=f"`flowctl promote --to {environment.name} --finish`")
    if drift.live.bundle.digest != plan.promotion.live or drift.parts:
        newest = ws.release_ids()[-1:]
        by = f" (the newest release is {newest[0]})" if newest else ""
        raise Stale(f"{environment.name} has changed since the plan was made{by}", hint="`flowctl plan` makes a new one")


def release_of(ws: Workspace, promotion: Promotion, now: dt.datetime) -> Release:
    """The release that a promotion becomes now."""
    taken = {*ws.release_ids(), *(tag.rpartition("/")[2] for tag in ws.tags())}
    bound = {f.name: getattr(promotion, f.name) for f in fields(Promotion)}
    return Release(release=next_id(now.date(), taken), plan=promotion.id, who=ws.me, when=now, **bound)


def deploy(
    ws: Workspace, environment: Environment, bundle: Bundle, expecting: str, release: Release, *, put_back: bool = True
) -> None:
    """Puts a bundle into an environment and reads it back.

    Raises:
        FlowctlError: What is there is not what was put there. With `put_back`, what `main` says was put back.
    """
    environment.deploy(bundle, expecting=expecting, receipt=receipt_of(release, bundle))
    there = environment.read().bundle
    if there.digest != bundle.digest:
        names = ", ".join(changed(bundle, there))
        if put_back:
            undo(ws, environment)
        raise FlowctlError(f"{environment.name} did not keep {names} as deployed", hint=f"`flowctl drift {environment.name}`")


def receipt_of(release: Release, bundle: Bundle) -> Receipt:
    """What the environment keeps of where its content comes from."""
    return Receipt(
        release=release.release,
        plan=release.plan,
        draft=release.draft,
        kind=release.kind,
        who=str(release.who),
        when=release.when,
        digests=bundle.digests,
    )


def _commit_or_undo(ws: Workspace, environment: Environment, plan: Plan, release: Release, now: dt.datetime) -> str:
    seen = ws.main

    def make(old: str) -> Commit:
        if old != seen and touches_routing(ws, seen, old):
            raise Stale("another release reached `main` first", hint="`flowctl plan` makes a new plan")
        return release_commit(ws, plan, release, old)

    try:
        return commit_to_main(ws, make, now)
    except FlowctlError:
        undo(ws, environment)
        raise


def touches_routing(ws: Workspace, old: str, new: str) -> bool:
    """Whether `main` moved in what promotions decide by."""
    return any(path.startswith(("flows/", "environments/", "releases/")) for path in ws.git.changed_paths(old, new))


def release_commit(ws: Workspace, plan: Plan, release: Release, old: str) -> Commit:
    """What a release puts on `main`: parts, pointer, record, and the closed draft."""
    pointer = ws.pointer(release.environment, old)
    files = dict(plan.files)
    files[pointer.path] = write_record(_pointer_after(ws, pointer, plan, release)).encode()
    files[release.path] = write_record(release).encode()
    parents: tuple[str, ...] = ()
    if release.draft and (draft := _draft_record(ws, release.draft)):
        parents = (ws.tip(draft),)
        files[draft.path] = write_record(_closed(draft, release)).encode()
    return Commit(files, _message(release), parents, (release.tag,))


def _draft_record(ws: Workspace, id_: str) -> Draft | None:
    return next((draft for draft in ws.drafts() if draft.draft == id_), None)


def _closed(draft: Draft, release: Release) -> Draft:
    return replace(draft, kind=release.kind, closed=Closed(release.release, release.when))


def _pointer_after(ws: Workspace, pointer: Pointer, plan: Plan, release: Release) -> Pointer:
    """The pointer with the release's parts, the bars that it sets, and without those that it lifts."""
    before = ws.bundle()
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


def made_stale(ws: Workspace) -> tuple[Draft, ...]:
    """The open drafts that change what live has changed since they began."""
    return tuple(draft for draft in ws.drafts() if changes_of(ws, draft).overlaps)


def read_release(ws: Workspace, id_: str, version: str) -> Release | None:
    """A release's record as a version has it."""
    path = f"releases/{id_}.yaml"
    text = ws.git.read(version, path)
    return read_record(Release, path, text) if text is not None else None
