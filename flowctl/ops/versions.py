"""Versions by name: `live`, an environment, `@draft`, a draft, a release's date, any git ref; and files of them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from flowctl.data import dataclass
from flowctl.diag import FlowctlError, did_you_mean
from flowctl.flow import path_of
from flowctl.ops.content import changes_of
from flowctl.ops.records import Draft
from flowctl.ops.workspace import LIVE, Workspace, release_ref

if TYPE_CHECKING:
    from flowctl.flow import Model

DATE = re.compile(r"\d{4}-\d\d-\d\d(\.\d+)?\Z")


@dataclass(frozen=True)
class Version:
    """A state of the flows: what people call it, and its files by path."""

    label: str
    files: Mapping[str, bytes]

    def model(self) -> Model:
        """The files read; its problems are not raised."""
        from flowctl.flow import load_model  # many commands look at files and read no flow

        return load_model(dict(self.files))

    def sound_model(self) -> Model:
        """The files read.

        Raises:
            FlowctlError: Some cannot be read; every problem is told.
        """
        model = self.model()
        if model.problems:
            raise FlowctlError(f"{self.label} cannot be read", found=model.problems)
        return model


def here(ws: Workspace) -> Version:
    """What is being worked on: with a draft checked out, live with the draft's changes, saved or not."""
    draft = ws.current_draft()
    if draft is None or ws.is_closed(draft.draft):
        return Version("the work tree", ws.worktree())
    return Version(draft.title, with_edits(ws, draft))


def with_edits(ws: Workspace, draft: Draft) -> dict[str, bytes]:
    """Live's files with the changes of the draft that is checked out, unsaved ones too."""
    saved = {path: data for path, data in ws.git.files("HEAD").items() if not path.startswith("flows/")}
    return flows_of(changes_of(ws, draft, tip={**saved, **ws.worktree()}).after)


def flows_of(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {path: data for path, data in files.items() if path.startswith("flows/")}


def find(ws: Workspace, name: str) -> Version:
    """The version that a name stands for.

    Raises:
        FlowctlError: The name stands for nothing; the hint has the closest.
    """
    if name == "live":
        return Version("live", ws.files(ws.main))
    if name in ws.config.environments:
        return _environment(ws, name)
    if draft := find_draft(ws, name):
        return Version(draft.title, flows_of(changes_of(ws, draft).after))
    if DATE.match(name) and (commit := ws.git.resolve(release_ref(name))):
        return Version(f"release {name}", ws.files(commit))
    commit = ws.git.resolve(name)
    if commit is None:
        known = ["live", "@draft", *ws.config.environments, *(d.draft for d in ws.drafts()), *ws.release_ids()]
        raise FlowctlError(f"there is no version `{name}`", hint=did_you_mean(name, known) or _names())
    return Version(name, ws.files(commit))


def _names() -> str:
    return "a version is live, staging, @draft, a draft's name, a release's date or a git ref"


def _environment(ws: Workspace, name: str) -> Version:
    """What an environment runs, with the fixtures of `main`, since environments keep none."""
    parts = ws.environment(name).read().bundle.parts
    fixtures = ws.files(ws.main, "flows/fixtures")
    return Version(name, {**fixtures, **{path_of(part): text.encode() for part, text in parts.items()}})


def find_draft(ws: Workspace, name: str) -> Draft | None:
    """The open draft that a name stands for: `@draft`, its id, its branch, its title or its day."""
    if name == "@draft":
        return ws.require_draft()
    for draft in ws.drafts():
        if name in (draft.draft, draft.branch, draft.title):
            return draft
    by_day = [draft for draft in ws.drafts() if DATE.match(name) and draft.draft.startswith(f"{name}-")]
    return by_day[0] if len(by_day) == 1 and name not in ws.release_ids() else None


def on_day(ws: Workspace, day: dt.date) -> str | None:
    """The id of the release that was live at the end of a day."""
    before = [id_ for id_ in ws.release_ids() if id_[:10] <= day.isoformat()]
    return before[-1] if before else None


def production(ws: Workspace) -> Version:
    return _environment(ws, LIVE)
