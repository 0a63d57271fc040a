"""Leads and data sets from files, from other versions and from stdin, typed by what the objects say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from flowctl.data import dataclass
from flowctl.diag import Diagnostic, FlowctlError, did_you_mean
from flowctl.flow import Fixture, Model, Record
from flowctl.flow.record import Reader
from flowctl.ops.simulate import Arrival, arrivals, complaint, once
from flowctl.ops.versions import find
from flowctl.ops.workspace import Workspace
from flowctl.tables import read_rows

STDIN = "-"
MOST = 10  # fixtures that are named when several are meant


@dataclass(frozen=True)
class Source:
    """Where files that are typed come from: the workspace, the folder that paths count from, and stdin's bytes."""

    ws: Workspace
    folder: Path
    stdin: Callable[[], bytes]

    def read(self, name: str) -> tuple[str, bytes]:
        """A file's name for people and its bytes: of a path, of `REF:path`, or of `-`.

        Raises:
            FlowctlError: There is no such file.
        """
        if name == STDIN:
            return "<stdin>", self.stdin()
        path = self.folder / name
        try:
            return name, path.read_bytes()
        except FileNotFoundError:
            pass
        except OSError as error:
            raise FlowctlError(f"cannot read `{name}`: {(error.strerror or '').lower()}") from error
        ref, colon, inside = name.partition(":")
        if not colon:
            raise FlowctlError(f"there is no file `{name}`", hint="a path, `REF:path`, or `-` for what is piped in")
        version = find(self.ws, ref)
        if inside not in version.files:
            raise FlowctlError(f"{version.label} has no file `{inside}`", hint=did_you_mean(inside, version.files))
        return name, version.files[inside]


def read_leads(source: Source, name: str, model: Model, flow: str, now: dt.datetime) -> list[Arrival]:
    """The leads of a file, for a flow, in order of arrival.

    Raises:
        FlowctlError: The file cannot be read, or does not fit the flow's object; all problems are told.
    """
    file, data = source.read(name)
    leads = arrivals(file, read_rows(file, data), model, model.flows[flow], now)
    if not leads:
        hint = "CSV with the names of fields in its first row, or a YAML or JSON list"
        raise FlowctlError(f"`{file}` holds no leads", hint=hint)
    return leads


def read_data(source: Source, given: Sequence[str], model: Model) -> dict[str, list[Record]]:
    """The data sets to match on, each given as `OBJECT=FILE`; an object given twice has both files' records.

    Raises:
        FlowctlError: An object is unknown, or a file cannot be read.
    """
    sets: dict[str, list[Record]] = {}
    for text in given:
        object_, name = named_set(text, model)
        sets.setdefault(object_, []).extend(_records(*source.read(name), object_, model))
    return sets


def named_set(text: str, model: Model) -> tuple[str, str]:
    """The object and the file of a data set given as `OBJECT=FILE`.

    Raises:
        FlowctlError: It names no file, or an object that is none.
    """
    object_, _, name = text.partition("=")
    if not name:
        raise FlowctlError(f"`{text}` names no data set", hint="as in `--data Account=accounts.csv`")
    if object_ not in model.objects:
        hint = did_you_mean(object_, model.objects) or f"objects: {', '.join(model.objects)}"
        raise FlowctlError(f"there is no object `{object_}`", hint=hint)
    return object_, name


def _records(file: str, data: bytes, object_: str, model: Model) -> list[Record]:
    found: list[Diagnostic] = []
    records = []
    for row in read_rows(file, data):
        reader = Reader(model.objects, model.settings.zone, complaint(file, row, found))
        records.append(Record(object_, reader.fields(row.values, object_, ())))
    if found:
        raise FlowctlError(f"`{file}` does not fit the object `{object_}`", found=once(found))
    return records


def find_fixture(fixtures: Mapping[str, Sequence[Fixture]], words: str, of: str = "") -> tuple[str, Fixture]:
    """The flow and the fixture whose `why` holds some words, in upper or lower case.

    Args:
        of: What version the fixtures are of, where that is not what is being worked on.

    Raises:
        FlowctlError: None does, or several do.
    """
    wanted = words.casefold().strip()
    every = [(flow, fixture) for flow, of_flow in fixtures.items() for fixture in of_flow]
    found = [item for item in every if wanted in item[1].why.casefold()]
    exact = [item for item in found if item[1].why.casefold() == wanted]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        hint = did_you_mean(words, [fixture.why for _, fixture in every]) or "`flowctl test --list` lists them"
        raise FlowctlError(f"no fixture's `why` holds `{words}`{f' in {of}' if of else ''}", hint=hint)
    whys = [f"  `{' '.join(fixture.why.split())}`" for _, fixture in found[:MOST]]
    more = [f"  and {len(found) - MOST} more"] if len(found) > MOST else []
    raise FlowctlError(f"{len(found)} fixtures hold `{words}`", hint="\n".join(["say more of one:", *whys, *more]))
