"""Files that look like ours and are read by nobody."""

from __future__ import annotations

from flowctl.check.registry import Found, check
from flowctl.check.scope import Workspace, once
from flowctl.diag import Severity

FOLDERS = ("rosters", "objects", "tables")


@check(
    "FC008",
    Severity.WARNING,
    once,
    bad="""
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: done
    nodes:
      done: {type: end, result: Handled}
    --- flows/emea/partner.yml
    flow: partner
    """,
    good="""
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: done
    nodes:
      done: {type: end, result: Handled}
    """,
)
def stray_file(workspace: Workspace) -> Found:
    """A file below `flows/` that nobody reads, because of its folder or its ending.

    ## Why it matters
    Whoever wrote it believes that it routes leads, or tests that they are routed well. It does nothing.

    ## What to do
    Call it `.yaml` (rows of tables: `.csv`), and put it where its kind is read: flows in `flows/` itself, the others in
    `flows/rosters`, `flows/objects` and `flows/tables`, fixtures in a folder of their flow's name below
    `flows/fixtures`. What is not for flowctl lies better outside of `flows/`.
    """
    for document in workspace.model.strays:
        hint = f"call it `{_place_of(document.file)}`; or keep it outside of `flows/`"
        yield document.span_of(0, 0), f"nobody reads `{document.file}`", hint


def _place_of(path: str) -> str:
    """Where a file would be read, by the folder that it lies in now."""
    folders, _, name = path.removeprefix("flows/").rpartition("/")
    stem, _, form = name.rpartition(".")
    if form.casefold() == "csv":
        return f"flows/tables/{stem}.csv"
    top, _, below = folders.partition("/")
    if top == "fixtures":
        return f"flows/fixtures/{below or 'FLOW'}/{stem}.yaml"
    return f"flows/{top}/{stem}.yaml" if top in FOLDERS else f"flows/{stem}.yaml"
