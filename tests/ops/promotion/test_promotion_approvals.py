"""Approvals: signed off in files on `main`, or given on the host; of exactly one plan, by others than its makers."""

import json
from dataclasses import replace

import pytest

from flowctl.diag import Blocked, FlowctlError
from flowctl.ops import promote as promoting
from flowctl.ops.approvals import SignOff, is_same, sign_offs, tally_of
from flowctl.ops.approve import approve, list_open, withdraw
from flowctl.ops.plan import plan_draft
from flowctl.ops.promote import promote
from flowctl.ops.records import Approver, Person, Release, read_record, write_record
from flowctl.ops.request import finish, propose
from flowctl.ops.rollback import plan_rollback
from flowctl.ops.save import save
from flowctl.ops.saved_plan import keep
from flowctl.ops.trunk import sync
from flowctl.ops.verify import verify
from flowctl.render import approve as render
from flowctl.render import plan as plan_render
from flowctl.render.console import PLAIN
from tests.hosts.servers import TOKEN, GitLabServer, moment
from tests.ops.promotion.week import BO, DAY, NOW, at, begin, edit, git, live, person, planned, require_settled, ship

pytestmark = pytest.mark.slow  # real git

KIM = ("Kim Lee", "kim.lee@example.com")


def ask_for(ws, number, kind="weekly"):
    """`main` asks for approvals from now on."""
    here = ws.git.head().branch
    ws.git.switch("main")
    path = ws.root / "flowctl.yaml"
    path.write_text(path.read_text().replace(f"{kind}: {{", f"{kind}: {{approvals: {number}, "))
    git(ws.root, "commit", "-q", "-am", f"ask for {number}")
    if ws.git.remote():
        git(ws.root, "push", "-q", "origin", "main")
    ws.git.switch(here)


def approve_as(who, root, what, now=NOW, **options):
    """A colleague approves, in a clone; in one clone git takes us for several people."""
    with person(*who), at(root) as ws:
        return approve(ws, what, now, **options)


def figure(plan):
    return plan.approvals.gate.figure


@pytest.fixture
def asked(ws):
    """A draft of Ana's, and a gate that asks for two approvals."""
    ask_for(ws, 2)
    begin(ws, "lead")
    return ws


@pytest.fixture
def shared_asked(ana):
    """The same with a remote and a colleague's clone."""
    ask_for(ana, 2)
    begin(ana, "lead")
    return ana


# -- the gate


def test_a_plan_with_too_few_approvals_is_blocked(asked):
    plan = planned(asked)

    assert plan.blockers == ("gate `approvals`: 0 of 2",)
    with pytest.raises(Blocked, match="gate `approvals`: 0 of 2") as caught:
        promote(asked, plan, NOW)
    assert caught.value.hint == f"a colleague types `flowctl approve {plan.id[7:15]}`"


def test_approvals_of_others_ship_it_and_are_kept_in_the_release(asked):
    plan = planned(asked)
    keep(asked, plan)

    approve_as(BO, asked.root, plan.id[7:15])
    assert figure(planned(asked)) == "1 of 2: Bo Lind"
    done = approve_as(KIM, asked.root, plan.id, NOW + DAY)

    assert (done.gate.passed, done.gate.figure) == (True, "2 of 2: Bo Lind, Kim Lee")
    again = planned(asked)
    assert again.id == plan.id
    assert again.blockers == ()
    release = promote(asked, again, NOW).release
    assert release.approvals == (Approver(*BO, NOW), Approver(*KIM, NOW + DAY))
    assert asked.release(release.release).approvals == release.approvals
    assert release.id == release.plan
    require_settled(asked)


def test_a_plan_of_before_the_approvals_is_promoted(asked):
    """They are no part of the plan's id, and make neither it nor the draft stale."""
    plan = planned(asked)
    keep(asked, plan)
    for who in (BO, KIM):
        approve_as(who, asked.root, plan.id)

    promote(asked, replace(plan, approvals=tally_of(asked, plan.promotion, 2, tip=plan.tip)), NOW)

    require_settled(asked)


