"""A thousand merges of what two careless weeks make of a flow, a roster and a table: nothing gets lost on the way."""

import copy
import random

import pytest

from flowctl import document as yaml
from flowctl.diff import merge_text, settle, unsettled
from flowctl.diff.layout import inner, lay_out, schema_of
from flowctl.document import dump, line_text
from flowctl.flow import load_flow
from tests.diff.styles import styled

FIELDS = ("Person_Score__c >= {n}", "Country IN ('Land {n}', 'Land {m}')", "Status = 'S{n}'", "Email ENDS WITH '.x{n}'")
HEADER = """\
table: t
hit: first
columns:
  Country: {key: exact, type: text}
  Segment: {key: exact, type: text}
  Owner: {type: text}
  Team: {type: text}
"""


def condition(random_):
    terms = [random_.choice(FIELDS).format(n=random_.randrange(40), m=random_.randrange(40)) for _ in range(3)]
    return " AND ".join(terms[: random_.randint(1, 3)])


def branch(random_):
    return {"when": condition(random_), "label": f"case {random_.randrange(10**6)}", "then": "end"}


def flow(random_):
    nodes = {f"n{at}": node(random_, at) for at in range(8)}
    nodes["end"] = {"type": "end", "result": "routed"}
    return {"flow": "lead", "object": "Lead", "triggers": ["created"], "start": "n0", "nodes": nodes}


def node(random_, at):
    following = f"n{at + 1}" if at < 7 else "end"
    if random_.random() < 0.7:
        branches = [branch(random_) for _ in range(random_.randint(1, 5))]
        return {"type": "decision", "label": f"step {at}", "branches": branches, "otherwise": following}
    return {"type": "assign", "label": f"step {at}", "to": f"queue/q{at}", "then": following, "unavailable": "end"}


def edited_flow(before, random_):
    after = copy.deepcopy(before)
    for _ in range(random_.randint(1, 6)):
        id_ = random_.choice([name for name in after["nodes"] if name != "end"])
        random_.choice((relabelled, rewired, with_branches, added, removed, renamed, reordered))(after, id_, random_)
    return after


def relabelled(after, id_, random_):
    after["nodes"][id_]["label"] = f"other {random_.randrange(3)}"


def rewired(after, id_, random_):
    here = after["nodes"][id_]
    here["otherwise" if "otherwise" in here else "then"] = random_.choice(list(after["nodes"]))


def with_branches(after, id_, random_):
    branches = after["nodes"][id_].get("branches")
    if not branches:
        return
    at = random_.randrange(len(branches))
    match random_.randrange(5):
        case 0:
            branches.insert(at, branch(random_))
        case 1 if len(branches) > 1:
            del branches[at]
        case 2:
            branches.insert(random_.randrange(len(branches)), branches.pop(at))
        case 3:
            branches[at]["when"] = condition(random_)
        case _:
            branches[at]["when"] += f" AND Segment__c = 'new {random_.randrange(10**6)}'"


def added(after, id_, random_):
    nodes = list(after["nodes"].items())
    new = f"new_{random_.randrange(10**6)}"
    nodes.insert(random_.randrange(len(nodes)), (new, node(random_, 7)))
    after["nodes"] = dict(nodes)
    rewired(after, id_, random.Random(list(after["nodes"]).index(new)))


def removed(after, id_, random_):
    if len(after["nodes"]) > 2:
        del after["nodes"][id_]
        led(after, id_, "end")


def renamed(after, id_, random_):
    new = f"{id_}_{random_.randrange(10**3)}"
    after["nodes"] = {new if name == id_ else name: value for name, value in after["nodes"].items()}
    led(after, id_, new)


def led(after, old, new):
    after["start"] = new if after["start"] == old else after["start"]
    for here in after["nodes"].values():
        for holder in (here, *here.get("branches", ())):
            holder |= {key: new for key in ("then", "otherwise", "unavailable") if holder.get(key) == old}


def reordered(after, id_, random_):
    nodes = list(after["nodes"].items())
    random_.shuffle(nodes)
    after["nodes"] = dict(nodes)


def names_of_flow(text):
    nodes = yaml.data(yaml.read("", text).at("nodes"))
    return {*nodes, *(branch["label"] for node in nodes.values() for branch in node.get("branches", ()))}


def roster(random_):
    return {"roster": "emea", "turns": "order", "members": [member(f"m{at}", random_) for at in range(6)]}


def member(user, random_):
    return {"user": user, "weight": random_.randint(1, 9), "skills": [f"s{random_.randrange(4)}"]}


def edited_roster(before, random_):
    after = copy.deepcopy(before)
    members = after["members"]
    for _ in range(random_.randint(1, 5)):
        at = random_.randrange(len(members))
        match random_.randrange(5):
            case 0:
                members.insert(at, member(f"new{random_.randrange(8)}", random_))
            case 1 if len(members) > 1:
                del members[at]
            case 2:
                members.insert(random_.randrange(len(members)), members.pop(at))
            case 3:
                members[at]["cap"] = f"{random_.randint(1, 30)}/day"
            case _:
                members[at]["skills"].append(f"new{random_.randrange(100)}")
    users = {one["user"]: one for one in members}
    return after | {"members": list(users.values())}


