"""Hosts have bad days, and tokens are secret on all of them."""

import logging
import socket
import traceback

import pytest

from flowctl.diag import FlowctlError
from flowctl.hosts import HostRefused, host_of
from flowctl.hosts.session import TRIES
from tests.hosts.servers import TOKEN, Fault, Server

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("fault", "slept"),
    [
        (Fault(429), 1.0),
        (Fault(429, headers={"Retry-After": "7"}), 7.0),
        (Fault(429, headers={"Retry-After": "Fri, 20 Nov 2026 16:00:07 GMT"}), 7.0),
        (Fault(429, headers={"Retry-After": "soon"}), 1.0),
        (Fault(403, headers={"Retry-After": "7"}), 7.0),
        (Fault(403, headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1795190407"}), 7.0),
        (Fault(500), 1.0),
        (Fault(502, "<html>bad gateway</html>"), 1.0),
        (Fault(503, headers={"Retry-After": "7"}), 7.0),
        (Fault(200, cut=True), 1.0),
    ],
    ids=["429", "429 in seconds", "429 until", "429 nonsense", "403", "403 reset", "500", "502", "503", "cut"],
)
def test_what_may_pass_is_tried_again(place, fault, slept):
    place.server.faults.append(fault)

    assert place.host().request().number == 12
    assert place.slept == [slept]


def test_a_write_that_was_refused_for_now_is_tried_again(place):
    place.server.faults += [Fault(429, headers={"Retry-After": "2"}, method="POST")] * 2

    place.host().comment("ci", "body")

    assert place.slept == [2.0, 2.0]
    assert len(place.bodies) == 1


def test_a_change_is_tried_again(place):
    place.host().comment("ci", "one")
    method = "PUT" if place.host().name == "gitlab" else "PATCH"
    place.server.faults.append(Fault(500, method=method))

    place.host().comment("ci", "two")

    assert place.slept == [1.0]
    assert place.bodies[0].endswith("two")


def test_trying_ends(place):
    place.server.faults += [Fault(503)] * TRIES

    with pytest.raises(HostRefused, match=r"has trouble of its own \(503: out of order\)") as caught:
        place.host().request()
    assert caught.value.status == 503
    assert place.slept == [1.0, 2.0, 4.0, 8.0]


def test_a_host_that_asks_for_an_hour_is_not_waited_for(place):
    place.server.faults.append(Fault(429, headers={"Retry-After": "3600"}))

    with pytest.raises(HostRefused, match="takes no more requests for now") as caught:
        place.host().request()
    assert caught.value.hint == "try again in 3600 seconds"
    assert place.slept == []


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "does not let this token do that"), (403, "does not let this token do that"), (404, "knows no `/")],
)
def test_a_token_that_may_not_is_told_with_what_to_do(place, status, words):
    place.server.faults.append(Fault(status, {"message": f"no `way`\nwith {TOKEN}"}))

    with pytest.raises(HostRefused) as caught:
        place.host().request()

    assert words in caught.value.message
    assert caught.value.message.endswith(f"({status}: no way with …)")
    assert "TOKEN" in caught.value.hint
    assert place.slept == []


def test_a_page_in_the_place_of_data_is_told(place):
    place.server.faults.append(Fault(200, "<html>log in</html>"))

    with pytest.raises(HostRefused, match="answered with something that is no JSON"):
        place.host().request()


@pytest.mark.parametrize("payload", [[], {}, None, "x", {"author": 3, "user": 3}])
def test_an_answer_of_another_form_is_told(place, payload):
    place.server.faults.append(Fault(200, payload if payload != "x" else "[1]"))

    with pytest.raises(FlowctlError):
        place.host().request()


def elsewhere(place, there):
    """The host of a server that is at another address."""
    is_gitlab = place.host().name == "gitlab"
    return place.host(**({"CI_API_V4_URL": f"{there}/api/v4"} if is_gitlab else {"GITHUB_API_URL": there}))


def test_what_cannot_be_reached_is_told(place):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        port = taken.getsockname()[1]
        there = f"http://127.0.0.1:{port}"
        host = elsewhere(place, there)

        with pytest.raises(HostRefused, match=rf"at `127.0.0.1:{port}` cannot be reached: no connection") as caught:
            host.request()

    assert not caught.value.arrived
    assert len(place.slept) == TRIES - 1


def test_what_does_not_answer_is_told(place, monkeypatch):
    monkeypatch.setattr("flowctl.hosts.session.TIMEOUT", (0.05, 0.05))
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        there = f"http://127.0.0.1:{silent.getsockname()[1]}"

        with pytest.raises(HostRefused, match="the answer did not come within"):
            elsewhere(place, there).request()


class Thief(Server):
    """Another server, which asks no questions."""

    routes = ()

    def token_of(self, asked):
        return None


