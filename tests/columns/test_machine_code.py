"""Machine code is kept where it can be, and made anew where it cannot."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import flowctl
from flowctl.columns import machine_code

ROOT = Path(flowctl.__file__).parent
LOADS = """\
import os
from flowctl.columns import machine_code
import flowctl.columns.csv_files, flowctl.engine.bulk.compiled
print(machine_code.__file__, machine_code.is_kept(), os.environ.get("NUMBA_CACHE_DIR"), sep="\\n")
"""


@pytest.fixture
def copied(tmp_path):
    """The package where nothing can be written beside its modules, whoever runs this."""
    shutil.copytree(ROOT, tmp_path / "flowctl", ignore=shutil.ignore_patterns("__pycache__"))
    for folder in ("columns", "engine/bulk"):
        (tmp_path / "flowctl" / folder / "__pycache__").write_text("in the way")
    return tmp_path


def loaded(folder, **settings):
    kept = {name: value for name, value in os.environ.items() if name not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")}
    done = subprocess.run(
        [sys.executable, "-B", "-c", LOADS],
        cwd=folder,
        env=kept | {"PYTHONPATH": str(folder)} | settings,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    module, is_kept, where = done.stdout.splitlines()
    assert Path(module).is_relative_to(folder)
    return is_kept == "True", None if where == "None" else Path(where)


@pytest.mark.slow
def test_where_nothing_can_be_written_code_is_made_for_this_run(copied):
    is_kept, where = loaded(copied, HOME=os.devnull, NUMBA_CACHE_DIR=f"{os.devnull}/none", TMPDIR=str(copied))

    assert not is_kept
    assert where is not None
    assert where.parent == copied
    assert not where.exists()


@pytest.mark.slow
def test_where_modules_lie_in_a_folder_that_cannot_be_written_the_users_cache_is_taken(copied):
    (copied / "home").mkdir()

    assert loaded(copied, HOME=str(copied / "home")) == (True, copied / "home/.cache/flowctl/numba")
    assert loaded(copied, HOME=os.devnull, NUMBA_CACHE_DIR=str(copied / "mine")) == (True, copied / "mine")


def test_beside_the_modules_is_the_usual_place(monkeypatch):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)

    machine_code.keep()

    assert "NUMBA_CACHE_DIR" not in os.environ
    assert machine_code.is_kept()
