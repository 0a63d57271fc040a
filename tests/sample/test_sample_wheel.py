"""What `pipx install` brings holds the sample, and `init` finds it there."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.sample.states import ROOT, SAMPLE, states

pytestmark = pytest.mark.slow  # builds and installs: half a minute


def pip(*words, cwd):
    quiet = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-index"]
    subprocess.run([sys.executable, "-m", "pip", words[0], *quiet, *words[1:]], cwd=cwd, check=True, timeout=300)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT), cwd=folder)
    [found] = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def site(wheel, tmp_path_factory):
    """A folder that the wheel is installed into, away from the checkout."""
    folder = tmp_path_factory.mktemp("site")
    pip("install", "--no-compile", "--target", str(folder), str(wheel), cwd=folder)
    return folder


def test_the_wheel_holds_the_sample_and_the_starter_and_nothing_of_the_tests(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        flows = {name: archive.read(f"flowctl/sample/gitlab/{name}").decode() for name in states()[-1].files}

    assert flows == states()[-1].files
    for path in SAMPLE.rglob("*.yaml"):
        assert path.relative_to(ROOT).as_posix() in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"flowctl", "flowctl_routing"}
    assert "flowctl/py.typed" in names
    assert not [name for name in names if name.endswith((".pyc", ".orig", ".rej"))]


def test_the_installed_command_makes_the_sample_without_the_checkout(site, tmp_path):
    typed = ["flowctl", "init", "my-routing", "--sample", "gitlab"]
    environment = os.environ | {"PYTHONPATH": str(site)}
    environment.pop("FLOWCTL_NOW", None)

    where = subprocess.run(
        [sys.executable, "-c", "import flowctl; print(flowctl.__file__)"],
        cwd=tmp_path, env=environment, check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", *typed], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )

    assert Path(where.stdout.strip()).is_relative_to(site)
    assert done.returncode == 0, done.stderr
    made = tmp_path / "my-routing"
    assert len(list((made / "releases").glob("*.yaml"))) == len(states())
    assert (made / "flows/lead.yaml").read_text("utf-8").endswith(states()[-1].files["flows/lead.yaml"])
    assert (
        (made / "flows/lead.yaml")
        .read_text("utf-8")
        .startswith("# yaml-language-server: $schema=../.schemas/flow.json")
    )
