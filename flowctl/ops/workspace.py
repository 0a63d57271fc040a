"""A workspace: a git repository with flows, drafts, releases and environments."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.flow import Bundle, bundle_of, part_of
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

if TYPE_CHECKING:
    from flowctl.envs import Environment

MAIN = "main"
MAIN_REF = "refs/heads/main"
LIVE = "production"
STAGING = "staging"
FLOWS = "flows"
SUFFIXES = (".yaml", ".yml", ".csv")  # of the files there that are ours, or were meant to be
_HARMLESS = re.compile(r"(\w[\w .-]*/)*\w[\w .-]*", re.ASCII)  # paths that git spells as they are
MANAGED = ("environments/", "releases/", "drafts/", "approvals/")  # written by commands only


@dataclass(frozen=True)
class Workspace:
    """An opened workspace. What it says of `main`, drafts and releases is read from git when asked.

    Where refs stand is asked of git each time. What a commit holds never changes, and is read once.
    `variables` are those of the process, by which a pipeline says what it runs for; they hold tokens.
    """

    root: Path
    config: Config
    git: Repository
    variables: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

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
        commit = self._commit(version)
        if commit not in self._releases:
            files = self.git.files(commit, "releases")
            by_id = {path.removeprefix("releases/").removesuffix(".yaml"): path for path in files}
            paths = [by_id[id_] for id_ in in_release_order(list(by_id))]
            self._releases[commit] = tuple(read_record(Release, path, files[path]) for path in paths)
        return self._releases[commit]

    def release_ids(self, version: str | None = None) -> list[str]:
        """The ids of all releases, oldest first; reads no record."""
        commit = self._commit(version)
        if commit not in self._release_ids:
            paths = self.git.paths(commit, "releases")
            ids = [path.removeprefix("releases/").removesuffix(".yaml") for path in paths]
            self._release_ids[commit] = in_release_order(ids)
        return list(self._release_ids[commit])

    def newest_release(self) -> Release | None:
        """The release that was made last; the others' records stay unread."""
        ids = self.release_ids()
        return self.release(ids[-1]) if ids else None

    def release(self, id_: str) -> Release | None:
        """A release's record on `main`; the others stay unread."""
        place = (self.main, id_)
        if place not in self._records:
            path = f"releases/{id_}.yaml"
            text = self.git.read(place[0], path)
            self._records[place] = read_record(Release, path, text) if text is not None else None
        return self._records[place]

    def tags(self) -> dict[str, str]:
        """The commits of the applied releases, as `production/2026-11-23`."""
        return {ref.removeprefix("refs/tags/live/"): commit for ref, commit in self.git.refs("refs/tags/live/").items()}

    def freezes(self) -> Freezes:
        text = self.git.read(self.main, Freezes.path)
        return read_record(Freezes, Freezes.path, text) if text is not None else Freezes()

    # -- texts

    def files(self, version: str, under: str = FLOWS) -> dict[str, bytes]:
        """The files of a version by path."""
        place = (self._commit(version), under)
        if place not in self._files:
            self._files[place] = self.git.files(*place)
        return dict(self._files[place])

    def bundle(self, version: str | None = None) -> Bundle:
        """The parts of a version, `main` by default."""
        commit = self._commit(version)
        if commit not in self._bundles:
            self._bundles[commit] = bundle_from(self.files(commit))
        return self._bundles[commit]

    def worktree(self) -> dict[str, bytes]:
        """The files below `flows/` that are ours, YAML and the rows of tables, as they stand in the work tree.

        Raises:
            FlowctlError: One of them is a link: git keeps links as links, and other places have no such file.
        """
        top = self.root / FLOWS
        found = sorted(_ours_below(str(top), FLOWS), key=lambda item: item[0].split("/"))
        if link := next((name for name, is_link in found if is_link), None):
            hint = f"put the file itself there: `rm {link}` takes the link away"
            raise FlowctlError(f"`{link}` is a link", hint=hint)
        is_here = not top.is_symlink()
        names = [
            name if is_here and _HARMLESS.fullmatch(name) else self.git.inside(self.root / name) for name, _ in found
        ]
        return {name: (self.root / name).read_bytes() for name in names}

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
            hint = f"`flowctl switch {open_[0].draft}`" if open_ else '`flowctl clone live --summary "…"` makes one'
            raise FlowctlError("no draft is checked out", hint=hint)
        if self.is_closed(draft.draft):
            raise self.shipped(draft.draft)
        return draft

    def shipped(self, id_: str) -> FlowctlError:
        """What to say to whoever goes on with a draft that has shipped."""
        draft = self.draft(id_, self.main)
        hint = '`flowctl clone live --summary "…"` makes the next one'
        if draft is None or draft.closed is None:
            return FlowctlError(f"the draft `{id_}` has shipped", hint=hint)
        release, when = draft.closed.release, f"{draft.closed.when:%Y-%m-%d %H:%M} UTC"
        live = ", and is live" if self.release_ids()[-1:] == [release] else ""
        return FlowctlError(f"the draft `{draft.title}` has shipped{live}: release {release}, {when}", hint=hint)

    def require_saved(self) -> None:
        """Refuses to go on while there are unsaved edits, or a merge is under way.

        Raises:
            FlowctlError: Some files are edited and not saved; or are those of a merge.
        """
        from flowctl.ops.merging.state import require_no_merge  # stands on the journal, which stands on git

        require_no_merge(self.git)
        edits = self.unsaved()
        if by_hand := next((path for path in edits if path.startswith(MANAGED)), None):
            hint = f"`git checkout -- {by_hand}` takes the edit back"
            raise FlowctlError(f"`{by_hand}` was edited, and is written by commands only", hint=hint)
        if edits:
            more, have = (f" and {len(edits) - 1} more", "have") if len(edits) > 1 else ("", "has")
            raise FlowctlError(f"`{edits[0]}`{more} {have} unsaved edits", hint='`flowctl save -m "what changed"`')

    def unsaved(self) -> tuple[str, ...]:
        """The files with unsaved edits: those that git knows, and new ones below `flows/`.

        What else lies in the folder, such as a list of leads to simulate, is nobody's edit: it must not be saved into
        a history that everybody reads.
        """
        return tuple(sorted({*self.git.unsaved(untracked=False), *self.git.unsaved(FLOWS)}))

    # -- environments

    def environment(self, name: str) -> Environment:
        """An environment by the name that `flowctl.yaml` gives it."""
        from flowctl.envs import open_environment  # knows how flows are written; `log` has no need of that

        place = self.config.environments.get(name)
        if place is None:
            known = ", ".join(self.config.environments)
            raise FlowctlError(f"there is no environment `{name}`", hint=f"flowctl.yaml has: {known}")
        return open_environment(name, place.adapter, self.root / place.path)

    # -- what commits hold, by their ids

    def _commit(self, version: str | None) -> str:
        """The commit of a version, `main` by default; the version itself where git knows none, so that it complains."""
        return self.main if version is None else self.git.resolve(version) or version

    @cached_property
    def _releases(self) -> dict[str, tuple[Release, ...]]:
        return {}

    @cached_property
    def _records(self) -> dict[tuple[str, str], Release | None]:
        return {}

    @cached_property
    def _release_ids(self) -> dict[str, list[str]]:
        return {}

    @cached_property
    def _files(self) -> dict[tuple[str, str], dict[str, bytes]]:
        return {}

    @cached_property
    def _bundles(self) -> dict[str, Bundle]:
        return {}


