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
