"""`undo`: takes back what the last command did here, or brings back what was taken back.

Each thing that a command did is taken back from where the command left it, and from nowhere else: what somebody has
moved since is not touched, and then nothing is. What others may have acted upon stays: a release, what is on `main`
for everybody, what an environment holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.history import Effect, Operation, PushRejected, RefUpdate, reversed_effects
from flowctl.history.operations import digest
from flowctl.ops import atomic
from flowctl.ops.branch import at_work, move_branch, switch
from flowctl.ops.journal import journaled
from flowctl.ops.merging.state import require_no_merge
from flowctl.ops.undoing.possible import LIST, held, overtaken, require_local, require_there
from flowctl.ops.undoing.words import did_in_words, said, short, stays_in_words
from flowctl.ops.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Done:
    """An operation as people read it: what it did in words, and whether it is taken back now."""

    operation: Operation
    did: tuple[str, ...]
    is_undone: bool


@dataclass(frozen=True, slots=True)
class Undone:
    """An operation that was taken back, or done `again`: what happened, in words, and what stays as it is.

    `unsaved` are the files with unsaved edits now.
    """

    operation: Operation
    again: bool
    steps: tuple[str, ...]
    stays: tuple[str, ...]
    unsaved: tuple[str, ...]


def operations(ws: Workspace, limit: int | None = None) -> tuple[Done, ...]:
    """What commands did in this work tree, newest first."""
    log = ws.git.operations.here()
    undone = {operation.id for operation, _ in _history(log).undone}
    newest = log[::-1][:limit]
    return tuple(Done(operation, tuple(did_in_words(ws, operation)), operation.id in undone) for operation in newest)


@dataclass(frozen=True, slots=True)
class _History:
    """The operations that stand, and those that were taken back, each with the operation that did it."""

    standing: tuple[Operation, ...]
    undone: tuple[tuple[Operation, Operation], ...]
    newer: bool  # something else was done since the last one was taken back


def _history(log: Sequence[Operation]) -> _History:
    by_id = {operation.id: operation for operation in log}
    standing: dict[str, Operation] = {}
    undone: dict[str, Operation] = {}
    newer = False
    for operation in log:
        target = by_id.get(operation.undoes or operation.redoes or "")
        if operation.undoes or operation.redoes:
            if target is None:  # forgotten by now
                continue
            before, after = (standing, undone) if operation.undoes else (undone, standing)
            before.pop(target.id, None)
            after[target.id] = operation if operation.undoes else target
            newer = False
        else:
            standing[operation.id] = operation
            newer = True
    in_order = sorted(standing.values(), key=lambda operation: operation.number)
    return _History(tuple(in_order), tuple((by_id[id_], by) for id_, by in undone.items()), newer)


def undo(ws: Workspace, number: int | None = None) -> Undone:
    """Takes the last operation back, or the one of a number.

    Raises:
        Stale: Something that it moved is elsewhere by now. Nothing was changed.
        FlowctlError: There is none; it cannot be taken back; unsaved edits are in the way. Nothing was changed.
    """
    with at_work(ws, "undo"):
        found = _history(ws.git.operations.here())
        target = _target(found.standing, number)
        return _undone(ws, target, reversed_effects(target.effects), again=False)


def redo(ws: Workspace) -> Undone:
    """Brings back what the last `undo` took back.

    Raises:
        Stale, FlowctlError: As in `undo`.
    """
    with at_work(ws, "undo"):
        found = _history(ws.git.operations.here())
        if not found.undone or found.newer:
            why = "something was done since" if found.undone else "nothing was taken back"
            raise FlowctlError(f"there is nothing to bring back: {why}", hint=LIST)
        target, by = found.undone[-1]
        return _undone(ws, target, reversed_effects(by.effects), again=True)


def _target(standing: Sequence[Operation], number: int | None) -> Operation:
    wanted = standing if number is None else [one for one in standing if one.number == number]
    if not wanted:
        what = "there is nothing to take back" if number is None else f"there is no operation {number} to take back"
        raise FlowctlError(what, hint=LIST)
    return wanted[-1]


def _undone(ws: Workspace, target: Operation, effects: Sequence[Effect], *, again: bool) -> Undone:
    require_no_merge(ws.git)
    ws.git.require_calm()
    require_local(target)
    doing = [effect for effect in effects if effect.sort != "deploy"]
    for effect in doing:
        require_there(ws, effect, doing)
    ws.git.operations.takes_back(target, again=again)
    with journaled(ws.root, "undo"):
        steps = tuple(_apply(ws, doing))
    return Undone(target, again, steps, () if again else tuple(stays_in_words(target)), ws.unsaved())


# Doing it ------------------------------------------------------------------------------------------------------------


def _apply(ws: Workspace, effects: Sequence[Effect]) -> Iterator[str]:
    """Does what the effects say: first what others decide, then branches that are needed, HEAD, the rest, files."""
    refs = [effect for effect in effects if effect.sort == "ref"]
    yield from _push(ws, [effect for effect in effects if effect.sort == "push"])
    for effect in refs:
        if effect.old is None:
            yield _move(ws, effect)
    for effect in effects:
        if effect.sort == "head":
            assert effect.new is not None, "HEAD is always somewhere"
            switch(ws, effect.new)
            yield f"you are on `{effect.new}` again"
    for effect in refs:
        if effect.old is not None:
            yield _move(ws, effect)
    for effect in effects:
        if effect.sort == "file":
            yield from _write(ws, effect)


def _push(ws: Workspace, effects: Sequence[Effect]) -> Iterator[str]:
    if not effects:
        return
    try:
        ws.git.push_atomic([RefUpdate(effect.name, effect.new, effect.old) for effect in effects])
    except PushRejected as error:
        raise overtaken(effects[0]) from error
    for effect in effects:
        yield f"`{short(effect.name)}` is {'as before' if effect.new else 'gone'} on the remote, too"


def _move(ws: Workspace, effect: Effect) -> str:
    name = short(effect.name)
    if effect.is_soft:
        with ws.git.operations.of_files_that_stay():
            ws.git.transaction([RefUpdate(effect.name, effect.new, effect.old)], message="flowctl: undo")
        ws.git.reset_index()
        return f"`{name}` is at {said(ws, effect.new)}; the files stay as they are"
    if effect.new is None:
        ws.git.transaction([RefUpdate(effect.name, None, effect.old)], message="flowctl: undo")
        return f"`{name}` is gone"
    move_branch(ws, effect.name, effect.old, effect.new, doing="undo")
    return f"`{name}` is back" if effect.old is None else f"`{name}` is at {said(ws, effect.new)}"


def _write(ws: Workspace, effect: Effect) -> Iterator[str]:
    """Puts a file as it was. What was edited since a save stays: it is an unsaved edit like the others."""
    if digest(held(ws, effect.name)) != effect.old:
        return
    data = ws.git.operations.content(effect.new) if effect.new else None
    if data is None and effect.new is None:
        atomic.remove(ws, effect.name)
        yield f"`{effect.name}` is gone"
    elif data is not None:
        atomic.write(ws, effect.name, data)
        yield f"`{effect.name}` is as before"
