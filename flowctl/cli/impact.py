"""`simulate` of many leads: how they are taken in, and its forms. What is heavy is loaded when it is needed."""

from __future__ import annotations

import datetime as dt
import gc
import io
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from flowctl.cli import past
from flowctl.cli.answer import Answer, Whole
from flowctl.cli.clock import now
from flowctl.cli.progress import Tick
from flowctl.cli.stream import say
from flowctl.diag import Exit
from flowctl.document import Json
from flowctl.ops.impact.choice import LARGE
from flowctl.ops.leads import Source
from flowctl.ops.rehearsal import Request
from flowctl.render import simulate as few
from flowctl.render.console import Look, count

if TYPE_CHECKING:
    from flowctl.render.impact.text import Told

AnyTold: TypeAlias = "few.Told | Told | past.Told"  # of few leads, of many, or of the past


def text(told: AnyTold, look: Look) -> str:
    if isinstance(told, few.Told):
        return few.text(told, look)
    if isinstance(told, past.Told):
        return past.text(told, look)
    from flowctl.render.impact import text as many

    return many.text(told, look)


def data(told: AnyTold) -> Mapping[str, Json]:
    if isinstance(told, few.Told):
        return few.data(told)
    if isinstance(told, past.Told):
        return past.data(told)
    from flowctl.render.impact import data as many

    return many.data(told)


def markdown(told: AnyTold) -> str:
    if isinstance(told, few.Told):
        return few.markdown(told)
    if isinstance(told, past.Told):
        return past.markdown(told)
    from flowctl.render.impact import markdown as many

    return many.markdown(told)


def html(told: Any) -> str:
    from flowctl.render.impact.page import html

    return html(told)


def svg(told: Any) -> str:
    from flowctl.render.impact.slide import svg

    return svg(told)


def png(told: Any) -> bytes:
    from flowctl.render.impact.slide import png

    return png(told)


class Piped:
    """What is piped in: its beginning is looked at before it is read."""

    def __init__(self, stream: Callable[[], Any] = lambda: sys.stdin.buffer) -> None:
        self._stream = stream
        self._head: bytes | None = None

    def head(self) -> bytes:
        """The first bytes, one more than `LARGE` where there are as many."""
        if self._head is None:
            self._head = self._stream().read(LARGE + 1)
        return self._head

    def all(self) -> bytes:
        rest: bytes = self._stream().read()
        return self.head() + rest

    def stream(self) -> io.BufferedReader:
        """All of it, to be read once."""
        return io.BufferedReader(_Joined(self.head(), self._stream()), LARGE + 1)


class _Joined(io.RawIOBase):
    """Bytes that were read already, and the rest of the stream that they came from."""

    def __init__(self, head: bytes, rest: Any) -> None:
        self._head, self._rest = memoryview(head), rest

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        if not self._head:
            found: int = self._rest.readinto(into)
            return found
        taken = min(len(into), len(self._head))
        into[:taken] = self._head[:taken]
        self._head = self._head[taken:]
        return taken


def say_where_code_is_kept() -> None:
    """Says that each run takes longer where the machine code that routes many leads cannot be kept."""
    from flowctl.columns import machine_code

    if not machine_code.is_kept():
        text = (
            "what routes many leads is compiled anew in each run, for a minute: the folder of flowctl and your cache "
            f"cannot be written; `export {machine_code.VARIABLE}=FOLDER` names one where it is kept"
        )
        say(lambda look: text)


def file_of(path: Path | None) -> str | None:
    return str(path) if path else None


def of_many(
    source: Source, request: Request, piped: Piped, wishes: tuple[bool, bool, dt.datetime | None], tick: Tick
) -> Answer[AnyTold]:
    """Routes leads by the column.

    Args:
        wishes: Whether examples are listed, whether moved leads make an exit code of 1, and when a job takes the leads.
    """
    gc.disable()  # what is loaded and made until the first lead is read stays; looking for rubbish in it takes long
    from flowctl.ops.impact.simulate import simulate_many
    from flowctl.render.impact.text import Told

    say_where_code_is_kept()
    listed, exit_code, at = wishes
    try:
        report = simulate_many(source, request, now(), tick, at, piped.stream)
    finally:
        gc.enable()
    told = Told(report, listed, request.every)
    hints = [f"through `{report.taken}`; `--flow NAME` takes another"] if report.taken else []
    if request.output:
        hints.append(f"wrote {request.output}: {'all leads' if request.every else 'the leads that move'}")
    if request.rejects:
        bad = sum(found.values for found in report.impact.input.bad)
        hints.append(f"wrote {request.rejects}: {count(bad, 'value')} that cannot be read, by file, line and column")
    code = Exit.NO if exit_code and report.impact.moved else Exit.DONE
    return Answer(told, code, tuple(hints), Whole("simulate", lambda: told))
