"""What the hosts say of the request and of who approves of it."""

import datetime as dt

from flowctl.hosts import Approval, Request
from tests.hosts.servers import NOW

HEAD, OLD = "a" * 40, "b" * 40
HOUR = dt.timedelta(hours=1)


def test_the_request_is_told(place):
    found = place.host().request()

    address = found.address
    assert found == Request(12, "MDF campaigns first", "draft/2026-11-23-mdf", "main", "ana", HEAD, address)
    assert address.endswith(("/merge_requests/12", "/pull/12"))


def test_nobody_has_approved(place):
    assert place.host().approvals() == ()


def test_gitlab_an_approval_is_of_the_head_of_its_moment(gitlab):
    gitlab.server.approve(5, "bo", hours=-1)
    gitlab.server.approve(6, "al", hours=-3)
    gitlab.server.approve(7, "zoe", hours=-9)

    assert gitlab.host().approvals() == (
        Approval("al", "Al", NOW - 3 * HOUR, OLD),
        Approval("bo", "Bo", NOW - HOUR, HEAD),
        Approval("zoe", "Zoe", NOW - 9 * HOUR, None),
    )


def test_gitlab_that_does_not_say_when_is_believed_only_where_pushes_reset_approvals(gitlab):
    gitlab.server.approve(5, "bo")

    found = []
    for gitlab.server.resets in (None, False, True):
        found += gitlab.host().approvals()

    assert [approval.commit for approval in found] == [None, None, HEAD]
    assert {approval.when for approval in found} == {None}


def test_gitlab_many_versions_are_on_many_pages(gitlab):
    gitlab.server.pushed = [(f"{n:040x}", gitlab.server.pushed[0][1]) for n in range(250)] + [gitlab.server.pushed[-1]]
    gitlab.server.approve(5, "bo", hours=-1)

    assert gitlab.host().approvals()[0].commit == HEAD


def test_github_the_newest_decision_of_each_person_counts(github):
    github.server.review("bo", "CHANGES_REQUESTED", -5)
    github.server.review("bo", "APPROVED", -4)
    github.server.review("bo", "COMMENTED", -3)
    github.server.review("kim", "APPROVED", -4, commit=OLD, association="MEMBER")
    github.server.review("lee", "APPROVED", -4)
    github.server.review("lee", "CHANGES_REQUESTED", -3)
    github.server.review("max", "DISMISSED", -4)
    github.server.review(None, "APPROVED", -4)

    assert github.host().approvals() == (
        Approval("bo", "Bo Lind", NOW - 4 * HOUR, HEAD),
        Approval("kim", "kim", NOW - 4 * HOUR, OLD),
    )


def test_github_strangers_to_the_repository_do_not_approve(github):
    for login, association in (("mal", "NONE"), ("con", "CONTRIBUTOR"), ("fir", "FIRST_TIMER")):
        github.server.review(login, "APPROVED", association=association)

    assert github.host().approvals() == ()


def test_github_many_reviews_are_on_many_pages(github):
    for _ in range(230):
        github.server.review("lee", "COMMENTED", -4)
    github.server.review("nobody-known", "APPROVED", -3)

    assert [approval.who for approval in github.host().approvals()] == ["nobody-known"]


def test_the_merged_request_that_brought_a_commit_is_found(place):
    host = place.host(brought="c" * 40, CI_MERGE_REQUEST_IID=None, GITHUB_REF="refs/heads/main")

    assert host.request().number == 12


def test_a_commit_that_no_request_brought_has_none(place):
    host = place.host(brought="d" * 40)

    assert host.request() is None
    assert host.approvals() == ()
