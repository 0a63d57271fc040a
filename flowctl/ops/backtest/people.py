"""Who is meant by what a file says of owners: a logical name, an environment's id, a person's name or e-mail."""

from __future__ import annotations

from collections.abc import Iterator

from flowctl.envs.protocol import OrgDirectory
from flowctl.flow import Directory

NOBODY = ("", "nobody", "none", "null", "-")  # how files say that a record has no owner


class People:
    """Users and queues by all that they are known by. What more than one of them is known by means nobody for sure.

    Args:
        org: The users and queues of an environment, with its ids; None where it cannot be asked.
    """

    def __init__(self, directory: Directory, org: OrgDirectory | None = None) -> None:
        self._org = org or OrgDirectory()
        self._known: dict[str, set[str]] = {}
        self._found: dict[str, str | None] = {}
        for name, words in _known(directory):
            for word in words:
                self._known.setdefault(word.casefold(), set()).add(name)
        self._known |= {name.casefold(): {name} for name in (*directory.names(), *self._org.entries)}

    def who(self, text: str) -> str | None:
        """`user/x` or `queue/x`; None where nobody is known by the text, or more than one."""
        word = text.strip()
        if word not in self._found:
            self._found[word] = self._who(word)
        return self._found[word]

    def _who(self, word: str) -> str | None:
        named = self._known.get(word.casefold()) or set(self._org.names_of(word))
        return next(iter(named)) if len(named) == 1 else None


def is_nobody(text: str) -> bool:
    return text.strip().casefold() in NOBODY


def _known(directory: Directory) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, user in directory.users.items():
        yield f"user/{name}", tuple(filter(None, (name, user.name, user.email)))
    for name, queue in directory.queues.items():
        yield f"queue/{name}", tuple(filter(None, (name, queue.name)))
