"""A workspace: a git repository with flows, drafts, releases and environments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flowctl.diag import FlowctlError
from flowctl.envs import Environment, open_environment
from flowctl.flow import Bundle, bundle_of
from flowctl.history import Repository, open_repository
from flowctl.ops.config import Config, read_config
from flowctl.ops.records import (
    Draft,
    Freezes,
    Person,
    Pointer,
    Release,
    in_release_order,
    read_record,
    tag_of,
)  # fmt: skip

MAIN = "main"
MAIN_REF = "refs/heads/main"
LIVE = "production"
FLOWS = "flows"
MANAGED = ("environments/", "releases/", "drafts/")  # written by commands only


@dataclass(frozen=True)
class Workspace:
    """An opened workspace. What it says of `main`, drafts and releases is read from git when asked."""

    root: Path
    config: Config
    git: Repository

    # -- main

    @property
    def main(self) -> str:
        """The commit of `main`.

        Raises:
            FlowctlError: There is no such branch.
        """
        found = self.git.resolve(MAIN_REF)
        if found is None:
            raise FlowctlError("there is no branch `main`", hint="`flowctl init my-routing` makes a workspace")
        return found

    def pointer(self, environment: str = LIVE, version: str | None = None) -> Pointer:
        """What `main` (or another version) says that an environment runs."""
        empty = Pointer(environment=environment)
        text = self.git.read(version or self.main, empty.path)
        return read_record(Pointer, empty.path, text) if text is not None else empty

    def releases(self, version: str | None = None) -> tuple[Release, ...]:
        """All releases, oldest first."""
        files = self.git.files(version or self.main, "releases")
        by_id = {path.removeprefix("releases/").removesuffix(".yaml"): path for path in files}
        return tuple(read_record(Release, by_id[id_], files[by_id[id_]]) for id_ in in_release_order(list(by_id)))

    def release_ids(self, version: str | None = None) -> list[str]:
        """The ids of all releases, oldest first; reads no record."""
        paths = self.git.files(version or self.main, "releases")
        return in_release_order([path.removeprefix("releases/").removesuffix(".yaml") for path in paths])

    def tags(self) -> dict[str, str]:
        """The commits of the applied releases, as `production/2026-11-23`."""
        return {ref.removeprefix("refs/tags/live/"): commit for ref, commit in self.git.refs("refs/tags/live/").items()}

    def freezes(self) -> Freezes:
        text = self.git.read(self.main, Freezes.path)
        return read_record(Freezes, Freezes.path, text) if text is not None else Freezes()

    # -- texts

    def files(self, version: str, under: str = FLOWS) -> dict[str, bytes]:
        """The files of a version by path."""
        return self.git.files(version, under)

    def bundle(self, version: str | None = None) -> Bundle:
        """The parts of a version, `main` by default."""
        return bundle_from(self.files(version or self.main))

    def worktree(self) -> dict[str, bytes]:
        """The YAML files below `flows/` as they stand in the work tree, saved or not."""
        paths = sorted(p for p in (self.root / FLOWS).rglob("*.yaml") if p.is_file() or p.is_symlink())
        return {name: (self.root / name).read_bytes() for name in (self.git.inside(p) for p in paths)}

    # -- drafts

    @cached_property
    def me(self) -> Person:
        """Who works here.

        Raises:
            FlowctlError: git knows no identity; the hint says how to set one.
        """
        person = self.git.require_identity()
        return Person(person.name, person.email)

    def drafts(self) -> tuple[Draft, ...]:
        """The open drafts, ours and those that the remote has, oldest first."""
        found = {}
        for ref in [*self.git.refs("refs/remotes/origin/draft/"), *self.git.refs("refs/heads/draft/")]:
            id_ = ref.rpartition("/")[2]
            if (draft := self.draft(id_, ref)) and not self.is_closed(id_):
                found[id_] = draft
        return tuple(sorted(found.values(), key=lambda d: (d.created, d.draft)))

    def draft(self, id_: str, version: str) -> Draft | None:
        """A draft's record as a version has it."""
        path = f"drafts/{id_}.yaml"
        text = self.git.read(version, path)
        return read_record(Draft, path, text) if text is not None else None

    def is_closed(self, id_: str) -> bool:
        """Whether `main` says that a draft has shipped."""
        draft = self.draft(id_, self.main)
        return draft is not None and draft.closed is not None

    def tip(self, draft: Draft) -> str:
        """The newest commit of a draft: ours, else the remote's."""
        found = self.git.resolve(draft.ref) or self.git.resolve(f"refs/remotes/origin/{draft.branch}")
        if found is None:
            raise FlowctlError(f"draft `{draft.draft}` has no branch `{draft.branch}`")
        return found

    def current_draft(self) -> Draft | None:
        """The draft that is checked out."""
        branch = self.git.head().branch or ""
        return self.draft(branch.removeprefix("draft/"), "HEAD") if branch.startswith("draft/") else None

    def require_draft(self) -> Draft:
        """The draft that is checked out.

        Raises:
            FlowctlError: None is.
        """
        draft = self.current_draft()
        if draft is None:
            open_ = self.drafts()
            hint = f"`git switch {open_[0].branch}`" if open_ else '`flowctl clone live --summary "…"` makes one'
            raise FlowctlError("no draft is checked out", hint=hint)
        if self.is_closed(draft.draft):
            hint = '`flowctl clone live --summary "…"` makes the next one'
            raise FlowctlError(f"the draft `{draft.title}` has shipped", hint=hint)
        return draft

    def require_saved(self) -> None:
        """Refuses to go on while there are unsaved edits.

        Raises:
            FlowctlError: Some files are edited and not saved.
        """
        edits = self.git.unsaved()
        if edits:
            more = f" and {len(edits) - 1} more" if len(edits) > 1 else ""
            raise FlowctlError(f"`{edits[0]}`{more} has unsaved edits", hint='`flowctl save -m "what changed"`')

    # -- environments

    def environment(self, name: str) -> Environment:
        """An environment by the name that `flowctl.yaml` gives it."""
        place = self.config.environments.get(name)
        if place is None:
            known = ", ".join(self.config.environments)
            raise FlowctlError(f"there is no environment `{name}`", hint=f"flowctl.yaml has: {known}")
        return open_environment(name, place.adapter, self.root / place.path)


def open_workspace(start: Path) -> Workspace:
    """The workspace that a folder lies in.

    Raises:
        FlowctlError: There is none, or its `flowctl.yaml` has errors.
    """
    git = open_repository(start)
    return Workspace(git.root, read_config(git.root), git)


def bundle_from(files: Mapping[str, bytes]) -> Bundle:
    """The bundle of files by path.

    Raises:
        FlowctlError: A part is not UTF-8.
    """
    return bundle_of(dict(_decoded(files)))


def _decoded(files: Mapping[str, bytes]) -> Iterable[tuple[str, str]]:
    for path, data in files.items():
        try:
            yield path, data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise FlowctlError(f"`{path}` is not UTF-8", hint=f"`flowctl check {path}` shows where") from error


def monday_after(day: dt.date) -> dt.date:
    """The Monday that follows a day: the next one when the day is a Monday itself."""
    return day + dt.timedelta(days=7 - day.weekday())


def release_ref(release: str, environment: str = LIVE) -> str:
    return f"refs/tags/{tag_of(environment, release)}"
