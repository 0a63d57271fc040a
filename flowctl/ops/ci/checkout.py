"""What a pipeline has checked out: a commit without a branch, `main` as the remote has it, a draft or what is to be
`main`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.ops.records import Draft
from flowctl.ops.trunk import ORIGIN_MAIN
from flowctl.ops.workspace import MAIN, MAIN_REF, Workspace, release_ref

DRAFTS = "draft/"
TAGS = "git fetch --tags"
ALL_OF_MAIN = f"git fetch origin {MAIN}:{ORIGIN_MAIN} --tags"


def whole(by_hand: str) -> str:
    """What brings the missing part of the history: in a pipeline, and as a command."""
    return (
        "the whole history is needed, with tags: `GIT_DEPTH: 0` in .gitlab-ci.yml, `fetch-depth: 0` of "
        f"actions/checkout, by hand `{by_hand}`"
    )


@dataclass(frozen=True, kw_only=True)
class Checkout(Workspace):
    """A workspace in which HEAD is what is looked at, wherever branches stand."""

    trunk: str  # the commit that counts as `main`
    head: str
    branch: str | None  # what CI, or git, says that HEAD is the tip of
    draft_here: Draft | None

    @property
    def main(self) -> str:
        return self.trunk

    @property
    def is_trunk(self) -> bool:
        return self.head == self.trunk

    @property
    def label(self) -> str:
        """What is looked at, as people call it."""
        return self.draft_here.title if self.draft_here else self.branch or f"commit {self.head[:10]}"

    def tip(self, draft: Draft) -> str:
        return self.head if draft == self.draft_here else super().tip(draft)

    def current_draft(self) -> Draft | None:
        return self.draft_here


def check_out(ws: Workspace) -> Checkout:
    """Finds out what HEAD is; CI's variables name the branch that a pipeline runs for.

    Raises:
        FlowctlError: The clone has not all of the history, nobody knows which of several drafts is meant, or there
            are unsaved edits.
    """
    ws.require_saved()
    head = ws.git.head()
    if head.commit is None:
        raise FlowctlError("nothing is committed here", hint="`flowctl init my-routing` makes a workspace")
    if ws.git.is_shallow:
        raise FlowctlError("this clone has only the newest commits", hint=whole("git fetch --unshallow --tags"))
    branch = head.branch or branch_of(ws.variables)
    trunk = head.commit if branch == MAIN else _trunk(ws)
    commit = head.commit if head.branch else _proposed(ws, head.commit)
    draft = _draft(ws, trunk, commit, branch)
    return Checkout(ws.root, ws.config, ws.git, ws.variables, trunk=trunk, head=commit, branch=branch, draft_here=draft)


def branch_of(variables: Mapping[str, str]) -> str | None:
    """The branch that a pipeline runs for: of a merge request, the one that it comes from."""
    names = ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_BRANCH", "GITHUB_HEAD_REF")
    if found := next((variables[name] for name in names if variables.get(name)), None):
        return found
    is_branch = variables.get("GITHUB_REF", "").startswith("refs/heads/")
    return variables.get("GITHUB_REF_NAME") if is_branch else None


def _proposed(ws: Workspace, head: str) -> str:
    """The commit that a merge request proposes, where the host has checked out its own trial of the merge.

    Only CI's variables tell that: a release's commit has `main` and a draft as its parents, too.
    """
    source = ws.variables.get(
        "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"
    )  # there in GitLab's pipelines of merged results only
    is_pull = re.fullmatch(r"refs/pull/\d+/merge", ws.variables.get("GITHUB_REF", "")) is not None
    if not source and is_pull and ws.variables.get("GITHUB_SHA") == head:
        source = dict(enumerate(ws.git.commit_info(head).parents)).get(1)
    return (ws.git.resolve(source) if source else None) or head


def _trunk(ws: Workspace) -> str:
    """The remote's `main` where it is not behind the one here."""
    ours, theirs = ws.git.resolve(MAIN_REF), ws.git.resolve(ORIGIN_MAIN)
    if theirs and (ours is None or ws.git.is_ancestor(ours, theirs)):
        return theirs
    if ours is None:
        raise FlowctlError("there is no branch `main` in this clone", hint=whole(ALL_OF_MAIN))
    return ours


def _draft(ws: Workspace, trunk: str, head: str, branch: str | None) -> Draft | None:
    if branch == MAIN or head == trunk:
        return None
    if branch and branch.startswith(DRAFTS):
        named = ws.draft(branch.removeprefix(DRAFTS), head)
        found = [named] if named else []
    else:
        found = list(_open_drafts(ws, trunk, head))
    if len(found) > 1:
        names = ", ".join(draft.draft for draft in found)
        raise FlowctlError(f"this commit is of several drafts: {names}", hint=f"`git switch {found[0].branch}`")
    draft = found[0] if found else None
    if draft and draft.closed is None and ws.git.resolve(release_ref(draft.base.release)) is None:
        raise FlowctlError(f"the release `{draft.base.release}` has no tag in this clone", hint=whole(TAGS))
    return draft if draft and draft.closed is None else None


def _open_drafts(ws: Workspace, trunk: str, head: str) -> Iterator[Draft]:
    """The drafts that a commit has, and that have not shipped."""
    known = set(ws.git.paths(trunk, "drafts"))
    for path in ws.git.paths(head, "drafts"):
        id_ = path.removeprefix("drafts/").removesuffix(".yaml")
        if path not in known and (draft := ws.draft(id_, head)) and draft.closed is None:
            yield draft
