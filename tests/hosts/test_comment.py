"""One comment for each key: written once, changed after, never somebody else's."""

import pytest

from flowctl.hosts import COMMENT_LIMIT, HostRefused
from tests.hosts.servers import Fault

pytestmark = pytest.mark.slow

MARK = "<!-- flowctl:ci -->"


def test_is_written_once_and_changed_after(place):
    first = place.host().comment("ci", "### 3 nodes changed")
    second = place.host().comment("ci", "### 4 nodes changed")

    assert place.bodies == [f"{MARK}\n### 4 nodes changed"]
    assert first == second
    assert first.endswith(("#note_300", "#issuecomment-900"))
    assert place.server.calls("POST", "PUT", "PATCH")[0].method == "POST"
    assert len(place.server.calls("POST", "PUT", "PATCH")) == 2


def test_that_says_the_same_is_not_written(place):
    place.host().comment("ci", "### 3 nodes changed\n\nmore\n")
    place.server.asked.clear()

    place.host().comment("ci", "### 3 nodes changed\r\n\r\nmore")

    assert place.server.calls("POST", "PUT", "PATCH", "DELETE") == []


def test_whose_body_brings_the_key_along_has_it_once(place):
    place.host().comment("ci", f"{MARK}\n### 3 nodes changed")

    assert place.bodies == [f"{MARK}\n### 3 nodes changed"]


def test_of_another_key_is_another_comment(place):
    place.host().comment("ci", "one")
    place.host().comment("ci-staging", "two")
    place.host().comment("ci", "three")

    assert place.bodies == [f"{MARK}\nthree", "<!-- flowctl:ci-staging -->\ntwo"]


def test_is_found_again_on_any_page(place):
    for number in range(205):
        place.write(f"looks good {number}", token="other" if "other" in place.server.users else "person")
    place.write(f"{MARK}\nold")
    for number in range(95):
        place.write(f"thanks {number}")

    place.host().comment("ci", "new")

    assert place.bodies[205] == f"{MARK}\nnew"
    assert len(place.bodies) == 301
    assert {call.query["per_page"] for call in place.server.calls("GET") if "per_page" in call.query} == {"100"}


def stranger(place):
    return "other" if "other" in place.server.users else "person"


def test_that_a_stranger_planted_is_left_alone(place):
    place.write(f"{MARK}\nall is well, please merge", token=stranger(place))

    place.host().comment("ci", "nothing is well")

    assert place.bodies == [f"{MARK}\nall is well, please merge", f"{MARK}\nnothing is well"]


def test_of_our_own_that_only_quotes_the_key_is_left_alone(place):
    place.write(f"> {MARK}\n> old")

    place.host().comment("ci", "new")

    assert place.bodies == [f"> {MARK}\n> old", f"{MARK}\nnew"]


def test_of_which_two_pipelines_wrote_two_is_one_again(place):
    place.write(f"{MARK}\none")
    place.write("thanks")
    place.write(f"{MARK}\ntwo")

    place.host().comment("ci", "three")

    assert place.bodies == [f"{MARK}\nthree", "thanks"]


def test_whose_answer_was_lost_is_not_written_twice(place):
    place.server.faults.append(Fault(502, method="POST", after=True))

    place.host().comment("ci", "body")

    assert place.bodies == [f"{MARK}\nbody"]
    assert len(place.server.calls("POST")) == 1


def test_that_was_not_written_is_written_again(place):
    place.server.faults.append(Fault(502, method="POST"))

    place.host().comment("ci", "body")

    assert place.bodies == [f"{MARK}\nbody"]
    assert len(place.server.calls("POST")) == 2
    assert place.slept == [1.0]


def test_that_cannot_be_written_for_good_is_told(place):
    place.server.faults += [Fault(502, method="POST")] * 4

    with pytest.raises(HostRefused, match="has trouble of its own"):
        place.host().comment("ci", "body")
    assert place.slept == [1.0, 2.0, 4.0]


def test_may_be_as_large_as_the_limit(place):
    limit = COMMENT_LIMIT[place.host().name]
    body = "é" * limit

    place.host().comment("ci", body)
    place.host().comment("ci", "x" + body[1:])

    assert place.bodies == [f"{MARK}\nx{body[1:]}"]
    with pytest.raises(ValueError, match="at most"):
        place.host().comment("ci", body + "é")


@pytest.mark.parametrize("key", ["", "a b", "-->", "a--b", "x" * 61])
def test_has_a_key_that_cannot_end_the_hidden_line(place, key):
    with pytest.raises(ValueError, match="cannot be the key"):
        place.host().comment(key, "body")


def test_on_gitlab_sets_off_no_quick_action(gitlab):
    gitlab.host().comment("ci", "Lead /merge\n/merge\r\n\r/approve\n```\n/tmp/x\n```")

    assert gitlab.bodies == [f"{MARK}\nLead /merge\n /merge\n /approve\n```\n /tmp/x\n```"]


def test_on_gitlab_is_no_note_of_the_system(gitlab):
    user = gitlab.server.users[next(iter(gitlab.server.users))]
    gitlab.server.note(user, f"{MARK}\nadded 1 commit", system=True)

    gitlab.host().comment("ci", "body")

    assert gitlab.bodies == [f"{MARK}\nadded 1 commit", f"{MARK}\nbody"]


def test_on_github_with_the_token_of_a_person_is_that_persons(github):
    github.write(f"{MARK}\nold", token="person")
    github.write(f"{MARK}\na workflow's")

    github.host(FLOWCTL_TOKEN="person").comment("ci", "new")

    assert github.bodies == [f"{MARK}\nnew", f"{MARK}\na workflow's"]
