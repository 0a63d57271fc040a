"""Made-up flows over the 30 columns of `leads`: what large routing graphs ask, and how deep a lead goes in them.

Two thirds of the nodes are decisions over one to three atoms of every kind; the rest sets fields that are read later,
gives leads to people and queues, or to rosters, and ends. A lead meets about 20 nodes, whatever the size of the flow.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping

import yaml

from benchmarks import generate
from benchmarks.generate import Node, Nodes
from benchmarks.leads import BRANDS, CHECKBOXES, CRAFTS, DEEDS, ENDINGS, NUMBERS, PICKLISTS, RANKS, TRADES, columns
from benchmarks.timing import NotMeasuredError
from flowctl.flow import Model, load_model

FLOW = "lead"
PATH = f"flows/{FLOW}.yaml"
STEPS = 20  # that a lead takes, about: a way out leads a 20th of the flow further down in the mean
USERS = tuple(f"person.{at:02}" for at in range(60))
QUEUES = tuple(f"queue-{at:02}" for at in range(20))
ROSTERS = tuple(f"roster-{at:02}" for at in range(12))
SET = ("Segment__c", "Region__c", "Rating", "Product__c", "Developers__c", "Is_Customer__c")  # what set nodes write
OF = {field.name: field for field in (*PICKLISTS, *NUMBERS)}


def model(size: int, seed: int = 0, rosters: bool = False) -> Model:
    """A workspace with one flow of so many nodes.

    Raises:
        NotMeasuredError: It does not load: the form of the files has changed.
    """
    made = load_model(files(size, seed, rosters))
    if made.problems:
        raise NotMeasuredError(f"the generated workspace does not load: {made.problems[0]}")
    return made


def files(size: int, seed: int = 0, rosters: bool = False) -> dict[str, str]:
    """The files of the workspace by path; with rosters, some of what is given to somebody is given in turn."""
    made = {
        "flows/settings.yaml": "dialect: salesforce\ntime_zone: America/Los_Angeles\n",
        "flows/objects/Lead.yaml": text({"object": "Lead", "label": "Lead", "fields": fields()}),
        "flows/directory.yaml": text(directory()),
        PATH: generate.text(nodes(size, seed, rosters), FLOW),
    }
    return made | ({f"flows/rosters/{name}.yaml": text(roster(name)) for name in ROSTERS} if rosters else {})


def text(data: Mapping[str, object]) -> str:
    dumped: str = yaml.dump(dict(data), sort_keys=False, allow_unicode=True, width=120, Dumper=yaml.CSafeDumper)
    return dumped


def fields() -> dict[str, Node]:
    values = {p.name: {"values": list(p.values)} for p in PICKLISTS}
    typed: dict[str, Node] = {name: {"type": kind, **values.get(name, {})} for name, kind in columns().items()}
    return typed | {"Owner": {"type": "owner"}}


def directory() -> dict[str, Node]:
    users = {user: {"name": user.title(), "active": at % 30 > 0} for at, user in enumerate(USERS)}
    return {"users": users, "queues": {queue: {"name": queue.title()} for queue in QUEUES}}


def roster(name: str) -> Node:
    """Ten people with weights, working hours in their own zones, caps that are met on busy days, and a leave."""
    chance = random.Random(name)
    zones = ("America/New_York", "Europe/Berlin", "Asia/Tokyo", "America/Los_Angeles", "Asia/Kolkata")
    members: list[Node] = [
        {"user": user, "weight": chance.randint(1, 3), "zone": chance.choice(zones)}
        for user in chance.sample(USERS, 10)
    ]
    members[0]["leave"] = [{"from": "2026-02-02", "to": "2026-02-15", "cover": members[1]["user"]}]
    members[2]["cap"] = f"{chance.randint(50, 200)}/day"
    members[3]["hours"] = "Mo-Su 00:00-24:00"
    turns = "count" if name.endswith("5") else "order"
    return {"roster": name, "turns": turns, "hours": "Mo-Fr 08:00-18:00", "cap": "2000/day", "members": members}


# Nodes ------------------------------------------------------------------------------------------------------------


def nodes(size: int, seed: int, rosters: bool = False) -> Nodes:
    """The nodes in an order in which all ways lead down, each of them reached by at least one way."""
    chance = random.Random(f"{size} {seed}")
    reach = max(3, 2 * size // STEPS)
    made = {name_of(at): node(chance, at, size, rosters) for at in range(size)}
    targets = {at: [later(chance, at, size, reach) for _ in ways(made[name_of(at)])] for at in range(size)}
    reach_all(chance, targets, size, reach)
    for at, found in targets.items():
        lead_on(made[name_of(at)], [name_of(to) for to in found])
    return made


def name_of(at: int) -> str:
    return f"node_{at:05}"


def later(chance: random.Random, at: int, size: int, reach: int) -> int:
    return min(size - 1, at + chance.randint(1, reach))


def reach_all(chance: random.Random, targets: dict[int, list[int]], size: int, reach: int) -> None:
    """Turns a way to each node that none leads to, away from one that has several."""
    reached = [0] * size
    for found in targets.values():
        for to in found:
            reached[to] += 1
    for at in range(1, size):
        spare = [
            (before, way)
            for before in range(max(0, at - reach), at)
            for way, to in enumerate(targets[before])
            if reached[to] > 1
        ]
        if not reached[at] and spare:
            before, way = chance.choice(spare)
            reached[targets[before][way]] -= 1
            reached[at] += 1
            targets[before][way] = at


def node(chance: random.Random, at: int, size: int, rosters: bool) -> Node:
    """A node with its ways still to be filled in."""
    kind = chance.choices(("decision", "set", "assign", "end"), (70, 10, 17, 3))[0]
    if at == size - 1 or (kind == "end" and at > size * 2 // 3):
        return {"type": "end", "label": f"End {at}", "result": f"result {at}"}
    if kind == "set":
        names = chance.sample(SET, chance.randint(1, 2))
        return {
            "type": "set",
            "label": f"Set {at}",
            "values": {name: constant(chance, name) for name in names},
            "then": "",
        }
    if kind == "assign" and rosters and chance.random() < 0.15:
        return {"type": "rotate", "label": f"Turn {at}", "roster": chance.choice(ROSTERS), "then": "", "nobody": ""}
    if kind == "assign":
        to = f"user/{chance.choice(USERS)}" if chance.random() < 0.7 else f"queue/{chance.choice(QUEUES)}"
        return {"type": "assign", "label": f"Give {at}", "to": to, "then": "", "unavailable": ""}
    branches = [
        {"when": condition(chance), "label": f"case {at}.{n}", "then": ""}
        for n in range(chance.choice((1, 1, 2, 2, 3, 4)))
    ]
    return {"type": "decision", "label": f"Step {at}", "branches": branches, "otherwise": ""}


def ways(made: Node) -> list[Node | str]:
    """The places where a node's ways out are written: its branches, then its own keys."""
    return [*made.get("branches", ()), *(key for key in ("then", "otherwise", "unavailable", "nobody") if key in made)]


