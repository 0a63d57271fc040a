"""Where the time of one `flowctl simulate` goes: seconds of the processor and on the wall, stage by stage.

`python -m benchmarks.stages ARGUMENT…`, in a workspace; the arguments are those of `simulate`. A thread reads the first
leads while the engine is made: what it uses is told, too.
"""

from __future__ import annotations

import atexit
import importlib
import sys
import time
from collections.abc import Callable
from typing import Any

BEGAN = time.perf_counter()
Mark = tuple[str, float, float, float]  # what ended: seconds of all threads, of the main one, on the wall
marks: list[Mark] = []


def mark(stage: str) -> None:
    marks.append((stage, time.process_time(), time.thread_time(), time.perf_counter() - BEGAN))


def watch(module: Any, name: str) -> None:
    """Marks the end of each call of a function, and of what was done before it."""
    called: Callable[..., object] = getattr(module, name)

    def watched(*args: object, **kwargs: object) -> object:
        mark(f"… before {name}")
        found = called(*args, **kwargs)
        mark(name)
        return found

    setattr(module, name, watched)


def show() -> None:
    mark("the end")
    earlier = 0.0, 0.0, 0.0
    print(f"{'seconds until the end of':<28} {'all':>7} {'main':>7} {'wall':>7}", file=sys.stderr)
    for stage, *now in marks:
        used = [after - before for after, before in zip(now, earlier, strict=True)]
        if max(used) >= 0.002:
            print(f"{stage:<28} {used[0]:7.3f} {used[1]:7.3f} {used[2]:7.3f}", file=sys.stderr)
        earlier = now[0], now[1], now[2]
    print(f"{'together':<28} {earlier[0]:7.3f} {earlier[1]:7.3f} {earlier[2]:7.3f}", file=sys.stderr)


def main() -> None:
    atexit.register(show)
    mark("the interpreter")
    from flowctl.cli.main import main as command

    mark("the command line")
    importlib.import_module("flowctl.cli.simulate")

    mark("the verb")
    from flowctl.ops.impact import simulate as of_many

    mark("numpy, pyarrow and numba")
    for name in ("setting_of", "reads_of", "records_of", "engine_for", "counted"):
        watch(of_many, name)
    sys.argv = ["flowctl", "simulate", *sys.argv[1:]]
    command()


if __name__ == "__main__":
    main()
