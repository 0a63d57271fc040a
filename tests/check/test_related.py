"""Records that `merge` and `convert` take: of the right object, and there on every way."""

import pytest

from tests.check.test_policies import ACCOUNT, FIND, TO_ASK, WITH, asks, found

CONVERT = "one: {{type: convert, account: {}, values: {{Name: Region__c, Email: \"'a@b.example'\"}}, then: done}}\n"
MERGE = "one: {{type: merge, with: {}, fields: {{Source__c: oldest}}, then: done}}\n"
LACKS = "`{}` may stand for no record here"
TWIN_OR_NOT = FIND.replace("unmatched: done", "unmatched: one")
TOO_EARLY = ACCOUNT.replace("matched: one, unmatched: done", "matched: done, unmatched: one")
EARLY = "no path finds `account` before `one` reads it"
OF_ACCOUNT = "`account` is a record of Account, `merge` takes one of Lead"


@pytest.mark.parametrize(
    ("nodes", "code", "place", "message"),
    [
        (FIND + CONVERT.format("twin"), "FC219", "twin", "`twin` is a record of Lead, `convert` takes one of Account"),
        (ACCOUNT + MERGE.format("account"), "FC219", "account", OF_ACCOUNT),
        (ACCOUNT + CONVERT.format("Owner"), "FC204", "Owner", "no related record is called `Owner`"),
        (ACCOUNT + CONVERT.format("acount"), "FC204", "acount", "no related record is called `acount`"),
        (FIND + MERGE.format("twn"), "FC204", "twn", "no related record is called `twn`"),
        (WITH + CONVERT.format("account"), "FC220", "account", LACKS.format("account")),
        (TWIN_OR_NOT + MERGE.format("twin"), "FC220", "twin", LACKS.format("twin")),
        (TO_ASK + asks("account.Id IS BLANK") + CONVERT.format("account"), "FC220", "account", LACKS.format("account")),
        (TOO_EARLY + CONVERT.format("account"), "FC210", "account", EARLY),
    ],
)
def test_a_node_needs_a_record_of_its_object_that_is_there(nodes, code, place, message):
    assert [one[:3] for one in found(nodes)] == [(code, place, message)]


def test_a_relation_that_the_record_may_lack_is_told():
    nodes = CONVERT.format("parent").replace("one:", "start:")

    assert [one[0] for one in found(nodes)] == ["FC220"]


def test_a_relation_to_another_object_is_told_once():
    nodes = CONVERT.format("campaign").replace("one:", "start:")

    assert [one[0] for one in found(nodes)] == ["FC219"]


@pytest.mark.parametrize(
    "nodes",
    [
        ACCOUNT + CONVERT.format("account"),
        FIND + MERGE.format("twin"),
        TO_ASK + asks("account.Id IS NOT BLANK") + CONVERT.format("account"),
        TO_ASK + asks("account.Id IS BLANK", "done", "one") + CONVERT.format("account"),
        "start: {type: create, object: Account, as: account, values: {Name: Region__c}, then: one}\n"
        + CONVERT.format("account"),
    ],
)
def test_a_record_that_every_way_has_found_is_not_told(nodes):
    assert found(nodes) == []
