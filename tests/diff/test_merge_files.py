"""Workspaces are merged file by file; what one side removed or renamed is followed into the files of the other."""

import pytest

from flowctl.diag import FlowctlError
from flowctl.diff import merge_files, settle, unsettled

FLOW, ROSTER, NEW = "flows/lead.yaml", "flows/rosters/emea.yaml", "flows/rosters/sales.yaml"
DIRECTORY, FIXTURES, TABLE = "flows/directory.yaml", "flows/fixtures/lead/all.yaml", "flows/tables/lands.csv"
BASE = {
    FLOW: """flow: lead
object: Lead
triggers: [created]
start: turn
nodes:
  turn: {type: rotate, roster: emea, then: done, nobody: raw}
  raw: {type: assign, to: queue/raw, then: done}
  done: {type: end, result: routed}
""",
    ROSTER: "roster: emea\nmembers:\n  - {user: ana, weight: 2}\n  - {user: bo}\n",
    DIRECTORY: """users:
  ana: {name: Ana}
  bo: {name: Bo}
  cy: {name: Cy}
queues:
  raw: {name: Raw}
  old: {name: Old}
""",
    FIXTURES: """- why: one
  now: 2026-11-17T17:00:00Z
  lead: {Status: MQL}
  expect: {ends: done, path: [turn, done]}
""",
    TABLE: "Country,Owner\nNorway,user/ana\n",
    "flows/tables/lands.yaml": """table: lands
columns:
  Country: {key: exact, type: text}
  Owner: {type: owner}
""",
    "README.md": "one\n\ntwo\n",
}
AGAIN = "  again: {type: rotate, roster: emea, then: done, nobody: raw}\n  done:"


def changed(*edits, gone=(), **new):
    files = {path: text for path, text in BASE.items() if path not in gone}
    for path, old, text in edits:
        assert old in files[path]
        files[path] = files[path].replace(old, text)
    return files


def merged(ours, theirs, **options):
    sides = [{path: text.encode() for path, text in side.items()} for side in (BASE, ours, theirs)]
    return merge_files(*sides, **options)


def swapped_or_not(one, other):
    return [pytest.param(one, other, id="ours, theirs"), pytest.param(other, one, id="theirs, ours")]


def test_files_that_only_one_side_changed_are_its_own():
    ours, theirs = changed((FLOW, "queue/raw", "queue/old")), changed((ROSTER, "weight: 2", "weight: 3"))

    found = merged(ours, theirs | {"logo.png": "x"})

    assert dict(found.files) == {ROSTER: theirs[ROSTER].encode(), "logo.png": b"x"}
    assert [(path, d.path, d.choice) for path, d in found.decisions] == [
        (ROSTER, "members/ana", "theirs"),
        ("logo.png", "", "theirs"),
    ]


def test_a_file_that_is_no_text_is_taken_as_it_is():
    base = {"logo.png": b"\xff\x00"}

    found = merge_files(base, base, {"logo.png": b"\xfe"})

    assert dict(found.files) == {"logo.png": b"\xfe"}
    with pytest.raises(FlowctlError, match="not UTF-8"):
        merge_files(base, {"logo.png": b"\xfd"}, {"logo.png": b"\xfe"})


def test_a_text_that_is_none_of_our_files_is_merged_by_its_lines():
    ours, theirs = changed(("README.md", "one", "1")), changed(("README.md", "two", "2"))

    assert merged(ours, theirs).files["README.md"] == b"1\n\n2\n"
    ((path, conflict),) = merged(ours, changed(("README.md", "one", "I"))).conflicts
    assert (path, conflict.path) == ("README.md", "")
    assert settle("README.md", conflict.merged, {"": "ours"}) == ours["README.md"]


def test_a_conflict_is_settled_by_file_and_address():
    ours, theirs = (changed((ROSTER, "weight: 2", f"weight: {n}")) for n in (3, 4))
    found = merged(ours, theirs)
    text = found.files[ROSTER].decode()

    assert [(path, d.path) for path, d in found.conflicts] == [(ROSTER, "members/ana/weight")]
    assert unsettled(ROSTER, text) == ("members/ana/weight",)
    taken = merged(ours, theirs, take={(ROSTER, "members/ana"): "theirs"})
    assert taken.files[ROSTER].decode() == settle(ROSTER, text, {"": "theirs"})
    assert (taken.conflicts, [d.choice for _, d in taken.decisions]) == ((), ["theirs"])


