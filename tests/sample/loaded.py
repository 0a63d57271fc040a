"""The sample as it is read, once for all tests of a process: it takes a third of a second."""

from pathlib import Path

from flowctl.engine import world_of
from flowctl.flow import load_model

ROOT = Path(__file__).parents[2]
FILES = {str(path.relative_to(ROOT)): path.read_bytes() for path in (ROOT / "flows").rglob("*.*") if path.is_file()}
MODEL = load_model(FILES)
WORLD = world_of(MODEL)
