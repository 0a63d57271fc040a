"""Records by the column: read from files of any size, typed, in batches; and results, written as they come.

Its names are loaded when they are asked for: they bring numpy, pyarrow and numba with them.
"""

from typing import TYPE_CHECKING

from flowctl.columns import machine_code
from flowctl.lazy import on_demand

if TYPE_CHECKING:
    from flowctl.columns.bad import Bad, Place, Problem
    from flowctl.columns.batch import Batch, Column, Related
    from flowctl.columns.headers import read_mapping
    from flowctl.columns.opening import Input, open_records
    from flowctl.columns.wanted import OnBad, Wanted, wanted_of
    from flowctl.columns.write import Writer, defused, writing

__all__ = [
    "Bad", "Batch", "Column", "Input", "OnBad", "Place", "Problem", "Related", "Wanted", "Writer", "defused",
    "open_records", "read_mapping", "wanted_of", "writing",
]  # fmt: skip

_HOMES = {
    "bad": "Bad Place Problem",
    "batch": "Batch Column Related",
    "headers": "read_mapping",
    "opening": "Input open_records",
    "wanted": "OnBad Wanted wanted_of",
    "write": "Writer defused writing",
}

__getattr__ = on_demand(__name__, _HOMES)
machine_code.keep()
