"""What is kept for ever: releases, the pointer of an environment, drafts. YAML files of a workspace, as values."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.flow import digest_of
from flowctl.flow.kinds import (
    Boolean,
    Choice,
    Instant,
    Integer,
    ListOf,
    MapOf,
    Name,
    Record,
    Text,
    key,
    plain_fields,
    read_fields,
)  # fmt: skip
from flowctl.ops.config import KINDS

T = TypeVar("T")
HOSTS = {"gitlab": "GitLab", "github": "GitHub"}
APPROVED_AT = ("flowctl", *HOSTS)
ONLY = ("rosters",)  # what of a draft may go ahead of the rest


@dataclass(frozen=True, slots=True)
class Person:
    """Who did it."""

    name: str = key(Text())
    email: str = key(Text())

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Move:
    """A part that a release changed: its content digests before and after; None where it was not there."""

    part: str = key(Text())
    from_: str | None = key(Text(), None)
    to: str | None = key(Text(), None)


@dataclass(frozen=True, slots=True)
class GateResult:
    """A gate, whether it was met, and its figure in words."""

    gate: str = key(Text())
    passed: bool = key(Boolean())
    figure: str = key(Text())


@dataclass(frozen=True, slots=True)
class Moved:
    """How many of the fixture leads go elsewhere, of how many."""

    leads: int = key(Integer(0, 999_999_999))
    of: int = key(Integer(0, 999_999_999))


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """What a plan binds: which content of which environment becomes which, and what the gates said."""

    environment: str = key(Name())
    kind: str = key(Choice(KINDS))
    title: str = key(Text())
    draft: str | None = key(Name(), None)
    only: str | None = key(Choice(ONLY), None)  # what of the draft went ahead; the rest of it stays open
    live: str = key(Text())  # digest of all that ran before
    parts: tuple[Move, ...] = key(ListOf(Record(Move)))
    files: Mapping[str, str] = key(MapOf(Text()), {})  # digests of what changes beside the parts, "removed" for none
    gates: tuple[GateResult, ...] = key(ListOf(Record(GateResult)), ())
    moved: Moved | None = key(Record(Moved), None)
    bars: tuple[str, ...] = key(ListOf(Text()), ())  # parts whose behaviour is barred from now on
    overrides: tuple[str, ...] = key(ListOf(Text()), ())  # what was overridden, and the reason

    @property
    def id(self) -> str:
        """The plan's id: the digest of its canonical body."""
        return digest_of(plain_fields(self, of=Promotion))

    @property
    def flags(self) -> str:
        """What is typed after `--to` for the same promotion again."""
        return f" --only {self.only}" if self.only else ""


@dataclass(frozen=True, slots=True)
class Approver:
    """Who approved of a plan, and where: by `flowctl approve`, or of the merge request on its host."""

    name: str = key(Text())
    email: str = key(Text())  # on a host: the login there
    when: dt.datetime | None = key(Instant(), None)
    where: str = key(Choice(APPROVED_AT), "flowctl")

    def __str__(self) -> str:
        return self.name if self.where == "flowctl" else f"{self.name} ({HOSTS[self.where]})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Promotion):
    """A promotion that was applied."""

    release: str = key(Text())
    plan: str = key(Text())
    who: Person = key(Record(Person))
    when: dt.datetime = key(Instant())
    approvals: tuple[Approver, ...] = key(ListOf(Record(Approver)), ())

    @property
    def path(self) -> str:
        return f"releases/{self.release}.yaml"

    @property
    def tag(self) -> str:
        return f"refs/tags/{tag_of(self.environment, self.release)}"


@dataclass(frozen=True, slots=True)
class Standing:
    """The part of a pointer: what runs, since when, through which release."""

    digest: str = key(Text())
    release: str = key(Text())
    since: dt.datetime = key(Instant())


