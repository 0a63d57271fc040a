"""`fmt`: files in their one canonical writing, as far as that touches nothing that people wrote on purpose."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from typing import Any

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.diag import Diagnostic, FlowctlError
from flowctl.document import Document, Scalar, Splice, Tree
from flowctl.expr import ExprError, parse, parse_value, to_text
from flowctl.flow import part_of
from flowctl.flow.kinds import Condition, Kind, Path, Value
from flowctl.flow.model import flow_of
from flowctl.flow.node import found
from flowctl.ops.atomic import editable
from flowctl.ops.atomic import write as write_file
from flowctl.ops.workspace import FLOWS, SUFFIXES, Workspace

LONGEST = 120  # columns; a condition that would make its line longer stays as it is written


@dataclass(frozen=True, slots=True)
class Formatted:
    """A file, its canonical text, and what keeps it from having one."""

    file: str
    before: bytes
    after: str
    problems: tuple[Diagnostic, ...]

    @property
    def changed(self) -> bool:
        return not self.problems and self.after.encode() != self.before


@dataclass(frozen=True, slots=True)
class FmtReport:
    """The files that were looked at; `written` tells whether those that change were written."""

    files: tuple[Formatted, ...]
    written: bool

    @property
    def changed(self) -> tuple[Formatted, ...]:
        return tuple(file for file in self.files if file.changed)

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        return tuple(problem for file in self.files for problem in file.problems)


def fmt(ws: Workspace, paths: Sequence[str], *, write: bool) -> FmtReport:
    """Formats files and the files of folders; all below `flows/` when none are named.

    A file with errors is not touched; the others are.

    Raises:
        FlowctlError: A path is outside the workspace, does not exist, or is written by commands only. Nothing was
            written.
    """
    names = dict.fromkeys(name for path in paths or (FLOWS,) for name in _files(ws, path))
    report = FmtReport(tuple(format_file(name, (ws.root / name).read_bytes()) for name in names), write)
    for file in report.changed if write else ():
        write_file(ws, file.file, file.after.encode())
    return report


def _files(ws: Workspace, path: str) -> Iterator[str]:
    name = editable(ws, path)
    at = ws.root / name
    if at.is_dir():
        found = sorted(below for below in at.rglob("*") if below.suffix in SUFFIXES and below.is_file())
        yield from (editable(ws, below) for below in found)
    elif at.is_file():
        yield name
    else:
        raise FlowctlError(f"there is no file `{name}`", hint="`flowctl fmt` without a path formats all below `flows/`")


def format_file(file: str, data: bytes) -> Formatted:
    """The canonical text of a file: no byte order mark, LF, no spaces at line ends, a last line end, and conditions
    that stand on one line printed the canonical way. Comments, order, quoting of other values: as they are. The cells
    of a table are not touched."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Formatted(file, data, "", tuple(yaml.read(file, data).problems))
    text = re.sub("\r\n?", "\n", text)
    document = yaml.read(file, text)
    conditions = _conditions(document)
    if document.problems:
        return Formatted(file, data, "", tuple(document.problems))
    is_table = isinstance(document.root, yaml.Rows)  # where a tab at a line's end is a blank cell
    edits = [] if is_table else [*_canonical(document, conditions), *_stripped(document, conditions)]
    after = yaml.splice(text, edits)
    if after and not after.endswith("\n") and not _ends_in_block(document):
        after += "\n"
    return Formatted(file, data, after, ())


@dataclass(frozen=True, slots=True)
class Written:
    """A text of the condition language as it stands in a file."""

    scalar: Scalar
    kind: Kind
    inside_flow: bool  # between brackets


def _conditions(document: Document) -> list[Written]:
    """The conditions and values of a flow's file."""
    if not (part_of(document.file) or "").startswith("flow/"):
        return []
    flow = flow_of(document)
    holders: list[tuple[Path, Any]] = [(("nodes", node.id), node) for node in flow.nodes.values()] if flow else []
    if flow and flow.schedule:
        holders.append((("schedule",), flow.schedule))
    sorts: tuple[type[Kind], ...] = (Condition, Value)
    paths = (((*at, *path), sort()) for at, holder in holders for sort in sorts for path, _ in found(holder, sort))
    return [written for path, kind in paths if (written := _at(document, path, kind))]


def _at(document: Document, path: Path, kind: Kind) -> Written | None:
    scalar = document.at(*path)
    above = [document.at(*path[:n]) for n in range(len(path))]
    inside = any(isinstance(tree, (yaml.Mapping, yaml.Sequence)) and tree.flow for tree in above)
    return Written(scalar, kind, inside) if isinstance(scalar, Scalar) else None


def _canonical(document: Document, conditions: Sequence[Written]) -> Iterator[Splice]:
    """The conditions that stand on one line, printed the canonical way where that fits on the line."""
    for condition in conditions:
        scalar = condition.scalar
        line, _ = document.place(scalar.start)
        if scalar.style in ("|", ">") or document.place(scalar.end)[0] != line:
            continue
        said = printed(scalar.text, condition.kind)
        if said is None or said == scalar.text:
            continue
        text = _quoted(scalar, said, condition.inside_flow)
        longer = len(text) - (scalar.end - scalar.start)
        if len(document.excerpt(line)) + longer <= LONGEST or longer <= 0:
            yield Splice(scalar.start, scalar.end, text)


def printed(text: str, kind: Kind) -> str | None:
    """A condition's or value's canonical text; None when it has none."""
    try:
        return to_text(parse(text)) if isinstance(kind, Condition) else to_text(parse_value(text))
    except ExprError:
        return None


def _quoted(scalar: Scalar, value: str, inside_flow: bool) -> str:
    """The value as YAML: in the quotes that the scalar had, plain where it was plain and can be."""
    if scalar.style == '"':
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if scalar.style == "'":
        return "'" + value.replace("'", "''") + "'"
    return yaml.scalar_text(value, inside_flow=inside_flow)


def _stripped(document: Document, conditions: Sequence[Written]) -> Iterator[Splice]:
    """Spaces at line ends, but those that belong to a text in quotes or in a block."""
    blocks = {id(condition.scalar) for condition in conditions if condition.scalar.style in ("|", ">")}
    kept = sorted((s.start, s.end) for s in _scalars(document.root) if s.style and id(s) not in blocks)
    for match in re.finditer(r"[ \t]+$", document.text, re.MULTILINE):
        before = bisect.bisect_right(kept, (match.start(), len(document.text))) - 1
        if before < 0 or match.start() >= kept[before][1]:
            yield Splice(*match.span(), "")


def _scalars(tree: Tree | None) -> Iterator[Scalar]:
    waiting: list[Tree] = [tree] if tree else []
    while waiting:
        here = waiting.pop()
        if isinstance(here, Scalar):
            yield here
        elif isinstance(here, yaml.Sequence):
            waiting += here.items
        else:
            waiting += [value for _, value in here.entries.values()]


def _ends_in_block(document: Document) -> bool:
    """Whether the file ends in a block text, to which a line end would be added."""
    end = len(document.text)
    return any(scalar.style in ("|", ">") and scalar.end >= end for scalar in _scalars(document.root))
