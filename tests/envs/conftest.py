"""Environments that the contract is held against."""

import pytest

from flowctl.envs import create_local, open_environment
from tests.envs.small import ORG


def local(tmp_path, name, org):
    folder = tmp_path / name
    create_local(folder, org)
    return open_environment(name, "local", folder)


ADAPTERS = {"local": local}  # a new adapter adds one line here


@pytest.fixture(params=ADAPTERS.values(), ids=ADAPTERS.keys())
def make(request, tmp_path):
    """Makes an environment of the adapter under test, of a name and a directory."""
    return lambda name="staging", org=ORG: request.param(tmp_path, name, org)


@pytest.fixture
def env(make):
    return make()
