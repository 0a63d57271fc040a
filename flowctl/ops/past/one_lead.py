"""One lead to follow: a fixture, or a row of a file of leads."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.flow import Fixture, Model, Record
from flowctl.ops.check import FIXTURES, choose_flow
from flowctl.ops.leads import STDIN, Source, find_fixture, read_data
from flowctl.ops.simulate import arrivals
from flowctl.tables import read_rows

LINE = re.compile(r"(?P<file>.+):(?P<line>\d+)\Z")


@dataclass(frozen=True, slots=True)
class Lead:
    """The lead that is followed, through a flow."""

    name: str
    flow: str
    record: Record
    now: dt.datetime
    data: Mapping[str, Sequence[Record]]


def find_lead(
    source: Source,
    words: str,
    model: Model,
    flow: str | None,
    data: Sequence[str],
    now: dt.datetime,
    of: str = "",
) -> Lead:
    """A fixture by its place or by words of its `why`; or a row of a file of leads, by its line where it has several.

    Args:
        of: What version the model is of, where that is not what is being worked on.

    Raises:
        FlowctlError: There is none, or several are meant; or a fixture is, and data to match it on is given.
    """
    placed = LINE.match(words)
    name, line = (placed["file"], int(placed["line"])) if placed else (words, None)
    path = source.folder / name
    if name != STDIN and not path.is_file():
        if placed and ("/" in name or "." in name):
            raise FlowctlError(f"there is no file `{name}`", hint="`FILE:LINE`, or words of a fixture's `why`")
        return _of_fixture(*find_fixture(_fixtures(model, flow), words, of), data)
    if name != STDIN and (inside := source.ws.git.inside(path)).startswith(FIXTURES):
        return _of_fixture(*_fixture_at(model, inside, name, line), data)
    chosen = choose_flow(model, flow)
    return _of_row(source, name, line, model, chosen, data, now)


def _fixtures(model: Model, flow: str | None) -> dict[str, Sequence[Fixture]]:
    names = [choose_flow(model, flow)] if flow else list(model.flows)
    return {name: model.fixtures.get(name, ()) for name in names}


def _of_fixture(flow: str, fixture: Fixture, data: Sequence[str]) -> Lead:
    if data:
        raise FlowctlError("a fixture has its own records to match on", hint="leave out `--data`")
    return Lead(fixture.why, flow, fixture.record, fixture.story.now, fixture.data)


def _fixture_at(model: Model, path: str, name: str, line: int | None) -> tuple[str, Fixture]:
    """The fixture of a file that stands at a line."""
    every = [(flow, f) for flow, found in model.fixtures.items() for f in found if f.place.file == path]
    lines = [fixture.where().line for _, fixture in every]
    return every[_at_line(name, lines, line, "fixture")]


def _at_line(name: str, lines: Sequence[int], line: int | None, what: str) -> int:
    """Which of the things that begin at these lines is meant: the last that begins at the line or above it."""
    above = [n for n, begins in enumerate(lines) if line is None or begins <= line]
    if not above:
        hint = f"the first begins at {name}:{lines[0]}" if lines else None
        raise FlowctlError(f"`{name}` holds no {what}{' so far up' if lines else ''}", hint=hint)
    if line is None and len(lines) > 1:
        hint = f"say which by its line, as in `--lead {name}:{lines[0]}`"
        raise FlowctlError(f"`{name}` holds {len(lines)} {what}s", hint=hint)
    return above[-1]


def _of_row(
    source: Source, name: str, line: int | None, model: Model, flow: str, data: Sequence[str], now: dt.datetime
) -> Lead:
    file, content = source.read(name)
    rows = read_rows(file, content)
    row = rows[_at_line(file, [row.line for row in rows], line, "lead")]
    [lead] = arrivals(file, [row], model, model.flows[flow], now)
    return Lead(lead.name, flow, lead.record, lead.now, read_data(source, data, model))
