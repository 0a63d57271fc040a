"""One comment for each key: found again by a hidden key at its beginning, written once, changed after.

A comment is ours when it begins with the key *and* the token's own user wrote it. Either alone would let somebody plant
a comment that we then write into, and that its author may change afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from flowctl.data import dataclass
from flowctl.hosts.protocol import COMMENT_LIMIT, HostRefused

TRIES = 4


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as the host has it."""

    id: int
    body: str
    address: str


class Comments(Protocol):
    """The comments of one request."""

    def own(self) -> list[Comment]:
        """Those that the token's own user wrote, oldest first, whatever page they are on."""

    def create(self, body: str) -> Comment: ...

    def change(self, id_: int, body: str) -> Comment: ...

    def remove(self, id_: int) -> None: ...


def keep_comment(host: str, comments: Comments, key: str, body: str, sleep: Callable[[float], None]) -> str:
    """Makes `body` the one comment with a key, and gives its address.

    Of two, which two pipelines at one time can write, the older stays. Where nobody knows whether a comment was
    written, since the host's answer was lost, it is looked for before it is written again.
    """
    mark = mark_of(key)
    if len(body) > COMMENT_LIMIT[host]:
        raise ValueError(f"a comment on {host} has at most {COMMENT_LIMIT[host]} characters, this one {len(body)}")
    text = f"{mark}\n{body.removeprefix(mark).lstrip()}"
    for tried in range(TRIES):
        found = [comment for comment in comments.own() if comment.body.lstrip().startswith(mark)]
        if found:
            return _changed(comments, found, text).address
        try:
            return comments.create(text).address
        except HostRefused as error:
            if not error.arrived or tried == TRIES - 1:
                raise
        sleep(float(2**tried))
    raise AssertionError("the last try has ended the loop")


def mark_of(key: str) -> str:
    """The hidden key as it stands in a comment."""
    if not re.fullmatch(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*", key) or len(key) > 60:
        raise ValueError(f"`{key}` cannot be the key of a comment")
    return f"<!-- flowctl:{key} -->"


def _changed(comments: Comments, found: list[Comment], text: str) -> Comment:
    first, *others = found
    for other in others:
        comments.remove(other.id)
    return first if _same(first.body, text) else comments.change(first.id, text)


def _same(there: str, ours: str) -> bool:
    """Whether a comment says the same; hosts strip its end and may write line ends in their own way."""
    return there.replace("\r\n", "\n").strip() == ours.replace("\r\n", "\n").strip()
