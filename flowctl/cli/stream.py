"""Where answers go: stdout is the answer, stderr is what is said about it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from flowctl.cli.frame import let_go
from flowctl.diag import FlowctlError
from flowctl.render.console import Look
from flowctl.render.safe import printable

NARROWEST = 40  # columns; below that a terminal wraps by itself

_color = "auto"  # what `--color` of the running verb says


def set_color(wish: str) -> None:
    """Notes what `--color` says: `auto`, `always` or `never`."""
    global _color  # one command line, one wish; errors need it where no option reaches
    _color = wish


def look_of(stream: TextIO) -> Look:
    """How a text may look that goes to a stream."""
    return Look(max(shutil.get_terminal_size((80, 24)).columns, NARROWEST), _is_colored(stream))


def _is_colored(stream: TextIO) -> bool:
    if _color != "auto":
        return _color == "always"
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def put(text: Callable[[Look], str]) -> None:
    """Writes the answer to stdout."""
    _write(sys.stdout, text)


def say(text: Callable[[Look], str]) -> None:
    """Writes progress, a hint or an error to stderr."""
    _write(sys.stderr, text)


def _write(stream: TextIO, text: Callable[[Look], str]) -> None:
    look = look_of(stream)
    told = printable(text(look), color=look.color)
    if not told:
        return
    try:
        stream.write(told if told.endswith("\n") else f"{told}\n")
        stream.flush()
    except BrokenPipeError:  # whoever reads has seen enough, as `head` has; the exit code stays what it is
        let_go(stream)


def keep(path: Path, answer: str | bytes) -> None:
    """Writes an answer to a file, without styles.

    Raises:
        FlowctlError: The file cannot be written.
    """
    if path.is_dir():
        raise FlowctlError(f"`{path}` is a folder", hint="name a file in it")
    try:
        path.write_bytes(answer if isinstance(answer, bytes) else f"{answer.removesuffix(chr(10))}\n".encode())
    except OSError as error:
        raise FlowctlError(
            f"cannot write `{path}`: {error.strerror}", hint="name a file in a folder that exists"
        ) from error
