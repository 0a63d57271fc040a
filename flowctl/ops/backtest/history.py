"""What Traction Complete noted of leads: an export of its history log, `TracRTC__History_Log__c`.

A record has a row for each step of a flow that took it. The first says with its start state what the record was before
it was routed, the last with its end state who owned it afterwards.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from flowctl.columns.batch import Batch
from flowctl.data import dataclass
from flowctl.diag import Diagnostic, FlowctlError, Severity, Span, did_you_mean
from flowctl.document import Json
from flowctl.engine.bulk import NONE, Names
from flowctl.ops.backtest.actual import dictionary_of
from flowctl.ops.backtest.comparison import SILENT, UNKNOWN
from flowctl.ops.backtest.people import People, is_nobody
from flowctl.tables import Row, read_rows

# What each column may be called, without `TracRTC__`, `__c`, `_` and spaces, in small letters; the first is how
# Salesforce would name it in `TracRTC__…__c`.
RECORD = ("recordid", "record", "sobjectid", "leadid", "lead", "contactid", "accountid", "caseid", "relatedrecord")
START = ("startstate", "jsonstartstate", "startstatejson", "startjson", "before")
END = ("endstate", "jsonendstate", "endstatejson", "endjson", "after")
WHEN = ("createddate", "timestamp", "date", "loggedat")
FLOW, STEP = ("flow", "flowname"), ("step", "stepname", "node")
MODIFIED, PREVIOUS = ("modifiedfields", "modifiedfield", "field"), ("previousvalue", "previousvalues", "oldvalue")
OWNERS = ("OwnerId", "Owner", "ownerid", "owner")
LONGEST = 1 << 24  # characters of a state
MOST = 5  # places that are told of what cannot be read


@dataclass(frozen=True, slots=True)
class Past:
    """What a history says of one record: its fields before it was routed, and its owner afterwards (None: nothing)."""

    before: Mapping[str, Json]
    owner: str | None
    flow: str = ""
    steps: tuple[str, ...] = ()


class History:
    """What a history log says, by the ids of records in their 15 characters."""

    def __init__(self, pasts: Mapping[str, Past], unread: Sequence[int] = ()) -> None:
        self.pasts, self.unread = pasts, tuple(unread)


def read_history(file: str, content: bytes) -> History:
    """The history that an export holds: CSV, its columns by label or API name, gzipped or not; or a list in JSON.

    Raises:
        FlowctlError: It cannot be read, or lacks a column that it needs.
    """
    if file.casefold().endswith(".gz"):
        return read_history(file[: -len(".gz")], _unzipped(file, content))
    return history_of(file, list(_csv(file, content)) if file.casefold().endswith(".csv") else read_rows(file, content))


def _unzipped(file: str, content: bytes) -> bytes:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise FlowctlError(f"`{file}` cannot be unpacked: it is damaged, or no gzip") from error


def _csv(file: str, content: bytes) -> Iterator[Row]:
    """The rows of a CSV, whatever its columns are called."""
    limit = csv.field_size_limit(LONGEST)
    try:
        lines = io.StringIO(content.decode("utf-8-sig"), newline="")
        reader = csv.reader(lines, strict=True)
        head = next(reader, [])
        line = reader.line_num + 1
        for cells in reader:
            yield Row(dict(zip(head, cells, strict=False)), line)
            line = reader.line_num + 1
    except (UnicodeDecodeError, csv.Error) as error:
        raise FlowctlError(f"`{file}` is no CSV in UTF-8", hint="export it as `CSV UTF-8`, comma delimited") from error
    finally:
        csv.field_size_limit(limit)  # it holds for whatever is read as CSV afterwards


def history_of(file: str, rows: Sequence[Row]) -> History:
    """The history that the rows of an export tell; those whose states are no JSON are counted, and left out.

    Raises:
        FlowctlError: It lacks the column of the record, or that of the end state.
    """
    columns = _columns(file, rows)
    noted: dict[str, list[tuple[str, int, Row]]] = {}
    for at, row in enumerate(rows):
        id_ = short(_text(row, columns["record"]))
        if id_:
            noted.setdefault(id_, []).append((_text(row, columns.get("when")), at, row))
    unread: list[int] = []
    pasts = {id_: _past([row for *_, row in sorted(steps)], columns, unread) for id_, steps in noted.items()}
    return History(pasts, unread)


def _columns(file: str, rows: Sequence[Row]) -> dict[str, str]:
    """Which of the file's columns is which."""
    there = {_plain(name): name for name in dict.fromkeys(name for row in rows[:1] for name in row.values)}
    wanted = {"record": RECORD, "start": START, "end": END, "when": WHEN, "flow": FLOW, "step": STEP}
    found = {key: there[name] for key, names in wanted.items() for name in names[::-1] if name in there}
    for key, like in (("record", "TracRTC__Record_Id__c"), ("end", "TracRTC__End_State__c")):
        if key not in found:
            hint = did_you_mean(like, there.values()) or f"a column such as `{like}`"
            raise FlowctlError(f"`{file}` is no history log: it lacks {_WORDS[key]}", hint=hint)
    return found


