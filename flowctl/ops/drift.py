"""What an environment runs against what git says that it runs."""

from __future__ import annotations

from dataclasses import dataclass

from flowctl.diag import FlowctlError
from flowctl.diff import PartDiff, diff_bundles
from flowctl.envs import Live, Receipt
from flowctl.flow import Bundle, changed
from flowctl.ops.records import Release, read_record
from flowctl.ops.workspace import LIVE, Workspace, release_ref

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
        return diff_bundles(ours, theirs)


def drift_of(ws: Workspace, environment: str = LIVE) -> Drift:
    """Compares an environment with git, and tells a promotion that was cut off from a change by hand by its receipt.

    Raises:
        FlowctlError: No release is known here, or the environment cannot be read.
    """
    live = ws.environment(environment).read()
    expected = ws.bundle(release_ref(applied_release(ws)))
    if environment != LIVE:
        return Drift(environment, live, expected, _by_hand(live, expected))
    pending = pending_release(ws)
    half_done, reached = _half_done(ws, live, pending)
    if half_done:
        return Drift(environment, live, expected, half_done=half_done, reached=reached)
    return Drift(environment, live, expected, changed(expected, live.bundle), pending=pending)


def applied_release(ws: Workspace) -> str:
    """The id of the newest release that was applied: it is on `main` and has its tag.

    Raises:
        FlowctlError: There is none.
    """
    tags = ws.tags()
    applied = [id_ for id_ in ws.release_ids() if f"{LIVE}/{id_}" in tags]
    if not applied:
        raise FlowctlError("no release is known here", hint="`git fetch --tags` brings them from the remote")
    return applied[-1]


def pending_releases(ws: Workspace) -> list[str]:
    """The releases on `main` that have no tag, oldest first: nobody has deployed them, or nobody has said so."""
    tags = ws.tags()
    return [id_ for id_ in ws.release_ids() if f"{LIVE}/{id_}" not in tags]


def pending_release(ws: Workspace) -> str | None:
    """The newest pending release."""
    return next(reversed(pending_releases(ws)), None)


def read_release(ws: Workspace, id_: str) -> Release | None:
    """A release's record on `main`."""
    path = f"releases/{id_}.yaml"
    text = ws.git.read(ws.main, path)
    return read_record(Release, path, text) if text is not None else None


def unreleased(ws: Workspace) -> tuple[str, ...]:
    """The parts that somebody changed on `main` without a release."""
    if pending_release(ws):
        return ()
    return changed(ws.bundle(release_ref(applied_release(ws))), ws.bundle())


def _by_hand(live: Live, expected: Bundle) -> tuple[str, ...]:
    """What differs from what was put there last; without a receipt, from live."""
    return changed(live.receipt.digests if live.receipt else expected.digests, live.bundle)


def _half_done(ws: Workspace, live: Live, pending: str | None) -> tuple[str | None, bool]:
    """The release of a promotion that was cut off, and whether it has reached `main`.

    Only a receipt that fits what runs proves anything; when it does not, somebody was there by hand.
    """
    receipt = live.receipt
    if receipt is None or receipt.release is None or changed(receipt.digests, live.bundle):
        return None, False
    if receipt.kind == UNDONE and (arrived := _arrived(ws, receipt)):
        return arrived, True
    if receipt.release == pending and live.bundle.digest == ws.bundle().digest:
        return pending, True
    return (None if receipt.release in ws.release_ids() else receipt.release), False


def _arrived(ws: Workspace, receipt: Receipt) -> str | None:
    """The release of a promotion that was undone although it reached `main`, by a push that nobody waited for."""
    newest = read_release(ws, applied_release(ws))
    return newest.release if newest and newest.plan == receipt.plan and newest.release != receipt.release else None
