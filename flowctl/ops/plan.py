"""A promotion thought through, not done. `promote` does exactly this, or nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import field
from types import MappingProxyType

from flowctl.data import dataclass
from flowctl.diag import Blocked, Diagnostic, FlowctlError, Severity, Stale
from flowctl.diff import PartDiff
from flowctl.envs import Live
from flowctl.flow import Bundle, changed, part_of
from flowctl.ops.approvals import Tally, tally_of
from flowctl.ops.config import FILE, Config, config_of
from flowctl.ops.content import Changes, adopted_parts, changes_of, releases_after
from flowctl.ops.drift import drift_of, unreleased
from flowctl.ops.gates import LONG_AGO, judge
from flowctl.ops.leads import Source
from flowctl.ops.looked import Looked, look
from flowctl.ops.only import others, rosters_of, title_of, with_fixtures
from flowctl.ops.records import Draft, GateResult, Move, Pointer, Promotion
from flowctl.ops.simulate import Simulation
from flowctl.ops.trunk import require_live
from flowctl.ops.workspace import LIVE, Workspace


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be promoted, what stands in the way, and who approves of it.

    `promotion` is bound by the plan's id; `files` are the bytes to put on `main` by path (None removes);
    `standing` are gates whose answer depends on the moment, so that they are no part of the id. `main` and `tip` are
    the commits of `main` and of the draft that were looked at; no part of the id either, which is of contents alone.
    `adopts` are the parts of which production runs what the draft took over from there, and not what `main` says.
    """

    promotion: Promotion
    files: Mapping[str, bytes | None]
    bundle: Bundle
    diffs: tuple[PartDiff, ...]
    found: tuple[Diagnostic, ...]
    refusals: tuple[Diagnostic, ...]
    simulations: tuple[Simulation, ...]
    standing: tuple[GateResult, ...]
    main: str
    tip: str | None = None
    unbars: tuple[str, ...] = ()
    adopts: Mapping[str, str | None] = field(default_factory=dict)
    approvals: Tally = Tally(0)

    @property
    def id(self) -> str:
        return self.promotion.id

    @property
    def gates(self) -> tuple[GateResult, ...]:
        return (*self.promotion.gates, *self.standing, *self.approvals.gates)

    @property
    def blockers(self) -> tuple[str, ...]:
        """Why it may not be applied, in words; empty when it may."""
        return self.blockers_but()

    def blockers_but(self, *gates: str) -> tuple[str, ...]:
        """The same, where some gates are asked later."""
        failed = [f"gate `{g.gate}`: {g.figure}" for g in self.gates if not g.passed and g.gate not in gates]
        errors = (d for d in self.refusals if d.severity is Severity.ERROR)
        return (*failed, *(f"the environment refuses: {d.message}" for d in errors))

    @property
    def changes_nothing(self) -> bool:
        return not self.promotion.parts and not self.promotion.files and not self.adopts


@dataclass(frozen=True, slots=True)
class Override:
    """What may be overridden, only with a reason."""

    unbar: bool = False
    reason: str = ""

    @classmethod
    def given(cls, unbar: bool, reason: str) -> Override:
        """An override as typed.

        Raises:
            FlowctlError: Something is overridden without a reason.
        """
        if unbar and not reason.strip():
            raise FlowctlError("`--unbar` needs a reason", hint='`--unbar --reason "why it may ship again"`')
        return cls(unbar, reason.strip())


NO_OVERRIDE = Override()


def plan_draft(
    ws: Workspace,
    draft: Draft,
    now: dt.datetime,
    *,
    environment: str = LIVE,
    override: Override = NO_OVERRIDE,
    only: str | None = None,
) -> Plan:
    """The promotion of a draft.

    Args:
        only: `rosters`: these alone go ahead, with the gates of their kind; the rest of the draft stays open.

    Raises:
        Stale: Live has changed what the draft changes; names the releases that did. Or production was changed by
            hand, or somebody else has saved to the draft.
        Blocked: Another promotion is pending or running.
        FlowctlError: The draft changes nothing, or no releases go to that environment.
    """
    whole = changes_of(ws, draft)
    changes = rosters_of(whole) if only else whole
    adopted = {part: there for part, there in adopted_parts(ws, draft).items() if not only or part in changes.parts}
    live = require_no_drift(ws, environment, adopted)
    _require_newest(ws, draft)
    changes = with_fixtures(changes, whole) if only and config_on_main(ws).gates_of("roster").tests else changes
    if changes.overlaps:
        raise overtaken(ws, draft, changes)
    kind, title = ("roster", title_of(changes.parts, draft.title)) if only else (draft.kind, draft.title)
    fixtures = whole.after if only else None
    plan = make_plan(
        ws, live, changes, kind, title, now, environment, draft=draft, override=override, only=only, staged=fixtures
    )
    if plan.changes_nothing and only:
        raise FlowctlError("the draft changes no roster", hint=f"`flowctl plan --to {environment}` ships all of it")
    if plan.changes_nothing:
        raise FlowctlError("the draft changes nothing", hint="edit a file below `flows/`, then `flowctl save`")
    return plan


