"""Makes trees out of other trees and changed files, without touching the work tree or its index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from flowctl.history.command import Runner, work_folder
from flowctl.history.names import tree_path
from flowctl.history.objects import Entry


def write_tree(runner: Runner, base: str | None, changes: Mapping[str, bytes | None]) -> str:
    """The id of the tree that `base` (the id of a tree or commit; None: no files) becomes by the changes.

    Bytes are stored as they are: line ends are not converted, whatever the configuration says.
    """
    spelled = {tree_path(path): data for path, data in changes.items()}
    assert "" not in spelled, "the top itself cannot be changed"
    with work_folder() as name:
        folder = Path(name)
        ids = _write_blobs(runner, folder, [data for data in spelled.values() if data is not None])
        env = {"GIT_INDEX_FILE": str(folder / "index")}
        runner.run("read-tree", *([base] if base else ["--empty"]), env=env)
        lines = ((path, None if data is None else Entry("100644", ids[data])) for path, data in spelled.items())
        set_entries(runner, lines, env=env)
        return runner.run("write-tree", env=env).line


def set_entries(runner: Runner, lines: Iterable[tuple[str, Entry | None]], *, env: Mapping[str, str]) -> None:
    """Puts entries into an index as they are, None takes the path out; files on disk are not looked at."""
    known = dict(lines)
    gone = "".join(f"{path}\0" for path, entry in known.items() if entry is None)
    kept = "".join(f"{entry.mode} {entry.id}\t{path}\0" for path, entry in known.items() if entry)
    # first what goes: a file may become a folder
    for options, script in (("--force-remove", gone), ("--index-info", kept)):
        if script:
            how = [options, "--stdin"] if options == "--force-remove" else [options]
            runner.run("update-index", "-z", *how, stdin=script.encode("utf-8", "surrogateescape"), env=env)


def _write_blobs(runner: Runner, folder: Path, contents: list[bytes]) -> dict[bytes, str]:
    """The ids of new blobs by content. They go through files: from its stdin, git takes the bytes of only one."""
    distinct = list(dict.fromkeys(contents))
    files = [folder / f"blob-{number}" for number in range(len(distinct))]
    for file, data in zip(files, distinct, strict=True):
        file.write_bytes(data)
    if not files:
        return {}
    names = "".join(f"{file}\n" for file in files).encode("utf-8", "surrogateescape")
    answer = runner.run("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=names)
    return dict(zip(distinct, answer.line.splitlines(), strict=True))


def empty_tree(runner: Runner) -> str:
    """The id of the tree without files, in the repository's own kind of hash; it is stored, too."""
    return runner.run("hash-object", "-w", "-t", "tree", "--stdin").line
