"""The sample workspace is an example to follow: it has nothing to complain of."""

from pathlib import Path

from flowctl.check import check_model
from flowctl.diag import Severity
from flowctl.flow import load_model

ROOT = Path(__file__).parents[2]


def test_the_sample_has_no_error_and_no_warning():
    paths = (path for path in (ROOT / "flows").rglob("*.*") if path.suffix in (".yaml", ".csv"))
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths}

    found = check_model(load_model(files))

    assert [f"{d.span}: {d.message}" for d in found if d.severity > Severity.INFO] == []
