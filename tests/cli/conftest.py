"""A workspace of the sample to play commands in, made once and copied for each test."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from flowctl.cli.frame import command_of
from flowctl.cli.main import app
from flowctl.flow import load_model


@dataclass(frozen=True)
class Told:
    """How a command ended: its exit code, and what it wrote to stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def data(self):
        return json.loads(self.out)


@dataclass
class Place:
    """A workspace, and commands typed in it."""

    root: Path
    capsys: pytest.CaptureFixture

    def __call__(self, *words):
        self.capsys.readouterr()
        code = command_of(app).main(list(words), prog_name="flowctl", standalone_mode=False)
        out, err = self.capsys.readouterr()
        return Told(int(code), out, err)

    def edit(self, path, old, new):
        file = self.root / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))

    @property
    def files(self):
        """How many files the version has that is being worked on."""
        return sum(path.is_file() for path in (self.root / "flows").rglob("*"))

    def model(self):
        """What is being worked on, as it is read."""
        folder = self.root / "flows"
        return load_model({str(p.relative_to(self.root)): p.read_bytes() for p in folder.rglob("*") if p.is_file()})

    def fixtures(self, flow=None):
        """How many fixtures a flow has, and without one: all flows."""
        texts = [path.read_text() for path in (self.root / "flows/fixtures" / (flow or "")).rglob("*.yaml")]
        return sum(text.count("\n- why: ") for text in texts)

    def live(self, environment="production"):
        """The file of the lead flow in an environment, to be edited by hand."""
        return f".flowctl/environments/{environment}/live/flows/lead.yaml"

    def has_tag(self, name):
        return (self.root / ".git/refs/tags" / name).exists()


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    from datetime import UTC, datetime

    from flowctl.ops.init import init

    folder = tmp_path_factory.mktemp("sample") / "my-routing"
    init(folder, datetime(2026, 11, 20, 16, tzinfo=UTC), sample="gitlab")
    return folder


@pytest.fixture
def week(made, tmp_path, monkeypatch, capsys):
    root = tmp_path / "my-routing"
    shutil.copytree(made, root, symlinks=True)
    monkeypatch.chdir(root)
    return Place(root, capsys)


@pytest.fixture(scope="session")
def made_with_draft(made, tmp_path_factory):
    from datetime import UTC, datetime

    from flowctl.ops.clone import clone_live
    from flowctl.ops.workspace import open_workspace

    folder = tmp_path_factory.mktemp("draft") / "my-routing"
    shutil.copytree(made, folder, symlinks=True)
    clone_live(open_workspace(folder), "A little edit", datetime(2026, 11, 20, 16, tzinfo=UTC), stage=False)
    return folder


@pytest.fixture
def drafted(made_with_draft, tmp_path, monkeypatch, capsys):
    """As `week`, with a draft checked out that changes nothing yet and is not staged."""
    root = tmp_path / "my-routing"
    shutil.copytree(made_with_draft, root, symlinks=True)
    monkeypatch.chdir(root)
    return Place(root, capsys)


@pytest.fixture(scope="session")
def made_past(tmp_path_factory):
    from tests.ops.promotion.week import make_past

    top = tmp_path_factory.mktemp("past")
    make_past(top)
    return top


@pytest.fixture
def past(made_past, tmp_path, monkeypatch, capsys):
    """A small routing with two releases, quicker than the sample; its environments lie beside it."""
    top = shutil.copytree(made_past, tmp_path / "top", symlinks=True)
    monkeypatch.chdir(top / "ana")
    return Place(top / "ana", capsys)