def test_without_the_gate_nobody_is_asked_and_approvals_are_kept_all_the_same(ws):
    begin(ws, "lead")
    plan = planned(ws)
    keep(ws, plan)
    approve_as(BO, ws.root, plan.id)

    assert [gate.gate for gate in planned(ws).gates] == ["check", "tests", "freeze"]
    assert [approver.name for approver in ship(ws).release.approvals] == ["Bo Lind"]


def test_a_plan_that_changes_loses_its_approvals(asked):
    plan = planned(asked)
    keep(asked, plan)
    for who in (BO, KIM):
        approve_as(who, asked.root, plan.id)
    edit(asked, "case")
    save(asked, "more", NOW)

    changed = planned(asked)

    assert figure(changed) == f"0 of 2; 2 approvals were for an earlier plan ({plan.id[7:15]}…)"
    assert changed.approvals.earlier == ((plan.id, 2),)
    with pytest.raises(Blocked):
        promote(asked, changed, NOW)


def test_what_was_shipped_ahead_is_no_earlier_plan(ws):
    ask_for(ws, 1)
    begin(ws, "lead", "sales")
    rosters = planned(ws, only="rosters")
    keep(ws, rosters)
    approve_as(BO, ws.root, rosters.id)
    ship(ws, only="rosters")

    assert figure(planned(ws)) == "0 of 1"


def test_those_who_made_it_do_not_count(shared_asked, bo):
    with person(*BO):
        sync(bo)
        branch = shared_asked.require_draft().branch
        git(bo.root, "switch", "-q", branch)
        edit(bo, "case")
        save(bo, "case", NOW)
    git(shared_asked.root, "pull", "-q", "origin", branch)
    plan = planned(shared_asked)
    ana = shared_asked.me
    files = {}
    for who in ((ana.name, ana.email), BO, KIM):
        made = SignOff(plan=plan.id, title="x", draft=plan.promotion.draft, who=Person(*who), when=NOW)
        files[made.path] = write_record(made)
    with_files(shared_asked, files)

    tally = tally_of(shared_asked, plan.promotion, 2, tip=plan.tip)

    assert [approver.name for approver in tally.approvers] == ["Kim Lee"]
    whys = {approver.name: why for approver, why in tally.uncounted}
    assert whys == {ana.name: "owns the draft", "Bo Lind": "saved to the draft"}
    assert tally.gate.figure == (
        "1 of 2: Kim Lee; not counted: " + ", ".join(f"{approver.name} ({why})" for approver, why in tally.uncounted)
    )


def with_files(ws, files):
    """Somebody writes files on `main` by hand."""
    here = ws.git.head().branch
    ws.git.switch("main")
    for path, text in files.items():
        (ws.root / path).parent.mkdir(exist_ok=True)
        (ws.root / path).write_text(text)
        git(ws.root, "add", path)
    git(ws.root, "commit", "-q", "-m", "by hand")
    if ws.git.remote():
        git(ws.root, "push", "-q", "origin", "main")
    ws.git.switch(here)


def test_what_is_no_sign_off_counts_nothing_and_is_told(asked):
    plan = planned(asked)
    made = SignOff(plan=plan.id, draft=plan.promotion.draft, who=Person(*BO), when=NOW)
    kims = f"approvals/{plan.id[7:19]}-kim.lee@example.com.yaml"
    with_files(asked, {kims: write_record(made), "approvals/notes.txt": "hello", made.path: "plan: ["})

    assert figure(planned(asked)) == "0 of 2"
    assert [said.partition(":")[0] for said in verify(asked).disagreements] == [made.path, kims, "approvals/notes.txt"]


def test_an_approval_withdrawn_at_the_last_moment_stops_it(asked, monkeypatch):
    plan = planned(asked)
    keep(asked, plan)
    for who in (BO, KIM):
        approve_as(who, asked.root, plan.id)
    plan, before = planned(asked), live(asked).digest
    deploy = promoting.deploy

    def then_withdrawn(*args):
        deploy(*args)
        here = asked.git.head().branch
        made = sign_offs(asked)[0]
        git(asked.root, "switch", "-q", "main")
        git(asked.root, "rm", "-q", made.path)
        git(asked.root, "commit", "-q", "-m", "withdrawn")
        git(asked.root, "switch", "-q", here)

    monkeypatch.setattr(promoting, "deploy", then_withdrawn)
    with pytest.raises(Blocked, match="gate `approvals`: 1 of 2"):
        promote(asked, plan, NOW)

    assert live(asked).digest == before
    require_settled(asked)


