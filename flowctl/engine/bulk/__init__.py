"""What happens to millions of records: exactly what the judge says of each, by the column.

Loads numpy, pyarrow and numba: nothing of this is for few records.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowctl.engine.bulk.engine import Engine, Routed, run
from flowctl.engine.bulk.judged import JudgedEngine
from flowctl.engine.bulk.outcomes import NOBODY, NONE, Differences, Names, Outcomes, Path
from flowctl.engine.interp import World

__all__ = [
    "NOBODY", "NONE", "Differences", "Engine", "Names", "Outcomes", "Path", "Routed", "engine_of", "run",
]  # fmt: skip


def engine_of(
    worlds: Sequence[World], flow: str, full_paths: bool = False, names: Names | None = None, *, few: bool = False
) -> Engine[Any]:
    """An engine for the records of a flow, under one version or several.

    Args:
        worlds: Each version's; each has the flow.
        full_paths: Whether paths hold decisions, too.
        names: Codes given elsewhere already, to go on with.
        few: Whether there are few records: the judge is done with them before machine code is loaded.
    """
    if few:
        return JudgedEngine(worlds, flow, names or Names(), full_paths)
    from flowctl.engine.bulk.compiled import CompiledEngine  # takes long to load
    from flowctl.engine.bulk.scope import NotCompiledError

    try:
        return CompiledEngine(worlds, flow, names or Names(), full_paths)
    except NotCompiledError:  # exact all the same, and slow
        return JudgedEngine(worlds, flow, names or Names(), full_paths)
