"""Answers as JSON: what every document holds, and the shapes that several verbs share."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping

from flowctl.diag import Diagnostic, FlowctlError
from flowctl.document import Json
from flowctl.render.safe import HARMFUL


def document(verb: str, body: Mapping[str, Json]) -> str:
    """The JSON text of an answer. `schema` names its form: within one number keys are added, never changed."""
    return _text({"schema": f"flowctl/{verb}/1", **body}, indent=2)


def error(told: FlowctlError) -> str:
    """The JSON text of an error, on one line: whatever stderr holds before it, its last line is this."""
    found = [diagnostic(each) for each in told.found]
    return _text({"schema": "flowctl/error/1", "message": told.message, "hint": told.hint, "found": found}, indent=None)


def _text(data: Mapping[str, Json], indent: int | None) -> str:
    text = json.dumps(data, ensure_ascii=False, indent=indent, allow_nan=False)
    return re.sub(r"[^\x00-\x7e]", lambda m: _escaped(m.group()), text)


def _escaped(char: str) -> str:
    """A character that a terminal would obey, as JSON writes it; every other one as it is."""
    if unicodedata.category(char) not in HARMFUL:
        return char
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


def diagnostic(found: Diagnostic) -> Json:
    """A finding; `place` is None when the surroundings are at fault and no file."""
    span = found.span
    place = span and {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
    return {
        "code": found.code,
        "severity": str(found.severity),
        "message": found.message,
        "place": place,
        "hint": found.hint,
    }
