"""Each host as a server, with what CI says of it."""

from dataclasses import dataclass, field

import pytest

from flowctl.hosts import host_of
from tests.hosts.servers import TOKEN, GitHubServer, GitLabServer, Server

PULL_REF = "refs/pull/12/merge"


@dataclass
class Place:
    """A server, and what a pipeline of its request number 12 says."""

    server: Server
    variables: dict
    slept: list = field(default_factory=list)

    def host(self, brought=None, **changes):
        given = {name: value for name, value in (self.variables | changes).items() if value is not None}
        return host_of(given, brought=brought, sleep=self.slept.append)

    def write(self, body, token=TOKEN):
        """Somebody writes a comment there."""
        user = self.server.users[token]
        return (self.server.note if isinstance(self.server, GitLabServer) else self.server.comment)(user, body)

    @property
    def bodies(self):
        found = self.server.notes if isinstance(self.server, GitLabServer) else self.server.comments
        return [comment["body"] for comment in found]


def gitlab_place(server):
    variables = {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": f"{server.address}/api/v4",
        "CI_SERVER_URL": server.address,
        "CI_PROJECT_ID": "7",
        "CI_MERGE_REQUEST_IID": "12",
        "CI_JOB_TOKEN": "job-token",
        "GITLAB_TOKEN": TOKEN,
    }
    return Place(server, variables)


def github_place(server):
    variables = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": server.address,
        "GITHUB_REPOSITORY": "acme/routing",
        "GITHUB_REF": PULL_REF,
        "GITHUB_TOKEN": TOKEN,
    }
    return Place(server, variables)


@pytest.fixture
def gitlab():
    server = GitLabServer()
    yield gitlab_place(server)
    server.close()


@pytest.fixture
def github():
    server = GitHubServer()
    yield github_place(server)
    server.close()


@pytest.fixture(params=["gitlab", "github"])
def place(request):
    return request.getfixturevalue(request.param)
