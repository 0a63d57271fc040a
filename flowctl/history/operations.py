"""The operation log of a clone: what each command moved and wrote, so that it can be taken back.

One line of JSON for each thing that was done, as soon as it is done: a command that is killed leaves what it did so far
in the log. The lines of one command make one operation. What files held is kept beside the log, compressed and by the
digest of its bytes; nothing here is reachable for git, and nothing leaves this clone.
"""

from __future__ import annotations

import fcntl
import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

from flowctl.data import dataclass

KEPT = 200  # operations; the oldest ones are forgotten
LONGEST = 500  # characters of a command
SLACK = 50  # operations more, before the log is written anew

Sort: TypeAlias = Literal["ref", "head", "file", "push", "deploy"]


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that a command did.

    Args:
        sort: What moved: a ref here, HEAD, a file of the work tree, a ref on the remote, an environment's content.
        name: The ref, path or environment; of HEAD nothing.
        old, new: Commits; for HEAD branches; for a file digests of its contents. None is nothing there.
        is_soft: The branch that is checked out was moved and the files stayed as they were, as a save has it.
        on: The branch on which a file was written.
    """

    sort: Sort
    name: str
    old: str | None = None
    new: str | None = None
    is_soft: bool = False
    on: str | None = None

    @property
    def does_something(self) -> bool:
        return self.old != self.new or self.sort == "deploy"


@dataclass(frozen=True, slots=True)
class Operation:
    """What one command did in one work tree. `undoes` is the operation that it took back, or brought back (`redoes`).

    Args:
        id: Unique; the `number` is for people, and grows.
        command: As it was typed.
        tree: Which work tree of the clone.
    """

    id: str
    number: int
    command: str
    when: datetime
    tree: str
    effects: tuple[Effect, ...]
    undoes: str | None = None
    redoes: str | None = None


@dataclass(frozen=True, slots=True)
class _Begun:
    command: str
    clock: Callable[[], datetime]


class Operations:
    """The log of one clone, as one process writes and reads it. Until `begin` nothing is recorded."""

    def __init__(self, common_dir: Path, git_dir: Path) -> None:
        folder = common_dir / "flowctl"
        self._folder, self._tree = folder, os.path.relpath(git_dir, common_dir)  # which stays when all of it is moved
        self._file, self._contents = folder / "operations.jsonl", folder / "contents"
        self._begun: _Begun | None = None
        self._head: dict[str, Any] | None = None  # what the lines of this process have in common
        self._takes: dict[str, str] = {}
        self._is_paused = self._stay = False

    # -- writing

    def begin(self, command: str, clock: Callable[[], datetime]) -> None:
        """From here on all that is done is one operation, by a command as it was typed."""
        self._begun, self._head, self._takes = _Begun(command[:LONGEST], clock), None, {}

    def takes_back(self, operation: Operation, *, again: bool) -> None:
        """Notes that the operation of this process undoes another one, or does it `again`."""
        self._takes = {"redoes" if again else "undoes": operation.id}

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Records nothing inside: for what follows others, such as a fetch, and is not this command's own."""
        before, self._is_paused = self._is_paused, True
        try:
            yield
        finally:
            self._is_paused = before

    @contextmanager
    def of_files_that_stay(self) -> Iterator[None]:
        """For a move of the branch that is checked out after which the files are as they were: a save."""
        self._stay = True
        try:
            yield
        finally:
            self._stay = False

    def record(self, effects: Iterable[Effect], contents: Iterable[bytes | None] = ()) -> None:
        """Notes what was done. A log that cannot be written keeps no command from doing its work.

        Args:
            contents: Of files that effects speak of; they are named by `digest`.
        """
        done = [replace(effect, is_soft=self._stay) for effect in effects if effect.does_something]
        if self._begun is None or self._is_paused or not done:
            return
        with suppress(OSError), self._locked():
            head = self._head or self._first(self._begun)
            for data in contents:
                self._keep(data)
            line = json.dumps({**head, **self._takes, "effects": [_plain(effect) for effect in done]})
            _append(self._file, line)
            self._head = head

    def _first(self, begun: _Begun) -> dict[str, Any]:
        """What every line of an operation holds. Before the first one the log is cut to its length."""
        known = self.all()
        if len(known) > KEPT + SLACK:
            self._cut(known[-KEPT:])
        return {
            "op": os.urandom(8).hex(),
            "n": max((operation.number for operation in known), default=0) + 1,
            "when": begun.clock().isoformat(),
            "tree": self._tree,
            "command": begun.command,
        }

    def _cut(self, kept: Iterable[Operation]) -> None:
        ids = {operation.id: operation for operation in kept}
        lines = [line for line in self._lines() if line["op"] in ids]
        new = self._file.with_suffix(".new")
        new.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
        new.replace(self._file)
        named = {name for op in ids.values() for e in op.effects if e.sort == "file" for name in (e.old, e.new)}
        for path in self._contents.iterdir() if self._contents.is_dir() else ():
            if path.name not in named:
                path.unlink(missing_ok=True)

    def _keep(self, data: bytes | None) -> None:
        name = digest(data)
        if name is None or data is None or (self._contents / name).exists():
            return
        self._contents.mkdir(exist_ok=True)
        new = self._contents / f"{name}.new"
        new.write_bytes(zlib.compress(data))
        new.replace(self._contents / name)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone in the log; the kernel frees the lock of a process that ends."""
        self._folder.mkdir(exist_ok=True)
        with (self._folder / "operations.lock").open("ab") as lock:
            fcntl.flock(lock.fileno(), fcntl.LOCK_EX)
            yield

    # -- reading

    def all(self) -> tuple[Operation, ...]:
        """The operations of all work trees of this clone, oldest first."""
        found: dict[str, Operation] = {}
        for line in self._lines():
            before = found.get(line["op"])
            found[line["op"]] = _operation(line, before.effects if before else ())
        return tuple(found.values())

    def here(self) -> tuple[Operation, ...]:
        """The operations of this work tree, oldest first; without those that came to nothing, as a failed clone."""
        return tuple(found for found in self.all() if found.tree == self._tree and in_all(found.effects))

    def content(self, name: str) -> bytes | None:
        """What a file held, by its digest; None when that was forgotten."""
        try:
            data = zlib.decompress((self._contents / name).read_bytes())
        except (OSError, zlib.error):
            return None
        return data if digest(data) == name else None

    def _lines(self) -> Iterator[Mapping[str, Any]]:
        """The lines that are whole; one that was cut off counts as absent."""
        try:
            text = self._file.read_bytes()
        except OSError:
            return
        for line in text.splitlines():
            with suppress(ValueError, TypeError, KeyError, RecursionError):
                read = json.loads(line)
                _operation(read, ())
                yield read


def _append(file: Path, line: str) -> None:
    with file.open("ab+") as stream:
        if stream.tell():
            stream.seek(-1, os.SEEK_END)
            line = line if stream.read(1) == b"\n" else f"\n{line}"
        stream.write(f"{line}\n".encode())


def _operation(line: Mapping[str, Any], before: tuple[Effect, ...]) -> Operation:
    effects = tuple(Effect(**effect) for effect in line["effects"])
    return Operation(
        str(line["op"]),
        int(line["n"]),
        str(line["command"]),
        datetime.fromisoformat(line["when"]),
        str(line["tree"]),
        (*before, *effects),
        line.get("undoes"),
        line.get("redoes"),
    )


def _plain(effect: Effect) -> dict[str, Any]:
    return {name: value for name, value in asdict(effect).items() if value not in (None, False)}


def digest(data: bytes | None) -> str | None:
    """What a content is called in the log."""
    from hashlib import sha256  # 4 ms to load, and most commands write no file

    return None if data is None else sha256(data).hexdigest()


def in_all(effects: Iterable[Effect]) -> tuple[Effect, ...]:
    """What effects come to, one after the other: each ref, file and HEAD once, from where it was to where it is."""
    found: dict[tuple[Sort, str], Effect] = {}
    for effect in effects:
        key = (effect.sort, effect.name)
        before = found.get(key)
        found[key] = replace(effect, old=before.old, is_soft=before.is_soft and effect.is_soft) if before else effect
    return tuple(effect for effect in found.values() if effect.does_something)


def reversed_effects(effects: Iterable[Effect]) -> tuple[Effect, ...]:
    """What takes effects back."""
    return tuple(replace(effect, old=effect.new, new=effect.old) for effect in in_all(effects))
