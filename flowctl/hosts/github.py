"""GitHub, through its REST API. Documented at https://docs.github.com/rest: issue comments, pulls, reviews, users."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Literal

import requests
import requests.auth

from flowctl.hosts.finding import GITHUB_HINT
from flowctl.hosts.protocol import Approval, HostRefused, Request
from flowctl.hosts.session import open_session
from flowctl.hosts.sticky import Comment, keep_comment
from flowctl.hosts.understanding import moment, understood

VERSION = "2022-11-28"
PAGE = 100  # the most that a page holds
DECISIVE = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")  # a later remark takes no approval back
INSIDERS = ("OWNER", "MEMBER", "COLLABORATOR")  # anybody may review a public repository


class GitHub:
    """One pull request of one repository.

    Args:
        number: Of the request; None for the merged one that `brought` a commit.
    """

    name: Literal["github"] = "github"

    def __init__(
        self,
        address: str,
        token: str,
        repository: str,
        number: int | None,
        brought: str | None,
        sleep: Callable[[float], None],
    ) -> None:
        self._api = _Api(address, token, sleep)
        self._repository = f"repos/{repository}"
        self._given, self._brought, self._sleep = number, brought, sleep

    def __repr__(self) -> str:
        return f"GitHub({self._repository!r})"

    def comment(self, key: str, body: str) -> str:
        number = self._number
        if number is None:
            raise HostRefused("GitHub has no pull request to comment on")
        with understood("GitHub", requests.RequestException):
            return keep_comment("github", _IssueComments(self._api, self._repository, number), key, body, self._sleep)

    def approvals(self) -> tuple[Approval, ...]:
        if self._number is None:
            return ()
        with understood("GitHub", requests.RequestException):
            newest: dict[str, Any] = {}
            for review in self._api.pages(f"{self._repository}/pulls/{self._number}/reviews"):  # oldest first
                if review["user"] and review["state"] in DECISIVE:
                    newest[review["user"]["login"]] = review
            return tuple(self._approval(review) for _, review in sorted(newest.items()) if _approves(review))

    def request(self) -> Request | None:
        if self._number is None:
            return None
        with understood("GitHub", requests.RequestException):
            pull = self._api.get(f"{self._repository}/pulls/{self._number}")
            source, target, author = pull["head"]["ref"], pull["base"]["ref"], (pull["user"] or {}).get("login", "")
            head, address = pull["head"]["sha"], pull["html_url"]
            return Request(self._number, pull["title"], source, target, author, head, address)

    @cached_property
    def _number(self) -> int | None:
        if self._given is not None:
            return self._given
        with understood("GitHub", requests.RequestException):
            pulls = list(self._api.pages(f"{self._repository}/commits/{self._brought}/pulls"))
            merged = [pull for pull in pulls if pull["merged_at"]]
            own = [pull for pull in merged if pull["merge_commit_sha"] == self._brought]
            return (own or merged)[0]["number"] if merged else None

    def _approval(self, review: Any) -> Approval:
        login = review["user"]["login"]
        return Approval(login, self._name_of(login), moment(review["submitted_at"]), review["commit_id"])

    def _name_of(self, login: str) -> str:
        """A person's name, where they give one."""
        try:
            return self._api.get(f"users/{login}").get("name") or login
        except HostRefused as error:
            if error.status in (403, 404):
                return login
            raise


def _approves(review: Any) -> bool:
    return review["state"] == "APPROVED" and review["author_association"] in INSIDERS


class _IssueComments:
    """The comments of a pull request, which is an issue as far as they go."""

    def __init__(self, api: _Api, repository: str, number: int) -> None:
        self._api, self._repository, self._number = api, repository, number

    def own(self) -> list[Comment]:
        found = self._api.pages(f"{self._repository}/issues/{self._number}/comments")  # by ascending id
        return [_comment(comment) for comment in found if self._is_own(comment["user"])]

    def create(self, body: str) -> Comment:
        return _comment(self._api.write("POST", f"{self._repository}/issues/{self._number}/comments", body))

    def change(self, id_: int, body: str) -> Comment:
        return _comment(self._api.write("PATCH", f"{self._repository}/issues/comments/{id_}", body))

    def remove(self, id_: int) -> None:
        self._api.ask("DELETE", f"{self._repository}/issues/comments/{id_}")

    def _is_own(self, user: Any) -> bool:
        """Whether the token's user wrote it. A workflow's token may not ask who it is; it writes as an app, and no
        person can write as one.
        """
        if user is None:  # the account is gone
            return False
        return bool(user["type"] == "Bot" if self._me is None else user["id"] == self._me)

    @cached_property
    def _me(self) -> int | None:
        try:
            return int(self._api.get("user")["id"])
        except HostRefused as error:
            if error.status == 403:
                return None
            raise


class _Api:
    """The REST API, with its pages put together."""

    def __init__(self, address: str, token: str, sleep: Callable[[float], None]) -> None:
        self._address = address
        self._session = open_session("GitHub", address, token, GITHUB_HINT, sleep)
        self._session.auth = _Bearer(token)  # with it, requests does not look for another in ~/.netrc
        self._session.headers.update({"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": VERSION})

    def ask(self, method: str, url: str, **options: Any) -> requests.Response:
        return self._session.request(method, f"{self._address}/{url}" if "://" not in url else url, **options)

    def get(self, url: str) -> Any:
        return self.ask("GET", url).json()

    def pages(self, url: str) -> Iterator[Any]:
        """What all pages of a list hold."""
        following: str | None = f"{url}?per_page={PAGE}"
        while following:
            answer = self.ask("GET", following)
            yield from answer.json()
            following = answer.links.get("next", {}).get("url")

    def write(self, method: str, url: str, body: str) -> Any:
        return self.ask(method, url, json={"body": body}).json()


class _Bearer(requests.auth.AuthBase):
    """Signs requests."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _comment(found: Any) -> Comment:
    return Comment(found["id"], found["body"] or "", found["html_url"])
