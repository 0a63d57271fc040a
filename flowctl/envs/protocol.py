"""What every environment can do, and what passes through its door."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import field
from functools import cached_property
from typing import Protocol

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.diag import Diagnostic, Stale
from flowctl.document import Json
from flowctl.flow import Bundle
from flowctl.flow.kinds import Instant, MapOf, Text, key, plain_fields, read_fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Who put there what runs now. It stays with the content, so that whoever comes next can tell a half-done
    promotion (its digests are those of what runs) from a change by hand (they are not).
    """

    release: str | None = key(Text(), None)
    plan: str | None = key(Text(), None)
    draft: str | None = key(Text(), None)
    kind: str = key(Text())
    who: str = key(Text())
    when: dt.datetime = key(Instant())
    digests: Mapping[str, str] = key(MapOf(Text()))  # content digests of what was deployed, by part


def write_receipt(receipt: Receipt) -> str:
    """The receipt as YAML."""
    return yaml.dump(plain_fields(receipt))


def read_receipt(text: str | bytes) -> Receipt | None:
    """The receipt of a YAML text; None when the text is none, since a receipt that was tampered with proves nothing."""
    document = yaml.read("receipt.yaml", text)
    values = read_fields(Receipt, document.root, document) if document.root is not None else None
    return None if values is None or document.problems else Receipt(**values)


@dataclass(frozen=True, slots=True)
class Live:
    """What an environment runs, under logical names. Empty, and without a receipt, before the first deploy.

    `unknown_ids` are warnings about ids that the environment's directory has no name for; they stand in the texts
    as they are. Their places are those of the text in the environment.
    """

    bundle: Bundle
    receipt: Receipt | None = None
    unknown_ids: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class OrgEntry:
    """A user or a queue as the environment knows it."""

    id: str
    active: bool = True


@dataclass(frozen=True)
class OrgDirectory:
    """Users and queues of one environment by logical name, `user/bea.kim` and `queue/partner`."""

    entries: Mapping[str, OrgEntry] = field(default_factory=dict)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(frozenset(self.entries.items()))

    def names_of(self, id_: str) -> tuple[str, ...]:
        """The names that have this id, in its form of 15 or of 18 characters; more than one is a mistake."""
        return self._names.get(_short(id_), ())

    @cached_property
    def _names(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for name, entry in self.entries.items():
            found[_short(entry.id)] = (*found.get(_short(entry.id), ()), name)
        return found


def _short(id_: str) -> str:
    """An id of 18 characters is one of 15 and three that check it."""
    return id_[:15] if len(id_) == 18 else id_


class StaleEnvironment(Stale):
    """What runs is no longer what the caller saw, so nothing was deployed.

    Args:
        expecting: The digest that the caller saw.
        there: The digest of what runs.
    """

    def __init__(self, environment: str, expecting: str, there: str) -> None:
        super().__init__(
            f"what runs in `{environment}` has changed; nothing was deployed",
            hint=f"`flowctl drift {environment}` shows what changed; then make the plan again",
        )
        self.expecting = expecting
        self.there = there


class Environment(Protocol):
    """A place where flows run. Its ids stay inside: what goes in and comes out speaks logical names.

    Whatever fails raises a `FlowctlError`, which names the environment.
    """

    @property
    def name(self) -> str: ...

    def read(self) -> Live:
        """What runs now, whole: never half of one deploy and half of another."""

    def directory(self) -> OrgDirectory:
        """The users and queues that the environment knows."""

    def refusals(self, bundle: Bundle) -> tuple[Diagnostic, ...]:
        """All that `deploy` would say to a bundle, sorted by place in the parts' files. It refuses errors only."""

    def deploy(self, bundle: Bundle, *, expecting: str, receipt: Receipt) -> None:
        """Puts a bundle in the place of all that runs, in one step.

        Killed at any moment it leaves what was there or what was to come, with the receipt that belongs to it.

        Args:
            expecting: `Bundle.digest` of what the caller saw there last; of an empty bundle before the first deploy.

        Raises:
            FlowctlError: Something is refused, with every finding, or cannot be written; nothing was changed.
            StaleEnvironment: What runs is not `expecting`; nothing was changed.
        """

    def turns(self) -> Json:
        """Whose turn it is in each roster, as JSON data; an empty mapping before the first turn.

        It is the environment's own: a deploy leaves it alone.

        Raises:
            FlowctlError: It cannot be read, or is no JSON.
        """

    def keep_turns(self, data: Json) -> None:
        """Keeps whose turn it is, in one step, in the place of what was kept. Whoever reads, changes and keeps it
        holds the lease.

        Raises:
            FlowctlError: It cannot be written; what was kept is still there.
        """

    def lease(self, who: str, wait_seconds: float) -> AbstractContextManager[None]:
        """Held while somebody promotes, by one process at a time; freed when that process ends, however it ends.

        Raises:
            Blocked: Somebody else still holds it after `wait_seconds`; the message says who, and since when.
        """
