"""Two sides of a whole workspace made one: file by file, and what hangs between files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from flowctl.diag import FlowctlError
from flowctl.diff.decisions import THE_FILE, Decision, Merged, MergedFiles, Side
from flowctl.diff.merge import merge_file, settled
from flowctl.diff.merge_links import renames_of
from flowctl.diff.merge_names import ANY_CELL, Name, named, owned, renamed_rosters, with_names
from flowctl.flow.bundle import part_of, path_of

Files = Mapping[str, bytes]
Pointed = dict[str, dict[str, str]]  # by file and address, why what one side removed cannot simply go
NOTHING: Mapping[tuple[str, str], Side] = MappingProxyType({})


def merge_files(
    base: Files, ours: Files, theirs: Files, *, take: Mapping[tuple[str, str], Side] = NOTHING
) -> MergedFiles:
    """Merges all files of a workspace, by path. `take` settles conflicts by file and address.

    What one side removed and the other now names is a conflict where it was removed: a roster, a table, a flow, an
    object or one of its fields, a user or a queue. A roster that a side renamed (by `was`) and a node are called by
    their new names by the other side, too.

    Raises:
        FlowctlError: A file that must be merged is not UTF-8.
    """
    merge = _Merge(base, ours, theirs)
    merge.follow_rosters()
    merge.merge_all()
    merge.follow_nodes()
    merge.keep_what_is_named()
    return merge.taken(take)


class _Merge:
    def __init__(self, base: Files, ours: Files, theirs: Files) -> None:
        self.before = ours  # as the work tree has them
        self.base, self.ours, self.theirs = dict(base), dict(ours), dict(theirs)
        self.merged: dict[str, Merged] = {}
        self.data: dict[str, bytes | None] = {}
        self.decisions: dict[str, list[Decision]] = {}

    def merge_all(self) -> None:
        for path in sorted({*self.base, *self.ours, *self.theirs}):
            self.merge_one(path)

    def merge_one(self, path: str, pointed: Mapping[str, str] = MappingProxyType({})) -> None:
        sides = tuple(side.get(path) for side in (self.base, self.ours, self.theirs))
        base, ours, theirs = sides
        if theirs in (base, ours) and not pointed:
            self.data[path] = ours
            return
        if ours == base and not pointed and not _is_text(theirs, base):
            self.data[path] = theirs
            self.merged[path] = Merged(None, (_taken_whole(),))
            return
        b, o, t = (_text(path, side) for side in sides)
        merged = merge_file(path, (b, o, t), self.header(path), pointed)
        self.merged[path] = merged
        self.data[path] = _bytes(merged.text, {o: ours, t: theirs})

    def header(self, path: str) -> str | None:
        """The header of a table; where a side changed what its rows are known by, as ours has it."""
        kind, _, name = (part_of(path) or "").partition("/")
        beside = path_of(f"header/{name}") if kind == "table" else ""
        return _text(beside, self.ours.get(beside) or self.theirs.get(beside))

    # What hangs between files -----------------------------------------------------------------------------------

    def follow_rosters(self) -> None:
        """A roster that one side renamed is merged under its new name, and named so by the other."""
        mine, yours = (renamed_rosters(self.base, side) for side in (self.ours, self.theirs))
        for by, renames, other, others in (("ours", mine, self.theirs, yours), ("theirs", yours, self.ours, mine)):
            for old, new in renames.items():
                if old in other and new not in other and old not in others:
                    self.base[new], other[new] = self.base.pop(old), other.pop(old)
                    self.rename(other, {("rosters", _name(old)): _name(new)})
                    reason, names = f"{by} renamed `{_name(old)}`", (f"{_name(old)}\n", f"{_name(new)}\n")
                    ours, theirs = names[::-1] if by == "ours" else names
                    side: Side = "ours" if by == "ours" else "theirs"
                    decision = Decision("", THE_FILE, side, reason, names[0], ours, theirs, names[1])
                    self.decisions.setdefault(new, []).append(decision)

    def follow_nodes(self) -> None:
        """Fixtures of the side that did not rename a node expect it under its new name."""
        for path in [path for path in self.base if (part_of(path) or "").startswith("flow/")]:
            folder = f"flows/fixtures/{_name(path)}/"
            for side, other in ((self.ours, self.theirs), (self.theirs, self.ours)):
                changed = {p for p in other if p.startswith(folder) and other[p] != self.base.get(p)}
                if changed and side.get(path, self.base[path]) != self.base[path]:
                    renames = renames_of(self.base[path], side[path])
                    for fixtures in self.rename(other, {("nodes", old): new for old, new in renames.items()}, folder):
                        self.merge_one(fixtures)

    def rename(self, side: dict[str, bytes], renames: Mapping[Name, str], folder: str = "flows/") -> list[str]:
        """Gives things other names in the files of a side, and in the base, so that it is no change of that side."""
        changed = []
        for path in sorted(side):
            if path.startswith(folder) and path.endswith((".yaml", ".csv")):
                for files in (side, self.base):
                    if path in files and any(name.encode() in files[path] for _, name in renames):
                        after = with_names(path, files[path], renames)
                        if after != files[path]:
                            files[path] = after
                            changed.append(path)
        return list(dict.fromkeys(changed))

    def keep_what_is_named(self) -> None:
        """What one side removed and the other now names becomes a conflict."""
        known: Pointed = {}
        while (pointed := self.pointed_to()) and pointed != known:
            known = {path: {**known.get(path, {}), **pointed.get(path, {})} for path in {*known, *pointed}}
            for path in pointed:
                self.merge_one(path, known[path])

    def pointed_to(self) -> Pointed:
        found: Pointed = {}
        for by, remover, other, side in (
            ("theirs", self.theirs, "ours", self.ours),
            ("ours", self.ours, "theirs", self.theirs),
        ):
            there = owned(
                self.base, [p for p in self.base if p.startswith("flows/") and self.base[p] != remover.get(p)]
            )
            left = owned(remover, {path for path, _ in there.values()})
            kept = owned(side, {path for path, _ in there.values()})
            gone = {name: at for name, at in there.items() if name not in left and name in kept}
            for name, file in self.named_by(gone, remover) if gone else ():
                path, address = gone[name]
                if not self.is_disputed(path, address):
                    reason = f"{by} removed it, and {other}' `{file}` names it"
                    found.setdefault(path, {}).setdefault(address, reason)
        for path, other in self.halves(found):
            found.setdefault(other, {}).setdefault("", f"it goes with `{path}`, which is in dispute")
        return found

    def halves(self, found: Pointed) -> list[tuple[str, str]]:
        """Tables whose rows or header are in dispute, each with the other half, which one side removed as well."""
        whole = [path for path in {*self.merged, *found} if "" in found.get(path, {}) or self.is_disputed(path, "")]
        halves = ((path, _other_half(path)) for path in sorted(whole))
        return [
            (path, other)
            for path, other in halves
            if other and (other in self.ours) != (other in self.theirs) and not self.is_disputed(other, "")
        ]

    def named_by(self, gone: Mapping[Name, object], remover: Files) -> Iterator[tuple[Name, str]]:
        """What is gone and named in a merged file where the side that removed it does not name it, with that file."""
        for path in sorted(self.data):
            data = self.data[path]
            if data is None or data == remover.get(path) or not path.startswith("flows/"):
                continue
            if not any(name.encode() in data for _, name in gone):
                continue
            names = named(path, data) - (named(path, remover[path]) if path in remover else set())
            for name in gone:
                if name in names or (name[0] in ("rosters",) and (ANY_CELL, name[1]) in names):
                    yield name, path

    def is_disputed(self, path: str, address: str) -> bool:
        decisions = self.merged[path].conflicts if path in self.merged else ()
        return any(decision.path in ("", address) for decision in decisions)

    # What comes of it -------------------------------------------------------------------------------------------

    def taken(self, take: Mapping[tuple[str, str], Side]) -> MergedFiles:
        """The files with the sides taken that somebody chose."""
        decisions: list[tuple[str, Decision]] = []
        for path, merged in self.merged.items():
            here = {address: side for (file, address), side in take.items() if file == path}
            if here and merged.conflicts:
                merged = settled(path, merged, here)
                self.data[path] = None if merged.text is None else merged.text.encode()
            self.decisions.setdefault(path, []).extend(merged.decisions)
        for path in sorted(self.decisions):
            decisions += [(path, decision) for decision in self.decisions[path]]
        paths = sorted({*self.data, *self.before})
        files = {path: self.data.get(path) for path in paths if self.data.get(path) != self.before.get(path)}
        return MergedFiles(files, tuple(decisions))


def _other_half(path: str) -> str | None:
    """The header of a table's rows, the rows of a header."""
    kind, _, name = (part_of(path) or "").partition("/")
    other = {"table": "header", "header": "table"}.get(kind)
    return path_of(f"{other}/{name}") if other else None


def _taken_whole() -> Decision:
    return Decision("", THE_FILE, "theirs", "only theirs changed it", None, None, None, None)


def _name(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".yaml")


def _is_text(*sides: bytes | None) -> bool:
    try:
        return all(side is None or side.decode("utf-8") is not None for side in sides)
    except UnicodeDecodeError:
        return False


def _bytes(text: str | None, known: Mapping[str | None, bytes | None]) -> bytes | None:
    return known[text] if text in known else (text or "").encode()


def _text(path: str, data: bytes | None) -> str | None:
    try:
        return None if data is None else data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FlowctlError(f"`{path}` is not UTF-8", hint=f"`flowctl check {path}` shows where") from error
