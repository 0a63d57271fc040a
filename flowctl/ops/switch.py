"""`switch`: goes to an open draft, or back to `main`."""

from __future__ import annotations

from flowctl.data import dataclass
from flowctl.diag import FlowctlError, did_you_mean
from flowctl.history import RefUpdate
from flowctl.ops.branch import at_work, switch
from flowctl.ops.records import Draft
from flowctl.ops.versions import find_draft
from flowctl.ops.workspace import MAIN, Workspace


@dataclass(frozen=True, slots=True)
class Switched:
    """Where the work tree stands now; `draft` is None on `main`. Not `moved` when it stood there already."""

    branch: str
    draft: Draft | None
    moved: bool
    recovered: tuple[str, ...]


def switch_to(ws: Workspace, name: str) -> Switched:
    """Checks an open draft out, or `main`.

    Args:
        name: `main`; or a draft's id, branch, title or day, with an `@` in front or not; or a piece of one draft's id.

    Raises:
        FlowctlError: There are unsaved edits, or the name stands for no open draft, or for several.
    """
    draft = None if name == MAIN else require_draft_named(ws, name)
    branch = draft.branch if draft else MAIN
    if ws.git.head().branch == branch:
        return Switched(branch, draft, False, ())
    with at_work(ws, f"switch to {branch}") as steps:
        _require_saved(ws)
        if draft and ws.git.resolve(draft.ref) is None:  # a colleague's, known from the remote only
            ws.git.transaction([RefUpdate(draft.ref, ws.tip(draft), None)], message=f"flowctl: take up {branch}")
        switch(ws, branch)
    return Switched(branch, draft, True, tuple(steps))


def _require_saved(ws: Workspace) -> None:
    """As `ws.require_saved`; edits on `main` cannot be saved, so that the hint is another one."""
    if ws.current_draft() is None and (edits := ws.unsaved()):
        more, have = (f" and {len(edits) - 1} more", "have") if len(edits) > 1 else ("", "has")
        hint = "`git stash` puts them aside, `git stash pop` brings them back on the draft"
        raise FlowctlError(f"`{edits[0]}`{more} {have} edits that belong to no draft", hint=hint)
    ws.require_saved()


def require_draft_named(ws: Workspace, name: str) -> Draft:
    """The open draft that a name, or a piece of an id, stands for.

    Raises:
        FlowctlError: None, or several.
    """
    wanted = name.removeprefix("@")
    if name == "@draft" or (found := find_draft(ws, wanted)) is None:
        found = _by_piece(ws, wanted) if name != "@draft" else ws.require_draft()
    return found


def _by_piece(ws: Workspace, wanted: str) -> Draft:
    open_ = ws.drafts()
    close = [draft for draft in open_ if wanted and wanted.casefold() in draft.draft]
    if len(close) == 1:
        return close[0]
    if close:
        ids = ", ".join(f"`{draft.draft}`" for draft in close)
        hint = f"`flowctl switch {close[0].draft}`"
        raise FlowctlError(f"`{wanted}` stands for {len(close)} drafts: {ids}", hint=hint)
    if ws.is_closed(id_ := wanted.removeprefix("draft/")):
        raise ws.shipped(id_)
    raise FlowctlError(f"there is no open draft `{wanted}`", hint=_known(wanted, open_))


def _known(wanted: str, open_: tuple[Draft, ...]) -> str:
    ids = [draft.draft for draft in open_]
    return did_you_mean(wanted, [*ids, MAIN]) or f"open drafts: {', '.join(ids) or 'none'}; and `{MAIN}`"


def names_to_switch_to(ws: Workspace) -> tuple[tuple[str, str], ...]:
    """What may be typed behind `switch`, each with what it is: the open drafts, and `main`."""
    return (*((draft.draft, draft.title) for draft in ws.drafts()), (MAIN, "what is live"))
