"""How many things a draft makes, changes and takes away: the report that GitLab shows of Terraform."""

from __future__ import annotations

import json
from collections import Counter

from flowctl.diff.edits import EntryAdded, EntryRemoved, NodeAdded, NodeRemoved
from flowctl.ops.ci.report import Change, CiReport

WHOLE = {"added": "create", "removed": "delete"}


def terraform(report: CiReport) -> str:
    """Nodes, members, rows and whole parts, each counted once, however much of it changed; nothing cosmetic."""
    found: dict[tuple[str, str], str] = {}
    for change in report.changes:
        if not change.cosmetic:
            thing = change.part, _thing(change)
            deed = _deed(change)
            found[thing] = deed if found.get(thing, deed) == deed else "update"
    counted = Counter(found.values())
    return json.dumps({deed: counted[deed] for deed in ("create", "update", "delete")}) + "\n"


def _thing(change: Change) -> str:
    edit = change.edit
    if edit is None:
        return ""
    entry = getattr(edit, "entry", None)
    return f"{getattr(edit, 'section', '')}/{entry}" if entry is not None else edit.node or ""


def _deed(change: Change) -> str:
    if change.edit is None:
        return WHOLE.get(change.status, "update")
    if isinstance(change.edit, (NodeAdded, EntryAdded)):
        return "create"
    return "delete" if isinstance(change.edit, (NodeRemoved, EntryRemoved)) else "update"
