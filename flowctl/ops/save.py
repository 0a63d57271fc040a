"""`save`: keeps the edits of a draft."""

from __future__ import annotations

import datetime as dt

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.document import Document, Splice
from flowctl.flow import changed, part_of
from flowctl.history import Person as GitPerson
from flowctl.ops.atomic import write
from flowctl.ops.clone import push_draft
from flowctl.ops.content import unmanaged
from flowctl.ops.journal import journaled
from flowctl.ops.merging.state import require_no_merge
from flowctl.ops.readable import unreadable
from flowctl.ops.records import Draft
from flowctl.ops.workspace import MANAGED, Workspace, bundle_from, release_ref


@dataclass(frozen=True, slots=True)
class Saved:
    """What was saved; `commit` is None when there was nothing to save. `not_shared` says why others do not see it."""

    draft: Draft
    commit: str | None
    paths: tuple[str, ...]
    titled: tuple[str, ...]
    not_shared: str | None


def save(ws: Workspace, message: str, now: dt.datetime) -> Saved:
    """Commits the work tree's edits to the draft that is checked out.

    Flows that the draft changes get its title, as the clone in the routing product has it.

    Raises:
        FlowctlError: A file cannot be read (all problems are told), a managed file was edited, or no draft is
            checked out. Nothing was saved.
    """
    draft = ws.require_draft()
    require_no_merge(ws.git)
    edited = ws.unsaved()
    managed = [path for path in edited if path.startswith(MANAGED)]
    if managed:
        hint = f"`git checkout -- {managed[0]}` takes the edit back"
        raise FlowctlError(f"`{managed[0]}` is written by commands only", hint=hint)
    require_readable(ws)
    titled = tuple(_put_title(ws, draft))
    paths = tuple(sorted({*edited, *titled}))
    if not paths:
        return Saved(draft, None, (), (), None)
    person = GitPerson(ws.me.name, ws.me.email)
    with journaled(ws.root, "save"):
        commit = ws.git.commit_worktree(paths, message, when=now, author=person, committer=person)
    return Saved(draft, commit, paths, titled, _share(ws, draft))


def require_readable(ws: Workspace) -> None:
    """Refuses files that cannot be read; what they mean is for `check`."""
    if problems := unreadable(ws.worktree()):
        count = len(problems)
        raise FlowctlError(
            f"{count} {'problem' if count == 1 else 'problems'} in the files: nothing was saved", found=problems
        )


def _put_title(ws: Workspace, draft: Draft) -> list[str]:
    """Gives the draft's title to the flows that it changes; one that people changed themselves stays."""
    base = unmanaged(ws.git.files(release_ref(draft.base.release)))
    here = ws.worktree()
    titled = []
    for part in changed(bundle_from(base), bundle_from(here)):
        path = f"flows/{part.removeprefix('flow/')}.yaml"
        if part_of(path) == part and path in here and path in base:
            text = with_title(path, here[path].decode(), draft.title, _title(path, base[path].decode()))
            if text is not None:
                write(ws, path, text.encode())
                titled.append(path)
    return titled


def _title(path: str, text: str) -> str | None:
    tree = yaml.read(path, text).at("title")
    return tree.text if isinstance(tree, yaml.Scalar) else None


def with_title(path: str, text: str, title: str, before: str | None) -> str | None:
    """The text of a flow with another title; None when it has that title, or one that is not `before`."""
    document: Document = yaml.read(path, text)
    tree = document.at("title")
    if not isinstance(tree, yaml.Scalar) or tree.text == title or tree.text != before:
        return None
    return yaml.splice(text, [Splice(tree.start, yaml.content_end(text, tree), quoted(title))])


def quoted(title: str) -> str:
    """A title as it stands in a file."""
    return yaml.scalar_text(title)


def _share(ws: Workspace, draft: Draft) -> str | None:
    try:
        push_draft(ws, draft)
    except FlowctlError as error:
        return f"{error.message}{f'; {error.hint}' if error.hint else ''}"
    return None