def test_a_rollback_asks_only_when_its_kind_does(ws):
    ask_for(ws, 2)
    assert plan_rollback(ws, NOW, reason="too few leads").blockers == ()

    ask_for(ws, 1, "rollback")
    plan = plan_rollback(ws, NOW, reason="too few leads")
    assert plan.blockers == ("gate `approvals`: 0 of 1",)
    with pytest.raises(Blocked) as caught:
        promote(ws, plan, NOW)
    assert caught.value.hint == f"a colleague types `flowctl approve {plan.id[7:]}`"

    approve_as(BO, ws.root, plan.id)
    promoted = promote(ws, plan_rollback(ws, NOW, reason="too few leads"), NOW)
    assert [approver.name for approver in promoted.release.approvals] == ["Bo Lind"]


def test_who_makes_a_rollback_cannot_approve_of_it(ws):
    ask_for(ws, 1, "rollback")
    plan = plan_rollback(ws, NOW, reason="too few leads")
    keep(ws, plan)
    approve_as(BO, ws.root, plan.id)

    with person(*BO), at(ws.root) as theirs:
        assert figure(plan_rollback(theirs, NOW, reason="too few leads")) == "0 of 1; not counted: Bo Lind (made it)"


# -- the verb


def test_it_is_a_signed_off_commit_on_main_that_changes_nothing_else(asked):
    plan = planned(asked)
    keep(asked, plan)
    before = asked.main

    done = approve_as(BO, asked.root, plan.id[7:19])

    assert asked.git.changed_paths(before, asked.main) == (f"approvals/{plan.id[7:19]}-bo.lind@example.com.yaml",)
    message = git(asked.root, "log", "-1", "--format=%an <%ae>%n%B", "main")
    assert message.startswith("Bo Lind <bo.lind@example.com>\napprove: Live on 2026-11-23: Week\n")
    assert message.rstrip().endswith(f"Plan {plan.id}\n\nSigned-off-by: Bo Lind <bo.lind@example.com>")
    assert done.sign_off == sign_offs(asked)[0]
    assert asked.git.head().branch == "draft/2026-11-23-week"
    assert asked.git.unsaved() == ()
    require_settled(asked)


def test_twice_is_once(asked):
    plan = planned(asked)
    keep(asked, plan)
    approve_as(BO, asked.root, plan.id)
    before = asked.main

    done = approve_as(BO, asked.root, plan.id, NOW + DAY)

    assert done.was_there
    assert done.sign_off.when == NOW
    assert asked.main == before


def test_a_colleague_approves_in_another_clone_without_the_plans_file(shared_asked, shared):
    plan = planned(shared_asked)

    done = approve_as(BO, shared / "bo", plan.id[7:15])

    assert done.sign_off.title == "Live on 2026-11-23: Week"
    assert done.gate.figure == "1 of 2: Bo Lind"
    assert figure(planned(shared_asked)) == "1 of 2: Bo Lind"
    assert [r for r in git(shared / "origin.git", "for-each-ref", "--format=%(refname)").split() if "approv" in r] == []


def test_two_colleagues_at_one_time_both_approve(shared_asked, shared, bo):
    plan = planned(shared_asked)
    with person(*BO):
        sync(bo)
    with person(*KIM), at(shared / "ana") as kim:
        approve(kim, plan.id[7:], NOW)

    approve_as(BO, shared / "bo", plan.id[7:])

    assert figure(planned(shared_asked)) == "2 of 2: Bo Lind, Kim Lee"


def test_the_owner_is_told_that_it_would_not_count(asked):
    plan = planned(asked)

    with pytest.raises(FlowctlError, match=r"an approval of your own work does not count: .* owns the draft"):
        approve(asked, plan.id[7:15], NOW)
    assert sign_offs(asked) == ()


