"""A small routing with a past of two releases, and what people do with it, in few words."""

import datetime as dt
import os
import shutil
import subprocess
from contextlib import contextmanager

from flowctl.envs import create_local
from flowctl.flow import Bundle, changed
from flowctl.history import RefUpdate, create_repository
from flowctl.ops.clone import clone_live
from flowctl.ops.config import config_of
from flowctl.ops.deploy import receipt_of
from flowctl.ops.importing import import_into
from flowctl.ops.plan import Override, plan_draft
from flowctl.ops.promote import promote
from flowctl.ops.records import Move, Pointer, Promotion, Release, write_record
from flowctl.ops.recover import take_up
from flowctl.ops.rollback import plan_rollback
from flowctl.ops.save import save
from flowctl.ops.trunk import sync
from flowctl.ops.verify import verify
from flowctl.ops.workspace import LIVE, MAIN_REF, Workspace, bundle_from, open_workspace

NOW = dt.datetime(2026, 11, 20, 16, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
BO = ("Bo Lind", "bo.lind@example.com")

SETTINGS = """\
environments:
  staging: {adapter: local, path: ../envs/staging}
  production: {adapter: local, path: ../envs/production}
gates:
  weekly: {check: error, tests: true, freeze: true}
  hotfix: {check: error, tests: true, freeze: true}
  roster: {check: error, freeze: true}
  rollback: {check: error}
"""

FLOWS = {
    "lead.yaml": """\
flow: lead
object: Lead
title: "Live on 2026-11-16: Leads"
triggers: [created, updated]
start: scored
nodes:
  # A lead needs a score before anybody calls.
  scored:
    type: decision
    branches:
      - {when: Person_Score__c >= 50, label: ready, then: next_rep}
    otherwise: to_marketing

  next_rep: {type: rotate, roster: sales, then: routed, nobody: to_marketing}
  to_marketing: {type: assign, to: queue/marketing, then: held}
  routed: {type: end, result: with sales}
  held: {type: end, result: with marketing}
""",
    "case.yaml": """\
flow: case
object: Lead
title: "Live on 2026-11-16: Cases"
triggers: [created]
start: to_support
nodes:
  # Support looks after all of them.
  to_support: {type: rotate, roster: support, then: done, nobody: to_marketing}
  to_marketing: {type: assign, to: queue/marketing, then: done}
  done: {type: end, result: done}
""",
    "rosters/sales.yaml": """\
roster: sales
members:
  # In the order in which they joined.
  - {user: ana.silva}
  - {user: ben.okafor}
""",
    "rosters/support.yaml": """\
roster: support
members:
  - {user: ana.silva}
  - {user: ben.okafor}
""",
    "objects/Lead.yaml": """\
object: Lead
fields:
  Email: {label: Email, type: email}
  Company: {label: Company, type: text}
  Person_Score__c: {label: Person Score, type: number}
""",
    "objects/User.yaml": """\
object: User
fields:
  Team: {label: Team, type: text}
""",
    "directory.yaml": """\
users:
  ana.silva: {name: Ana Silva}
  ben.okafor: {name: Ben Okafor}
queues:
  marketing: {name: Marketing Queue}
""",
    "settings.yaml": """\
dialect: salesforce
time_zone: UTC
""",
    "fixtures/lead/first.yaml": """\
- why: a lead with a good score goes to the first of sales
  now: 2026-01-05T09:00:00Z
  lead: {Email: kim@acme.example, Company: Acme, Person_Score__c: 80}
  expect: {owner: user/ana.silva, ends: routed}

- why: a lead without a score stays with marketing
  now: 2026-01-05T09:00:00Z
  lead: {Email: lee@acme.example, Company: Acme}
  expect: {owner: queue/marketing, ends: held}
""",
    "fixtures/case/all.yaml": """\
- why: a case goes to the first of support
  now: 2026-01-05T09:00:00Z
  lead: {Email: kim@acme.example, Company: Acme}
  expect: {owner: user/ana.silva, ends: done}
""",
}
ORG = """\
users:
  ana.silva: {id: 0051f00000AnaSlAAA}
  ben.okafor: {id: 0051f00000BenOkAAA}
queues:
  marketing: {id: 00G1f00000MarkeAAA}
"""

LEAD, FIXTURES, ROSTER = "flows/lead.yaml", "flows/fixtures/lead/first.yaml", "flows/rosters/sales.yaml"
CASES, SUPPORTERS = "flows/case.yaml", "flows/rosters/support.yaml"

# Small edits of one part each, none of which moves a fixture's lead.
EDITS = {
    "lead": (LEAD, "Person_Score__c >= 50", "Person_Score__c >= 60"),
    "lead-more": (LEAD, "Person_Score__c >= 50", "Person_Score__c >= 70"),
    "lead-held": (LEAD, "result: with marketing", "result: waiting"),
    "case": (CASES, "result: done}", "result: with support}"),
    "sales": (ROSTER, "{user: ana.silva}", "{user: ana.silva, weight: 2}"),
    "sales-more": (ROSTER, "{user: ana.silva}", "{user: ana.silva, weight: 3}"),
    "support": (SUPPORTERS, "{user: ana.silva}", "{user: ana.silva, weight: 2}"),
    "fixture": (FIXTURES, "Company: Acme, Person_Score__c: 80", "Company: Acme Inc, Person_Score__c: 80"),
    "fixture-more": (FIXTURES, "Company: Acme, Person_Score__c: 80", "Company: Acme Ltd, Person_Score__c: 80"),
    "comment": (LEAD, "# A lead needs a score before anybody calls.", "# First the score."),
}
PART = {
    "lead": "flow/lead",
    "lead-more": "flow/lead",
    "lead-held": "flow/lead",
    "case": "flow/case",
    "sales": "roster/sales",
    "sales-more": "roster/sales",
    "support": "roster/support",
}


def make_past(top):
    """A workspace in `top/ana`, its environments in `top/envs`; two releases: in the first, scores from 40 count."""
    flows = {f"flows/{path}": text.encode() for path, text in FLOWS.items()}
    flows[LEAD] = flows[LEAD].replace(b">= 50", b">= 40").replace(b"Live on 2026-11-16: Leads", b"Live on 2026-11-09")
    with create_repository(top / "ana") as repository:
        _first_release(top, repository, flows)
    git(top / "ana", "config", "gc.auto", "0")
    shutil.rmtree(top / "ana/.git/hooks")
    with at(top / "ana") as ws:
        clone_live(ws, "Leads", NOW - 4 * DAY, on=NOW.date() - 4 * DAY, stage=False)
        (ws.root / LEAD).write_text(FLOWS["lead.yaml"])
        save(ws, "scores from 50", NOW - 4 * DAY)
        ship(ws, NOW - 4 * DAY)


def _first_release(top, repository, flows):
    ws = Workspace(repository.root, config_of(SETTINGS.encode()), repository)
    bundle, when = bundle_from(flows), NOW - 11 * DAY
    moves = tuple(Move(part, None, digest) for part, digest in bundle.digests.items())
    title = "Live on 2026-11-09: First leads"
    bound = {"environment": LIVE, "kind": "weekly", "title": title, "live": Bundle({}).digest, "parts": moves}
    id_ = when.date().isoformat()
    release = Release(release=id_, plan=Promotion(**bound).id, who=ws.me, when=when, **bound)
    pointer = Pointer(environment=LIVE).after(release)
    records = {record.path: write_record(record).encode() for record in (release, pointer)}
    frame = {"flowctl.yaml": SETTINGS.encode(), ".gitignore": b".flowctl/\n"}
    tree = repository.write_tree(None, {**flows, **records, **frame})
    commit = repository.commit_tree(tree, [], f"production: {title}", None, when)
    repository.transaction([RefUpdate(MAIN_REF, commit, None), RefUpdate(release.tag, commit, None)])
    repository.refresh_worktree(None, commit)
    for name, ids in (("staging", "2f0"), (LIVE, "1f0")):
        create_local(top / "envs" / name, ORG.replace("1f0", ids))
        place = ws.environment(name)
        place.deploy(bundle, expecting=Bundle({}).digest, receipt=receipt_of(release, bundle))


def make_shared(top):
    """As `make_past`, with a bare remote `top/origin.git` and a colleague's clone in `top/bo`."""
    make_past(top)
    git(top, "init", "-q", "--bare", "-b", "main", "origin.git")
    shutil.rmtree(top / "origin.git/hooks")
    git(top / "ana", "remote", "add", "origin", "../origin.git")
    git(top / "ana", "push", "-q", "origin", "main", "--tags")
    git(top / "ana", "fetch", "-q")
    git(top, "clone", "-q", "origin.git", "bo")
    git(top / "bo", "remote", "set-url", "origin", "../origin.git")


def git(folder, *args):
    """Plain git, as a user types it."""
    done = subprocess.run(["git", *args], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip("\n")


@contextmanager
def at(root):
    """The workspace, opened and closed."""
    ws = open_workspace(root)
    try:
        yield ws
    finally:
        ws.git.close()


@contextmanager
def person(name, email):
    """Who git takes us for."""
    before = dict(os.environ)
    for role in ("AUTHOR", "COMMITTER"):
        os.environ |= {f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": email}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def edit(ws, *names):
    """Makes edits of `EDITS` in the work tree."""
    for name in names:
        path, old, new = EDITS[name]
        text = (ws.root / path).read_text()
        assert old in text, f"{name}: {old!r} is not in {path}"
        (ws.root / path).write_text(text.replace(old, new))


def begin(ws, *names, summary="Week", now=NOW, kind="weekly", stage=False):
    """A saved draft with edits."""
    draft = clone_live(ws, summary, now, kind=kind, stage=stage).draft
    edit(ws, *names)
    save(ws, f"edits: {', '.join(names)}", now)
    return draft


def planned(ws, now=NOW, draft=None, only=None, **override):
    """The plan of a draft, by default of the one that is checked out, as `flowctl plan` makes it."""
    sync(ws)
    take_up(ws, now)
    return plan_draft(ws, draft or ws.require_draft(), now, override=Override(**override), only=only)


def ship(ws, now=NOW, draft=None, only=None):
    """A release of a draft, or only of its rosters."""
    return promote(ws, planned(ws, now, draft, only), now)


def roll_back(ws, now=NOW, **options):
    return promote(ws, plan_rollback(ws, now, reason="too few leads", **options), now)


def stage(ws, now=NOW, **options):
    return import_into(ws, "staging", ws.require_draft(), now, **options)


def by_hand(top, path, old, new, environment="production"):
    """Somebody edits what an environment runs."""
    target = (top / "envs" / environment / "live").resolve() / path
    text = target.read_text()
    assert old in text
    target.write_text(text.replace(old, new))


def live(ws, environment=LIVE):
    """What an environment runs."""
    return ws.environment(environment).read().bundle


def require_settled(ws):
    """Environment, `main` and pointer say the same, and nothing is left over of anything."""
    assert verify(ws).disagreements == ()
    assert changed(live(ws), ws.bundle()) == ()
    assert ws.pointer().digests == ws.bundle().digests
    assert ws.git.unsaved() == ()
    assert ws.git.stale_locks() == []
    assert not (ws.root / ".flowctl/journal.json").exists()
