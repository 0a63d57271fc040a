"""What every host can do, and what passes through its door."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, Protocol

from flowctl.data import dataclass
from flowctl.diag import FlowctlError

Name = Literal["gitlab", "github"]

_KEY_ROOM = 100  # for the hidden key that `comment` puts before a body
COMMENT_LIMIT: Mapping[str, int] = MappingProxyType({"gitlab": 1_000_000 - _KEY_ROOM, "github": 65_536 - _KEY_ROOM})
"""How many characters the body of a comment may have, by the host's name."""


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody's approval of a merge request. `commit` is the head that was approved, None where nobody can tell."""

    who: str  # the login there
    name: str
    when: dt.datetime | None = None
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A merge request (GitHub: a pull request)."""

    number: int
    title: str
    source: str  # the branch that it comes from
    target: str  # the branch that it goes to
    author: str  # the login there
    head: str  # the newest commit of `source`
    address: str


class HostRefused(FlowctlError):
    """The host said no, or nothing that we understand; `status` is its HTTP status, None without an answer.

    Args:
        arrived: Whether it may have done what it was asked for all the same.
    """

    def __init__(
        self, message: str, *, hint: str | None = None, status: int | None = None, arrived: bool = False
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.arrived = arrived


class Host(Protocol):
    """The merge request that a pipeline runs for, on its host. Whatever fails raises a `FlowctlError`, which names the
    host; none holds the token.
    """

    @property
    def name(self) -> Name: ...

    def comment(self, key: str, body: str) -> str:
        """Makes `body` the one comment of the request that has a hidden key (letters, digits and `-`): written when
        there is none, changed when it says something else. Never touches what somebody else wrote.

        Args:
            body: Markdown of at most `COMMENT_LIMIT` characters.

        Returns:
            The comment's web address.
        """

    def approvals(self) -> tuple[Approval, ...]:
        """Who approves of the request as it stands now, each person once, sorted by login."""

    def request(self) -> Request | None:
        """The request; None when the pipeline runs for none."""
