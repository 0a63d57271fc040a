"""`table import`: a workbook or a CSV that people have edited, as the smallest edit of the files that it came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from flowctl import document as yaml
from flowctl.check import check_model
from flowctl.data import dataclass
from flowctl.diag import Conflicts, Diagnostic, FlowctlError, Severity, in_order
from flowctl.diff import PartDiff, diff_bundles, merge_text
from flowctl.flow import Bundle, Model, bundle_of, content_digest, load_model, path_of
from flowctl.ops.atomic import write as put
from flowctl.ops.sheet.member_text import with_members
from flowctl.ops.sheet.places import Places
from flowctl.ops.sheet.row_text import with_rows
from flowctl.ops.sheet.rows import Row, rows_of
from flowctl.ops.sheet.sheets import ROSTER, Field, part_named, roster_of
from flowctl.ops.sheet.spreadsheet import Incoming, read_file
from flowctl.ops.workspace import MAIN_REF, Workspace

FOLDERS = ("flows/tables/", "flows/rosters/")


@dataclass(frozen=True, slots=True)
class Taken:
    """A table or a roster that came in; `before` is its text here, `after` with what the sheet has changed.

    `is_merged` when it has changed here, too, since it was exported.
    """

    name: str
    fields: tuple[Field, ...]
    rows: tuple[Row, ...]
    before: str
    after: str
    is_merged: bool

    @property
    def path(self) -> str:
        return path_of(part_named(self.name))


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file has changed, part by part; `same` are those that say what they said. `left_out` in words.

    `warnings` are what `check` says of the parts that have changed, where it stands in the sheet.
    """

    file: str
    diffs: tuple[PartDiff, ...]
    edited: tuple[Taken, ...]
    same: tuple[str, ...]
    left_out: tuple[str, ...]
    warnings: tuple[Diagnostic, ...] = ()


def import_file(ws: Workspace, path: Path, names: Sequence[str]) -> Imported:
    """Writes what a file says into the tables and rosters of the work tree.

    Raises:
        Conflicts: A row was changed in the file and here, differently, since it was exported.
        FlowctlError: No draft is checked out, or something in the file is wrong: all of it is told by sheet, row and
            column. Nothing was written.
    """
    ws.require_draft()
    files = ws.worktree()
    model = load_model(dict(files))
    incoming, left_out = read_file(model, path, names)
    read = [rows_of(model, one) for one in incoming]
    _refuse(path, [problem for _, _, problems in read for problem in problems])
    taken = [_taken(ws, model, one, fields, rows, path) for one, (fields, rows, _) in zip(incoming, read, strict=True)]
    changed = [one for one in taken if one.after != one.before]
    found = in_order(_findings(ws, files, changed))
    _refuse(path, [one for one in found if one.severity is Severity.ERROR])
    _write(ws, changed)
    diffs = diff_bundles(_bundle(files, {}), _bundle(files, {one.path: one.after for one in changed}))
    same = tuple(one.name for one in taken if one.after == one.before)
    return Imported(str(path), diffs, tuple(changed), same, tuple(left_out), found)


def _refuse(path: Path, problems: Sequence[Diagnostic]) -> None:
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise FlowctlError(f"{count} in `{path.name}`: nothing was changed", found=problems)


def _write(ws: Workspace, changed: Sequence[Taken]) -> None:
    """Puts all files in place, or none."""
    done: list[Taken] = []
    try:
        for one in changed:
            put(ws, one.path, one.after.encode())
            done.append(one)
    except FlowctlError:
        for one in done:
            put(ws, one.path, one.before.encode())
        raise


def _bundle(files: Mapping[str, bytes], changed: Mapping[str, str]) -> Bundle:
    texts = {path: data.decode("utf-8", "replace") for path, data in files.items() if path.startswith(FOLDERS)}
    return bundle_of({**texts, **changed})


# What becomes of the file -------------------------------------------------------------------------------------------


def _taken(
    ws: Workspace,
    model: Model,
    one: Incoming,
    fields: tuple[Field, ...],
    rows: tuple[Row, ...],
    path: Path,
) -> Taken:
    part = part_named(one.name)
    here = (roster_of(model, one.name) if one.name.startswith(ROSTER) else model.tables[one.name]).document.text
    if one.digest in (None, content_digest(part, here)):
        return Taken(one.name, fields, rows, here, _edited(model, one.name, fields, rows), False)
    base = _exported(ws, part, str(one.digest))
    header = None if part == one.name else _text(ws.worktree().get(path_of(f"header/{one.name}"), b""))
    there = load_model(
        {**_people(ws), path_of(part): base, **({path_of(f"header/{one.name}"): header} if header else {})}
    )
    if one.name not in {*there.tables, *(f"{ROSTER}{name}" for name in there.rosters)}:
        raise _lost(one.name)
    theirs = _edited(there, one.name, fields, rows)
    merged = merge_text(path_of(part), base, here, theirs, header)
    if merged.conflicts or merged.text is None:
        places = "; ".join(f"{one.name}: {conflict.where}" for conflict in merged.conflicts)
        count = "1 place" if len(merged.conflicts) == 1 else f"{len(merged.conflicts)} places"
        hint = f"make these rows in `{path.name}` as they are here, and import it again"
        raise Conflicts(f"{count} changed on both sides: {places}", hint=hint)
    return Taken(one.name, fields, rows, here, merged.text, theirs != base)


def _edited(model: Model, name: str, fields: Sequence[Field], rows: Sequence[Row]) -> str:
    """The text of a table or roster of a model, with the rows of a sheet."""
    texts = [row.texts for row in rows]
    if name.startswith(ROSTER):
        return with_members(roster_of(model, name), texts, fields)
    table = model.tables[name]
    known = {field.name: field for field in fields}
    keys = [*table.header.keys, *(["from"] if "from" in known else [])]
    return with_rows(table.document, texts, keys, lambda column, text: known[column].canonical(text))


def _exported(ws: Workspace, part: str, digest: str) -> str:
    """The text of a part that a file was exported from, wherever git has it.

    Raises:
        FlowctlError: It has not.
    """
    path = path_of(part)
    tips = [tip for tip in (ws.git.resolve("HEAD"), ws.git.resolve(MAIN_REF)) if tip]
    commits = {commit.id: None for tip in tips for commit in ws.git.log([path], version=tip)}
    for commit in commits:
        text = ws.git.text(commit, path)
        if text is not None and content_digest(part, text) == digest:
            return text
    raise _lost(part.removeprefix("table/"))


def _lost(name: str) -> FlowctlError:
    hint = "export it again, and make the edits there"
    return FlowctlError(f"`{name}` was exported from a version that is not known here", hint=hint)


def _people(ws: Workspace) -> dict[str, str | bytes]:
    paths = (path_of("directory"), path_of("settings"))
    return {path: data for path, data in ws.worktree().items() if path in paths}


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


# What is wrong with what it becomes ---------------------------------------------------------------------------------


def _findings(ws: Workspace, files: Mapping[str, bytes], changed: Sequence[Taken]) -> Iterator[Diagnostic]:
    """The errors and warnings that `check` finds in the files as they would be, where they stand in the sheet."""
    if not changed:
        return
    model = load_model({**files, **{one.path: one.after for one in changed}})
    found = check_model(model, title_pattern=ws.config.title_pattern, date_form=ws.config.dates)
    for one in changed:
        mine = [d for d in found if d.span and d.span.file == one.path and d.severity >= Severity.WARNING]
        if mine:
            places = Places(yaml.read(one.path, one.after), one.fields, one.rows)
            yield from (places.told(problem) for problem in mine)
