"""Files that are written while leads are read: never over what is read, and no two in one place."""

from __future__ import annotations

import glob
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from flowctl.diag import FlowctlError
from flowctl.ops.impact.choice import DUCKDB, STDIN
from flowctl.ops.rehearsal import Request


def refuse_overwriting(request: Request, folder: Path) -> None:
    """Refuses to write over a file that is read, or among the leads, where the next run would read it as leads.

    Args:
        folder: That paths count from.

    Raises:
        FlowctlError: It would be so, or two things would be written to one file, or rejects where nothing can be.
    """
    if request.rejects:
        from flowctl.columns.beside import require_place

        require_place(folder / request.rejects, request.rejects)
    outputs = [name for name in (request.output, request.rejects) if name and name != STDIN]
    for name in outputs:
        path = (folder / name).resolve()
        if request.leads and (held := _held(request.leads, path, folder)):
            what = "holds the leads themselves" if held == path else f"is among the leads of `{request.leads}`"
            raise FlowctlError(f"`{name}` {what}", hint="name another file, which is not read")
        if any(_held(read, path, folder) for read in _beside(request)):
            raise FlowctlError(f"`{name}` is a file that is read", hint="name another file")
    if len(outputs) > 1 and len({(folder / name).resolve() for name in outputs}) == 1:
        raise FlowctlError(f"`{outputs[0]}` is named for two things", hint="another file after `--rejects`")


def _beside(request: Request) -> Iterator[str]:
    yield from (given.partition("=")[2] for given in request.data)
    if request.mapping:
        yield request.mapping


def _held(name: str, path: Path, folder: Path) -> Path | None:
    """Where a path is read from that a name stands for: the path itself, or what it is one of."""
    given = folder / name.removeprefix(DUCKDB).partition("#")[0] if name.startswith(DUCKDB) else folder / name
    if given.is_dir():
        return given if path.is_relative_to(given.resolve()) else None
    if given.exists() or not glob.has_magic(name):
        return path if given.resolve() == path else None
    is_alike = path.parent == given.parent.resolve() and fnmatch(path.name, given.name)
    is_found = any(Path(one).resolve() == path for one in glob.glob(str(given), recursive=True))
    return given if is_alike or is_found else None
