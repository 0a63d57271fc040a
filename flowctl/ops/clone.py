"""`clone`: a draft made from live, and put into staging."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from flowctl.data import dataclass
from flowctl.diag import Blocked, FlowctlError, Stale
from flowctl.flow import content_digest, path_of
from flowctl.history import Person as GitPerson
from flowctl.history import RefUpdate
from flowctl.ops.branch import at_work, move_branch, switch
from flowctl.ops.drift import drift_of, told_releases
from flowctl.ops.importing import Imported, import_into, staging_holder
from flowctl.ops.plan import require_no_drift
from flowctl.ops.records import Base, Draft, slug, write_record
from flowctl.ops.recover import Recovered, take_up
from flowctl.ops.trunk import sync
from flowctl.ops.workspace import LIVE, STAGING, Workspace, monday_after


@dataclass(frozen=True, slots=True)
class Cloned:
    """A new draft. `staged` is what importing it did; `left_alone` says why staging was not touched."""

    draft: Draft
    adopted: tuple[str, ...]
    staged: Imported | None
    left_alone: str | None
    recovered: Recovered
    past: dt.date | None = None  # the day in the title, when that is over


YEAR = dt.timedelta(days=366)  # nobody plans so far ahead: the year was misspelt


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
        FlowctlError: Unsaved edits, no identity, no summary, a draft of that name is open already; or `on` is more
            than a year away.
    """
    if not summary.strip():
        raise FlowctlError("a draft needs a summary", hint='`--summary "what the week is about"`')
    if on and abs(on - now.date()) > YEAR:
        hint = f"today is {now.date()}; without `--on` it is the next Monday"
        raise FlowctlError(f"{on} is more than a year away", hint=hint)
    with at_work(ws, "clone") as steps:
        ws.require_saved()
        sync(ws)
        recovered = take_up(ws, now)
        day = on or (monday_after(now.date()) if kind != "hotfix" else now.date())
        adopted = _adopted(ws) if adopt else {}
        if not adopt:
            require_no_drift(ws)
        draft = _new_draft(ws, day, summary.strip(), kind, adopted, now)
        start_draft(ws, draft, adopted, now)
        staged, left_alone = _stage(ws, draft, now) if stage else (None, None)
    recovered = replace(recovered, steps=(*steps, *recovered.steps))
    return Cloned(draft, tuple(adopted), staged, left_alone, recovered, day if day < now.date() else None)


def _new_draft(
    ws: Workspace, day: dt.date, summary: str, kind: str, adopted: Mapping[str, str | None], now: dt.datetime
) -> Draft:
    id_ = next_draft_id(ws, f"{day.isoformat()}-{slug(summary)}")
    title = ws.config.title(day, summary)
    digests = {part: text and content_digest(part, text) for part, text in adopted.items()}
    return Draft(draft=id_, title=title, kind=kind, owner=ws.me, created=now, base=based_on(live_base(ws), digests))


def based_on(base: Base, adopted: Mapping[str, str | None]) -> Base:
    """A base with the digests of the parts that a draft took over from production, as they were there."""
    digests = {**base.parts, **adopted}
    return replace(base, parts={part: digest for part, digest in sorted(digests.items()) if digest is not None})


def live_base(ws: Workspace) -> Base:
    """What a draft of live begins from.

    Raises:
        Blocked: A release is on `main` and not yet in production: nobody knows whether it will be.
    """
    applied, pending = told_releases(ws)
    if pending:
        hint = f"`flowctl promote --to {LIVE} --finish`, or `--abandon`"
        raise Blocked(f"release `{pending[-1]}` is pending: it is on `main` and not in {LIVE}", hint=hint)
    return Base(applied[-1], ws.bundle().digests)


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


def start_draft(ws: Workspace, draft: Draft, adopted: Mapping[str, str | None], now: dt.datetime) -> None:
    """Makes a draft's branch on top of `main`, shares it, and checks it out.

    Args:
        adopted: Texts of parts to begin with, in a commit of their own; None takes a part out.

    Raises:
        Stale: Somebody else made a draft of that name just now. Nothing was made.
        Unfinished: The draft is made, and its files could not be written.
    """
    tip = made_commit(ws, {draft.path: write_record(draft).encode()}, (ws.main,), f"draft: {draft.title}", now)
    if adopted:
        message = f"adopt what was changed in {LIVE}: {', '.join(adopted)}"
        files = {path_of(part): None if text is None else text.encode() for part, text in adopted.items()}
        tip = made_commit(ws, files, (tip,), message, now)
    move_branch(ws, draft.ref, None, tip, doing=f"make {draft.branch}")
    try:
        push_draft(ws, draft)
    except FlowctlError:
        ws.git.transaction([RefUpdate(draft.ref, None, tip)], message="flowctl: not made")
        raise
    switch(ws, draft.branch)


def _adopted(ws: Workspace) -> dict[str, str | None]:
    """The texts of the parts that were changed by hand in production."""
    drift = drift_of(ws)
    if drift.half_done:
        raise Blocked(f"the promotion `{drift.half_done}` is running, or was cut off", hint="`flowctl status`")
    return {part: drift.live.bundle.parts.get(part) for part in drift.parts}


def commit_draft(
    ws: Workspace,
    draft: Draft,
    files: Mapping[str, bytes | None],
    parents: tuple[str, ...],
    message: str,
    now: dt.datetime,
    *,
    old: str | None,
    is_written: bool = False,
) -> str:
    """Puts a commit on a draft's branch by compare-and-swap; the work tree follows when it is checked out.

    Args:
        parents: The first one's files are what the change is made upon.
        old: Where the branch is; None when it does not exist yet.
        is_written: The edits of the work tree are among the files.
    """
    new = made_commit(ws, files, parents, message, now)
    move_branch(ws, draft.ref, old, new, doing=message, is_written=is_written)
    return new


def made_commit(
    ws: Workspace, files: Mapping[str, bytes | None], parents: tuple[str, ...], message: str, now: dt.datetime
) -> str:
    """A commit of ours that changes files of the first parent; no branch points at it yet."""
    person = GitPerson(ws.me.name, ws.me.email)
    tree = ws.git.write_tree(parents[0], files)
    return ws.git.commit_tree(tree, parents, message, person, now, committer=person)


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
