"""Whether files can be read at all; what they mean is for `check`."""

from __future__ import annotations

from collections.abc import Mapping

from flowctl.diag import Diagnostic, Severity
from flowctl.flow import load_model

SPELLING = ("FC0", "FC3")  # codes of what is wrong with a text by itself: YAML, keys, conditions


def unreadable(files: Mapping[str, bytes]) -> list[Diagnostic]:
    """Why some of these files cannot be read; nothing is said of what only the other files of a workspace know."""
    found = load_model(dict(files)).problems
    return [d for d in found if d.severity is Severity.ERROR and d.code[:3] in SPELLING]
