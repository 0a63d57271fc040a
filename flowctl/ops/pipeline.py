"""`init --ci`: the pipeline of a workspace, who owns what decides, and the forms of the process, for one host."""

from __future__ import annotations

import datetime as dt
from importlib import resources
from typing import Literal, TypeAlias

from flowctl import __version__
from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.history import Person as GitPerson
from flowctl.ops.branch import at_work
from flowctl.ops.workspace import MAIN, Workspace

HostName: TypeAlias = Literal["gitlab", "github"]

# Where each template goes. A form for each thing that people ask of those who own the routing.
FILES: dict[HostName, dict[str, str]] = {
    "gitlab": {
        ".gitlab-ci.yml": "pipeline.yml",
        ".gitlab/CODEOWNERS": "owners",
        ".gitlab/issue_templates/alignment_request.md": "alignment_request.md",
        ".gitlab/issue_templates/logic_change.md": "logic_change.md",
        ".gitlab/issue_templates/routing_bug.md": "routing_bug.md",
    },
    "github": {
        ".github/workflows/flowctl.yml": "workflow.yml",
        ".github/CODEOWNERS": "owners",
        ".github/ISSUE_TEMPLATE/config.yml": "config.yml",
        ".github/ISSUE_TEMPLATE/alignment_request.yml": "alignment_request.yml",
        ".github/ISSUE_TEMPLATE/logic_change.yml": "logic_change.yml",
        ".github/ISSUE_TEMPLATE/routing_bug.yml": "routing_bug.yml",
    },
}


@dataclass(frozen=True, slots=True)
class PipelineMade:
    """The files that were written, and those that stood there as they should be. `commit` is None without new ones.

    `draft` is the title of the draft that they go live with; `is_shared` where `main` has a remote to be pushed to.
    """

    host: HostName
    owner: str
    written: tuple[str, ...]
    there: tuple[str, ...]
    commit: str | None
    draft: str | None
    is_shared: bool


def files_of(host: HostName, owner: str) -> dict[str, bytes]:
    """The files of a host's pipeline by path.

    Args:
        owner: Whoever has to approve of what decides, as CODEOWNERS names people: an address, `@name`, `@group/team`.
    """
    home = resources.files("flowctl") / "sample" / "ci" / host
    texts = {path: (home / name).read_text(encoding="utf-8") for path, name in FILES[host].items()}
    filled = {"version": __version__, "owner": owner}
    for name, value in filled.items():
        texts = {path: text.replace(f"[[{name}]]", value) for path, text in texts.items()}
    return {path: text.encode() for path, text in texts.items()}


def make_pipeline(ws: Workspace, host: HostName, now: dt.datetime) -> PipelineMade:
    """Writes a host's pipeline into a workspace, in a commit of the branch that is checked out.

    Raises:
        FlowctlError: A file is there and says something else, or a branch is not checked out. Nothing was written.
    """
    owner = ws.me.email
    made = files_of(host, owner)
    there = {path: _there(ws, path) for path in made}
    if edited := [path for path, data in there.items() if data not in (None, made[path])]:
        hint = f"it stays as it is; to have ours, `mv {edited[0]} {edited[0]}.old` first"
        more = f" and {len(edited) - 1} more" if len(edited) > 1 else ""
        raise FlowctlError(f"`{edited[0]}`{more} is there already, and not as flowctl writes it", hint=hint)
    branch, draft = ws.git.head().branch, ws.current_draft()
    if branch is None or (branch != MAIN and draft is None):
        raise FlowctlError("neither `main` nor a draft is checked out", hint="`flowctl switch main`")
    new = tuple(path for path, data in there.items() if data is None)
    with at_work(ws, "write the pipeline"):
        commit = _commit(ws, {path: made[path] for path in new}, host, now)
    known = tuple(path for path in made if path not in new)
    shared = ws.git.remote() is not None
    return PipelineMade(host, owner, new, known, commit, draft.title if draft else None, shared)


def _there(ws: Workspace, path: str) -> bytes | None:
    file = ws.root / path
    try:
        return file.read_bytes().replace(b"\r\n", b"\n")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FlowctlError(f"cannot read `{path}`: {error.strerror}") from error


def _commit(ws: Workspace, files: dict[str, bytes], host: HostName, now: dt.datetime) -> str | None:
    try:
        for path, data in files.items():
            file = ws.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    except OSError as error:
        raise FlowctlError(f"cannot write `{error.filename}`: {error.strerror}") from error
    person = GitPerson(ws.me.name, ws.me.email)
    message = f"pipeline: for {'GitLab' if host == 'gitlab' else 'GitHub'}, by `flowctl init --ci {host}`"
    return ws.git.commit_worktree(list(files), message, when=now, author=person, committer=person)
