"""`clone`: a draft made from live, and put into staging."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flowctl.diag import FlowctlError, Stale

from flowctl.flow import path_of
from flowctl.history import Person as GitPerson
from flowctl.history import RefUpdate
from flowctl.ops.drift import drift_of
from flowctl.ops.importing import Imported, import_into, staging_holder
from flowctl.ops.plan import STAGING, require_no_drift
from flowctl.ops.records import Base, Draft, slug, write_record
from flowctl.ops.recover import Recovered, take_up
from flowctl.ops.trunk import sync
from flowctl.ops.workspace import LIVE, Workspace, monday_after


@dataclass(frozen=True, slots=True)
class Cloned:
    """A new draft. `staged` is what importing it did; `left_alone` says why staging was not touched."""

    draft: Draft
    adopted: tuple[str, ...]
    staged: Imported | None
    left_alone: str | None
    recovered: Recovered


def clone_live(
    ws: Workspace,
    summary: str,
    now: dt.datetime,
    *,
    on: dt.date | None = None,
    kind: str = "weekly",
    adopt: bool = False,
    stage: bool = True,
) -> Cloned:
    """Makes a draft of what production runs, checks it out, and imports it into staging when that is free.

    Args:
        on: The day that the title names; the Monday after `now` by default.
        adopt: Take what was changed by hand in production into the draft, instead of stopping.

    Raises:
        Stale: Production was changed by hand and `adopt` is not given.
        FlowctlError: Unsaved edits, no identity, no summary, a draft of that name is open already.
    """
    if not summary.strip():
        raise FlowctlError("a draft needs a summary", hint='`--summary "what the week is about"`')
    ws.require_saved()
    sync(ws)
    recovered = take_up(ws, now)
    day = on or (monday_after(now.date()) if kind != "hotfix" else now.date())
    draft = _new_draft(ws, day, summary.strip(), kind, now)
    adopted = start_draft(ws, draft, now, adopt=adopt)
    staged, left_alone = _stage(ws, draft, now) if stage else (None, None)
    return Cloned(draft, adopted, staged, left_alone, recovered)


def _new_draft(ws: Workspace, day: dt.date, summary: str, kind: str, now: dt.datetime) -> Draft:
    release = (ws.release_ids() or ["none"])[-1]
    id_ = next_draft_id(ws, f"{day.isoformat()}-{slug(summary)}")
    base = Base(release, ws.bundle().digests)
    title = ws.config.title(day, summary)
    return Draft(draft=id_, title=title, kind=kind, owner=ws.me, created=now, base=base)


def next_draft_id(ws: Workspace, wanted: str) -> str:
    """A name that no draft, open or closed, has had."""
    branches = {*ws.git.refs("refs/heads/draft/"), *ws.git.refs("refs/remotes/origin/draft/")}
    taken = {ref.rpartition("/")[2] for ref in branches}
    taken |= {path.removeprefix("drafts/").removesuffix(".yaml") for path in ws.git.files(ws.main, "drafts")}
    name, n = wanted, 1
    while name in taken:
        n += 1
        name = f"{wanted}-{n}"
    return name


def start_draft(ws: Workspace, draft: Draft, now: dt.datetime, *, adopt: bool = False) -> tuple[str, ...]:
    """Makes a draft's branch on top of `main` and checks it out.

    Returns:
        The parts that were taken over from production, where they had been changed by hand.
    """
    files: dict[str, bytes | None] = {draft.path: write_record(draft).encode()}
    adopted = _adopted(ws) if adopt else {}
    if not adopt:
        require_no_drift(ws, LIVE)
    commit_draft(ws, draft, files, (ws.main,), f"draft: {draft.title}", now, old=None)
    if adopted:
        message = f"adopt what was changed in {LIVE}: {', '.join(adopted)}"
        commit_draft(ws, draft, _paths(adopted), (ws.tip(draft),), message, now, old=ws.tip(draft))
    ws.git.switch(draft.branch)
    push_draft(ws, draft)
    return tuple(adopted)


def _adopted(ws: Workspace) -> dict[str, str | None]:
    drift = drift_of(ws, LIVE)
    if drift.pending or drift.half_done:
        raise Stale("a promotion is under way", hint="`flowctl status` says what to do")
    return {part: drift.live.bundle.parts.get(part) for part in drift.parts}


def _paths(parts: dict[str, str | None]) -> dict[str, bytes | None]:
    return {path_of(part): None if text is None else text.encode() for part, text in parts.items()}


def commit_draft(
    ws: Workspace,
    draft: Draft,
    files: dict[str, bytes | None],
    parents: tuple[str, ...],
    message: str,
    now: dt.datetime,
    *,
    old: str | None,
) -> str:
    """Puts a commit on a draft's branch by compare-and-swap; the work tree follows when it is checked out.

    Args:
        parents: The first one's files are what the change is made upon.
        old: Where the branch is; None when it does not exist yet.
    """
    on_it = ws.git.head().branch == draft.branch
    person = GitPerson(ws.me.name, ws.me.email)
    tree = ws.git.write_tree(parents[0], files)
    new = ws.git.commit_tree(tree, parents, message, person, now, committer=person)
    ws.git.transaction([RefUpdate(draft.ref, new, old)], message=f"flowctl: {message}")
    if on_it:
        ws.git.refresh_worktree(old, new)
    return new


def push_draft(ws: Workspace, draft: Draft) -> None:
    """Shares a draft's branch, so that others see who works on what.

    Raises:
        Stale: Somebody else saved to the same draft first.
    """
    if ws.git.remote() is None:
        return
    theirs = ws.git.resolve(f"refs/remotes/origin/{draft.branch}")
    ours = ws.tip(draft)
    if theirs == ours:
        return
    if theirs and not ws.git.is_ancestor(theirs, ours):
        hint = f"`flowctl merge origin/{draft.branch}` takes it in"
        raise Stale(f"somebody else has saved to `{draft.title}`", hint=hint)
    ws.git.push_atomic([RefUpdate(draft.ref, ours, theirs)])


def _stage(ws: Workspace, draft: Draft, now: dt.datetime) -> tuple[Imported | None, str | None]:
    """Imports the draft into staging when nobody else's open draft is there."""
    if STAGING not in ws.config.environments:
        return None, None
    holder = staging_holder(ws, STAGING)
    if holder is not None:
        return None, f"staging holds the open draft `{holder.title}` of {holder.owner}"
    return import_into(ws, STAGING, draft, now), None