def names_of_roster(text):
    return {member["user"] for member in yaml.data(yaml.read("", text).at("members"))}


def table(random_):
    return [[f"Land {at}", f"seg {at % 3}", f"owner{random_.randrange(9)}", "team"] for at in range(12)]


def edited_table(before, random_):
    after = copy.deepcopy(before)
    for _ in range(random_.randint(1, 6)):
        at = random_.randrange(len(after))
        match random_.randrange(4):
            case 0:
                after.insert(at, [f"Neuland {random_.randrange(6)}", "seg 1", f"owner{random_.randrange(9)}", "team"])
            case 1 if len(after) > 1:
                del after[at]
            case 2:
                after.insert(random_.randrange(len(after)), after.pop(at))
            case _:
                after[at][random_.choice((2, 3))] = f"owner{random_.randrange(99)}"
    return list({row[0]: row for row in after}.values())


def table_text(rows):
    return "".join(line_text(row) + "\n" for row in (["Country", "Segment", "Owner", "Team"], *rows))


def names_of_table(text):
    return {row["Country"] for row in yaml.data(yaml.read("t.csv", text).root)}


SORTS = {
    "flows/lead.yaml": (flow, edited_flow, dump, names_of_flow, None),
    "flows/rosters/emea.yaml": (roster, edited_roster, dump, names_of_roster, None),
    "flows/tables/t.csv": (table, edited_table, table_text, names_of_table, HEADER),
}


@pytest.mark.slow
@pytest.mark.parametrize(("path", "seeds"), [(path, range(n, n + 100)) for n in range(0, 400, 100) for path in SORTS])
def test_no_node_branch_member_or_row_vanishes_without_a_decision(path, seeds):
    make, edit, text_of, names_in, header = SORTS[path]
    for seed in seeds:
        random_ = random.Random(seed)
        base = make(random_)
        sides = [text_of(side) for side in (base, edit(base, random_), edit(base, random_))]

        merged = merge_text(path, *sides, header)

        if sides[0] in sides[1:]:  # the edits of a side came to nothing: the other one's stand as they are
            assert merged.text == (sides[1] if sides[2] == sides[0] else sides[2])
        else:
            assert_nothing_is_lost(path, sides, merged, names_in)


def assert_nothing_is_lost(path, sides, merged, names_in):
    mine, yours = (names_in(text) for text in sides[1:])
    assert sorted(unsettled(path, merged.text)) == sorted({conflict.path for conflict in merged.conflicts})
    settled = [settle(path, merged.text, {"": side}) for side in ("ours", "theirs")]
    told = "\n".join(
        text or "" for d in merged.decisions for text in (d.path, d.reason, d.base, d.ours, d.theirs, d.merged)
    )
    for text in settled:
        assert yaml.read(path, text).problems == []
        found = names_in(text)
        renamed = {name for name in mine & yours if f"renamed `{name}`" in told}
        assert (mine & yours) - renamed <= found
        assert found <= mine | yours
        assert all(name in told for name in (mine | yours) - found)
    if path.endswith("lead.yaml"):
        assert all(load_flow(path, text)[1] == () for text in settled)
    if not merged.conflicts:
        assert settled == [merged.text, merged.text]


@pytest.mark.slow
@pytest.mark.parametrize("path", ["flows/lead.yaml", "flows/rosters/emea.yaml"])
def test_what_a_merge_decides_does_not_depend_on_how_the_sides_are_written(path):
    make, edit, *_ = SORTS[path]
    for seed in range(250):
        random_ = random.Random(seed)
        base = make(random_)
        sides = (base, edit(base, random_), edit(base, random_))
        plain = merge_text(path, *map(dump, sides))
        texts = [styled(side, random_) for side in sides]
        if sides[0] in sides[1:]:
            continue

        merged = merge_text(path, *texts)

        assert {(d.path, d.choice, d.reason) for d in merged.decisions} >= {
            (d.path, d.choice, d.reason) for d in plain.decisions if d.choice == "conflict"
        }
        for side in ("ours", "theirs"):
            mine, theirs = (settle(path, found.text, {"": side}) for found in (merged, plain))
            assert yaml.read(path, mine).problems == []
            assert yaml.data(yaml.read(path, mine).root) == yaml.data(yaml.read(path, theirs).root)
        if not any("renamed" in decision.reason for decision in merged.decisions):
            assert_rest_is_untouched(path, texts[0], texts[1], merged)


def assert_rest_is_untouched(path, base, ours, merged):
    """What ours wrote, and theirs has no part in, stands in the merged file byte for byte."""
    touched = [d.path for d in merged.decisions if d.choice != "ours"]
    before = dict(bodies(path, base))
    for address, body in bodies(path, ours):
        is_touched = any(f"{address}/".startswith(f"{at}/") or at.startswith(f"{address}/") for at in touched)
        assert is_touched or before.get(address) == body or body in merged.text


def bodies(path, text):
    for section in lay_out(schema_of(path), yaml.read(path, text)).entries:
        inside = inner(section)
        for entry in inside.entries if section.name in ("nodes", "members") and inside else ():
            yield f"{section.name}/{entry.name}", entry.body
