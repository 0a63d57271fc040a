"""Who approves of a plan: signed off in files on `main`, or of the merge request on its host.

An approval is of one plan id, and so of exact contents: a plan that changes has none. It is no part of the id itself,
and no part of what a draft changes, so that it makes no draft stale.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.flow.kinds import Instant, Name, Record, Text, key
from flowctl.ops.records import (
    Approver,
    Draft,
    GateResult,
    Person,
    Promotion,
    Release,
    read_record,
    short_id,
)  # fmt: skip
from flowctl.ops.workspace import Workspace

if TYPE_CHECKING:
    from flowctl.hosts import Request

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff:
    """Somebody's approval of one plan, signed off in a file of its own on `main`. `draft` is None for a rollback, and
    both are None when the approver knew no more than the plan's id.
    """

    plan: str = key(Text())
    title: str | None = key(Text(), None)
    draft: str | None = key(Name(), None)
    who: Person = key(Record(Person))
    when: dt.datetime = key(Instant())

    folder = "approvals"

    @property
    def path(self) -> str:
        """One for each plan and address."""
        return f"{self.folder}/{short_id(self.plan, 12)}-{quote(self.who.email.casefold(), safe='@.+-_')}.yaml"


@dataclass(frozen=True, slots=True)
class Hosted:
    """What the host says of the merge request: who approves, who does and is not counted with the reason, and why it
    could not be asked, in words.
    """

    approvers: tuple[Approver, ...] = ()
    uncounted: tuple[tuple[Approver, str], ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """The approvals of a plan, counted. `earlier` are the plans of the same draft that have some, and are no more."""

    needed: int
    approvers: tuple[Approver, ...] = ()
    uncounted: tuple[tuple[Approver, str], ...] = ()
    earlier: tuple[tuple[str, int], ...] = ()
    hosted: Hosted = Hosted()

    @property
    def gate(self) -> GateResult:
        return GateResult("approvals", len(self.approvers) >= self.needed, "; ".join(self._figure()))

    @property
    def gates(self) -> tuple[GateResult, ...]:
        """The gate, where it is asked."""
        return (self.gate,) if self.needed else ()

    def _figure(self) -> Iterator[str]:
        names = ", ".join(str(approver) for approver in self.approvers)
        yield f"{len(self.approvers)} of {self.needed}{f': {names}' if names else ''}"
        if self.uncounted:
            yield f"not counted: {', '.join(f'{approver} ({why})' for approver, why in self.uncounted)}"
        if self.earlier:
            count = sum(number for _, number in self.earlier)
            ids = ", ".join(f"{short_id(plan)}…" for plan, _ in self.earlier)
            yield f"{count} {'approval was' if count == 1 else 'approvals were'} for an earlier plan ({ids})"
        if self.hosted.trouble:
            yield self.hosted.trouble


def tally_of(
    ws: Workspace,
    promotion: Promotion,
    needed: int,
    *,
    tip: str | None = None,
    hosted: Hosted | None = None,
    version: str | None = None,
) -> Tally:
    """Counts the approvals of a promotion, each person once, and nobody who made what is promoted.

    Args:
        tip: The newest commit of its draft.
        hosted: What the host says; when it is not given, the host is asked where approvals are `needed` and a pipeline
            runs for the merge request of `tip`.
        version: Whose sign-offs count; by default those of `main`.
    """
    signed = sign_offs(ws, version)
    if hosted is None:
        hosted = ask_host(ws, head=tip) if needed and tip else Hosted()
    mine = [sign_off for sign_off in signed if sign_off.plan == promotion.id]
    given = [Approver(s.who.name, s.who.email, s.when) for s in mine] + list(hosted.approvers)
    makers = makers_of(ws, promotion, tip) if given else ()
    approvers, uncounted = _counted(given, makers)
    return Tally(needed, approvers, (*uncounted, *hosted.uncounted), _earlier(ws, signed, promotion), hosted)


def sign_offs(ws: Workspace, version: str | None = None) -> tuple[SignOff, ...]:
    """The approvals that are signed off, oldest first. What is no sign-off, or one for another plan or of somebody
    else than its file says, counts nothing and stops nobody; `verify` tells of it.
    """
    files = ws.git.files(version or ws.main, SignOff.folder)
    found = (sign_off for path, text in files.items() if (sign_off := read_sign_off(path, text)))
    return tuple(sorted(found, key=lambda sign_off: (sign_off.when, sign_off.path)))


def read_sign_off(path: str, text: bytes) -> SignOff | None:
    """The sign-off of a file, when it is one of this path."""
    try:
        found = read_record(SignOff, path, text)
    except FlowctlError:
        return None
    return found if found.path == path else None


Maker = tuple[Person, str]  # somebody who made what is promoted, and how, in words


def makers_of(ws: Workspace, promotion: Promotion, tip: str | None = None) -> tuple[Maker, ...]:
    """Those who cannot approve of a promotion: the draft's owner, and who has saved to it; of one without a draft, such
    as a rollback, whoever does it.
    """
    if promotion.draft is None:
        who = promotion.who if isinstance(promotion, Release) else ws.me
        return ((who, "made it"),)
    draft = (ws.draft(promotion.draft, tip) if tip else None) or ws.draft(promotion.draft, ws.main)
    owner = ((draft.owner, "owns the draft"),) if draft else ()
    return (*owner, *((who, "saved to the draft") for who in _savers(ws, draft, tip)))


def _savers(ws: Workspace, draft: Draft | None, tip: str | None) -> tuple[Person, ...]:
    """The authors of the commits that a draft has and `main` has not."""
    if draft is None or tip is None:
        return ()
    since = draft.created - DAY  # clocks differ; what `main` has too is left out below
    known = {commit.id for commit in ws.git.log(version=ws.main, since=since)}
    authors = (commit.author for commit in ws.git.log(version=tip, since=since) if commit.id not in known)
    return tuple(dict.fromkeys(Person(author.name, author.email) for author in authors))


def _counted(
    given: Iterable[Approver], makers: Iterable[Maker]
) -> tuple[tuple[Approver, ...], tuple[tuple[Approver, str], ...]]:
    """Who counts, each once; and who does not, with the reason."""
    counted: list[Approver] = []
    uncounted: list[tuple[Approver, str]] = []
    for approver in given:
        if why := next((how for maker, how in makers if is_same(approver, maker)), None):
            uncounted.append((approver, why))
        elif not any(is_same(approver, other) for other in counted):
            counted.append(approver)
    return tuple(counted), tuple(uncounted)


def is_same(a: Approver | Person, b: Approver | Person) -> bool:
    """Whether two are one person, as far as names, addresses and logins can say: rather once too often than that
    somebody approves of their own work, or twice.
    """
    if _plain(a.name) == _plain(b.name) or _plain(a.email) == _plain(b.email):
        return True
    is_by_login = "@" not in a.email or "@" not in b.email
    return is_by_login and _login(a.email) == _login(b.email)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _login(email: str) -> str:
    """The login that an address is made of; GitHub's own are `123+login@users.noreply.github.com`."""
    return _plain(email).partition("@")[0].rpartition("+")[2]