def test_a_plans_files_name_it_too(asked, tmp_path):
    plan = planned(asked)
    kept = tmp_path / "kept.yaml"
    kept.write_text(write_record(plan.promotion))
    as_json = tmp_path / "plan.json"
    as_json.write_text(json.dumps({"schema": "flowctl/plan/1", **plan_render.data(plan)}))
    nothing = tmp_path / "notes.txt"
    nothing.write_text("hello")

    assert approve_as(BO, asked.root, "", file=kept).sign_off.plan == plan.id
    assert approve_as(KIM, asked.root, "", file=as_json).sign_off.plan == plan.id
    with pytest.raises(FlowctlError, match=r"`notes.txt` holds no plan"):
        approve_as(KIM, asked.root, "", file=nothing)


def test_a_whole_id_is_enough_where_the_plan_is_not_known(ws):
    done = approve_as(BO, ws.root, "ab" * 32)

    assert (done.sign_off.plan, done.sign_off.title, done.gate) == (f"sha256:{'ab' * 32}", None, None)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("abcdefg", "`abcdefg` is no id of a plan"),
        ("abcdef1", "`abcdef1` is no id of a plan"),
        ("a" * 65, "is no id of a plan"),
        ("abcdef12", "there is no plan `abcdef12` here"),
    ],
)
def test_what_is_no_plan_is_said(ws, what, message):
    with pytest.raises(FlowctlError, match=message):
        approve_as(BO, ws.root, what)


def test_a_plan_that_is_live_needs_no_approval(ws):
    begin(ws, "lead")
    plan = planned(ws)
    ship(ws)

    with pytest.raises(FlowctlError, match=r"is release 2026-11-20 already"):
        approve_as(BO, ws.root, plan.id)


def test_ones_own_is_taken_back_and_nobody_elses(asked):
    plan = planned(asked)
    keep(asked, plan)
    for who in (BO, KIM):
        approve_as(who, asked.root, plan.id)

    with person(*BO), at(asked.root) as theirs:
        assert withdraw(theirs, plan.id[7:15], NOW).is_withdrawn
        with pytest.raises(FlowctlError, match="you have not approved of a plan"):
            withdraw(theirs, plan.id[7:15], NOW)

    assert figure(planned(asked)) == "1 of 2: Kim Lee"


def test_the_list_is_of_what_is_not_live(ws):
    begin(ws, "lead", summary="One")
    one = planned(ws)
    keep(ws, one)
    approve_as(BO, ws.root, one.id)
    ws.git.switch("main")
    begin(ws, "case", summary="Two")
    two = planned(ws)
    keep(ws, two)
    for who in (BO, KIM):
        approve_as(who, ws.root, two.id, NOW + DAY)
    ws.git.switch("draft/2026-11-23-one")
    ship(ws)

    [found] = list_open(ws)

    assert (found.plan, [s.who.name for s in found.sign_offs]) == (two.id, ["Bo Lind", "Kim Lee"])
    assert render.text((found,), PLAIN) == (
        f"{two.id[7:15]}  Live on 2026-11-23: Two\n"
        "2026-11-21  Bo Lind <bo.lind@example.com>\n"
        "2026-11-21  Kim Lee <kim.lee@example.com>"
    )
    assert render.data((found,))["plans"][0]["approvals"][0]["who"] == {"name": "Bo Lind", "email": BO[1]}


def test_where_nobody_may_push_to_main_the_hint_names_the_merge_request(shared_asked, shared):
    hook = shared / "origin.git/hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'main is protected' >&2\nexit 1\n")
    hook.chmod(0o755)
    plan = planned(shared_asked)

    with pytest.raises(FlowctlError) as caught:
        approve_as(BO, shared / "bo", plan.id[7:15])

    assert caught.value.hint.startswith("approve the merge request where it is")


# -- through a merge request


def merge_request(shared, branch, without=""):
    """Somebody squashes a branch into the remote's `main`; `without` a text of flowctl.yaml."""
    folder = shared / "forge"
    git(shared, "clone", "-q", "origin.git", "forge")
    git(folder, "merge", "-q", "--squash", f"origin/{branch}")
    settings = folder / "flowctl.yaml"
    settings.write_text(settings.read_text().replace(without, "") if without else settings.read_text())
    git(folder, "commit", "-q", "-a", "-m", "Merge request")
    git(folder, "push", "-q", "origin", "main")


