"""Blobs, trees and commits, read through one git process that stays for as long as the repository is open.

A process for each file costs 3 ms; 500 records of releases through this one cost less than ten such processes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from subprocess import Popen
from threading import Thread
from typing import IO, TYPE_CHECKING

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.history.errors import refusal

if TYPE_CHECKING:
    from flowctl.history.command import Runner


@dataclass(frozen=True, slots=True)
class Object:
    """`kind` is blob, tree, commit or tag; `data` is empty when only the head was asked for."""

    id: str
    kind: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a tree. `mode` is 100644, 100755, 120000 (symlink), 160000 (submodule) or 40000 (folder)."""

    mode: str
    id: str

    @property
    def is_file(self) -> bool:
        return self.mode.startswith("100")


class Objects:
    """Reads objects by any name that git understands. Refs are read anew for each question: no answer is stale."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._process: Popen[bytes] | None = None
        self._complaints: deque[bytes] = deque(maxlen=20)
        self._listener: Thread | None = None

    def heads(self, names: Sequence[str]) -> list[Object | None]:
        """What each name stands for, without its data; None for a name that stands for nothing. One line per name."""
        return self._ask(b"info ", names)

    def read(self, names: Sequence[str]) -> list[Object | None]:
        """Objects with their data; None where there is none. One line per name."""
        return self._ask(b"contents ", names)

    def id_of(self, name: str) -> str | None:
        [found] = self.heads([name])
        return found.id if found else None

    def close(self) -> None:
        """Ends the process, idle or not: at the end of its input it goes, and one that still writes gets SIGPIPE."""
        if self._process is None or self._listener is None:
            return
        process, self._process = self._process, None
        for pipe in (process.stdin, process.stdout):
            with suppress(BrokenPipeError):
                _there(pipe).close()
        process.wait()
        self._listener.join()
        _there(process.stderr).close()

    def _ask(self, verb: bytes, names: Sequence[str]) -> list[Object | None]:
        if not names:
            return []
        process = self._running()
        question, answer = _there(process.stdin), _there(process.stdout)
        # `--buffer` reads up to `flush` before it answers: neither side can wait for the other with a full pipe.
        lines = (verb + name.encode("utf-8", "surrogateescape") + b"\n" for name in names)
        try:
            question.write(b"".join(lines) + b"flush\n")
            question.flush()
            answers = [self._answer(answer, with_data=verb == b"contents ") for _ in names]
        except (BrokenPipeError, EOFError):
            raise self._died() from None
        except BaseException:
            self.close()  # an interrupted question leaves half an answer behind
            raise
        return answers

    def _running(self) -> Popen[bytes]:
        if self._process is None:
            self._process = self._runner.spawn("cat-file", "--batch-command", "--buffer")
            self._complaints.clear()
            # a pipe that nobody reads fills up in the end, and blocks git
            self._listener = Thread(target=self._complaints.extend, args=(_there(self._process.stderr),), daemon=True)
            self._listener.start()
        return self._process

    @staticmethod
    def _answer(stdout: IO[bytes], *, with_data: bool) -> Object | None:
        line = stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        words = line.split()
        if len(words) != 3 or not words[2].isdigit():
            return None  # `NAME missing`, `NAME ambiguous`
        size = int(words[2])
        data = stdout.read(size + 1)[:-1] if with_data else b""
        if with_data and len(data) != size:
            raise EOFError
        return Object(words[0].decode(), words[1].decode(), data)

    def _died(self) -> FlowctlError:
        self.close()
        return refusal("cat-file", b"".join(self._complaints).decode("utf-8", "replace"), self._runner.folder)


def _there(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # `Runner.spawn` makes all three
    return pipe


def file(objects: Objects, tree: str, path: str) -> bytes | None:
    """A file's bytes, None when the tree has no such file. It is looked up in its folder: damaged is not absent."""
    folder, _, name = path.rpartition("/")
    [parent] = objects.read([f"{tree}:{folder}"])
    entry = dict(_lines(parent)).get(name) if parent and parent.kind == "tree" else None
    return blobs(objects, [(path, entry)]).get(path) if entry else None


def entries(objects: Objects, tree: str, under: str = "") -> dict[str, Entry]:
    """What is below a path of a tree, but for folders, by path from the tree's top. Each level costs one question."""
    [top] = objects.read([f"{tree}:{under}" if under else tree])
    if top is None:
        return {}
    if top.kind == "blob":
        return {under: Entry("100644", top.id)}
    found: dict[str, Entry] = {}
    level = [(f"{under}/" if under else "", top)]
    while level:
        folders: dict[str, str] = {}
        for prefix, folder in level:
            for name, entry in _lines(folder):
                if entry.mode == "40000":
                    folders[f"{prefix}{name}/"] = entry.id
                else:
                    found[prefix + name] = entry
        level = list(zip(folders, _present(objects, folders.values()), strict=True))
    return dict(sorted(found.items()))


def listings(objects: Objects, trees: Iterable[str]) -> dict[str, dict[str, Entry]]:
    """What is below many trees, as `entries` of each; a folder that several of them have is read once."""
    tops = list(trees)
    known: dict[str, list[tuple[str, Entry]]] = {}
    waiting = set(tops)
    while waiting:
        ids = sorted(waiting)
        known |= {id_: list(_lines(tree)) for id_, tree in zip(ids, _present(objects, ids), strict=True)}
        below = {entry.id for id_ in ids for _, entry in known[id_] if entry.mode == "40000"}
        waiting = below - known.keys()
    return {top: dict(_below(known, top, "")) for top in tops}


def _below(known: Mapping[str, list[tuple[str, Entry]]], tree: str, prefix: str) -> Iterator[tuple[str, Entry]]:
    for name, entry in known[tree]:
        if entry.mode == "40000":
            yield from _below(known, entry.id, f"{prefix}{name}/")
        else:
            yield prefix + name, entry


def blobs(objects: Objects, found: Iterable[tuple[str, Entry]]) -> dict[str, bytes]:
    """The files among the entries, with their bytes. Symlinks and submodules are not files."""
    wanted = {path: entry.id for path, entry in found if entry.is_file}
    return {path: blob.data for path, blob in zip(wanted, _present(objects, wanted.values()), strict=True)}


def _present(objects: Objects, ids: Iterable[str]) -> list[Object]:
    read = objects.read(list(ids))
    if None in read:
        raise FlowctlError(
            "an object that history names is missing from this clone",
            hint="`git fsck` names it; `git fetch` may bring it",
        )
    return [item for item in read if item is not None]


def _lines(tree: Object) -> Iterable[tuple[str, Entry]]:
    """A tree's data is `MODE NAME NUL ID` without anything between the lines; the id is bytes."""
    data, at, width = tree.data, 0, len(tree.id) // 2
    while at < len(data):
        space, end = data.index(b" ", at), data.index(b"\0", at)
        name = data[space + 1 : end].decode("utf-8", "surrogateescape")
        yield name, Entry(data[at:space].decode(), data[end + 1 : end + 1 + width].hex())
        at = end + 1 + width
