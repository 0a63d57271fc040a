"""Where machine code is kept that numba makes, so that it is made once; numba stops where it finds no such place.

Beside the modules, as numba itself does; where these lie in a folder that cannot be written, below the user's cache;
and where that cannot be written either, in a folder of this run.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

VARIABLE = "NUMBA_CACHE_DIR"  # as numba calls it; processes that are started from here use the same folder
_ROOT = Path(__file__).parent.parent
_FOLDERS = (_ROOT / "columns", _ROOT / "engine" / "bulk")  # where code is compiled

_of_this_run: Path | None = None


def is_kept() -> bool:
    """Whether the next run finds what this one compiles."""
    return _of_this_run is None


def keep() -> None:
    """Sees to it that numba finds a folder that can be written; before numba is loaded."""
    named = os.environ.get(VARIABLE)
    if _can_be_written(Path(named)) if named else all(map(_is_open, _FOLDERS)):
        return
    users = _users_cache()
    _use(users if _can_be_written(users) else _made_for_this_run())


def _is_open(folder: Path) -> bool:
    """Whether numba can write beside the modules of a folder."""
    kept = folder / "__pycache__"
    return os.access(kept if kept.exists() else folder, os.W_OK) and (kept.is_dir() or not kept.exists())


def _can_be_written(folder: Path) -> bool:
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
        return True
    return False


def _users_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return Path(base or os.path.expanduser("~/.cache")) / "flowctl" / "numba"


def _made_for_this_run() -> Path:
    global _of_this_run  # one process, one place
    _of_this_run = Path(tempfile.mkdtemp(prefix="flowctl-numba-"))
    atexit.register(_remove, _of_this_run, os.getpid())
    return _of_this_run


def _remove(folder: Path, process: int) -> None:
    if os.getpid() == process:  # not what has been forked from it
        shutil.rmtree(folder, ignore_errors=True)


def _use(folder: Path) -> None:
    os.environ[VARIABLE] = str(folder)
    if "numba" in sys.modules:
        sys.modules["numba"].config.CACHE_DIR = str(folder)