def test_a_proposal_waits_for_approvals_until_it_is_finished(shared_asked, shared):
    plan = planned(shared_asked)
    proposed = propose(shared_asked, plan, NOW)
    merge_request(shared, proposed.branch)
    before = live(shared_asked).digest

    with pytest.raises(Blocked, match="gate `approvals`: 0 of 2") as caught:
        finish(shared_asked, "production", NOW)
    assert "--abandon" in caught.value.hint
    assert live(shared_asked).digest == before

    approve_as(BO, shared / "bo", plan.id[7:15])
    approve_as(KIM, shared / "bo", plan.id[7:15])
    done = finish(shared_asked, "production", NOW)

    assert [approver.name for approver in done.release.approvals] == ["Bo Lind", "Kim Lee"]
    require_settled(shared_asked)


def test_a_proposal_whose_other_gates_are_not_met_is_not_made(shared_asked):
    edit(shared_asked, "fixture-more")
    path = shared_asked.root / "flows/fixtures/lead/first.yaml"
    path.write_text(path.read_text().replace("owner: queue/marketing", "owner: user/ana.silva"))
    save(shared_asked, "wrong", NOW)

    with pytest.raises(Blocked, match="gate `tests`"):
        propose(shared_asked, planned(shared_asked), NOW)


def test_a_merge_request_cannot_lower_the_number_that_it_needs(shared_asked, shared):
    proposed = propose(shared_asked, planned(shared_asked), NOW)
    merge_request(shared, proposed.branch, without="approvals: 2, ")

    with pytest.raises(Blocked, match="gate `approvals`: 0 of 2"):
        finish(shared_asked, "production", NOW)


# -- on the host


@pytest.fixture
def host():
    server = GitLabServer()
    yield server
    server.close()


def in_pipeline(ws, host, **more):
    """The workspace in a pipeline of GitLab."""
    variables = {
        "CI_API_V4_URL": f"{host.address}/api/v4",
        "CI_PROJECT_ID": "7",
        "CI_MERGE_REQUEST_IID": "12",
        "GITLAB_TOKEN": TOKEN,
    }
    return replace(ws, variables=variables | more)


def test_the_hosts_approvals_of_the_head_count(asked, host):
    plan = planned(asked)
    host.pushed = [("b" * 40, moment(-5)), (plan.tip, moment(-2))]
    host.approve(4, "bo", hours=-1)
    host.approve(5, "early", hours=-3)
    host.approve(3, "ana", hours=-1)
    keep(asked, plan)
    approve_as(KIM, asked.root, plan.id)

    here = planned(in_pipeline(asked, host))

    assert here.id == plan.id
    assert figure(here) == (
        "2 of 2: Kim Lee, Bo (GitLab); "
        "not counted: Ana (GitLab) (opened the request), Early (GitLab) (of an earlier commit)"
    )
    release = promote(in_pipeline(asked, host), here, NOW).release
    assert [(approver.name, approver.where) for approver in release.approvals] == [
        ("Kim Lee", "flowctl"),
        ("Bo", "gitlab"),
    ]


def test_the_hosts_own_merge_of_the_head_with_main_is_approved_with_it(asked, host):
    head = planned(asked).tip
    host.pushed = [(head, moment(-2))]
    host.approve(4, "bo", hours=-1)
    tree = asked.git.tree_id(head)
    merged = asked.git.commit_tree(tree, [asked.main, head], "Merge", None, NOW)
    git(asked.root, "update-ref", f"refs/heads/{asked.require_draft().branch}", merged)

    by_hand = in_pipeline(asked, host)
    by_host = in_pipeline(asked, host, CI_COMMIT_SHA=merged, CI_MERGE_REQUEST_EVENT_TYPE="merged_result")

    assert figure(planned(by_hand)) == "0 of 2"
    assert figure(planned(by_host)) == "1 of 2: Bo (GitLab)"