@dataclass(frozen=True, slots=True)
class Bar:
    """A behaviour that must not ship again without saying so."""

    part: str = key(Text())
    behaviour: str = key(Text())
    release: str = key(Text())  # the release that had it
    by: str = key(Text())  # the rollback that barred it
    reason: str = key(Text())


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """What an environment runs, as `main` knows it."""

    environment: str = key(Name())
    parts: Mapping[str, Standing] = key(MapOf(Record(Standing)), {})
    barred: tuple[Bar, ...] = key(ListOf(Record(Bar)), ())

    @property
    def path(self) -> str:
        return f"environments/{self.environment}.yaml"

    @property
    def digests(self) -> dict[str, str]:
        return {part: standing.digest for part, standing in self.parts.items()}

    def lifted(self, behaviours: set[tuple[str, str]]) -> Pointer:
        """The pointer without the bars of some behaviours, each a part and its digest."""
        return replace(self, barred=tuple(bar for bar in self.barred if (bar.part, bar.behaviour) not in behaviours))

    def after(self, release: Release, bars: Sequence[Bar] = ()) -> Pointer:
        """The pointer once a release is applied."""
        parts = dict(self.parts)
        for move in release.parts:
            parts.pop(move.part, None)
            if move.to is not None:
                parts[move.part] = Standing(move.to, release.release, release.when)
        return replace(self, parts=dict(sorted(parts.items())), barred=(*self.barred, *bars))


@dataclass(frozen=True, slots=True)
class Base:
    """What a draft began from, or last took in: the release, and the digests of its parts."""

    release: str = key(Text())
    parts: Mapping[str, str] = key(MapOf(Text()))


@dataclass(frozen=True, slots=True)
class Closed:
    """How a draft ended."""

    release: str = key(Text())
    when: dt.datetime = key(Instant())


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A clone of live that edits go into. Its branch is `draft/<id>`."""

    draft: str = key(Name())
    title: str = key(Text())
    kind: str = key(Choice(KINDS), "weekly")
    owner: Person = key(Record(Person))
    created: dt.datetime = key(Instant())
    base: Base = key(Record(Base))
    was: str | None = key(Choice(KINDS), None)  # the kind it had before it became a hotfix
    closed: Closed | None = key(Record(Closed), None)

    @property
    def path(self) -> str:
        return f"drafts/{self.draft}.yaml"

    @property
    def branch(self) -> str:
        return f"draft/{self.draft}"

    @property
    def ref(self) -> str:
        return f"refs/heads/{self.branch}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """A time in which nothing is promoted, both ends inclusive."""

    from_: dt.datetime = key(Instant())
    to: dt.datetime = key(Instant())
    reason: str = key(Text())
    who: Person = key(Record(Person))


@dataclass(frozen=True, slots=True, kw_only=True)
class Freezes:
    """The freeze windows of a workspace: `environments/freezes.yaml` on `main`."""

    freezes: tuple[Freeze, ...] = key(ListOf(Record(Freeze)), ())

    path = "environments/freezes.yaml"

    def at(self, now: dt.datetime) -> Freeze | None:
        return next((f for f in self.freezes if f.from_ <= now <= f.to), None)


def short_id(plan: str, length: int = 8) -> str:
    """A plan's id as people type it."""
    return plan.removeprefix("sha256:")[:length]


def tag_of(environment: str, release: str) -> str:
    """The tag of a release, as people type it."""
    return f"live/{environment}/{release}"


def read_record(cls: type[T], path: str, text: str | bytes) -> T:
    """A record read from its file.

    Raises:
        FlowctlError: The file was edited into something else; all that is wrong is told.
    """
    document = yaml.read(path, text)
    values: dict[str, Any] | None = read_fields(cls, document.root, document) if document.root is not None else {}
    if values is None or document.problems:
        hint = "`flowctl verify` compares it with git"
        raise FlowctlError(f"`{path}` cannot be read", hint=hint, found=document.problems)
    return cls(**values)


def write_record(record: object) -> str:
    """The text of a record's file; a release begins with what is its own."""
    plain = plain_fields(record)
    first = {name: plain[name] for name in ("release", "plan", "who", "when") if name in plain}
    return yaml.dump(first | plain)


def slug(text: str) -> str:
    """A summary as part of a branch's name."""
    words = re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")
    return words[:48].rstrip("-") or "draft"


def next_id(day: dt.date, taken: Sequence[str] | set[str]) -> str:
    """The day, or the day with `.2`, `.3` … when it is taken."""
    name, n = day.isoformat(), 1
    while name in taken:
        n += 1
        name = f"{day.isoformat()}.{n}"
    return name


def in_release_order(ids: Sequence[str]) -> list[str]:
    """Release ids, oldest first; `.10` comes after `.9`."""
    return sorted(ids, key=in_order)


def in_order(id_: str) -> tuple[str, int]:
    """The place of a release in time, by its id: its day, and which one of that day it is."""
    return id_[:10], int(id_[11:] or 1)
