"""Millions of leads: the engine for many records beside others, in processes of their own.

`python -m benchmarks.bulk WHAT ARGUMENT…` measures one thing and prints it as JSON; `measured` starts it so.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks.timing import NotMeasuredError, Times

THREADS = 2
SEED = 0
SAMPLE = 3_000  # leads on which others must decide as we do
MILLION = 1_000_000
NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)  # no lead is routed at it: each has its moment

Figures: TypeAlias = dict[str, Any]


def measured(what: str, *arguments: object) -> Figures:
    """What a fresh process measures. numba may keep what it compiles: without that, each would compile anew.

    Raises:
        NotMeasuredError: It could not.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "benchmarks.bulk", what, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["nothing said"]
        raise NotMeasuredError(f"`{' '.join(command[3:])}`: {said[-1]}")
    figures: Figures = json.loads(done.stdout)
    return figures


# The engine -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bench:
    """A generated flow, and an engine for it."""

    model: Any
    engine: Any

    @classmethod
    def of(cls, size: int, full_paths: bool = False, rosters: bool = False) -> Bench:
        from benchmarks import routing
        from flowctl.engine import world_of
        from flowctl.engine.bulk import engine_of

        model = routing.model(size, SEED, rosters)
        return cls(model, engine_of([world_of(model)], routing.FLOW, full_paths))

    def chunks(self, path: Path) -> Iterator[Callable[[], Any]]:
        from benchmarks import routing
        from flowctl.columns import open_records
        from flowctl.columns.wanted import wanted_of

        reads = self.engine.reads
        wanted = wanted_of(self.model, self.model.flows[routing.FLOW], reads.now, reads.prior, NOW)
        chunks: Iterator[Callable[[], Any]] = open_records([str(path)], wanted).chunks()
        return chunks

    def routed(self, path: Path) -> Iterator[Any]:
        from flowctl.engine.bulk import run

        return run(self.engine, self.chunks(path), THREADS)

    def keep(self, path: Path) -> list[Any]:
        """The outcomes of all leads, as small numbers; the batches go."""
        return [routed.outcomes[0] for routed in self.routed(path)]

    def count(self, path: Path) -> int:
        """How many leads are given to somebody; nothing is kept."""
        return sum(int(routed.outcomes[0].is_routed.sum()) for routed in self.routed(path))


def scan(path: Path, names: Iterable[str]) -> None:
    """DuckDB reads the columns; of all aggregates that have to see the values, `any_value` costs least."""
    duckdb = connection()
    asked = ", ".join(f'any_value("{name}") AS "{name}"' for name in names)
    duckdb.execute(f"SELECT hash(found) FROM (SELECT {asked} FROM '{path}') found").fetchall()


def connection() -> Any:
    import duckdb

    made = duckdb.connect(config={"threads": THREADS})
    made.execute("SET enable_progress_bar = false")
    return made


def wall(call: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the wall, and of the processor."""
    start, used = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - start, time.process_time() - used


# What is measured -------------------------------------------------------------------------------------------------


def against_scan(size: str, rows: str, rounds: str) -> Figures:
    """Seconds of the scan, of the run without and with full paths, in turns; and the runs' seconds of the processor."""
    from benchmarks import leads

    path = leads.parquet(int(rows))
    plain, full = Bench.of(int(size)), Bench.of(int(size), full_paths=True)
    names = [name for (name,) in plain.engine.reads.now]
    small = leads.parquet(SAMPLE)
    for bench in (plain, full):
        bench.keep(small)
    scan(path, names)
    played: dict[str, Times] = {"scan": [], "plain": [], "full": [], "cpu": []}
    paths = 0
    for _ in range(int(rounds)):
        played["scan"].append(wall(partial(scan, path, names))[0])
        seconds, cpu = wall(partial(plain.keep, path))
        played["plain"].append(seconds)
        played["cpu"].append(cpu)
        start = time.perf_counter()
        kept = full.keep(path)
        played["full"].append(time.perf_counter() - start)
        paths = len(kept[-1].paths)
    return {**played, "columns": len(names), "paths": paths, "engine": type(plain.engine).__name__}


def turns(rows: str) -> Figures:
    """Seconds of the processor that giving turns takes, and the whole run; and how many turns were given."""
    import numpy as np

    from benchmarks import leads

    Bench.of(300, rosters=True).keep(leads.parquet(SAMPLE))
    bench = Bench.of(300, rosters=True)
    path = leads.parquet(int(rows))
    used = 0.0
    settle = bench.engine.settle

    def watched(walked: Any) -> Any:
        nonlocal used
        start = time.thread_time()
        routed = settle(walked)
        used += time.thread_time() - start
        return routed

    bench.engine.settle = watched
    start, cpu = time.perf_counter(), time.process_time()
    kept = bench.keep(path)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    steps = bench.engine.worlds[0].programs["lead"].steps
    rotates = {node for node, step in steps.items() if type(step).__name__ == "Pick"}
    by_path = np.array([sum(node in rotates for _, node, _ in p.ways) for p in kept[-1].paths], np.int64)
    given = sum(int(by_path[outcomes.path].sum()) for outcomes in kept)
    return {"settle": used, "cpu": cpu, "wall": seconds, "turns": given}


def memory(size: str, rows: str, kept: str, times: str = "1") -> Figures:
    """Bytes over what the process has once everything is loaded and compiled; with outcomes kept, or only counted.

    Args:
        times: How often the leads are read: of a folder in which their file stands so often.
    """
    from benchmarks import leads

    path = leads.parquet(int(rows)) if times == "1" else leads.many(int(rows), int(times))
    bench = Bench.of(int(size))
    bench.keep(leads.parquet(SAMPLE))
    base = resident()
    start = time.perf_counter()
    (bench.keep if kept == "kept" else bench.count)(path)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"base": base, "over": peak - base, "seconds": seconds}


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def compiling(size: str, cache: str) -> Figures:
    """Seconds until the first leads are routed, with numba's cache in a folder."""
    os.environ["NUMBA_CACHE_DIR"] = cache
    from benchmarks import leads

    start = time.perf_counter()
    bench = Bench.of(int(size))
    bench.keep(leads.parquet(SAMPLE))
    return {"seconds": time.perf_counter() - start}


