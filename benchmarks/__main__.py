"""Prints one table: what was measured in this run, the bar that it should stay under, and whether it does.

python -m benchmarks [load] [diff] [merge] [start] [drivers] [log] [tables] [match] [judge] [page] [bulk] [bulk10]
                     [simulate] [rivals]
python -m benchmarks bulk100    a hundred million leads (ten times the same ten), only when asked for: minutes
"""

from __future__ import annotations

import compileall
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml
from deepdiff import DeepDiff

import flowctl
from benchmarks import bulk as many
from benchmarks import drivers as git_drivers
from benchmarks import generate, lookups, matching, merging, workspaces
from benchmarks import judge as hand_written
from benchmarks.timing import NotMeasuredError, Times, cpu_seconds, in_turns, ratio
from flowctl.diff import diff_flows
from flowctl.flow import Flow, load_flow, open_flow

NODES = 2000
ROUNDS = 9  # of what takes a second
ACCOUNTS = 1_000_000
RUNS = 15  # of what starts a process


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    measured: str
    bar: str
    verdict: str

    def __str__(self) -> str:
        return f"{self.name:<66} {self.measured:>8}   {self.bar:>8}   {self.verdict}"


def verdict(is_met: bool) -> str:
    return "ok" if is_met else "MISSED"


def at_most(name: str, measured: float, bar: float) -> Row:
    return Row(name, f"{measured:.2f} x", f"{bar:g} x", verdict(measured <= bar))


def events(text: str) -> None:
    """Lets PyYAML's C parser emit every event of a text, and does nothing with them."""
    next_event, last = yaml.CLoader(text).get_event, yaml.StreamEndEvent
    while type(next_event()) is not last:
        pass


def flow(nodes: generate.Nodes) -> Flow:
    loaded, problems = load_flow("flows/lead.yaml", generate.text(nodes))
    if loaded is None or problems:
        raise NotMeasuredError(f"the generated flow does not load: {[str(problem) for problem in problems[:1]]}")
    return loaded


def load() -> Iterator[Row]:
    """Two rows: the structure with every place, which is what `open_flow` gives and diff works on; and `load_flow`,
    which parses the thousands of conditions as well, each of them different."""
    flow(generate.flow(NODES, seed=0))
    base, structure, whole, size = Times(), Times(), Times(), 0
    for seed in range(1, ROUNDS + 1):
        # Each round has a text of its own: conditions are remembered by their text, and should be read, not found.
        text = generate.text(generate.flow(NODES, seed))
        size = len(text)
        base.append(cpu_seconds(partial(events, text)))
        structure.append(cpu_seconds(partial(open_flow, "flows/lead.yaml", text)))
        whole.append(cpu_seconds(partial(load_flow, "flows/lead.yaml", text)))
    name = f"load {NODES:,} nodes ({size / 1e6:.1f} MB) / events of PyYAML's C parser"
    yield at_most(name, ratio(structure, base), 2.5)
    yield Row("… with every condition parsed", f"{ratio(whole, base):.2f} x", "", "for information")


def diff() -> Iterator[Row]:
    base, ours = Times(), Times()
    for seed in range(3):
        nodes = generate.flow(NODES, seed)
        changed = generate.edited(nodes, seed)
        before, after = flow(nodes), flow(changed)
        base.append(cpu_seconds(partial(DeepDiff, nodes, changed)))
        ours.append(cpu_seconds(partial(diff_flows, before, after)))
    faster = 1 / ratio(ours, base)
    yield Row(
        f"diff of two such flows, {NODES // 100} nodes changed / DeepDiff by id",
        f"1/{faster:.0f}",
        "1/50",
        verdict(faster >= 50),
    )


def merge() -> Iterator[Row]:
    loads, merges, merged = merging.measured(NODES, 3)
    name = f"merge of two drafts of {NODES:,} nodes, {NODES // merging.EVERY} edited in each / load of the three"
    yield at_most(name, ratio(merges, loads), 3)
    decided, disputed = len(merged.decisions), len(merged.conflicts)
    yield Row("… decisions, and conflicts among them", f"{decided}, {disputed}", "", "for information")


