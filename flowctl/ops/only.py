"""What of a draft goes ahead of the rest of it: its rosters, between two weekly releases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from flowctl.check import check_model
from flowctl.diag import Severity
from flowctl.flow import load_model, part_of, path_of
from flowctl.ops.content import Changes
from flowctl.ops.test import run_tests

ROSTERS = "roster/"
DIRECTORY = path_of("directory")
FIXTURES = "flows/fixtures/"
READ = (DIRECTORY, path_of("settings"))  # what rosters are read with


def rosters_of(changes: Changes) -> Changes:
    """The changes of a draft's rosters alone; with the directory, when they name somebody whom live does not know."""
    paths = {path for path in changes.files if _is_roster(path)}
    if DIRECTORY in changes.files and _has_newcomers(changes, paths):
        paths.add(DIRECTORY)
    files = {path: data for path, data in changes.files.items() if path in paths}
    return replace(changes, files=files, overlaps=tuple(name for name in changes.overlaps if path_of(name) in paths))


def with_fixtures(changes: Changes, whole: Changes) -> Changes:
    """The changes of rosters, with the draft's fixtures in the place of those that they make fail.

    A file comes along when it passes so: what a fixture says of a flow that is not yet live stays with the flow.
    """
    edited = {path: data for path, data in whole.files.items() if path.startswith(FIXTURES) and data is not None}
    wanted = _failing(changes.after) & set(edited) if edited else set()
    if not wanted:
        return changes
    come = wanted - _failing({**changes.after, **{path: edited[path] for path in wanted}})
    files = {**changes.files, **{path: edited[path] for path in sorted(come)}}
    return replace(
        changes, files=files, overlaps=(*changes.overlaps, *(name for name in whole.overlaps if name in come))
    )


def _failing(files: Mapping[str, bytes]) -> set[str]:
    """The files of the fixtures that fail; of none where there are errors, which the gates tell."""
    model = load_model({path: data for path, data in files.items() if path.startswith("flows/")})
    if any(problem.severity is Severity.ERROR for problem in check_model(model)):
        return set()
    return {tested.fixture.document.file for tested in run_tests("draft", model).tested if not tested.passed}


def others(parts: Iterable[str]) -> tuple[str, ...]:
    """The parts that are neither rosters nor the people in them."""
    return tuple(part for part in parts if not part.startswith(ROSTERS) and part != part_of(DIRECTORY))


def title_of(parts: Iterable[str], title: str) -> str:
    """What a release of rosters is called."""
    rosters = [part.removeprefix(ROSTERS) for part in parts if part.startswith(ROSTERS)]
    shown = ", ".join(rosters[:3]) + (f" and {len(rosters) - 3} more" if len(rosters) > 3 else "")
    return f"{'Roster' if len(rosters) == 1 else 'Rosters'} {shown}, ahead of {title}"


def _is_roster(path: str) -> bool:
    return (part_of(path) or "").startswith(ROSTERS)


def _has_newcomers(changes: Changes, paths: Iterable[str]) -> bool:
    known = load_model(_people(changes.live)).directory.users
    rosters = {path: data for path, data in changes.after.items() if path in paths}
    model = load_model({**_people(changes.live), **rosters})
    members = (member for roster in model.rosters.values() for member in roster.members)
    named = {name for member in members for name in (member.user, *(leave.cover for leave in member.leave)) if name}
    return bool(named - set(known))


def _people(files: Mapping[str, bytes]) -> dict[str, str | bytes]:
    return {path: files[path] for path in READ if path in files}