def lead_on(made: Node, names: list[str]) -> None:
    for place, name in zip(ways(made), names, strict=True):
        if isinstance(place, str):
            made[place] = name
        else:
            place["then"] = name


# Conditions -------------------------------------------------------------------------------------------------------


def condition(chance: random.Random) -> str:
    """Something that holds for few: as on real graphs, most leads take the same way at most nodes."""
    atoms = [atom(chance) for _ in range(chance.choice((1, 2, 2, 3, 3, 3)))]
    if len(atoms) == 3 and chance.random() < 0.3:
        return f"({atoms[0]} OR {atoms[1]}) AND {atoms[2]}"
    return " AND ".join(atoms)


def atom(chance: random.Random) -> str:
    kinds = (listed, numeric, textual, dated, relative, blank, flag, compared)
    made: Callable[[random.Random], str] = chance.choices(kinds, (34, 24, 16, 7, 4, 5, 7, 3))[0]
    return made(chance)


def listed(chance: random.Random) -> str:
    field = chance.choice(PICKLISTS)
    some = chance.sample(field.values, min(len(field.values) - 1, chance.choice((1, 1, 2, 2, 3, 5))))
    if len(some) == 1:
        return f"{field.name} {chance.choice(('=', '=', '=', '=', '!='))} '{some[0]}'"
    return f"{field.name} {chance.choice(('IN', 'IN', 'IN', 'IN', 'NOT IN'))} ({quoted(some)})"