def test_one_person_counts_once_wherever_they_approve(asked, host):
    plan = planned(asked)
    host.pushed = [(plan.tip, moment(-2))]
    host.approve(4, "bo.lind", hours=-1)
    keep(asked, plan)
    approve_as(BO, asked.root, plan.id)

    assert figure(planned(in_pipeline(asked, host))) == "1 of 2: Bo Lind"


def test_the_request_of_another_commit_says_nothing_of_this_plan(asked, host):
    host.approve(4, "bo", hours=-1)

    assert figure(planned(in_pipeline(asked, host))) == "0 of 2"


def test_a_host_that_cannot_be_asked_is_said_and_counts_nothing(asked, host):
    ws = in_pipeline(asked, host, GITLAB_TOKEN="")

    assert figure(planned(ws)) == (
        "0 of 2; the merge request was not asked: neither `FLOWCTL_TOKEN` nor `GITLAB_TOKEN` is set"
    )
    assert host.asked == []


def test_a_plan_without_the_gate_does_not_ask_the_host(ws, host):
    begin(ws, "lead")

    planned(in_pipeline(ws, host, GITLAB_TOKEN=""))

    assert host.asked == []


def test_the_approvals_of_the_merged_request_count_when_it_is_finished(shared_asked, shared, host):
    proposed = propose(shared_asked, planned(shared_asked), NOW)
    merge_request(shared, proposed.branch)
    sync(shared_asked)
    merged = shared_asked.main
    host.pushed = [(proposed.commit, moment(-2))]
    host.approve(4, "bo", hours=-1)
    host.approve(5, "kim", hours=-1)
    host.brought = lambda asked, user, commit: (
        200,
        [{"iid": 12, "state": "merged", "squash_commit_sha": merged}] if commit == merged else [],
        {},
    )

    done = finish(in_pipeline(shared_asked, host, CI_MERGE_REQUEST_IID=""), "production", NOW)

    assert [str(approver) for approver in done.release.approvals] == ["Bo (GitLab)", "Kim (GitLab)"]


# -- people, records and texts


def who(name, email):
    return Approver(name, email)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (("Bo Lind", "bo@x.org"), ("B. Lind", "BO@x.org"), True),
        (("Bo  Lind", "bo@x.org"), ("bo lind", "bo.lind"), True),
        (("B", "bo.lind@x.org"), ("b.l", "bo.lind"), True),
        (("B", "123+bo@users.noreply.github.com"), ("x", "bo"), True),
        (("Bo Lind", "bo@x.org"), ("Bo Berg", "bo@y.org"), False),
        (("Bo Lind", "bo@x.org"), ("Kim Lee", "kim"), False),
    ],
)
def test_who_is_one_person(a, b, same):
    assert is_same(who(*a), who(*b)) is same
    assert is_same(who(*b), who(*a)) is same


def test_a_record_of_before_approvals_is_read(ws):
    release = ws.newest_release()
    text = write_record(release)

    assert "approvals" not in text
    assert read_record(Release, release.path, text) == release


def test_the_plans_texts_tell_who_has_approved_and_what_to_type(asked):
    plan = planned(asked)

    assert "✗ approvals 0 of 2" in plan_render.text(plan, PLAIN)
    assert plan_render.text(plan, PLAIN).endswith(f"next: flowctl approve {plan.id[7:15]}  (typed by a colleague)")
    assert f"`flowctl approve {plan.id[7:15]}` approves of it." in plan_render.markdown(plan)
    assert plan_render.data(plan)["approvals"] == {
        "needed": 2,
        "approved_by": [],
        "not_counted": [],
        "earlier_plans": [],
    }


def test_a_draft_of_somebody_who_approved_elsewhere_is_planned_alike(asked):
    """What stands in `approvals/` is nobody's change."""
    plan = planned(asked)
    keep(asked, plan)
    approve_as(BO, asked.root, plan.id)
    git(asked.root, "merge", "-q", "main", "-m", "with main")

    again = plan_draft(asked, asked.require_draft(), NOW)

    assert again.promotion.parts == plan.promotion.parts
    assert again.id == plan.id
    assert set(again.files) == set(plan.files)
