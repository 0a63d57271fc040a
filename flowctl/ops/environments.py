"""Makes local environments that are gone again: on another machine, or after somebody has removed `.flowctl`."""

from __future__ import annotations

import hashlib

from flowctl.data import dataclass
from flowctl.document import scalar_text
from flowctl.envs import create_local
from flowctl.envs.local import ORG
from flowctl.flow import Directory, load_model
from flowctl.ops.branch import at_work
from flowctl.ops.deploy import deploy
from flowctl.ops.drift import told_releases
from flowctl.ops.records import Release
from flowctl.ops.workspace import Workspace, release_ref

PREFIXES = {"user": "005", "queue": "00G"}  # of the ids of users and of groups


@dataclass(frozen=True, slots=True)
class MadeAgain:
    """The environments that were made, those that were there, and the release that runs in the new ones."""

    made: tuple[str, ...]
    there: tuple[str, ...]
    release: Release


def make_environments(ws: Workspace) -> MadeAgain:
    """Makes the local environments that are missing, and puts into them what `main` says that production runs.

    Users and queues get new ids there, and turns begin anew: both were kept in the folder only.

    Raises:
        FlowctlError: No release is known here, or a folder cannot be written.
    """
    with at_work(ws, "make the environments again"):
        newest = ws.release(told_releases(ws)[0][-1])
        assert newest is not None, "a release that is told has a record"
        missing = [name for name, place in ws.config.environments.items() if not (ws.root / place.path / ORG).exists()]
        for name in missing:
            _make(ws, name, newest)
    there = tuple(name for name in ws.config.environments if name not in missing)
    return MadeAgain(tuple(missing), there, newest)


def _make(ws: Workspace, name: str, newest: Release) -> None:
    version = release_ref(newest.release)
    bundle = ws.bundle(version)
    directory = load_model(dict(ws.files(version))).directory
    create_local(ws.root / ws.config.environments[name].path, org_text(name, directory))
    environment = ws.environment(name)
    deploy(environment, bundle, environment.read().bundle.digest, newest)


def org_text(environment: str, directory: Directory) -> str:
    """An `org.yaml` that knows everybody in the directory, by ids that are the same each time."""
    users = [_line(environment, "user", name, user.active) for name, user in directory.users.items()]
    queues = [_line(environment, "queue", name, True) for name in directory.queues]
    lines = [*(["users:", *users] if users else []), *(["queues:", *queues] if queues else [])]
    return "".join(f"{line}\n" for line in lines)


def _line(environment: str, kind: str, name: str, active: bool) -> str:
    digest = hashlib.sha256(f"{environment}/{kind}/{name}".encode()).hexdigest()[:12].upper()
    return f"  {scalar_text(name)}: {{id: {PREFIXES[kind]}{digest}, active: {str(active).lower()}}}"