def make_plan(
    ws: Workspace,
    live: Live,
    changes: Changes,
    kind: str,
    title: str,
    now: dt.datetime,
    environment: str,
    *,
    draft: Draft | None = None,
    bars: tuple[str, ...] = (),
    override: Override = NO_OVERRIDE,
    only: str | None = None,
    staged: Mapping[str, bytes] | None = None,
    looked: Looked | None = None,
) -> Plan:
    """The plan of any promotion: of a draft, or of a rollback. Its gates are those of `main`, not the draft's own.

    Args:
        staged: The files with whose fixtures staging is tested, where that has more than what ships.
        looked: What was looked at already, of the same changes; it is not looked at again.
    """
    after, parts = changes.bundle, changed(changes.before_bundle, changes.bundle)
    config = config_on_main(ws)
    looked = looked or look(ws, environment, config, kind, changes, staged)
    judged = judge(looked.gates, looked.candidate, Source(ws, ws.root, bytes), _since(ws))
    barred = barred_parts(ws.pointer(environment), after, parts)
    promotion = Promotion(
        environment=environment,
        kind=kind,
        title=title,
        draft=draft.draft if draft else None,
        only=only,
        live=live.bundle.digest,
        parts=_moves(changes, parts),
        files=_beside(changes),
        gates=(*judged.gates, *_rosters_gate(kind, parts), *_barred_gate(barred, override)),
        moved=judged.moved,
        bars=bars,
        overrides=_overridden(barred, override),
    )
    tip = ws.tip(draft) if draft else None
    return Plan(
        promotion,
        changes.files,
        after,
        looked.diffs,
        judged.found,
        looked.refusals,
        judged.simulations,
        standing_gates(ws, kind, now),
        ws.main,
        tip,
        barred if override.unbar else (),
        _adopted(changes, live),
        tally_of(ws, promotion, config.gates_of(kind).approvals, tip=tip),
    )


def _moves(changes: Changes, parts: Sequence[str]) -> tuple[Move, ...]:
    before, after = changes.before_bundle.digests, changes.bundle.digests
    return tuple(Move(part, before.get(part), after.get(part)) for part in parts)


def _beside(changes: Changes) -> dict[str, str]:
    """The digests of files that are no parts."""
    return {path: file_digest(data) for path, data in changes.files.items() if part_of(path) is None}


def _adopted(changes: Changes, live: Live) -> dict[str, str | None]:
    """The parts of which production runs something else than `main` says, with the digests of that."""
    runs = live.bundle.digests
    return {part: runs.get(part) for part in changed(changes.before_bundle, runs)}


def _since(ws: Workspace) -> dt.datetime:
    """Since when live runs what it runs; the same until the next release."""
    newest = ws.newest_release()
    return newest.when if newest else LONG_AGO


def config_on_main(ws: Workspace) -> Config:
    """The settings that hold for everybody: those on `main`."""
    text = ws.git.read(ws.main, FILE)
    return ws.config if text is None else config_of(text)


def standing_gates(ws: Workspace, kind: str, now: dt.datetime) -> tuple[GateResult, ...]:
    """The gates that are asked again at the moment of promotion."""
    if not config_on_main(ws).gates_of(kind).freeze:
        return ()
    freeze = ws.freezes().at(now)
    if freeze is None:
        return (GateResult("freeze", True, "no freeze"),)
    return (GateResult("freeze", False, f"frozen until {freeze.to:%Y-%m-%d %H:%M} UTC: {freeze.reason}"),)