def _ours_below(folder: str, name: str) -> Iterator[tuple[str, bool]]:
    """The files below a folder that are ours, and whether they are links; links to folders are not followed."""
    with suppress(FileNotFoundError, NotADirectoryError, PermissionError), os.scandir(folder) as entries:
        for entry in entries:
            path = f"{name}/{entry.name}"
            is_ours = entry.name.endswith(SUFFIXES) and entry.name not in SUFFIXES
            if is_ours and (entry.is_symlink() or entry.is_file()):
                yield path, entry.is_symlink()
            elif entry.is_dir(follow_symlinks=False):
                yield from _ours_below(entry.path, path)


def open_workspace(start: Path, variables: Mapping[str, str] = MappingProxyType({})) -> Workspace:
    """The workspace that a folder lies in.

    Args:
        variables: Of the process, where what it does may depend on the pipeline that it runs in.

    Raises:
        FlowctlError: There is none, or its `flowctl.yaml` has errors.
    """
    git = open_repository(start)
    return Workspace(git.root, read_config(git.root), git, variables)


def bundle_from(files: Mapping[str, bytes]) -> Bundle:
    """The bundle of files by path.

    Raises:
        FlowctlError: A part is not UTF-8.
    """
    return bundle_of(dict(_decoded(files)))


def _decoded(files: Mapping[str, bytes]) -> Iterable[tuple[str, str]]:
    for path, data in files.items():
        if part_of(path) is None:  # a picture, say
            continue
        try:
            yield path, data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise FlowctlError(f"`{path}` is not UTF-8", hint=f"`flowctl check {path}` shows where") from error


def monday_after(day: dt.date) -> dt.date:
    """The Monday that follows a day: the next one when the day is a Monday itself."""
    return day + dt.timedelta(days=7 - day.weekday())


def release_ref(release: str, environment: str = LIVE) -> str:
    return f"refs/tags/{tag_of(environment, release)}"
