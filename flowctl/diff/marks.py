"""Conflicts as they stand in a file until somebody settles them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from flowctl import document as yaml
from flowctl.diff.decisions import Side
from flowctl.diff.layout import Entry, line_end, shifted
from flowctl.document import Scalar, Sequence, Splice
from flowctl.document.marks import SIDES, Mark, SheetMark, find_sheet_marks

HOW = "keep one of them in the place of `conflict:`"
_MARK = re.compile(r"(?m)^ *(?:- +)?conflict:")


def unsettled(path: str, text: str) -> tuple[str, ...]:
    """The addresses of the conflicts that still stand in the text of a file, in order.

    Of a file that has some and cannot be read, the address is ``.
    """
    if "conflict" not in text:
        return ()
    if path.endswith(".csv"):
        return tuple(dict.fromkeys(mark.address for mark in find_sheet_marks(text)))
    if not _is_ours(path, text):
        return ()
    document = yaml.read(path, text)
    found = tuple(dict.fromkeys(mark.address for mark in document.marks))
    return found or (("",) if document.root is None and document.problems and _MARK.search(text) else ())


def settle(path: str, text: str, take: Mapping[str, Side]) -> str:
    """The text with one side of conflicts in their place; an address stands for all below it, `` for the file.

    An empty text is a file that this side does not have.
    """
    while True:
        edits = list(_sheet_edits(text, take) if path.endswith(".csv") else _edits(path, text, take))
        if not edits:
            return text
        text = yaml.splice(text, edits)


def side_for(address: str, take: Mapping[str, Side]) -> Side | None:
    """The side that is to be taken at an address, by the longest of the addresses that stand for it."""
    steps = [at for at, char in enumerate(address) if char == "/"]
    above = (address[:at] for at in reversed(steps))
    return next((take[name] for name in (address, *above, "") if name in take), None)


def _is_ours(path: str, text: str) -> bool:
    """Whether its conflicts can stand anywhere; of other files they are of the whole file."""
    return path.endswith((".yaml", ".yml")) or "." not in path.rpartition("/")[2] or text.startswith("conflict:")


def _edits(path: str, text: str, take: Mapping[str, Side]) -> Iterator[Splice]:
    """What settles the outermost conflicts that are settled at all."""
    if "conflict" not in text or not _is_ours(path, text):
        return
    done = -1
    for mark in yaml.read(path, text).marks:
        side = side_for(mark.address, take)
        if side and mark.value.start >= done:
            edit = _settled(text, mark, side)
            done = edit.end
            yield edit


def _settled(text: str, mark: Mark, side: Side) -> Splice:
    found = mark.sides.entries.get(side)
    if mark.at is None:
        return Splice(0, len(text), _whole(text, found[1]) if found else "")
    if mark.value.flow:
        return Splice(mark.value.start, mark.value.end, text[found[1].start : found[1].end] if found else "null")
    start, column, end = _lines(text, mark)
    if found is None:
        return _removed(text, mark, start, column, end)
    key, value = found
    first = text.rfind("\n", 0, key.start) + 1
    body = text[first : yaml.entry_lines(text, key, value)[1]]
    if isinstance(mark.at, Scalar):
        body = shifted(body, column - (key.start - first))
        name = text[start : mark.at.end]  # of the first key of an item with its dash
        return Splice(start, end, name + body[column + key.end - key.start :])
    return Splice(start, end, _item(text, body, column, first, key, value))


def _whole(text: str, side: yaml.Tree) -> str:
    if isinstance(side, Scalar):
        return side.text
    first = text.rfind("\n", 0, side.start) + 1
    return shifted(text[first : line_end(text, yaml.content_end(text, side))], first - side.start)


def _lines(text: str, mark: Mark) -> tuple[int, int, int]:
    """Where the lines of the disputed entry begin, at which column the entry does, and where they end."""
    end = line_end(text, yaml.content_end(text, mark.value))
    if isinstance(mark.at, Scalar):
        start = text.rfind("\n", 0, mark.at.start) + 1
        return start, mark.at.start - start, end
    *_, last = re.finditer(r"(?m)^ *-(?= *(?:#.*)?$| +\S)", text[: mark.value.start])
    return last.start(), last.end() - 1 - last.start(), end


def _item(text: str, body: str, column: int, first: int, key: Scalar, value: yaml.Tree) -> str:
    """A side of a disputed item as an item again."""
    if value.start < line_end(text, key.start):
        below = shifted(body[value.start - first :], column - (key.start - first))
        return f"{' ' * column}- {below.lstrip(' ')}"
    lines = body[line_end(text, key.start) - first :]
    inside = value.start - (text.rfind("\n", 0, value.start) + 1)
    lines = shifted(lines, column + 2 - inside)
    return lines[:column] + "-" + lines[column + 1 :]


def _removed(text: str, mark: Mark, start: int, column: int, end: int) -> Splice:
    """The entry taken out with the comments above it; where it was the last one, brackets stand for it."""
    above = yaml.with_comments_above(text, start, column)
    holder = mark.holder
    alone = len(holder.items if isinstance(holder, Sequence) else holder.entries) == 1 if holder else False  # type: ignore[union-attr]
    opens = list(re.finditer(r"(?m):(?=[ \t]*(?:#.*)?$)", text[:above]))
    if not alone or not opens:
        return _taken_out(text, above, start, column, end)
    at = opens[-1].end()
    return Splice(at, end, f" {'[]' if isinstance(holder, Sequence) else '{}'}{text[at:above]}")


def _taken_out(text: str, above: int, start: int, column: int, end: int) -> Splice:
    if text[start : start + column].strip():  # the first key of an item: the next one gets its dash
        return Splice(start, min(end + column, len(text)), text[start : start + column])
    if text.endswith("\n\n", 0, above) and (text.startswith("\n", end) or end == len(text)):
        above -= 1
    return Splice(above, end, "")


def _sheet_edits(text: str, take: Mapping[str, Side]) -> Iterator[Splice]:
    for mark in find_sheet_marks(text):
        side = side_for(mark.address, take)
        if side:
            yield Splice(mark.start, mark.end, _rows(text, mark, side))


def _rows(text: str, mark: SheetMark, side: Side) -> str:
    lines = mark.ours if side == "ours" else mark.theirs
    return "".join(text[start : line_end(text, end)] for start, end in lines)


# Writing --------------------------------------------------------------------------------------------------------


def marked(base: Entry | None, ours: Entry | None, theirs: Entry | None, column: int) -> str:
    """The lines of a disputed entry, which stands at a column."""
    like = ours or theirs
    assert like is not None
    pad = " " * column
    opening = f"{pad}- conflict:" if like.key is None else f"{pad}{like.key}:\n{pad}  conflict:"
    sides = zip(SIDES, (base, ours, theirs), strict=True)
    return f"{opening}  # {HOW}\n" + "".join(_side(word, side, column + 4) for word, side in sides if side)


def _side(word: str, side: Entry, column: int) -> str:
    body = side.body if side.body.endswith("\n") else side.body + "\n"
    if side.key is not None:
        text = shifted(body, column - side.column)
        return text[:column] + word + text[column + len(side.key) :]
    is_block = not isinstance(side.tree, Scalar) and not side.tree.flow
    opens = f"{' ' * column}{word}:"
    if not is_block:
        below = shifted(body[side.column + 1 :], column - side.column)
        return f"{opens} {below.lstrip(' ')}"
    first_line, _, others = body.partition("\n")
    if first_line[side.column + 1 :].split("#")[0].strip():
        lines, inside = first_line[: side.column] + " " + first_line[side.column + 1 :] + "\n" + others, None
        inside = len(lines) - len(lines.lstrip(" "))
    else:
        lines, inside = others, len(others) - len(others.lstrip(" "))
    return f"{opens}\n{shifted(lines, column + 2 - inside)}"


def marked_rows(ours: str, theirs: str, address: str, newline: str) -> str:
    """The lines of disputed rows of a CSV."""
    begin = f"#conflict ours {address}".rstrip()
    return f"{begin}{newline}{ours}#conflict theirs{newline}{theirs}#conflict end{newline}"


def marked_file(path: str, base: str | None, ours: str | None, theirs: str | None) -> str:
    """A file that is one conflict; it holds its sides as they are written."""
    if path.endswith(".csv") or path.startswith("table/"):
        mine, yours = (f"{text}\n" if text and not text.endswith("\n") else text or "" for text in (ours, theirs))
        return marked_rows(mine, yours, "", "\n")
    sides = zip(SIDES, (base, ours, theirs), strict=True)
    return f"conflict:  # {HOW}\n" + "".join(f"  {word}: {_block(text)}" for word, text in sides if text is not None)


def _block(text: str) -> str:
    """A text of lines as it is; where YAML has no way to do so, on one line."""
    end = "" if text.endswith("\n") and not text.endswith("\n\n") else "+" if text.endswith("\n") else "-"
    block = f"|2{end}\n{shifted(text, 4)}" + ("" if text.endswith("\n") else "\n")
    document = yaml.read("", f"  x: {block}")
    found = document.at("x")
    if isinstance(found, Scalar) and found.text == text and not document.problems:
        return block
    return yaml.inline(text) + "\n"