def require_no_drift(
    ws: Workspace, environment: str = LIVE, adopted: Mapping[str, str | None] = MappingProxyType({})
) -> Live:
    """What production runs, when that is what `main` says, or what a draft has taken over from it.

    Args:
        adopted: The parts that were taken over, with their content digests then; None where a part was taken out.

    Raises:
        Stale: Somebody changed it by hand.
        Blocked: Another promotion is running, or was cut off, or is on `main` and not yet in production.
        FlowctlError: No releases go to that environment; or somebody changed `main` without a release.
    """
    drift = drift_of(ws, require_live(ws, environment))
    if drift.half_done:
        raise Blocked(f"the promotion `{drift.half_done}` is running, or was cut off", hint="`flowctl status`")
    if drift.pending:
        hint = f"`flowctl promote --to {environment} --finish`, or `--abandon`"
        raise Blocked(f"release `{drift.pending}` is pending: it is on `main` and not in {environment}", hint=hint)
    runs = drift.live.bundle.digests
    if foreign := [part for part in drift.parts if part not in adopted or adopted[part] != runs.get(part)]:
        names = ", ".join(foreign)
        hint = f"`flowctl drift {environment}` shows what; `flowctl clone live --adopt --summary WHY` takes it in"
        raise Stale(f"{environment} was changed by hand: {names}", hint=hint)
    if parts := unreleased(ws, drift):
        hint = "take it back with `git revert`, or bring it in through a draft"
        raise FlowctlError(f"`main` was changed without a release: {', '.join(parts)}", hint=hint)
    return drift.live


def _require_newest(ws: Workspace, draft: Draft) -> None:
    """Refuses to ship a draft without what somebody else has saved to it."""
    theirs = ws.git.resolve(f"refs/remotes/origin/{draft.branch}")
    if theirs and not ws.git.is_ancestor(theirs, ws.tip(draft)):
        hint = f"`flowctl merge origin/{draft.branch}` takes it in"
        raise Stale(f"somebody else has saved to `{draft.title}`", hint=hint)


def barred_parts(pointer: Pointer, bundle: Bundle, parts: Sequence[str]) -> tuple[str, ...]:
    """The changed parts whose behaviour a rollback has barred."""
    barred = {(bar.part, bar.behaviour) for bar in pointer.barred}
    return tuple(part for part in parts if part in bundle.parts and (part, bundle.behaviour(part)) in barred)


def _barred_gate(barred: Sequence[str], override: Override) -> tuple[GateResult, ...]:
    if not barred:
        return ()
    names = ", ".join(barred)
    if override.unbar:
        return (GateResult("barred", True, f"{names}: rolled back before, shipped again: {override.reason}"),)
    return (GateResult("barred", False, f"{names}: this behaviour was rolled back; `--unbar --reason` ships it again"),)


def _overridden(barred: Sequence[str], override: Override) -> tuple[str, ...]:
    return (f"unbarred {', '.join(barred)}: {override.reason}",) if barred and override.unbar else ()


def _rosters_gate(kind: str, parts: Sequence[str]) -> tuple[GateResult, ...]:
    """The gates of rosters are lighter than those of flows: nothing else may pass by them."""
    strangers = others(parts) if kind == "roster" else ()
    return (GateResult("rosters", False, f"no roster: {', '.join(strangers)}"),) if strangers else ()


def overtaken(ws: Workspace, draft: Draft, changes: Changes) -> Stale:
    """What to say of a draft when live has changed what it changes, too."""
    releases = releases_since(ws, draft, changes.overlaps)
    by = f" by {', '.join(releases)}" if releases else ""
    names = ", ".join(f"`{name}`" for name in changes.overlaps)
    return Stale(f"live has changed {names} since the draft began{by}", hint="`flowctl merge live` takes it in")


def releases_since(ws: Workspace, draft: Draft, names: Sequence[str]) -> tuple[str, ...]:
    """The releases after a draft's base that changed some of the parts or files."""
    found = (ws.release(id_) for id_ in releases_after(ws, draft.base.release))
    releases = (release for release in found if release and release.draft != draft.draft)
    return tuple(r.release for r in releases if {*(m.part for m in r.parts), *r.files} & set(names))


def file_digest(data: bytes | None) -> str:
    return "removed" if data is None else "sha256:" + hashlib.sha256(data).hexdigest()
