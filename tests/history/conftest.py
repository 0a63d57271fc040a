import os
import shutil
import subprocess
from datetime import UTC, datetime

import pytest

from flowctl.history import Person, create_repository, open_repository

WHEN = datetime(2026, 11, 23, 9, tzinfo=UTC)
ANA = Person("Ana Ruiz", "ana.ruiz@example.com")


@pytest.fixture(autouse=True)
def _quiet_git(monkeypatch, tmp_path_factory):
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("EMAIL", raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", ANA.name)
        monkeypatch.setenv(f"GIT_{role}_EMAIL", ANA.email)
        monkeypatch.setenv(f"GIT_{role}_DATE", "2026-11-23T09:00:00Z")


@pytest.fixture
def git(tmp_path):
    """Plain git, as a user types it: `git("log", cwd=folder)`."""

    def call(*args, cwd=tmp_path / "work", stdin=None):
        done = subprocess.run(["git", *args], cwd=cwd, input=stdin, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.rstrip("\n")

    return call


@pytest.fixture
def empty(tmp_path):
    with create_repository(tmp_path / "work") as repository:
        yield repository


@pytest.fixture(scope="session")
def _one_commit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("template") / "work"
    with create_repository(folder) as repository:
        (folder / "flows").mkdir()
        (folder / "flows/lead.yaml").write_bytes(b"flow: lead\n")
        (folder / ".gitignore").write_bytes(b".flowctl/\n")
        repository.commit_worktree([".gitignore", "flows"], "First", when=WHEN, committer=ANA)
    shutil.rmtree(folder / ".git/hooks")
    return folder


@pytest.fixture
def repo(_one_commit, tmp_path):
    """One commit on `main`: `flows/lead.yaml` and `.gitignore`."""
    with open_repository(shutil.copytree(_one_commit, tmp_path / "work")) as repository:
        yield repository


@pytest.fixture
def origin(tmp_path, git):
    """A bare remote beside the work tree."""
    git("init", "-q", "--bare", "-b", "main", str(tmp_path / "origin.git"), cwd=tmp_path)
    return tmp_path / "origin.git"


@pytest.fixture
def shared(repo, origin, git):
    """The work tree with `main` pushed to `origin`."""
    git("remote", "add", "origin", str(origin))
    git("push", "-q", "origin", "main")
    repo.fetch()
    return repo


@pytest.fixture
def commit(repo):
    """Makes a commit beside the work tree: `commit({path: bytes}, parent)`; no ref moves."""

    def make(changes, parent="HEAD", message="Change"):
        parent_id = repo.resolve(parent)
        return repo.commit_tree(repo.write_tree(parent_id, changes), [parent_id], message, None, WHEN)

    return make


@pytest.fixture
def colleague(origin, tmp_path, git):
    """Another clone of the remote."""
    git("clone", "-q", str(origin), str(tmp_path / "colleague"), cwd=tmp_path)
    with open_repository(tmp_path / "colleague") as repository:
        yield repository