RENAMED = changed((FLOW, "roster: emea", "roster: sales"), gone=[ROSTER]) | {
    NEW: BASE[ROSTER].replace("roster: emea", "roster: sales\nwas: emea")
}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    swapped_or_not(RENAMED, changed((ROSTER, "weight: 2", "weight: 3"), (FLOW, "  done:", AGAIN))),
)
def test_a_roster_that_one_side_renamed_is_called_so_in_what_the_other_wrote(ours, theirs):
    found = merged(ours, theirs)
    files = {**{path: text.encode() for path, text in ours.items()}, **found.files}

    assert found.conflicts == ()
    assert files.get(ROSTER) is None
    assert files[NEW].decode() == RENAMED[NEW].replace("weight: 2", "weight: 3")
    assert files[FLOW].decode() == RENAMED[FLOW].replace("  done:", AGAIN.replace("emea", "sales"))
    assert any("renamed `emea`" in d.reason for path, d in found.decisions if path == NEW)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    swapped_or_not(
        changed((FLOW, " done:", " routed:"), (FLOW, "then: done", "then: routed"), (FIXTURES, "done", "routed")),
        changed((FIXTURES, "- why: one", BASE[FIXTURES].replace("why: one", "why: two") + "- why: one")),
    ),
)
def test_a_node_that_one_side_renamed_is_expected_by_its_new_name(ours, theirs):
    found = merged(ours, theirs)
    files = {**{path: text.encode() for path, text in ours.items()}, **found.files}

    assert found.conflicts == ()
    assert files[FIXTURES].decode().count("expect: {ends: routed, path: [turn, routed]}") == 2


REMOVED = {
    "a queue": (changed((DIRECTORY, "  old: {name: Old}\n", "")), [(FLOW, "queue/raw", "queue/old")], "queues/old"),
    "a user": (changed((DIRECTORY, "  cy: {name: Cy}\n", "")), [(ROSTER, "user: bo", "user: cy")], "users/cy"),
    "a user of a row": (
        changed((DIRECTORY, "  cy: {name: Cy}\n", "")),
        [(TABLE, "Norway,user/ana\n", "Norway,user/ana\nSweden,user/cy\n")],
        "users/cy",
    ),
}


@pytest.mark.parametrize("case", REMOVED)
@pytest.mark.parametrize("is_ours", [True, False], ids=["removed by ours", "removed by theirs"])
def test_what_one_side_removed_and_the_other_names_is_a_conflict_where_it_was(case, is_ours):
    remover, edits, address = REMOVED[case]
    namer = changed(*edits)

    found = merged(remover, namer) if is_ours else merged(namer, remover)

    ((path, conflict),) = found.conflicts
    by, other = ("ours", "theirs") if is_ours else ("theirs", "ours")
    assert (path, conflict.path) == (DIRECTORY, address)
    assert conflict.reason == f"{by} removed it, and {other}' `{edits[0][0]}` names it"
    text = found.files[DIRECTORY].decode()
    assert settle(DIRECTORY, text, {"": by}) == remover[DIRECTORY]
    assert settle(DIRECTORY, text, {"": other}) == BASE[DIRECTORY]


@pytest.mark.parametrize("is_ours", [True, False], ids=["removed by ours", "removed by theirs"])
def test_a_roster_that_one_side_removed_and_the_other_names_is_a_conflict(is_ours):
    remover = changed((FLOW, "roster: emea", "roster: apac"), gone=[ROSTER])
    namer = changed((FLOW, "  done:", AGAIN))

    found = merged(remover, namer) if is_ours else merged(namer, remover)

    ((path, conflict),) = found.conflicts
    assert (path, conflict.path, conflict.where) == (ROSTER, "", "the file")
    keeps = "theirs" if is_ours else "ours"
    assert settle(ROSTER, found.files[ROSTER].decode(), {"": keeps}) == BASE[ROSTER]
    removes = "ours" if is_ours else "theirs"
    sides = (remover, namer) if is_ours else (namer, remover)
    assert merged(*sides, take={(ROSTER, ""): removes}).files.get(ROSTER) is None


def test_what_both_sides_removed_and_a_name_that_dangled_before_are_no_conflicts():
    gone = (DIRECTORY, "  old: {name: Old}\n", "")
    ours, theirs = changed(gone, (FLOW, "queue/raw", "queue/old")), changed(gone, (ROSTER, "weight: 2", "weight: 3"))

    assert merged(ours, theirs).conflicts == ()


HEADER = "flows/tables/lands.yaml"


@pytest.mark.parametrize(
    ("changed_half", "other"),
    [((TABLE, "Norway,user/ana", "Norway,user/bo"), HEADER), ((HEADER, "type: owner", "type: text"), TABLE)],
    ids=["rows", "header"],
)
def test_a_table_that_one_side_removed_and_the_other_changed_stays_or_goes_as_a_whole(changed_half, other):
    sides = changed(changed_half), changed(gone=(TABLE, HEADER))

    found = merged(*sides)
    kept, gone = (merged(*sides, take={(path, ""): side for path in (TABLE, HEADER)}) for side in ("ours", "theirs"))

    conflicts = {path: decision.reason for path, decision in found.conflicts}
    assert conflicts.keys() == {TABLE, HEADER}
    assert conflicts[other] == f"it goes with `{changed_half[0]}`, which is in dispute"
    assert kept.files == {}
    assert gone.files == {TABLE: None, HEADER: None}
    assert {path for path, _ in merged(*sides[::-1]).conflicts} == {TABLE, HEADER}
