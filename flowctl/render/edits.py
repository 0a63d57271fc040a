"""What differs between two bundles, part by part: text, Markdown and data. `diff`, `plan` and `drift` tell it alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from flowctl.diff import Edit, EntryEdit, PartDiff
from flowctl.document import Json
from flowctl.render.console import Look, count, paragraph
from flowctl.render.findings import findings
from flowctl.render.jsonout import diagnostic
from flowctl.render.safe import safe
from flowctl.render.words import marker, sentence

STYLES = {"+": "good", "-": "bad", "~": "warning", ">": "info", "=": "faint"}
_MARKDOWN = re.compile(r"([\\*_{}\[\]<>()#+!|~-])")


def text_of(diffs: Sequence[PartDiff], look: Look) -> str:
    """Each part with its edits; those that cannot move a lead come last and say so."""
    return "\n\n".join("\n".join(_part(diff, look)) for diff in diffs)


def _part(diff: PartDiff, look: Look) -> Iterator[str]:
    yield f"{look.paint('strong', safe(diff.part))}{look.paint('faint', _note(diff))}"
    if diff.problems:
        yield findings(diff.problems, look)
    for edit in in_order(diff):
        sign = marker(edit)
        yield paragraph(safe(sentence(edit)), look.width, f"  {look.paint(STYLES[sign], sign)} ", "    ")


def _note(diff: PartDiff) -> str:
    if diff.status == "unreadable":
        return "  cannot be read"
    if diff.status != "changed":
        return f"  {diff.status}"
    if not diff.edits:
        return "  written differently, says the same"
    return "  cosmetic: moves no lead" if diff.cosmetic else ""


def in_order(diff: PartDiff) -> list[Edit | EntryEdit]:
    """The edits that can move a lead, then the cosmetic ones; each group as people read the file."""
    return sorted(diff.edits, key=lambda edit: edit.cosmetic)


def headline(diffs: Sequence[PartDiff]) -> str:
    """How much differs, in a sentence."""
    if not diffs:
        return "no difference"
    edits = [edit for diff in diffs for edit in diff.edits]
    moving = sum(not edit.cosmetic for edit in edits)
    cosmetic = len(edits) - moving
    parts = f"{count(len(diffs), 'part')} {'differs' if len(diffs) == 1 else 'differ'}"
    return f"{parts}: {count(moving, 'change')} that can move leads, {cosmetic} cosmetic"


def markdown_of(diffs: Sequence[PartDiff]) -> str:
    """A list for each part."""
    return "\n\n".join("\n".join(_markdown(diff)) for diff in diffs)


def _markdown(diff: PartDiff) -> Iterator[str]:
    yield f"**{escaped(diff.part)}**{_note(diff)}"
    yield ""
    for problem in diff.problems:
        yield f"- `{problem.span}`: {escaped(problem.message)}"
    for edit in in_order(diff):
        yield f"- `{marker(edit)}` {_code_kept(sentence(edit))}"


def escaped(text: str) -> str:
    """A text that Markdown shows as it is."""
    return _MARKDOWN.sub(r"\\\1", safe(text)).replace("`", "\\`")


def _code_kept(words: str) -> str:
    """A sentence as Markdown: what stands in backticks stays as it is."""
    pieces = safe(words).split("`")
    return "`".join(piece if i % 2 else _MARKDOWN.sub(r"\\\1", piece) for i, piece in enumerate(pieces))


def data_of(diffs: Sequence[PartDiff]) -> Json:
    """The parts with their edits: the kind of each, its node, what it did in words."""
    return [
        {
            "part": diff.part,
            "status": diff.status,
            "cosmetic": diff.cosmetic,
            "problems": [diagnostic(problem) for problem in diff.problems],
            "edits": [_edit(edit) for edit in in_order(diff)],
        }
        for diff in diffs
    ]


def _edit(edit: Edit | EntryEdit) -> Json:
    return {
        "kind": _kebab(type(edit).__name__),
        "node": _node_id(edit),
        "cosmetic": edit.cosmetic,
        "words": sentence(edit),
    }


def _node_id(edit: Edit | EntryEdit) -> str | None:
    node = getattr(edit, "node", None)
    found = getattr(node, "id", node)
    return found if isinstance(found, str) else None


def _kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
