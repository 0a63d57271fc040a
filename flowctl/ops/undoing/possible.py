"""Whether an operation can be taken back: each thing must be where it left it, and no unsaved edit in the way."""

from __future__ import annotations

from collections.abc import Sequence

from flowctl.diag import FlowctlError, Stale
from flowctl.history import Effect, Operation, in_all
from flowctl.history.operations import digest
from flowctl.ops.branch import HEADS, require_saved, standing_on
from flowctl.ops.undoing.words import RELEASES, short, way_to
from flowctl.ops.workspace import LIVE, MAIN, Workspace

DRAFTS = f"{HEADS}draft/"
REMOTE = "refs/remotes/origin/"
LIST = "`flowctl undo --list` says what was done"


def require_local(target: Operation) -> None:
    """Refuses what has left this machine."""
    effects = in_all(target.effects)
    cannot = f"`{target.command}` cannot be taken back"
    if any(effect.name.startswith(RELEASES) for effect in effects):
        hint = f'`flowctl rollback {LIVE} --reason "…"` goes back to an older release'
        raise FlowctlError(f"{cannot}: a release is live", hint=hint)
    if shared := next((e for e in effects if e.sort == "push" and not e.name.startswith(DRAFTS)), None):
        raise FlowctlError(f"{cannot}: `{short(shared.name)}` is shared with everybody", hint=_instead(target, shared))
    if effects and all(effect.sort == "deploy" for effect in effects):
        place = effects[0].name
        hint = f"`flowctl import --into {place}` from another draft; `flowctl undo --list` says what was done before"
        raise FlowctlError(f"{cannot}: {place} holds the draft now", hint=hint)


def _instead(target: Operation, shared: Effect) -> str:
    """What takes back what others see, openly."""
    if short(shared.name).startswith("release/"):
        return f"`flowctl promote --to {LIVE} --abandon` takes the proposal back"
    freeze = "`flowctl freeze lift` ends a freeze"
    return freeze if target.command.startswith("flowctl freeze") else "`flowctl status` says what is next"


def require_there(ws: Workspace, effect: Effect, all_: Sequence[Effect]) -> None:
    """Refuses when a thing is not where the operation left it, or an edit is in the way."""
    match effect.sort:
        case "ref":
            _require_ref(ws, effect, all_)
        case "head":
            _require_head(ws, effect, all_)
        case "file":
            _require_file(ws, effect, lenient=any(other.is_soft for other in all_))
        case "push":
            _require_remote(ws, effect)


def _require_ref(ws: Workspace, effect: Effect, all_: Sequence[Effect]) -> None:
    here = ws.git.head().ref == effect.name
    if ws.git.resolve(effect.name) != effect.old:
        moved = "is gone" if ws.git.resolve(effect.name) is None else "has moved on"
        raise Stale(f"`{short(effect.name)}` {moved} since", hint=LIST)
    if effect.is_soft and not here:
        raise FlowctlError(f"that was done on `{short(effect.name)}`", hint=way_to(effect.name))
    leaves = any(other.sort == "head" for other in all_)
    if effect.new is None and not leaves and (here or ws.git.checked_out_elsewhere(short(effect.name))):
        raise FlowctlError(f"`{short(effect.name)}` is checked out", hint=f"`flowctl switch {MAIN}`")
    if effect.old and effect.new and not effect.is_soft:
        with standing_on(ws, effect.name) as tree:
            if tree is not None:
                require_saved(tree, tree.changed_paths(effect.old, effect.new))


def _require_head(ws: Workspace, effect: Effect, all_: Sequence[Effect]) -> None:
    head = ws.git.head()
    if (head.branch or head.commit) != effect.old:
        where = effect.old or "a branch"
        raise Stale(f"you are not on `{where}` any more", hint=way_to(f"{HEADS}{where}"))
    back = effect.new or ""
    if ws.git.resolve(f"{HEADS}{back}") is None and not any(e.sort == "ref" and short(e.name) == back for e in all_):
        raise FlowctlError(f"there is no branch `{back}` to go back to", hint=f"`git switch --detach {back}`")
    if folder := ws.git.checked_out_elsewhere(back):
        raise FlowctlError(f"`{back}` is checked out in `{folder}`", hint="switch that one first")
    require_saved(ws.git)


def _require_file(ws: Workspace, effect: Effect, *, lenient: bool) -> None:
    if effect.on != ws.git.head().branch:
        raise FlowctlError(f"that was done on `{effect.on}`", hint=way_to(f"{HEADS}{effect.on}"))
    if lenient:
        return
    if digest(held(ws, effect.name)) != effect.old:
        hint = f"`git diff {effect.name}` shows the edits; make this one by hand"
        raise Stale(f"`{effect.name}` was edited since", hint=hint)
    if effect.new and ws.git.operations.content(effect.new) is None:
        raise FlowctlError(
            f"what `{effect.name}` held before was forgotten", hint=f"`git log -p {effect.name}` shows it"
        )


def _require_remote(ws: Workspace, effect: Effect) -> None:
    if ws.git.remote() is None:
        raise FlowctlError("the remote is gone, to which that was shared", hint="`git remote add origin URL`")
    ws.git.fetch()
    theirs = ws.git.resolve(f"{REMOTE}{short(effect.name)}")
    if theirs != effect.old:
        raise overtaken(effect)


def overtaken(effect: Effect) -> Stale:
    name = short(effect.name)
    return Stale(
        f"somebody else has changed `{name}` on the remote since", hint=f"`flowctl merge origin/{name}` takes it in"
    )


def held(ws: Workspace, path: str) -> bytes | None:
    file = ws.root / path
    return file.read_bytes() if file.is_file() else None