_WORDS = {"record": "the id of the record", "end": "the end state"}


def _plain(name: str) -> str:
    bare = re.sub(r"^TracRTC__|__c$", "", name.strip(), flags=re.IGNORECASE)
    return re.sub(r"[^a-z0-9]", "", bare.casefold())


def _past(rows: Sequence[Row], columns: Mapping[str, str], unread: list[int]) -> Past:
    """What the rows of one record tell, in the order in which they were noted."""
    starts = [state for row in rows if (state := _state(row, columns.get("start"), unread))]
    ends = [state for row in rows if (state := _state(row, columns["end"], unread))]
    owners = [str(state[name] or "") for state in ends for name in OWNERS if name in state][-1:]
    steps = tuple(step for row in rows if (step := _text(row, columns.get("step"))))
    return Past(starts[0] if starts else {}, owners[0] if owners else None, _text(rows[0], columns.get("flow")), steps)


def _state(row: Row, column: str | None, unread: list[int]) -> dict[str, Json]:
    """A state: the fields of a record in JSON, or a list of one such."""
    text = _text(row, column)
    if not text:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    if not isinstance(found, dict):
        unread.append(row.line)
        return {}
    return {name: value for name, value in found.items() if name != "attributes"}


def _text(row: Row, column: str | None) -> str:
    value = row.values.get(column) if column else None
    return value.strip() if isinstance(value, str) else "" if value is None else str(value)


def short(id_: str) -> str:
    """An id in its form of 15 characters, which is the same for both."""
    return id_[:15] if len(id_) == 18 else id_


class HistoryActual:
    """The owners that a history says of the leads, which are found by their ids."""

    def __init__(self, history: History, people: People, names: Names, id_column: str = "Id") -> None:
        self._history, self._column = history, id_column
        self._owners = {id_: _owner(past, people, names) for id_, past in history.pasts.items()}

    def codes(self, batch: Batch) -> np.ndarray[Any, Any]:
        return np.array([self._owners.get(id_, SILENT) for id_ in ids(batch, self._column)], np.int64)


def _owner(past: Past, people: People, names: Names) -> int:
    if past.owner is None:
        return SILENT
    if is_nobody(past.owner):
        return NONE
    who = people.who(past.owner)
    return UNKNOWN if who is None else names.code(who)


def ids(batch: Batch, column: str, *, whole: bool = False) -> Iterator[str]:
    """The ids of a batch's records, in 15 characters or as `whole` as they are; empty where there is none."""
    texts = dictionary_of(batch.extra[column])
    known = [str(text or "").strip() for text in texts.dictionary.to_pylist()]
    known = known if whole else list(map(short, known))
    return (known[at] if at is not None else "" for at in texts.indices.to_pylist())


def unreadable(file: str, history: History) -> tuple[Diagnostic, ...]:
    """The first places of states that are no JSON, without what they hold."""
    return tuple(
        Diagnostic("FC001", Severity.WARNING, "a state is no JSON", Span(file, line, 1, line, 1))
        for line in history.unread[:MOST]
    )
