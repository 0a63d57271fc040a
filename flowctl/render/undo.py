"""What was taken back, and what could be."""

from __future__ import annotations

from collections.abc import Iterator

from flowctl.document import Json
from flowctl.ops.undo import Done, Undone
from flowctl.render.console import Look, count, paragraph
from flowctl.render.lists import GOOD, blocks, listed, next_command
from flowctl.render.safe import safe


def undone_text(undone: Undone, look: Look) -> str:
    verb = "brought back" if undone.again else "took back"
    done = f"{look.paint('good', GOOD)} {verb} {look.paint('strong', safe(undone.operation.command))}"
    edits = [f"{count(len(undone.unsaved), 'file')} with unsaved edits: {_some(undone.unsaved)}"]
    return blocks(
        done,
        listed("·", undone.steps, look, "faint"),
        listed("!", [*undone.stays, *(edits if undone.unsaved else [])], look, "warning"),
        _next(undone, look),
    )


def _some(paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return ", ".join(paths[:3]) + more


def _next(undone: Undone, look: Look) -> str:
    if undone.again:
        return next_command("flowctl status", "", look)
    return next_command("flowctl status", "flowctl undo --redo brings it back", look)


def undone_data(undone: Undone) -> dict[str, Json]:
    return {
        "operation": undone.operation.number,
        "command": undone.operation.command,
        "again": undone.again,
        "steps": list(undone.steps),
        "stays": list(undone.stays),
        "unsaved": list(undone.unsaved),
    }


def operations_text(operations: tuple[Done, ...], look: Look) -> str:
    if not operations:
        return "nothing was done here yet that could be taken back"
    return blocks("\n".join(line for done in operations for line in _lines(done, look)), _which(operations, look))


def _which(operations: tuple[Done, ...], look: Look) -> str:
    """What to type to take back the newest one that can be: what an environment holds cannot."""
    standing = [d.operation for d in operations if not (d.is_undone or d.operation.undoes or d.operation.redoes)]
    here = [operation for operation in standing if any(effect.sort != "deploy" for effect in operation.effects)]
    if not here:
        return ""
    number = here[0].number
    command = "flowctl undo" if here[0] is standing[0] else f"flowctl undo {number}"
    return next_command(command, f"takes back {number}", look)


def _lines(done: Done, look: Look) -> Iterator[str]:
    operation = done.operation
    style = "faint" if done.is_undone else "strong"
    back = " (taken back)" if done.is_undone else ""
    when = f"{operation.when:%Y-%m-%d %H:%M}"
    head = f"{look.paint('name', str(operation.number).rjust(4))}  {look.paint('faint', when)}  "
    yield paragraph(safe(operation.command) + back, look.width, head, " " * 24).replace(
        safe(operation.command), look.paint(style, safe(operation.command)), 1
    )
    for phrase in done.did:
        yield paragraph(safe(phrase), look.width, " " * 24, " " * 26)


def operations_data(operations: tuple[Done, ...]) -> dict[str, Json]:
    return {
        "operations": [
            {
                "operation": done.operation.number,
                "command": done.operation.command,
                "when": done.operation.when.isoformat().replace("+00:00", "Z"),
                "did": list(done.did),
                "undone": done.is_undone,
                "is_undo": done.operation.undoes is not None,
                "is_redo": done.operation.redoes is not None,
            }
            for done in operations
        ]
    }