def zen_rate(size: str) -> Figures:
    """Leads a second of the processor through zen-engine's batch call, once it decides as we do."""
    import pyarrow.parquet
    import zen

    from benchmarks import leads, rivals, routing

    path = leads.parquet(SAMPLE)
    bench = Bench.of(int(size))
    world = bench.engine.worlds[0]
    decisions = rivals.graph(world, world.programs[routing.FLOW])
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"flow": decisions}}})
    table = pyarrow.parquet.read_table(path)
    asked: list[Any] = [{"key": "flow", "context": context} for context in rivals.contexts(table)]
    engine.evaluate_batch(asked[:50])
    used = time.process_time()
    answers = engine.evaluate_batch(asked)
    used = time.process_time() - used
    results = [answer["data"]["result"] if answer["success"] else {} for answer in answers]
    compare([(r.get("owner"), r.get("ends")) for r in results], decided(bench.keep(path)), "zen-engine")
    return {"rate": len(asked) / used}


def decided(kept: Iterable[Any]) -> list[tuple[str | None, str]]:
    """Owner and end of each lead."""
    return [
        (None if owner < 0 else outcomes.names[owner], outcomes.paths[path].ends)
        for outcomes in kept
        for owner, path in zip(outcomes.owner, outcomes.path, strict=True)
    ]


def compare(theirs: list[Any], ours: list[Any], who: str) -> None:
    differing = sum(a != b for a, b in zip(theirs, ours, strict=True))
    if differing:
        raise NotMeasuredError(f"{who} decides {differing} of {len(ours)} leads otherwise")


def duckdb_query(size: str, rows: str) -> Figures:
    """Seconds of one generated query, of its planning alone, and of our run, once both decide alike."""
    from benchmarks import leads, rivals, routing

    bench = Bench.of(int(size))
    world = bench.engine.worlds[0]
    small, path = leads.parquet(SAMPLE), leads.parquet(int(rows))
    program = world.programs[routing.FLOW]
    duckdb = connection()
    theirs = duckdb.execute(rivals.query(world, program, f"'{small}'")).fetchall()
    compare(theirs, decided(bench.keep(small)), "DuckDB")
    query = rivals.query(world, program, f"'{path}'")
    planning, _ = wall(lambda: duckdb.execute(f"EXPLAIN {query}").fetchall())
    seconds, _ = wall(lambda: duckdb.execute(f"CREATE TEMP TABLE outcomes AS {query}"))
    ours = min(wall(partial(bench.keep, path))[0] for _ in range(3))
    return {"duckdb": seconds, "planning": planning, "ours": ours}


def csv_of(rows: int) -> Path:
    from benchmarks import leads

    return leads.csv(rows)


def count_csv(path: Path) -> None:
    """A process in which DuckDB counts the leads of a CSV file by country."""
    query = f"SELECT Country, count(*) FROM read_csv('{path}') GROUP BY ALL"
    code = f"import duckdb; print(duckdb.connect(config={{'threads': {THREADS}}}).execute({query!r}).fetchall())"
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


WHAT: dict[str, Callable[..., Figures]] = {
    "scan": against_scan,
    "turns": turns,
    "memory": memory,
    "compiling": compiling,
    "zen": zen_rate,
    "duckdb": duckdb_query,
}


def room_for(rows: int) -> None:
    """Raises NotMeasuredError where the leads' file would not fit on the disk, nor half as much again."""
    from benchmarks import leads

    free = shutil.disk_usage(leads.folder()).free
    if free < rows * 140 and not leads.file(rows, "parquet").exists():
        raise NotMeasuredError(f"{rows * 140 / 1e9:.0f} GB of free disk are needed, {free / 1e9:.0f} are there")


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    try:
        print(json.dumps(WHAT[what](*rest)))
    except NotMeasuredError as error:
        sys.exit(str(error))
