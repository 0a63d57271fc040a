"""Moves refs, all of them or none, each only from the value that the caller saw."""

from __future__ import annotations

from collections.abc import Sequence

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.history.command import Runner
from flowctl.history.errors import RefMoved
from flowctl.history.names import check_object, check_ref
from flowctl.history.objects import Objects


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """One ref's move. `old` None: it must not exist yet; `new` None: it is removed. Both are full object ids."""

    ref: str
    new: str | None
    old: str | None


def transaction(runner: Runner, objects: Objects, updates: Sequence[RefUpdate], *, message: str) -> None:
    """Moves the refs in one transaction of git; `message` goes to the reflog.

    Raises:
        RefMoved: A ref is not at its `old`; the error names each. Nothing was moved.
        LockHeld: A ref's lock did not go away within a second. Nothing was moved.
    """
    reason = message.partition("\n")[0].replace("\0", " ") or "flowctl"
    script = "".join(["start\0", *map(_line, updates), "prepare\0", "commit\0"])
    try:
        runner.run("update-ref", "-m", reason, "--stdin", "-z", stdin=script.encode())
    except FlowctlError as error:
        # git's words differ between versions and kinds of failure; what the refs are now does not
        if moved := _moved(objects, updates):
            raise moved from error
        raise


def _line(update: RefUpdate) -> str:
    ref = check_ref(update.ref)
    new = update.new and check_object(update.new)
    old = update.old and check_object(update.old)
    if new:
        return f"update {ref}\0{new}\0{old}\0" if old else f"create {ref}\0{new}\0"
    return f"delete {ref}\0{old}\0" if old else f"verify {ref}\0\0"


def _moved(objects: Objects, updates: Sequence[RefUpdate]) -> RefMoved | None:
    now = objects.heads([update.ref for update in updates])
    places = [(update, found.id if found else None) for update, found in zip(updates, now, strict=True)]
    differ = [(update, is_at) for update, is_at in places if is_at != update.old]
    if not differ:
        return None
    words = (f"`{update.ref}` is {_place(is_at)}, expected {_place(update.old)}" for update, is_at in differ)
    return RefMoved([update.ref for update, _ in differ], "; ".join(words))


def _place(object_id: str | None) -> str:
    return f"at {object_id[:10]}" if object_id else "absent"
