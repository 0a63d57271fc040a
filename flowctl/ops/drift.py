"""What an environment runs against what `main` says that it runs."""

from __future__ import annotations

from dataclasses import dataclass

from flowctl.diff import PartDiff, diff_bundles
from flowctl.envs import Live
from flowctl.flow import Bundle, changed
from flowctl.ops.workspace import LIVE, Workspace


@dataclass(frozen=True)
class Drift:
    """How an environment differs from `main`.

    `parts` were changed by hand. `half_done` is the release of a promotion that was cut off before it reached
    `main`; `pending` one that reached `main` and not yet the environment. At most one of the three is there.
    """

    environment: str
    live: Live
    expected: Bundle
    parts: tuple[str, ...]
    half_done: str | None
    pending: str | None

    @property
    def is_clean(self) -> bool:
        return not (self.parts or self.half_done or self.pending)

    @property
    def diffs(self) -> tuple[PartDiff, ...]:
        """What the environment has that `main` has not, by part."""
        if not self.parts:
            return ()
        ours = Bundle({part: text for part, text in self.expected.parts.items() if part in self.parts})
        theirs = Bundle({part: text for part, text in self.live.bundle.parts.items() if part in self.parts})
        return diff_bundles(ours, theirs)


def drift_of(ws: Workspace, environment: str = LIVE) -> Drift:
    """Compares an environment with `main`, and tells a half-done promotion from a change by hand by its receipt."""
    live = ws.environment(environment).read()
    expected = ws.bundle()
    if live.bundle.digest == expected.digest:
        return Drift(environment, live, expected, (), None, None)
    ids = ws.release_ids()
    receipt = live.receipt
    touched = receipt is None or changed(receipt.digests, live.bundle)
    if receipt and not touched:
        if receipt.release not in ids:
            return Drift(environment, live, expected, (), receipt.release or "unknown", None)
        if pending := pending_release(ws, environment, ids):
            return Drift(environment, live, expected, (), None, pending)
    return Drift(environment, live, expected, changed(expected, live.bundle), None, None)


def pending_release(ws: Workspace, environment: str, ids: list[str]) -> str | None:
    """The newest release on `main` when it has no tag yet."""
    tags = ws.tags()
    return ids[-1] if ids and f"{environment}/{ids[-1]}" not in tags else None
