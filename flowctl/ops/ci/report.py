"""What one run of `ci` found out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal, TypeAlias

from flowctl.data import dataclass
from flowctl.diag import Diagnostic, Exit, Severity
from flowctl.diff import Edit, EntryEdit
from flowctl.ops.approvals import Tally
from flowctl.ops.ci.accepted import Accepted
from flowctl.ops.ci.impact import Impact
from flowctl.ops.diff import DiffReport
from flowctl.ops.merging.verdict import MergeVerdict
from flowctl.ops.plan import Plan
from flowctl.ops.records import Release
from flowctl.ops.simulate import Simulation
from flowctl.ops.test import TestReport
from flowctl.ops.versions import Version

StepName: TypeAlias = Literal["check", "diff", "test", "simulate", "plan", "merges", "release"]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was asked, how it ended, and why in words. `hint` is something to type."""

    name: StepName
    exit: Exit
    said: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """An edit of a part; `edit` is None where the whole part is new, gone or unreadable (`status`)."""

    part: str
    status: str
    edit: Edit | EntryEdit | None
    fingerprint: str | None  # None for what moves no lead: there is nothing to accept
    impact: Impact | None
    accepted: Accepted | None

    @property
    def cosmetic(self) -> bool:
        return self.edit is not None and self.edit.cosmetic

    @property
    def counts(self) -> bool:
        """Whether it can move a lead, and nobody has accepted it."""
        return not self.cosmetic and self.accepted is None


@dataclass(frozen=True, slots=True)
class Movement:
    """From whom to whom in a flow, how many leads, and one of them."""

    flow: str
    before: str
    after: str
    leads: int
    example: str
    fingerprint: str
    accepted: Accepted | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What `check` says."""

    diagnostic: Diagnostic
    fingerprint: str
    accepted: Accepted | None

    @property
    def can_be_accepted(self) -> bool:
        """Not an error, for no lead can be routed through one."""
        return self.diagnostic.severity < Severity.ERROR


@dataclass(frozen=True, slots=True)
class Reach:
    """The digest of what production runs; where it cannot be asked, of what `main` says that it runs, and why not."""

    digest: str | None
    unreachable: str | None = None
    unasked: tuple[str, ...] = ()  # the gates that want what cannot be reached: an environment, or leads


@dataclass(frozen=True)
class CiReport:
    """All of it. `before` and `after` are live and what it becomes, each read once.

    `moves` are those of most leads first. `plan` is None where there is none to make: on `main`, and where something
    stands against making one. `pending` are the releases that the commit has and that nobody has deployed, `approvals`
    who approves of the newest of them.
    """

    label: str
    branch: str | None
    commit: str
    day: dt.date
    before: Version
    after: Version
    diff: DiffReport
    findings: tuple[Finding, ...]
    tests: TestReport | None
    simulations: tuple[Simulation, ...]
    plan: Plan | None
    pending: tuple[Release, ...]
    approvals: Tally | None
    merges: tuple[MergeVerdict, ...]
    reach: Reach
    changes: tuple[Change, ...]
    moves: tuple[Movement, ...]
    accepted: Mapping[str, Accepted]
    steps: tuple[Step, ...]

    @property
    def exit(self) -> Exit:
        """The worst of the steps, in the order of the exit codes."""
        return max((step.exit for step in self.steps), default=Exit.DONE)

    @property
    def failed(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.exit)

    @property
    def leads(self) -> int:
        return sum(len(s.routed) for s in self.simulations)

    @property
    def moved(self) -> int:
        """How many leads change owner, but for those whose movement is accepted."""
        return sum(move.leads for move in self.moves if move.accepted is None)

    @property
    def moved_as_accepted(self) -> int:
        return sum(move.leads for move in self.moves if move.accepted)


def acceptable(report: CiReport) -> dict[str, Change | Movement | Finding]:
    """What somebody may accept, by fingerprint."""
    findings = [finding for finding in report.findings if finding.can_be_accepted]
    items: tuple[Change | Movement | Finding, ...] = (*report.changes, *report.moves, *findings)
    return {item.fingerprint: item for item in items if item.fingerprint}