def _earlier(ws: Workspace, signed: Iterable[SignOff], promotion: Promotion) -> tuple[tuple[str, int], ...]:
    """The other plans of the same draft that somebody approved of, and how many did; not those that were shipped."""
    found: dict[str, int] = {}
    for sign_off in signed:
        if promotion.draft and sign_off.draft == promotion.draft and sign_off.plan != promotion.id:
            found[sign_off.plan] = found.get(sign_off.plan, 0) + 1
    shipped = {release.plan for release in ws.releases()} if found else set()
    return tuple((plan, number) for plan, number in found.items() if plan not in shipped)


# -- the host


def ask_host(ws: Workspace, *, head: str | None = None, brought: str | None = None) -> Hosted:
    """What the host of the pipeline's merge request says, when this is a pipeline of one.

    Args:
        head: The commit that the request has to be of.
        brought: Ask of the merged request that brought this commit to `main`, instead.
    """
    from flowctl.hosts import host_of  # few commands run in a pipeline

    try:
        host = host_of(ws.variables, brought=brought)
        request = host.request() if host else None
        if host is None or request is None or (head and not _is_head(ws, head, request)):
            return Hosted()
        found = host.approvals()
    except FlowctlError as error:
        return Hosted(trouble=f"the merge request was not asked: {error.message}")
    given = [(Approver(a.name, a.who, a.when, host.name), _why_not(a.who, a.commit, request)) for a in found]
    return Hosted(
        tuple(approver for approver, why in given if not why),
        tuple((approver, why) for approver, why in given if why),
    )


def _is_head(ws: Workspace, commit: str, request: Request) -> bool:
    """Whether a commit is the head of a request, or the merge of it with `main` that the host itself has made to run
    a pipeline on.
    """
    if commit == request.head:
        return True
    said = ws.variables
    is_github = said.get("GITHUB_SHA") == commit and said.get("GITHUB_REF", "").endswith("/merge")
    is_gitlab = said.get("CI_COMMIT_SHA") == commit and said.get("CI_MERGE_REQUEST_EVENT_TYPE") == "merged_result"
    return (is_github or is_gitlab) and request.head in ws.git.commit_info(commit).parents


def _why_not(login: str, commit: str | None, request: Request) -> str:
    """Why somebody's approval of a request does not count, in words; empty when it does."""
    if login == request.author:
        return "opened the request"
    if commit is None:
        return "nobody can say of which commit"
    return "" if commit == request.head else "of an earlier commit"
