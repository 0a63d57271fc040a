"""Which host and which merge request a pipeline runs for, read from CI's variables."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from flowctl.diag import FlowctlError
from flowctl.hosts.protocol import Host

Variables = Mapping[str, str]
Sleep = Callable[[float], None]

GITLAB_HINT = (
    "set the CI variable `FLOWCTL_TOKEN` to a project access token with the scope `api`; "
    "a job token (`CI_JOB_TOKEN`) cannot write comments"
)
GITHUB_HINT = (
    "the workflow needs `env: {GITHUB_TOKEN: ${{ github.token }}}` "
    "and `permissions: {contents: read, pull-requests: write}`"
)


def host_of(
    variables: Variables, *, brought: str | None = None, sleep: Callable[[float], None] = time.sleep
) -> Host | None:
    """The host of the merge request that CI runs for; None where this is no CI of a host, or no pipeline of a request.

    Args:
        variables: The environment variables of the process.
        brought: The host of the merged request that brought this commit to `main`, instead.
        sleep: Waits between tries.

    Raises:
        FlowctlError: CI names a request, and something else that it takes to speak of it is missing.
    """
    if variables.get("CI_API_V4_URL") or variables.get("GITLAB_CI"):
        return _gitlab(variables, brought, sleep)
    if variables.get("GITHUB_ACTIONS") or variables.get("GITHUB_REPOSITORY"):
        return _github(variables, brought, sleep)
    return None


def _gitlab(variables: Variables, brought: str | None, sleep: Sleep) -> Host | None:
    number = variables.get("CI_MERGE_REQUEST_IID")
    if not number and not brought:
        return None
    server = variables.get("CI_API_V4_URL", "").removesuffix("/").removesuffix("/api/v4")
    address = _address(server or variables.get("CI_SERVER_URL", ""), "CI_API_V4_URL")
    # a request from a fork runs in the fork's project, and belongs to the one that it goes to
    project = _given(variables, "CI_MERGE_REQUEST_PROJECT_ID", "CI_PROJECT_ID")
    token = _token(variables, "GITLAB_TOKEN", GITLAB_HINT)
    from flowctl.hosts.gitlab import GitLab

    return GitLab(address, token, project, None if brought else _number(number, "CI_MERGE_REQUEST_IID"), brought, sleep)


def _github(variables: Variables, brought: str | None, sleep: Sleep) -> Host | None:
    number = None if brought else _pull(variables)
    if not number and not brought:
        return None
    address = _address(variables.get("GITHUB_API_URL") or "https://api.github.com", "GITHUB_API_URL")
    repository = _given(variables, "GITHUB_REPOSITORY")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise FlowctlError("`GITHUB_REPOSITORY` names no repository", hint="as in `GITHUB_REPOSITORY=acme/routing`")
    token = _token(variables, "GITHUB_TOKEN", GITHUB_HINT)
    from flowctl.hosts.github import GitHub

    return GitHub(address, token, repository, number, brought, sleep)


def _pull(variables: Variables) -> int | None:
    """The number of the pull request, from the event that set the workflow off, else from the ref it runs on."""
    if path := variables.get("GITHUB_EVENT_PATH"):
        try:
            with open(path, encoding="utf-8") as file:
                event = json.load(file)
            about = event["issue"] if "pull_request" in event.get("issue", {}) else event["pull_request"]
            if isinstance(found := about["number"], int):
                return found
        except (OSError, ValueError, AttributeError, KeyError, TypeError):
            pass  # the ref says it too
    ref = re.fullmatch(r"refs/pull/(\d{1,9})/(?:merge|head)", variables.get("GITHUB_REF", ""))
    return int(ref[1]) if ref else None


def _number(text: str | None, variable: str) -> int:
    if not text or not re.fullmatch(r"\d{1,9}", text):
        raise FlowctlError(f"`{variable}` is no number of a merge request", hint=f"CI sets it: `unset {variable}` here")
    return int(text)


def _given(variables: Variables, *names: str) -> str:
    for name in names:
        if value := variables.get(name):
            return value
    raise FlowctlError(f"`{names[-1]}` is not set, and CI's other variables are", hint=f"CI sets `{names[-1]}` itself")


def _address(text: str, variable: str) -> str:
    """The root of an API, without a user or a password in it."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise FlowctlError(f"`{variable}` is no web address", hint=f"as in `{variable}=https://git.example.com`")
    return text.rstrip("/")


def _token(variables: Variables, name: str, hint: str) -> str:
    """The token; of one that cannot be sent the message says so without quoting it."""
    variable = "FLOWCTL_TOKEN" if variables.get("FLOWCTL_TOKEN") else name
    token = variables.get(variable, "").strip()
    if not token:
        raise FlowctlError(f"neither `FLOWCTL_TOKEN` nor `{name}` is set", hint=hint)
    if not re.fullmatch(r"[!-~]+", token):
        raise FlowctlError(f"`{variable}` is no token: it has characters that none has", hint=hint)
    return token