def tables() -> Iterator[Row]:
    for name, measured, bar in lookups.measured(ROUNDS):
        yield at_most(name, measured, bar)
    row = f"a scan of a table of {lookups.SMALL:,} rows / a look-up in it by range"
    yield Row(row, f"{lookups.spared():.0f} x", "", "for information")


def match() -> Iterator[Row]:
    """How long the first lead waits for the indexes is told as well: they are built when they are first asked."""
    few, many = matching.crowd(ACCOUNTS // 100), matching.crowd(ACCOUNTS)
    for method in (matching.DOMAIN, matching.NAME, matching.ALIKE):
        _, built = matching.build(few, method), matching.build(many, method)
        base, ours = matching.in_rounds(few, many, method, ROUNDS)
        name = f"match by {method}: {ACCOUNTS:,} accounts / {ACCOUNTS // 100:,}"
        if method is matching.ALIKE:  # its blocks grow with the data
            yield Row(name, f"{ratio(ours, base):.0f} x", "", "for information")
            yield Row("… one lead", f"{statistics.median(ours) * 1e3:.2f} ms", "", "for information")
        else:
            yield at_most(name, ratio(ours, base), 2)
        yield Row("… the index, once", f"{built:.1f} s", "", "for information")


def judge() -> Iterator[Row]:
    everybody = hand_written.bench(Path(__file__).parents[1])
    for who, leads in (("all leads", everybody), ("leads without a turn", everybody.without_turns())):
        base, ours = hand_written.in_rounds(leads, ROUNDS)
        yield at_most(f"sample's lead flow, {who} / by hand in plain Python", ratio(ours, base), 25)
        yield Row("… one lead", f"{statistics.median(ours) * 1e6:.0f} µs", "", "for information")


def import_typer() -> None:
    subprocess.run([sys.executable, "-c", "import typer"], check=True)


def start() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        plain = workspaces.sample(Path(folder), "plain")
        draft = workspaces.with_draft(Path(folder), "draft")
        for place, word, bar in (
            (plain, "--version", 2),
            (plain, "status", 5),
            (plain, "check", 5),
            (draft, "diff", 5),
        ):
            base, ours = in_turns([import_typer, workspaces.command(place, word)], RUNS)
            yield at_most(f"flowctl {word} on the sample / python -c 'import typer'", ratio(ours, base), bar)


def log() -> Iterator[Row]:
    sizes = (130, 260, 520)
    with tempfile.TemporaryDirectory() as folder:
        places = [workspaces.with_releases(Path(folder), f"releases-{size}", size) for size in sizes]
        calls = [import_typer, *(workspaces.command(place, "log") for place in places)]
        base, *ours, status = in_turns([*calls, workspaces.command(places[-1], "status")], RUNS)
    yield at_most(f"flowctl status over {sizes[-1]} releases / python -c 'import typer'", ratio(status, base), 5)
    for size, times in zip(sizes, ours, strict=True):
        yield at_most(f"flowctl log over {size} releases / python -c 'import typer'", ratio(times, base), 5)
    yield growth(*(statistics.median(times) for times in ours))


def growth(small: float, middle: float, large: float) -> Row:
    """How many times as much time the second doubling adds as the first: 2 when linear, 4 when quadratic."""
    name, bar = "flowctl log: time added from 260 to 520 releases / from 130 to 260", 3
    if large - small < small / 10:  # nothing that could be told from noise
        return Row(name, "flat", f"{bar} x", verdict(True))
    return at_most(name, (large - middle) / max(middle - small, 1e-9), bar)


def drivers() -> Iterator[Row]:
    """Files in which the sides changed different nodes, and one in which what a branch means must be known."""
    sorts = (git_drivers.merge_of_small_files, git_drivers.merge_of_the_sample, git_drivers.merge_inside_a_branch)
    with tempfile.TemporaryDirectory() as top:
        folders = [Path(top, sort.__name__) for sort in sorts]
        for folder in folders:
            folder.mkdir()
        merges = [sort(folder) for sort, folder in zip(sorts, folders, strict=True)]
        base, small, sample, inside = in_turns([git_drivers.import_yaml, *merges], RUNS)
    yield at_most("flowctl-git merge of a small flow / python -c 'import yaml'", ratio(small, base), 2.5)
    yield at_most("flowctl-git merge of the sample's lead flow / the same", ratio(sample, base), 2.5)
    yield at_most("flowctl-git merge inside one branch of a small flow / the same", ratio(inside, base), 2.5)


def page() -> Iterator[Row]:
    """In milliseconds: a frame is due every 17, and what comes within 100 is felt to come at once."""
    from benchmarks import page as pages  # a browser's client is loaded for this alone

    figures = dict(pages.measured(NODES))
    yield Row(f"page of a diff of {NODES:,} nodes: made", f"{figures['made'] / 1000:.1f} s", "", "for information")
    yield Row("… opened", f"{figures['opened']:.0f} ms", "", "for information")
    for name, bar in (("a step", 100), ("the whole", 500)):
        median, slowest = figures[name], figures[f"{name}, the slowest"]
        yield Row(f"… from a key to its frame, {name}", f"{median:.0f} ms", f"{bar} ms", verdict(median <= bar))
        yield Row("… … the slowest", f"{slowest:.0f} ms", "", "for information")


def bulk() -> Iterator[Row]:
    """One million leads. The first row is without a cache, in which numba keeps what it has compiled."""
    yield from compile_times()
    for size, bar in ((300, 3.0), (2000, 3.0)):
        yield from beside_scan(size, many.MILLION, bar, 5)
    figures = many.measured("turns", many.MILLION)
    share = figures["settle"] / figures["turns"] * many.MILLION / figures["cpu"]
    name = f"1 million turns, caps, hours and leave / the run of 1 million leads ({figures['turns']:,} given)"
    yield Row(name, f"{share:.1%}", "10%", verdict(share <= 0.1))
    yield Row("… seconds of the processor", f"{figures['settle']:.2f} s", "", "for information")


def bulk10() -> Iterator[Row]:
    """Ten million leads, and the memory that they need."""
    rows = 10 * many.MILLION
    for size, bar in ((300, 2.5), (2000, 2.7)):
        yield from beside_scan(size, rows, bar, 2)
    over = many.measured("memory", 300, rows, "kept")["over"]
    yield Row("10 million leads, outcomes kept: memory over the process's base", *at_most_bytes(over, 0.9e9))


def bulk100() -> Iterator[Row]:
    """Ten million leads ten times over, of a folder. Outcomes that are kept need 13 bytes a lead wherever they are."""
    rows = 10 * many.MILLION
    many.room_for(rows)
    ten, hundred = (many.measured("memory", 300, rows, "counted", times) for times in (1, 10))
    yield Row("100 million leads, outcomes counted: memory over the base", *at_most_bytes(hundred["over"], 2e9))
    yield at_most("… / 10 million leads", hundred["over"] / ten["over"], 1.1)
    yield at_most("… seconds / ten times those of 10 million", hundred["seconds"] / ten["seconds"] / 10, 1.2)


def at_most_bytes(measured: float, bar: float) -> tuple[str, str, str]:
    return f"{measured / 1e9:.2f} GB", f"{bar / 1e9:g} GB", verdict(measured <= bar)


def compile_times() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        cold, warm = (many.measured("compiling", 300, folder)["seconds"] for _ in range(2))
    yield Row("the first 3,000 leads, 300 nodes: numba's cache empty", f"{cold:.1f} s", "", "for information")
    yield Row("… and filled: compiling takes the difference", f"{warm:.1f} s", "", "for information")


def beside_scan(size: int, rows: int, bar: float, rounds: int) -> Iterator[Row]:
    figures = many.measured("scan", size, rows, rounds)
    scan, plain, full = figures["scan"], figures["plain"], figures["full"]
    leads = f"{rows // many.MILLION} million leads, {size:,} nodes"
    yield at_most(f"{leads} / DuckDB's any_value() of the same {figures['columns']} columns", ratio(plain, scan), bar)
    yield at_most(f"… with full paths ({figures['paths']:,} of them) / without", ratio(full, plain), 1.5)
    told = f"{statistics.median(plain):.2f} s, {statistics.median(scan):.2f} s"
    yield Row("… seconds: ours, the scan", told, "", "for information")


def rivals() -> Iterator[Row]:
    for size, least in ((300, 200), (2000, 800)):
        ours = many.measured("scan", size, many.MILLION, 3)
        rate = many.MILLION / statistics.median(ours["cpu"])
        zen = many.measured("zen", size)["rate"]
        name = f"{size:,} nodes: leads in a second of the processor / zen-engine's batch ({zen:,.0f})"
        yield at_least(name, rate / zen, least)
    for size, least in ((300, 4), (2000, 30)):
        figures = many.measured("duckdb", size, many.MILLION)
        name = f"{size:,} nodes, 1 million leads: one generated DuckDB query / ours"
        yield at_least(name, figures["duckdb"] / figures["ours"], least)
        without = (figures["duckdb"] - figures["planning"]) / figures["ours"]
        yield Row("… without the time in which DuckDB plans it", f"{without:.0f} x", "", "for information")


def at_least(name: str, measured: float, bar: float) -> Row:
    return Row(name, f"{measured:.0f} x", f">= {bar:g} x", verdict(measured >= bar))


def simulate() -> Iterator[Row]:
    """Whole commands."""
    leads = many.csv_of(many.MILLION)
    with tempfile.TemporaryDirectory() as folder:
        place = workspaces.generated(Path(folder), "generated", 300)
        count: Callable[[], object] = partial(many.count_csv, leads)
        alone = workspaces.command(place, "simulate", str(leads))
        compared = workspaces.command(place, "simulate", str(leads), "--against", "HEAD~1")
        base, ours, both = in_turns([count, alone, compared], 3)
        yield at_most("flowctl simulate of 1 million CSV leads / DuckDB's count(*) by country", ratio(ours, base), 3)
        yield Row("… with `--against` an earlier version", f"{ratio(both, base):.2f} x", "", "for information")
        told = ", ".join(f"{statistics.median(times):.1f}" for times in (ours, both, base))
        yield Row("… seconds: ours, ours with `--against`, DuckDB's", told, "", "for information")
        one = workspaces.command(workspaces.one_lead(Path(folder)), "simulate", "--flow", "lead", "../lead.csv")
        base, ours = in_turns([import_typer_and_yaml, one], RUNS)
        yield at_most("flowctl simulate of one lead / python -c 'import typer, yaml'", ratio(ours, base), 3)


def import_typer_and_yaml() -> None:
    subprocess.run([sys.executable, "-c", "import typer, yaml"], check=True)


GROUPS: dict[str, Callable[[], Iterator[Row]]] = {
    "load": load,
    "diff": diff,
    "merge": merge,
    "start": start,
    "drivers": drivers,
    "log": log,
    "tables": tables,
    "match": match,
    "judge": judge,
    "page": page,
    "bulk": bulk,
    "bulk10": bulk10,
    "simulate": simulate,
    "rivals": rivals,
    "bulk100": bulk100,
}
WHEN_ASKED = {"bulk100"}


def main(chosen: list[str]) -> int:
    """Returns 0 even when a bar is missed: a busy machine is no reason to stop a change, but the table says MISSED."""
    if unknown := set(chosen) - set(GROUPS):
        print(f"no such group: {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}", file=sys.stderr)
        return 2
    compileall.compile_dir(str(Path(flowctl.__file__).parent), quiet=2)  # no start is to pay for the first one
    print(f"{'measured in this run / against':<66} {'measured':>8}   {'at most':>8}")
    for name in chosen or [name for name in GROUPS if name not in WHEN_ASKED]:
        try:
            for row in GROUPS[name]():
                print(row, flush=True)
        except NotMeasuredError as error:
            print(f"{name}: NOT MEASURED: {error}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