@pytest.fixture
def thief():
    server = Thief()
    yield server
    server.close()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_token_follows_no_one_to_another_server(place, thief, status):
    place.server.faults.append(Fault(status, headers={"Location": f"{thief.address}/api"}))

    with pytest.raises(HostRefused, match=r"sends us on to `127\.0\.0\.1`; the token is not sent there"):
        place.host().request()
    assert thief.asked == []


def test_the_token_follows_no_page_to_another_server(github, thief):
    github.server.faults.append(Fault(200, [], {"Link": f'<{thief.address}/x>; rel="next"'}, path="/comments"))

    with pytest.raises(HostRefused, match="the token is not sent there"):
        github.host().comment("ci", "body")
    assert thief.asked == []


def test_gitlabs_pages_are_asked_for_where_it_was_found(gitlab, thief):
    for number in range(120):
        gitlab.write(f"note {number}")
    link = f'<{thief.address}/api/v4/projects/7/merge_requests/12/notes?page=2&per_page=100&sort=asc>; rel="next"'
    gitlab.server.faults.append(Fault(200, gitlab.server.notes[:100], {"Link": link}, path="/notes"))

    gitlab.host().comment("ci", "body")

    assert thief.asked == []
    assert len(gitlab.bodies) == 121


def test_a_redirect_on_the_same_server_is_followed(place):
    path = "/api/v4/projects/7/merge_requests/12" if place.host().name == "gitlab" else "/repos/acme/routing/pulls/12"
    place.server.faults.append(Fault(301, headers={"Location": path}))

    assert place.host().request().number == 12


def test_a_redirect_that_never_ends_is_told(place):
    path = "/api/v4/projects/7/merge_requests/12" if place.host().name == "gitlab" else "/repos/acme/routing/pulls/12"
    place.server.faults += [Fault(301, headers={"Location": path})] * 40

    with pytest.raises(HostRefused, match="that we do not understand"):
        place.host().request()


def test_a_write_is_not_turned_into_a_read_by_a_redirect(place):
    place.server.faults.append(Fault(302, headers={"Location": "/elsewhere"}, method="POST"))

    with pytest.raises(HostRefused, match="has moved what was asked for"):
        place.host().comment("ci", "body")


def test_another_token_of_netrc_is_not_sent(place, tmp_path, monkeypatch):
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login ana password other\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    assert place.host().request().number == 12


# -- the token is nowhere


def all_that_is_said(error):
    shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=False).format())
    return [shown, str(error), repr(error), repr(error.args), error.message, error.hint or ""]


TROUBLES = {
    "refused": [Fault(401, {"message": f"bad token {TOKEN}"})],
    "forbidden": [Fault(403, {"error": TOKEN})],
    "missing": [Fault(404, {"message": [TOKEN]})],
    "invalid": [Fault(422, {"message": {"body": TOKEN}})],
    "down": [Fault(500, f"<html>{TOKEN}</html>")] * TRIES,
    "busy": [Fault(429, {"message": TOKEN})] * TRIES,
    "elsewhere": [Fault(302, headers={"Location": f"http://{TOKEN}.example/x"})],
    "page": [Fault(200, f"<html>{TOKEN}</html>")],
    "nonsense": [Fault(200, {"title": TOKEN})],
}


@pytest.mark.parametrize("faults", TROUBLES.values(), ids=TROUBLES)
def test_no_error_log_or_output_holds_the_token(place, faults, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    place.server.faults += faults
    host = place.host()

    with pytest.raises(FlowctlError) as caught:
        host.request()

    said = [*all_that_is_said(caught.value), caplog.text, *capfd.readouterr(), repr(host), str(vars(host))]
    if "elsewhere" not in str(faults[0].headers):
        said = [text.replace(f"{TOKEN.lower()}.example", "") for text in said]
    assert [text for text in said if TOKEN in text] == []


def test_a_good_day_is_silent_about_the_token(place, caplog, capfd):
    caplog.set_level(logging.DEBUG)

    host = place.host()
    host.comment("ci", "body")
    host.approvals()

    said = [caplog.text, *capfd.readouterr(), repr(host), str(vars(host))]
    assert [text for text in said if TOKEN in text] == []
    assert all(TOKEN not in asked.path + str(asked.query) + str(asked.body) for asked in place.server.asked)


@pytest.mark.parametrize("token", ["tök-S3cret", "a b-S3cret", "x\ny-S3cret", "x\x00-S3cret"])
@pytest.mark.parametrize("ci", ["gitlab", "github"])
def test_a_token_that_cannot_be_sent_is_not_quoted(ci, token):
    variables = {
        "gitlab": {"CI_API_V4_URL": "https://g.example/api/v4", "CI_PROJECT_ID": "7", "CI_MERGE_REQUEST_IID": "1"},
        "github": {"GITHUB_REPOSITORY": "a/b", "GITHUB_REF": "refs/pull/1/merge"},
    }

    with pytest.raises(FlowctlError, match="`FLOWCTL_TOKEN` is no token") as caught:
        host_of(variables[ci] | {"FLOWCTL_TOKEN": token})

    assert [text for text in all_that_is_said(caught.value) if "S3cret" in text] == []