def numeric(chance: random.Random) -> str:
    """About a figure as people write them, of two digits and zeros."""
    field = chance.choice(NUMBERS)
    low, high = sorted(rounded(chance.lognormvariate(0, 1) * field.middle) for _ in range(2))
    if chance.random() < 0.2 and low < high:
        return f"{field.name} BETWEEN {low} AND {high}"
    return f"{field.name} {chance.choice(('>=', '>', '<', '<='))} {low}"


def rounded(value: float) -> int:
    return int(float(f"{value:.1e}"))


def textual(chance: random.Random) -> str:
    match chance.choice(("Email", "Email", "Company", "Title", "Last_Interesting_Moment__c", "Website")):
        case "Email":
            some = chance.sample(ENDINGS, chance.randint(1, 4))
            return f"Email ENDS WITH ({quoted(f'.{ending}' for ending in some)})"
        case "Company":
            return f"Company {chance.choice(('CONTAINS', 'STARTS WITH'))} '{chance.choice((*BRANDS, *TRADES)).lower()}'"
        case "Title":
            some = chance.sample((*RANKS, *CRAFTS), chance.randint(1, 3))
            return f"Title CONTAINS ({quoted(word.lower() for word in some)})"
        case "Website":
            return f"Website ENDS WITH '.{chance.choice(ENDINGS)}'"
        case field:
            some = chance.sample(DEEDS, chance.randint(1, 2))
            return f"{field} CONTAINS ({quoted(deed.split(' ', 1)[1] for deed in some)})"


def dated(chance: random.Random) -> str:
    day = f"2026-{chance.randint(1, 4):02}-{chance.randint(1, 28):02}"
    if chance.random() < 0.4:
        return f"Trial_End__c {chance.choice(('<', '>='))} {day}"
    return f"{chance.choice(('CreatedDate', 'Last_Activity__c'))} {chance.choice(('<', '>='))} {day}T00:00:00Z"


def relative(chance: random.Random) -> str:
    days = chance.choice((7, 14, 30, 60, 90))
    if chance.random() < 0.6:
        return f"Trial_End__c {chance.choice(('<', '>='))} TODAY {chance.choice('+-')} {days} DAYS"
    return f"Last_Activity__c >= NOW - {days} DAYS"


def blank(chance: random.Random) -> str:
    field = chance.choice([name for name, kind in columns().items() if kind != "checkbox" and name != "CreatedDate"])
    return f"{field} IS {chance.choice(('', 'NOT '))}BLANK"


def flag(chance: random.Random) -> str:
    return f"{chance.choice(('', 'NOT '))}{chance.choice(list(CHECKBOXES))}"


def compared(chance: random.Random) -> str:
    """Two fields beside each other."""
    pairs = (
        "Visits__c > Emails_Opened__c",
        "Developers__c > Person_Score__c",
        "Person_Score__c >= Visits__c",
        "Employees > Developers__c",
        "Employees >= Annual_Revenue__c",
        "Emails_Opened__c = Visits__c",
    )
    return chance.choice(pairs)


def quoted(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def constant(chance: random.Random, name: str) -> str:
    if name in CHECKBOXES:
        return chance.choice(("TRUE", "FALSE"))
    field = OF[name]
    if field in NUMBERS:
        return str(chance.choice((0, 10, 50, 100, 500)))
    return f"'{chance.choice(field.values)}'"  # type: ignore[union-attr]
