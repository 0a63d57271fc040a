"""Which request a pipeline runs for, from CI's variables."""

import json
import subprocess
import sys

import pytest

from flowctl.diag import FlowctlError
from flowctl.hosts import host_of
from tests.hosts.servers import TOKEN

GITLAB = {
    "GITLAB_CI": "true",
    "CI_API_V4_URL": "https://git.example.com/api/v4",
    "CI_PROJECT_ID": "7",
    "CI_MERGE_REQUEST_IID": "12",
    "GITLAB_TOKEN": TOKEN,
}
GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_REPOSITORY": "acme/routing",
    "GITHUB_REF": "refs/pull/12/merge",
    "GITHUB_TOKEN": TOKEN,
}


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"CI": "true", "PATH": "/bin"},
        {name: value for name, value in GITLAB.items() if name != "CI_MERGE_REQUEST_IID"},
        GITHUB | {"GITHUB_REF": "refs/heads/main"},
        GITHUB | {"GITHUB_REF": "refs/tags/pull/12/merge"},
    ],
    ids=["nothing", "another CI", "a branch on GitLab", "a branch on GitHub", "a tag"],
)
def test_there_is_none_outside_a_pipeline_of_a_request(variables):
    assert host_of(variables) is None


def test_each_host_is_known_by_its_variables():
    assert [host_of(variables).name for variables in (GITLAB, GITHUB)] == ["gitlab", "github"]


def test_gitlab_at_a_folder_of_a_server_is_found_there(gitlab):
    gitlab.server.routes = tuple((m, f"/git{path}", a) for m, path, a in gitlab.server.routes)

    host = gitlab.host(CI_API_V4_URL=f"{gitlab.server.address}/git/api/v4/")

    assert host.request().number == 12


def test_gitlab_a_request_of_a_fork_belongs_to_the_project_it_goes_to(gitlab):
    assert gitlab.host(CI_PROJECT_ID="99", CI_MERGE_REQUEST_PROJECT_ID="7").request().number == 12


@pytest.mark.parametrize(
    "says", [{"pull_request": {"number": 12}}, {"issue": {"number": 12, "pull_request": {"url": "…"}}}]
)
def test_github_the_event_says_the_number(github, tmp_path, says):
    event = tmp_path / "event.json"
    event.write_text(json.dumps(says))

    assert github.host(GITHUB_REF="refs/heads/x", GITHUB_EVENT_PATH=str(event)).request().number == 12


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"issue": {"number": 5}}', '{"pull_request": null}', '{"pull_request": {"number": "x"}}']
)
def test_github_an_event_that_says_nothing_leaves_it_to_the_ref(github, tmp_path, text):
    event = tmp_path / "event.json"
    event.write_text(text)

    assert github.host(GITHUB_EVENT_PATH=str(event)).request().number == 12


def test_the_token_for_flowctl_goes_before_others(place):
    place.server.users = {"mine": place.server.users[TOKEN]}

    assert place.host(FLOWCTL_TOKEN="mine\n").request().number == 12


MISSING = {
    "GitLab's token": (GITLAB, "GITLAB_TOKEN", "", "neither `FLOWCTL_TOKEN` nor `GITLAB_TOKEN` is set"),
    "GitLab's project": (GITLAB, "CI_PROJECT_ID", "", "`CI_PROJECT_ID` is not set, and CI's other variables are"),
    "GitLab's address": (GITLAB, "CI_API_V4_URL", "", "`CI_API_V4_URL` is no web address"),
    "another address": (GITLAB, "CI_API_V4_URL", "file:///etc", "`CI_API_V4_URL` is no web address"),
    "one with a password": (GITLAB, "CI_API_V4_URL", "https://a:b@c/api/v4", "`CI_API_V4_URL` is no web address"),
    "GitLab's number": (GITLAB, "CI_MERGE_REQUEST_IID", "12/../13", "`CI_MERGE_REQUEST_IID` is no number"),
    "GitHub's token": (GITHUB, "GITHUB_TOKEN", " ", "neither `FLOWCTL_TOKEN` nor `GITHUB_TOKEN` is set"),
    "GitHub's repository": (GITHUB, "GITHUB_REPOSITORY", "", "`GITHUB_REPOSITORY` is not set"),
    "another repository": (GITHUB, "GITHUB_REPOSITORY", "a/b/../c", "`GITHUB_REPOSITORY` names no repository"),
}


@pytest.mark.parametrize(("variables", "name", "value", "message"), MISSING.values(), ids=MISSING)
def test_what_is_missing_is_said(variables, name, value, message):
    with pytest.raises(FlowctlError) as caught:
        host_of(variables | {name: value})

    assert caught.value.message.startswith(message)
    assert caught.value.hint


def test_a_job_token_is_said_not_to_do():
    variables = {name: value for name, value in GITLAB.items() if name != "GITLAB_TOKEN"} | {"CI_JOB_TOKEN": "job"}

    with pytest.raises(FlowctlError) as caught:
        host_of(variables)

    assert "a job token (`CI_JOB_TOKEN`) cannot write comments" in caught.value.hint


def test_the_libraries_are_loaded_when_a_host_is_found():
    code = "import flowctl.hosts, sys; print({'gitlab', 'requests'} & set(sys.modules))"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"
