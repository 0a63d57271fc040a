"""Copies of a small past for each test, made once; and the processes that die in it."""

import shutil
import sys

import pytest

from tests.ops.promotion import week
from tests.ops.promotion.processes import Processes


@pytest.fixture(scope="session")
def past(tmp_path_factory):
    top = tmp_path_factory.mktemp("past")
    week.make_past(top)
    return top


@pytest.fixture(scope="session")
def shared_past(tmp_path_factory):
    top = tmp_path_factory.mktemp("shared")
    week.make_shared(top)
    return top


@pytest.fixture
def top(past, tmp_path):
    """The folder of one workspace, `ana`, and its environments."""
    return shutil.copytree(past, tmp_path / "top", symlinks=True)


@pytest.fixture
def shared(shared_past, tmp_path):
    """The folder of two clones, `ana` and `bo`, their remote and the environments that both use."""
    return shutil.copytree(shared_past, tmp_path / "top", symlinks=True)


@pytest.fixture
def ws(top):
    with week.at(top / "ana") as ws:
        yield ws


@pytest.fixture
def ana(shared):
    with week.at(shared / "ana") as ws:
        yield ws


@pytest.fixture
def bo(shared):
    """A colleague's clone. Who acts is whom git names: `with person(*BO)`."""
    with week.at(shared / "bo") as ws:
        yield ws


@pytest.fixture(scope="session")
def processes():
    with Processes(sys.executable) as started:
        yield started


@pytest.fixture
def lives(tmp_path, processes):
    """Kills a deed before each step that leaves something new behind, each time in a fresh copy of a folder.

    Gives the copies one by one, and in the end one in which the deed was done.
    """

    def copy(folder, name):
        return shutil.copytree(folder, tmp_path / name, symlinks=True)

    def kill(deed, folder, **options):
        done = copy(folder, "done")
        ended = processes.run(deed, done, look=True, **options)
        assert (ended.exit, ended.message) == (0, "")
        assert len(set(ended.found)) >= 3, "there are steps"
        for n, found in enumerate(ended.found, 1):
            if found not in ended.found[: n - 1]:
                top = copy(folder, f"killed-{n}")
                assert processes.run(deed, top, kill=n, **options).killed
                yield top
                shutil.rmtree(top)
        yield done

    return kill
