"""A workspace of the starter with a draft checked out, made once and copied for each test."""

import datetime as dt
import shutil

import pytest

from flowctl.ops.clone import clone_live
from flowctl.ops.init import init
from flowctl.ops.workspace import open_workspace

NOW = dt.datetime(2026, 11, 20, 16, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def _draft(tmp_path_factory):
    folder = tmp_path_factory.mktemp("starter") / "my-routing"
    init(folder, NOW)
    ws = open_workspace(folder)
    clone_live(ws, "A week", NOW, stage=False)
    ws.git.close()
    return folder


@pytest.fixture
def ws(_draft, tmp_path):
    opened = open_workspace(shutil.copytree(_draft, tmp_path / "work", symlinks=True))
    yield opened
    opened.git.close()
