"""GitLab, through python-gitlab. Documented at https://docs.gitlab.com/api/: notes, merge requests, their approvals."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import cached_property
from typing import Any, Literal

import gitlab
import requests

from flowctl.hosts.finding import GITLAB_HINT
from flowctl.hosts.protocol import Approval, HostRefused, Request
from flowctl.hosts.session import open_session
from flowctl.hosts.sticky import Comment, keep_comment
from flowctl.hosts.understanding import moment, understood

PAGE = 100  # the most that a page holds
STRANGE = (gitlab.GitlabError, requests.RequestException)


class GitLab:
    """One merge request of one project.

    Args:
        number: The `iid` of the request; None for the merged one that `brought` a commit.
    """

    name: Literal["gitlab"] = "gitlab"

    def __init__(
        self,
        address: str,
        token: str,
        project: str,
        number: int | None,
        brought: str | None,
        sleep: Callable[[float], None],
    ) -> None:
        session = open_session("GitLab", address, token, GITLAB_HINT, sleep)
        # pages are asked for where we were sent to, whatever the server calls itself
        self._api = gitlab.Gitlab(address, private_token=token, session=session, keep_base_url=True)
        self._project: Any = self._api.projects.get(project, lazy=True)
        self._given, self._brought, self._sleep = number, brought, sleep

    def __repr__(self) -> str:
        return f"GitLab({self._api.url!r})"

    def comment(self, key: str, body: str) -> str:
        if self._found is None:
            raise HostRefused("GitLab has no merge request to comment on")
        with understood("GitLab", *STRANGE):
            return keep_comment("gitlab", _Notes(self._api, self._found), key, body, self._sleep)

    def approvals(self) -> tuple[Approval, ...]:
        if self._found is None:
            return ()
        with understood("GitLab", *STRANGE):
            given = self._found.approvals.get().approved_by
            found = [(entry["user"], moment(entry.get("approved_at"))) for entry in given]
            commits = self._heads() if found else []
            approvals = (Approval(u["username"], u["name"], at, self._approved(at, commits)) for u, at in found)
            return tuple(sorted(approvals, key=lambda approval: approval.who))

    def request(self) -> Request | None:
        mr = self._found
        if mr is None:
            return None
        with understood("GitLab", *STRANGE):
            author = mr.author["username"]
            return Request(mr.iid, mr.title, mr.source_branch, mr.target_branch, author, mr.sha, mr.web_url)

    @cached_property
    def _found(self) -> Any:
        """The merge request, or None."""
        with understood("GitLab", *STRANGE):
            if self._given is not None:
                return self._project.mergerequests.get(self._given)
            commit = self._project.commits.get(self._brought, lazy=True)
            merged = [mr for mr in commit.merge_requests(get_all=True) if mr["state"] == "merged"]
            own = [mr for mr in merged if self._brought in (mr.get("merge_commit_sha"), mr.get("squash_commit_sha"))]
            return self._project.mergerequests.get((own or merged)[0]["iid"]) if merged else None

    def _heads(self) -> list[tuple[dt.datetime, str]]:
        """The heads that the request has had, with the moments since, newest first."""
        versions = self._found.diffs.list(get_all=True, per_page=PAGE)
        heads = ((moment(version.created_at), version.head_commit_sha) for version in versions)
        return sorted(((since, commit) for since, commit in heads if since), reverse=True)

    def _approved(self, when: dt.datetime | None, heads: list[tuple[dt.datetime, str]]) -> str | None:
        """The commit that was the head when somebody approved. An older GitLab does not say when that was; then it is
        the head of now, if every push takes the approvals away.
        """
        if when is not None:
            return next((commit for since, commit in heads if since <= when), None)
        return str(self._found.sha) if self._resets else None

    @cached_property
    def _resets(self) -> bool:
        """Whether a push takes approvals away; what does not say so (GitLab Free) does not."""
        try:
            return self._project.approvals.get().reset_approvals_on_push is True
        except HostRefused as error:
            if error.status in (401, 403, 404):
                return False
            raise


class _Notes:
    """The notes of a merge request that are not GitLab's own."""

    def __init__(self, api: gitlab.Gitlab, mr: Any) -> None:
        self._api, self._mr = api, mr

    def own(self) -> list[Comment]:
        notes = self._mr.notes.list(iterator=True, per_page=PAGE, sort="asc", order_by="created_at")
        return [self._comment(note) for note in notes if not note.system and note.author["id"] == self._me]

    def create(self, body: str) -> Comment:
        return self._comment(self._mr.notes.create({"body": _calm(body)}))

    def change(self, id_: int, body: str) -> Comment:
        note = self._mr.notes.update(id_, {"body": _calm(body)})
        return Comment(id_, note["body"], self._address(id_))

    def remove(self, id_: int) -> None:
        self._mr.notes.delete(id_)

    @cached_property
    def _me(self) -> int:
        self._api.auth()  # asks whose the token is; that of a project has a user of its own
        assert self._api.user is not None, "`auth` has set it"
        return int(self._api.user.id)

    def _comment(self, note: Any) -> Comment:
        return Comment(note.id, note.body, self._address(note.id))

    def _address(self, id_: int) -> str:
        return f"{self._mr.web_url}#note_{id_}"


def _calm(body: str) -> str:
    """The body without quick actions: a line that begins with `/merge` would merge the request."""
    return re.sub(r"^/", " /", body.replace("\r", ""), flags=re.MULTILINE)
