"""What the processes of the tests do. Each gets the test's folder, and a function to call where the steps begin.

`go` names a file: when it is there, everybody who waits for it begins at once.
"""

import os
import time
from contextlib import nullcontext

from flowctl.envs import Local
from flowctl.ops import freeze
from flowctl.ops import merge as merging
from flowctl.ops.clone import clone_live
from flowctl.ops.importing import import_into
from flowctl.ops.journal import journaled
from flowctl.ops.plan import plan_draft
from flowctl.ops.promote import promote
from flowctl.ops.recover import take_up
from flowctl.ops.request import abandon, finish, propose
from flowctl.ops.rollback import plan_rollback
from flowctl.ops.save import save
from flowctl.ops.versions import find_draft
from flowctl.ops.workspace import open_workspace
from tests.ops.promotion.week import DAY, NOW, planned


def ship(top, begin, *, at="ana", draft=None, only=None, go=None, leased=True):
    """Promotes a draft, by default the one that is checked out, with a plan made before.

    Not `leased`: as on a disk that knows no locks.
    """
    if not leased:
        Local.lease = lambda *_: nullcontext()
    ws = open_workspace(top / at)
    plan = planned(ws, draft=find_draft(ws, draft) if draft else None, only=only)
    _wait(top, go)
    begin()
    return promote(ws, plan, NOW).release.release


def take(top, begin, *, at="ana"):
    """What every command does first."""
    begin()
    return list(take_up(open_workspace(top / at), NOW).steps)


def roll_back(top, begin, *, at="ana"):
    ws = open_workspace(top / at)
    plan = plan_rollback(ws, NOW, reason="too few leads")
    begin()
    return promote(ws, plan, NOW).release.release


def keep(top, begin, *, at="ana"):
    begin()
    return save(open_workspace(top / at), "kept", NOW).commit


def clone(top, begin, *, at="ana", adopt=False):
    begin()
    return clone_live(open_workspace(top / at), "Next", NOW, adopt=adopt).draft.draft


def merge(top, begin, *, at="ana"):
    begin()
    return merging.merge_into_draft(open_workspace(top / at), "live", NOW).stage


def end_merge(top, begin, *, at="ana"):
    begin()
    return merging.go_on(open_workspace(top / at), NOW).commit


def drop_merge(top, begin, *, at="ana"):
    begin()
    return list(merging.abort(open_workspace(top / at)).left)


def stage(top, begin, *, at="ana"):
    begin()
    ws = open_workspace(top / at)
    return list(import_into(ws, "staging", ws.require_draft(), NOW).parts)


def add_freeze(top, begin, *, at="ana"):
    begin()
    return freeze.add_freeze(open_workspace(top / at), NOW, NOW + DAY, "quarter end", NOW).reason


def request(top, begin, *, at="ana"):
    ws = open_workspace(top / at)
    plan = plan_draft(ws, ws.require_draft(), NOW)
    begin()
    return propose(ws, plan, NOW).branch


def end_request(top, begin, *, at="ana"):
    begin()
    return finish(open_workspace(top / at), "production", NOW).release.release


def drop_request(top, begin, *, at="ana"):
    begin()
    return abandon(open_workspace(top / at), "production", NOW).branch


def work(top, begin, *, at="ana"):
    """Is at work in a work tree until somebody ends it."""
    with journaled(top / at, "work"):
        (top / "working").touch()
        time.sleep(60)


def _wait(top, go):
    """Waits for the file `go`, and says so: with it, all who wait begin at once."""
    if go:
        (top / f"{go}.{os.getpid()}").touch()
        while not (top / go).exists():
            time.sleep(0.0005)
