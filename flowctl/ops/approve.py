"""`approve`: somebody signs a plan off, where there is no host that asks for it, and takes that back.

A sign-off is a file on `main`, so that it holds for everybody and no promotion can overlook it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.flow.kinds import read_fields
from flowctl.history import PushRefused
from flowctl.ops.approvals import Hosted, SignOff, is_same, makers_of, sign_offs, tally_of
from flowctl.ops.branch import at_work
from flowctl.ops.drift import pending_releases
from flowctl.ops.plan import config_on_main, plan_draft
from flowctl.ops.records import GateResult, Promotion, Release, read_record, short_id, write_record
from flowctl.ops.saved_plan import FOLDER
from flowctl.ops.trunk import Commit, commit_to_main, require_movable, sync
from flowctl.ops.workspace import Workspace

PROPOSED = "refs/remotes/origin/release/"
PREFIX = "sha256:"
FULL = 64  # characters of an id
LEAST = 8  # of them that a plan is found by


@dataclass(frozen=True, slots=True)
class Approved:
    """A sign-off that was made, or taken back. `gate` is what it does for the plan's gate, where that is known."""

    sign_off: SignOff
    gate: GateResult | None = None
    was_there: bool = False
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class OpenPlan:
    """A plan that is not live, and who has signed it off."""

    plan: str
    title: str | None
    sign_offs: tuple[SignOff, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be approved of. The promotion is None where only the plan's id is known; `tip` is its draft's."""

    plan: str
    promotion: Promotion | None = None
    tip: str | None = None

    @property
    def is_by_somebody(self) -> bool:
        """Whether it is known who made it; a rollback is made by whoever will do it."""
        return self.promotion is not None and (self.promotion.draft is not None or isinstance(self.promotion, Release))


def approve(ws: Workspace, what: str, now: dt.datetime, file: Path | None = None) -> Approved:
    """Signs a plan off.

    Args:
        what: The plan's id, or the beginning of it.
        file: A file that holds the plan, instead.

    Raises:
        FlowctlError: No such plan, or several; it is live already; or whoever approves has made it.
    """
    with at_work(ws, "approve a plan"):
        sync(ws)
        target = _of_file(ws, file) if file else _of_id(ws, what, now)
        _require_open(ws, target)
        _require_other(ws, target)
        made = _sign_off(ws, target, now)
        standing = next((s for s in sign_offs(ws) if s.path == made.path), None)
        if standing is None:
            body = f"Plan {made.plan}\n\nSigned-off-by: {made.who.name} <{made.who.email}>"
            _commit(ws, made, f"approve: {made.title or short_id(made.plan)}\n\n{body}\n", now)
    return Approved(standing or made, _gate(ws, target), was_there=standing is not None)


def withdraw(ws: Workspace, what: str, now: dt.datetime) -> Approved:
    """Takes one's own sign-off back.

    Raises:
        FlowctlError: There is none of that plan, or the plan is live.
    """
    with at_work(ws, "withdraw an approval"):
        sync(ws)
        me = ws.me.email.casefold()
        mine = [s for s in sign_offs(ws) if s.plan.startswith(_wanted(what)) and s.who.email.casefold() == me]
        if not mine:
            hint = "`flowctl approve --list` shows who has approved of what"
            raise FlowctlError(f"you have not approved of a plan `{what}`", hint=hint)
        if len(mine) > 1:
            raise _several(what, [s.plan for s in mine])
        [mine_now] = mine
        _require_open(ws, Target(mine_now.plan))
        title = mine_now.title or short_id(mine_now.plan)
        _commit(ws, mine_now, f"withdraw an approval: {title}\n\nPlan {mine_now.plan}\n", now, is_removed=True)
    return Approved(mine_now, is_withdrawn=True)


def list_open(ws: Workspace) -> tuple[OpenPlan, ...]:
    """The plans that somebody has signed off and that are not live, the newest sign-off last."""
    sync(ws)
    found: dict[str, list[SignOff]] = {}
    for sign_off in sign_offs(ws):
        found.setdefault(sign_off.plan, []).append(sign_off)
    live = _live_plans(ws) if found else {}
    return tuple(OpenPlan(plan, own[0].title, tuple(own)) for plan, own in found.items() if plan not in live)


# -- which plan


def _of_file(ws: Workspace, file: Path) -> Target:
    """The plan of a file: one that `plan` keeps, its JSON, or a release's record.

    Raises:
        FlowctlError: It holds none; all that is wrong is told.
    """
    document = yaml.read(file.name, file.read_bytes())
    entries = document.root.entries if isinstance(document.root, yaml.Mapping) else {}
    tree = entries["promotion"][1] if "promotion" in entries else document.root
    cls = Release if "release" in entries else Promotion
    values = read_fields(cls, tree, document) if tree is not None else None
    if values is None or document.problems:
        hint = "name the file that `flowctl plan --json-into plan.json` writes"
        is_other = entries and not {"promotion", "parts"} & set(entries)  # what it lacks to be a plan is of no use
        raise FlowctlError(f"`{file.name}` holds no plan", hint=hint, found=() if is_other else document.problems)
    return _target(ws, cls(**values))


def _of_id(ws: Workspace, what: str, now: dt.datetime) -> Target:
    wanted = _wanted(what)
    for place in (_kept, _proposed, _drafted):  # the last one makes the plans of all drafts, and takes its time
        found = {p.id: p for p in place(ws, now) if p.id.startswith(wanted)}
        if len(found) > 1:
            raise _several(what, list(found))
        if found:
            return _target(ws, *found.values())
    if len(wanted) == len(PREFIX) + FULL:
        return Target(wanted)
    hint = f"its {FULL} characters, as a merge request shows them, need no plan here; or name the plan's file"
    raise FlowctlError(f"there is no plan `{what}` here", hint=hint)


def _wanted(what: str) -> str:
    """The beginning of an id that was typed.

    Raises:
        FlowctlError: It is none, or too short to be meant.
    """
    wanted = what.removeprefix(PREFIX).rstrip("…").casefold()
    if not re.fullmatch(r"[0-9a-f]+", wanted) or not LEAST <= len(wanted) <= FULL:
        hint = f"at least {LEAST} characters of it, as `flowctl plan` shows it; or the name of the plan's file"
        raise FlowctlError(f"`{what}` is no id of a plan", hint=hint)
    return f"{PREFIX}{wanted}"


def _several(what: str, plans: list[str]) -> FlowctlError:
    return FlowctlError(f"several plans begin with `{what}`", hint=f"one of: {', '.join(sorted(plans))}")


def _kept(ws: Workspace, now: dt.datetime) -> Iterator[Promotion]:
    """The plans that `plan` has kept in this clone."""
    for path in sorted((ws.root / FOLDER).glob("*.yaml")):
        yield read_record(Promotion, path.name, path.read_bytes())


def _proposed(ws: Workspace, now: dt.datetime) -> Iterator[Promotion]:
    """The plans of merge requests: on their branches, and merged but not live."""
    for ref, commit in ws.git.refs(PROPOSED).items():
        path = f"releases/{ref.rpartition('/')[2]}.yaml"
        if (text := ws.git.read(commit, path)) is not None:
            yield read_record(Release, path, text)
    yield from (release for id_ in pending_releases(ws) if (release := ws.release(id_)))


def _drafted(ws: Workspace, now: dt.datetime) -> Iterator[Promotion]:
    """The plans that the open drafts have now, whole and of their rosters only."""
    for draft in ws.drafts():
        for only in (None, "rosters"):
            try:
                yield plan_draft(ws, draft, now, only=only).promotion
            except FlowctlError:
                continue  # such a draft cannot be promoted now, and has no plan


def _target(ws: Workspace, promotion: Promotion) -> Target:
    draft = next((draft for draft in ws.drafts() if draft.draft == promotion.draft), None)
    return Target(promotion.id, promotion, ws.tip(draft) if draft else None)


# -- whether, and the file


def _live_plans(ws: Workspace) -> dict[str, str]:
    """The releases of the plans that are live or were, by the plans' ids."""
    pending = set(pending_releases(ws))
    return {release.plan: release.release for release in ws.releases() if release.release not in pending}


def _require_open(ws: Workspace, target: Target) -> None:
    if release := _live_plans(ws).get(target.plan):
        hint = '`flowctl rollback production --reason "…"` takes it back'
        raise FlowctlError(f"plan `{short_id(target.plan)}` is release {release} already", hint=hint)


def _require_other(ws: Workspace, target: Target) -> None:
    """Refuses an approval that would not count: nobody approves of their own work."""
    makers = makers_of(ws, target.promotion, target.tip) if target.promotion and target.is_by_somebody else ()
    for maker, how in makers:
        if is_same(ws.me, maker):
            hint = f"ask somebody else to type `flowctl approve {short_id(target.plan)}`"
            raise FlowctlError(f"an approval of your own work does not count: {maker} {how}", hint=hint)


def _sign_off(ws: Workspace, target: Target, now: dt.datetime) -> SignOff:
    title = target.promotion.title if target.promotion else None
    draft = target.promotion.draft if target.promotion else None
    return SignOff(plan=target.plan, title=title, draft=draft, who=ws.me, when=now.replace(microsecond=0))


def _commit(ws: Workspace, made: SignOff, message: str, now: dt.datetime, *, is_removed: bool = False) -> None:
    """Puts a sign-off on `main`, or takes it away there.

    Raises:
        FlowctlError: Nobody may push to `main`.
    """
    data = None if is_removed else write_record(made).encode()
    require_movable(ws)
    try:
        commit_to_main(ws, lambda old: Commit({made.path: data}, message), now)
    except PushRefused as error:
        hint = "approve the merge request where it is; `flowctl promote --finish` counts that"
        raise FlowctlError(error.message, hint=hint) from error


def _gate(ws: Workspace, target: Target) -> GateResult | None:
    """The gate of the plan as it stands now; the host is not asked."""
    if target.promotion is None or not target.is_by_somebody:
        return None
    needed = config_on_main(ws).gates_of(target.promotion.kind).approvals
    tally = tally_of(ws, target.promotion, needed, tip=target.tip, hosted=Hosted())
    return tally.gate if needed else None
