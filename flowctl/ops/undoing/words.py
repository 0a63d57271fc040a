"""What operations did, in words."""

from __future__ import annotations

from collections.abc import Iterator

from flowctl.history import Effect, Operation, in_all
from flowctl.ops.branch import HEADS
from flowctl.ops.workspace import MAIN, MAIN_REF, Workspace

RELEASES = "refs/tags/live/"


def did_in_words(ws: Workspace, operation: Operation) -> Iterator[str]:
    """What an operation did, a phrase for each thing."""
    effects = in_all(operation.effects)
    if releases := [e.name.removeprefix(RELEASES) for e in effects if e.name.startswith(RELEASES)]:
        yield f"released {', '.join(sorted(set(releases)))}"
        return
    for effect in effects:
        match effect.sort:
            case "ref" if effect.name != MAIN_REF or not effect.old:
                yield _ref(ws, effect)
            case "ref":
                yield f"`{MAIN}`: {said(ws, effect.new)}"
            case "head":
                yield f"went to `{effect.new}`"
            case "file":
                yield f"{'wrote' if effect.new else 'removed'} {effect.name}"
            case "push":
                yield f"{'shared' if effect.new else 'stopped sharing'} `{short(effect.name)}`"
            case "deploy":
                yield f"put it into {effect.name}"


def _ref(ws: Workspace, effect: Effect) -> str:
    name = short(effect.name)
    if effect.old is None:
        return f"made `{name}`"
    if effect.new is None:
        return f"removed `{name}`"
    return f"`{name}`: {said(ws, effect.new)}"


def said(ws: Workspace, commit: str | None) -> str:
    """A commit by its message, for people; by its id when it is gone from this clone."""
    if commit is None or ws.git.resolve(commit) is None:
        return (commit or "nothing")[:10]
    return f"“{ws.git.commit_info(commit).subject}”"


def stays_in_words(target: Operation) -> Iterator[str]:
    for effect in target.effects:
        if effect.sort == "deploy":
            yield f"{effect.name} still holds it: `flowctl import --into {effect.name}` from another draft replaces it"


def short(ref: str) -> str:
    return ref.removeprefix(HEADS)


def way_to(ref: str) -> str:
    return f"`flowctl switch {short(ref)}`"
