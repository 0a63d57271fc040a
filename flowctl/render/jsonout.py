"""Answers as JSON: what every document holds, and the shapes that several verbs share."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping

from flowctl.diag import Diagnostic
from flowctl.document import Json
from flowctl.render.safe import HARMFUL


def document(verb: str, body: Mapping[str, Json]) -> str:
    """The JSON text of an answer. `schema` names its form: within one number keys are added, never changed."""
    text = json.dumps({"schema": f"flowctl/{verb}/1", **body}, ensure_ascii=False, indent=2, allow_nan=False)
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
