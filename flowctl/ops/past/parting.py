"""Where two ways of one lead part, and the edits that made them part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from flowctl.data import dataclass
from flowctl.diff import Edit, EntryEdit, PartDiff, diff_bundles
from flowctl.diff.edits import WayRewired
from flowctl.engine import Outcome
from flowctl.engine.outcome import Found, Picked, Tried, Visit
from flowctl.flow import Bundle, part_of, path_of
from flowctl.ops.past.worlds import Files, Shelf
from flowctl.ops.simulate import Routed

MOST = 5  # edits that are told of a part; a table may have had hundreds of rows put in


@dataclass(frozen=True, slots=True)
class Parting:
    """The last node that both ways have, by its newer id, and the ways out that they take there.

    No node where the flow begins elsewhere.
    """

    flow: str
    node: str | None
    ports: tuple[str | None, ...] = ()


def flows_of(outcome: Outcome) -> list[str]:
    """The flows that a lead went through, in order."""
    return list(dict.fromkeys(visit.flow for visit in outcome.path))


def read_by(outcome: Outcome, files: Files) -> set[str]:
    """The files that decide what happens to a lead on this way; rows and rosters that it never met are not among them.

    All that is beside flows, rows and rosters is: what fields, users and queues are.
    """
    facts = [fact for visit in outcome.path for fact in visit.facts]
    met = {path_of(f"table/{fact.table}") for fact in facts if isinstance(fact, Found)}
    met |= {path_of(f"roster/{fact.roster}") for fact in facts if isinstance(fact, Picked) and fact.roster}
    met |= {path_of(f"flow/{flow}") for flow in flows_of(outcome)}
    return met | files.around


def differing_files(a: Files, b: Files, among: Iterable[str]) -> list[str]:
    return sorted(path for path in set(among) if a.ids.get(path) != b.ids.get(path))


# Where ------------------------------------------------------------------------------------------------------------


def part_ways(older: Outcome, newer: Outcome, renamed: Mapping[tuple[str, str], str]) -> Parting:
    """Where they part; where they go the same nodes, the first one at which something else happens.

    A detour over nodes that only ask is no parting, if it comes back to where the other way goes on.

    Args:
        renamed: The newer ids of nodes by flow and older id, where they differ.
    """
    a = [(v.flow, renamed.get((v.flow, v.node), v.node)) for v in older.path]
    b = [(v.flow, v.node) for v in newer.path]
    both: list[tuple[Visit, Visit]] = []
    i = j = 0
    while i < len(a) and j < len(b):
        if a[i] == b[j]:
            both.append((older.path[i], newer.path[j]))
            i, j = i + 1, j + 1
        elif a[i] in b[j:] and _only_asks(newer.path[j : b.index(a[i], j)]):
            j = b.index(a[i], j)
        elif b[j] in a[i:] and _only_asks(older.path[i : a.index(b[j], i)]):
            i = a.index(b[j], i)
        else:
            return _parting(both[-1]) if both else Parting(newer.path[0].flow, None)
    differ = (visits for visits in both if visits[0].facts != visits[1].facts)
    return _parting(next(differ, both[-1]))


def _only_asks(visits: Iterable[Visit]) -> bool:
    return all(isinstance(fact, Tried) for visit in visits for fact in visit.facts)


def _parting(visits: tuple[Visit, Visit]) -> Parting:
    before, after = visits
    return Parting(after.flow, after.node, tuple(dict.fromkeys((before.port, after.port))))


# What -------------------------------------------------------------------------------------------------------------


def causes(
    shelf: Shelf,
    older: tuple[Files, Outcome],
    newer: tuple[Files, Outcome],
    routed: Callable[[Files], Outcome | None],
) -> tuple[PartDiff, ...]:
    """What was done to the parts that made the lead go another way: each that alone, taken back, sends it the old one.

    All that could have, where no single one does. Of a flow the edits of the node where the ways part are told, or of
    the nodes before it; edits that move no lead are left out.
    """
    met = read_by(older[1], older[0]) | read_by(newer[1], newer[0])
    differ = differing_files(older[0], newer[0], met)
    found = [path for path in differ if _takes_back(path, older, newer[0], routed)] if len(differ) > 1 else differ
    return tuple(diff for path in found or differ if (diff := _diff(shelf, path, older[0], newer[0])))


def _takes_back(
    path: str, older: tuple[Files, Outcome], newer: Files, routed: Callable[[Files], Outcome | None]
) -> bool:
    """Whether the lead goes where it went, once one file is again as it was."""
    ids = {name: id_ for name, id_ in newer.ids.items() if name != path}
    before = older[0].ids.get(path)
    again = routed(Files(ids | ({path: before} if before else {})))
    if again is None:
        return False
    still = Routed("", again, older[1])
    return not still.moved and not still.changed


def _diff(shelf: Shelf, path: str, older: Files, newer: Files) -> PartDiff | None:
    part = part_of(path) or path
    twin = path_of(part.replace("table/", "header/")) if part.startswith("table/") else path
    a, b = (_bundle(shelf, {p: files.ids[p] for p in (path, twin) if p in files.ids}) for files in (older, newer))
    found = next((diff for diff in diff_bundles(a, b) if diff.part == part), None)
    return found and replace(found, edits=tuple(edit for edit in found.edits if not edit.cosmetic))


def _bundle(shelf: Shelf, ids: Mapping[str, str]) -> Bundle:
    return Bundle({part_of(path) or path: data.decode("utf-8", "replace") for path, data in shelf.texts(ids).items()})


def only_near(diff: PartDiff, at: Parting, ways: Iterable[Outcome]) -> PartDiff:
    """Of the edits of a flow those of the ways that are taken where they part, else those of that node, else those of
    the nodes that the lead met."""
    if diff.status != "changed" or not diff.part.startswith("flow/"):
        return diff
    flow = diff.part.removeprefix("flow/")
    met = {visit.node for outcome in ways for visit in outcome.path if visit.flow == flow}
    there = [edit for edit in diff.edits if at.flow == flow and edit.node == at.node]
    choices = (
        [edit for edit in there if _way(edit) in at.ports],
        there,
        [edit for edit in diff.edits if edit.node is None or edit.node in met],
    )
    return replace(diff, edits=next((tuple(edits) for edits in choices if edits), diff.edits))


def _way(edit: Edit | EntryEdit) -> str:
    """The way out of its node that an edit is about; empty where it is about all of the node."""
    branch = getattr(edit, "branch", None)
    return branch.name if branch else edit.port if isinstance(edit, WayRewired) else ""
