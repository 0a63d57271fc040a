"""What an environment runs against what git says that it runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.envs import Live, Receipt
from flowctl.flow import Bundle, changed
from flowctl.ops.content import adopted_parts
from flowctl.ops.records import Draft, Release
from flowctl.ops.workspace import LIVE, Workspace, release_ref

if TYPE_CHECKING:
    from flowctl.diff import PartDiff

UNDONE = "undone"  # the kind of a receipt that takes a promotion back; its plan is that of the promotion


@dataclass(frozen=True)
class Drift:
    """How an environment differs from what git says.

    `parts` were changed by hand. `half_done` is the release of a promotion that was cut off; it is finished when it
    has `reached` main, and undone when not. `pending` is a release on `main` that nobody has deployed yet. A half-done
    promotion stands alone; the two others may come together. `expected` is the newest release that was applied.
    """

    environment: str
    live: Live
    expected: Bundle
    parts: tuple[str, ...] = ()
    half_done: str | None = None
    pending: str | None = None
    reached: bool = False
    adopter: Draft | None = None  # the open draft that has taken in all that was changed by hand; see `told_drift`
    is_here: bool = False  # whether that draft is checked out

    @property
    def is_clean(self) -> bool:
        return not (self.parts or self.half_done or self.pending)

    @property
    def diffs(self) -> tuple[PartDiff, ...]:
        """What the environment has that git has not, by part."""
        if not self.parts:
            return ()
        ours = Bundle({part: text for part, text in self.expected.parts.items() if part in self.parts})
        theirs = Bundle({part: text for part, text in self.live.bundle.parts.items() if part in self.parts})
        from flowctl.diff import diff_bundles  # `status` asks whether there is drift, not what it is

        return diff_bundles(ours, theirs)


def drift_of(ws: Workspace, environment: str = LIVE) -> Drift:
    """Compares an environment with git, and tells a promotion that was cut off from a change by hand by its receipt.

    Raises:
        FlowctlError: No release is known here, or the environment cannot be read.
    """
    live = ws.environment(environment).read()
    applied, pending = told_releases(ws)
    expected = ws.bundle(release_ref(applied[-1]))
    if environment != LIVE:
        return Drift(environment, live, expected, _by_hand(live, expected))
    newest = pending[-1] if pending else None
    half_done, reached = _half_done(ws, live, applied[-1], newest)
    if half_done:
        return Drift(environment, live, expected, half_done=half_done, reached=reached)
    return Drift(environment, live, expected, changed(expected, live.bundle), pending=newest)


def told_drift(ws: Workspace, environment: str = LIVE) -> Drift:
    """As `drift_of`, with the open draft that has taken in what was changed by hand."""
    drift = drift_of(ws, environment)
    runs = drift.live.bundle.digests
    for draft in ws.drafts() if drift.parts and environment == LIVE else ():
        adopted = adopted_parts(ws, draft)
        if all(part in adopted and adopted[part] == runs.get(part) for part in drift.parts):
            return replace(drift, adopter=draft, is_here=ws.git.head().branch == draft.branch)
    return drift


def told_releases(ws: Workspace) -> tuple[list[str], list[str]]:
    """The releases on `main`, oldest first: the applied ones, which have their tag, and the pending ones, which have
    not: nobody has deployed them, or nobody has said so.

    Raises:
        FlowctlError: None was applied, as far as is known here.
    """
    tags = ws.tags()
    applied: list[str] = []
    pending: list[str] = []
    for id_ in ws.release_ids():
        (applied if f"{LIVE}/{id_}" in tags else pending).append(id_)
    if not applied:
        raise FlowctlError("no release is known here", hint="`git fetch --tags` brings them from the remote")
    return applied, pending


def applied_release(ws: Workspace) -> str:
    """The id of the newest release that was applied."""
    return told_releases(ws)[0][-1]


def pending_releases(ws: Workspace) -> list[str]:
    """The ids of the pending releases, oldest first."""
    return told_releases(ws)[1]


def read_release(ws: Workspace, id_: str) -> Release | None:
    """A release's record on `main`."""
    return ws.release(id_)


def unreleased(ws: Workspace, drift: Drift) -> tuple[str, ...]:
    """The parts that somebody changed on `main` without a release."""
    return () if drift.pending else changed(drift.expected, ws.bundle())


def _by_hand(live: Live, expected: Bundle) -> tuple[str, ...]:
    """What differs from what was put there last; without a receipt, from live."""
    return changed(live.receipt.digests if live.receipt else expected.digests, live.bundle)


def _half_done(ws: Workspace, live: Live, applied: str, pending: str | None) -> tuple[str | None, bool]:
    """The release of a promotion that was cut off, and whether it has reached `main`.

    Only a receipt that fits what runs proves anything; when it does not, somebody was there by hand.
    """
    receipt = live.receipt
    if receipt is None or receipt.release in (None, applied) or changed(receipt.digests, live.bundle):
        return None, False
    if receipt.kind == UNDONE and _arrived(ws, receipt, applied):
        return applied, True
    if receipt.release == pending and live.bundle.digest == ws.bundle().digest:
        return pending, True
    return (None if receipt.release in ws.release_ids() else receipt.release), False


def _arrived(ws: Workspace, receipt: Receipt, applied: str) -> bool:
    """Whether a promotion that was undone has reached `main` after all, by a push that nobody waited for."""
    release = read_release(ws, applied)
    return release is not None and release.plan == receipt.plan
