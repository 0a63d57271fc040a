"""`status`, as text and as data."""

from __future__ import annotations

from collections.abc import Iterator

from flowctl.document import Json
from flowctl.flow.kinds import plain_fields
from flowctl.ops.status import DraftState, Status
from flowctl.render.console import Look, count
from flowctl.render.lists import blocks, listed, names, next_command, titled


def text(status: Status, look: Look) -> str:
    titles = [state.draft.title for state in status.drafts]
    drafts = "\n".join(_draft(state, titles.count(state.draft.title) > 1, look) for state in status.drafts)
    notes = listed("!", list(_notes(status)), look, "warning")
    return blocks(titled(_rows(status), look), drafts, notes, next_command(status.next, status.why, look))


def _rows(status: Status) -> Iterator[tuple[str, str]]:
    newest = status.newest
    if newest:
        yield "live", f"{newest.title} (release {newest.release}, by {newest.who})"
    else:
        yield "live", "nothing yet"
    if status.staged:
        yield "staging", status.staged
    if not status.drafts:
        yield "drafts", "none open"
    for step in status.recovered.steps:
        yield "recovered", step


def _draft(state: DraftState, with_id: bool, look: Look) -> str:
    """A draft in two lines; with its id where another one has the same title."""
    mark = look.paint("good", "*") if state.is_here else " "
    head = f"{mark} {look.paint('strong', state.draft.title)}"
    kind = "" if state.draft.kind == "weekly" else f"{state.draft.kind}, "
    changes = f"changes {names(state.parts)}" if state.parts else "changes nothing yet"
    id_ = f"{state.draft.draft}: " if with_id else ""
    return f"{head}\n{listed(' ', [f'{id_}{kind}by {state.draft.owner}, {changes}'], look)}"


def _notes(status: Status) -> Iterator[str]:
    drift = status.drift
    if drift.pending:
        yield f"release {drift.pending} is on main and not yet in {drift.environment}"
    if drift.half_done:
        yield f"a promotion is running, or was cut off: {drift.half_done}"
    if drift.parts:
        yield f"{drift.environment} was changed by hand: {names(drift.parts)}"
    if status.freeze:
        yield f"frozen until {status.freeze.to:%Y-%m-%d %H:%M} UTC: {status.freeze.reason}"
    if status.merge:
        left = f"{count(status.merge.open, 'conflict')} to settle" if status.merge.open else "its conflicts are settled"
        yield f"a merge of {status.merge.source} into {status.merge.draft} is under way: {left}"
    elif status.unsaved:
        more = ["others"] if len(status.unsaved) > 3 else []
        yield f"{count(len(status.unsaved), 'file')} with unsaved edits: {names([*status.unsaved[:3], *more])}"
    for state in status.drafts:
        yield from _draft_notes(state)
    if status.others:
        from flowctl.render import others  # knows edits; most drafts are in nobody's way

        yield from others.notes(status.others)


def _draft_notes(state: DraftState) -> Iterator[str]:
    if state.overlaps:
        by = f" (release {names(state.releases)})" if state.releases else ""
        yield f"`{state.draft.title}` is stale: live has changed {names(state.overlaps)}{by}"
    if state.barred:
        yield f"`{state.draft.title}` holds what was rolled back: {names(state.barred)}"


def data(status: Status) -> dict[str, Json]:
    drift = status.drift
    return {
        "live": status.newest and plain_fields(status.newest),
        "staging": status.staged,
        "drift": {"parts": list(drift.parts), "half_done": drift.half_done, "pending": drift.pending},
        "drafts": [_draft_data(state) for state in status.drafts],
        "unsaved": list(status.unsaved),
        "freeze": status.freeze and plain_fields(status.freeze),
        "recovered": list(status.recovered.steps),
        "others": _others_data(status),
        "merge": status.merge
        and {"source": status.merge.source, "draft": status.merge.draft, "open": status.merge.open},
        "next": {"command": status.next, "why": status.why},
    }


def _others_data(status: Status) -> Json:
    if not status.others:
        return []
    from flowctl.render import others

    return others.overlaps_data(status.others)


def _draft_data(state: DraftState) -> Json:
    return plain_fields(state.draft) | {
        "checked_out": state.is_here,
        "staged": state.is_staged,
        "changes": list(state.parts),
        "stale": list(state.overlaps),
        "stale_through": list(state.releases),
        "barred": list(state.barred),
    }
