"""What differs between two bundles, part by part: text, Markdown and data. `diff`, `plan` and `drift` tell it alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from flowctl.diff import Edit, EntryEdit, PartDiff
from flowctl.diff.edits import EntryChanged, HeaderChanged, NodesReordered, ValueChanged
from flowctl.document import Json
from flowctl.render.console import Look, count, paragraph, plural
from flowctl.render.findings import findings
from flowctl.render.jsonout import diagnostic
from flowctl.render.markdown import code, escaped
from flowctl.render.safe import safe
from flowctl.render.words import marker, sentence

__all__ = ["STYLES", "data_of", "edit_data", "escaped", "headline", "markdown_of", "text_of", "with_code"]

STYLES = {"+": "good", "-": "bad", "~": "warning", ">": "info", "=": "faint", "!": "error"}
STATUS = {"added": ("+", "new"), "removed": ("-", "gone"), "unreadable": ("!", "cannot be read")}
COSMETIC = "cosmetic, moves no lead"
REWRITTEN = "written differently, says the same"


def text_of(diffs: Sequence[PartDiff], look: Look, cosmetic: bool = False) -> str:
    """The differences of parts, a block for each.

    Args:
        cosmetic: Whether edits that cannot move a lead are told one by one; they are told in one line otherwise.
    """
    return "\n\n".join("\n".join(_part(diff, look, cosmetic)) for diff in diffs)


def _part(diff: PartDiff, look: Look, cosmetic: bool) -> Iterator[str]:
    name = look.paint("strong", safe(diff.part))
    if diff.status != "changed":
        sign, word = STATUS[diff.status]
        yield f"{name}  {look.paint(STYLES[sign], f'{sign} {word}')}"
        if diff.problems:
            yield findings(diff.problems, look)
        return
    yield name
    for edit in in_order(diff):
        if cosmetic or not edit.cosmetic:
            yield _line(marker(edit), sentence(edit), look)
    if not cosmetic and (rest := folded(diff.edits)):
        yield _line("=", f"{COSMETIC}: {rest}", look)
    if not diff.edits:
        yield _line("=", REWRITTEN, look)


def _line(sign: str, said: str, look: Look) -> str:
    return paragraph(safe(said), look.width, f"  {look.paint(STYLES[sign], sign)} ", "    ")


def in_order(diff: PartDiff) -> list[Edit | EntryEdit]:
    """The edits that can move a lead, then the cosmetic ones; each group as people read the file."""
    return sorted(diff.edits, key=lambda edit: edit.cosmetic)


def folded(edits: Sequence[Edit | EntryEdit]) -> str:
    """What the cosmetic ones of some edits are about: `title, 2 labels, order of the nodes`."""
    topics = Counter(_topic(edit) for edit in edits if edit.cosmetic)
    return ", ".join(topic if n == 1 else f"{n} {_many(topic)}" for topic, n in topics.items())


def _many(topic: str) -> str:
    return topic if topic.endswith("s") else plural(topic)


def _topic(edit: Edit | EntryEdit) -> str:
    """What a cosmetic edit is about, in a word or two. Only these kinds can be cosmetic."""
    if isinstance(edit, HeaderChanged):
        return edit.key
    if isinstance(edit, NodesReordered):
        return "order of the nodes"
    if isinstance(edit, (ValueChanged, EntryChanged)):
        return next((str(step) for step in reversed(edit.path) if isinstance(step, str)), "value")
    return "change"


def headline(diffs: Sequence[PartDiff]) -> str:
    """How much differs, in a sentence."""
    if not diffs:
        return "no difference"
    edits = [edit for diff in diffs for edit in diff.edits]
    cosmetic = sum(edit.cosmetic for edit in edits)
    whole = sum(diff.status != "changed" for diff in diffs)
    parts = f"{count(len(diffs), 'part')} {'differs' if len(diffs) == 1 else 'differ'}"
    return f"{parts}: {count(len(edits) - cosmetic + whole, 'change')} that can move leads, {cosmetic} cosmetic"


# Markdown -------------------------------------------------------------------------------------------------------


def markdown_of(diffs: Sequence[PartDiff]) -> str:
    """The differences of parts, a list for each."""
    return "\n\n".join("\n".join(_markdown(diff)) for diff in diffs)


def _markdown(diff: PartDiff) -> Iterator[str]:
    word = f" {STATUS[diff.status][1]}" if diff.status != "changed" else ""
    yield f"**{code(diff.part)}**{word}"
    if diff.problems or diff.status == "changed":
        yield ""
    for problem in diff.problems:
        yield f"- {code(str(problem.span))}: {escaped(problem.message)}"
    for edit in in_order(diff):
        if not edit.cosmetic:
            yield f"- `{marker(edit)}` {with_code(sentence(edit))}"
    if rest := folded(diff.edits):
        yield f"- `=` {COSMETIC}: {escaped(rest)}"
    if diff.status == "changed" and not diff.edits:
        yield f"- `=` {REWRITTEN}"


def with_code(words: str) -> str:
    """A sentence as Markdown: what stands in backticks is code, the rest is text."""
    pieces = safe(words).split("`")
    return "`".join(piece if i % 2 else escaped(piece) for i, piece in enumerate(pieces))


# Data -----------------------------------------------------------------------------------------------------------


def data_of(diffs: Sequence[PartDiff]) -> Json:
    """The parts with their edits: the kind of each, its node, what it did in words."""
    return [
        {
            "part": diff.part,
            "status": diff.status,
            "cosmetic": diff.cosmetic,
            "problems": [diagnostic(problem) for problem in diff.problems],
            "edits": [edit_data(edit) for edit in in_order(diff)],
        }
        for diff in diffs
    ]


def edit_data(edit: Edit | EntryEdit) -> Json:
    """An edit: its kind, its node, what it did in words."""
    return {
        "kind": _kebab(type(edit).__name__),
        "node": edit.node,
        "cosmetic": edit.cosmetic,
        "marker": marker(edit),
        "words": sentence(edit),
    }


def _kebab(name: str) -> str:
    """`NodeAdded` as `node-added`."""
    return "".join(f"-{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))
