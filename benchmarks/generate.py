"""Made-up flows of any size, as data and as text, for the speed table.

Shaped like what large routing graphs look like: mostly decisions over a few dozen fields with constants of their own,
labels and sources on every node, about 1 KB of YAML a node, acyclic.
"""

from __future__ import annotations

import copy
import random
from typing import Any, TypeAlias

import yaml

Node: TypeAlias = dict[str, Any]
Nodes: TypeAlias = dict[str, Node]  # in file order, from an id to the node

KINDS = ("decision", "set", "assign", "rotate", "match", "notify", "end")
WEIGHTS = (68, 10, 7, 7, 4, 2, 2)
REACH = 40  # a way out leads at most so many nodes further down
COUNTRIES = ("Norway", "Japan", "Brazil", "Kenya", "Canada", "France", "Chile", "Poland", "India", "Ghana")
STATUSES = ("Raw", "Inquiry", "MQL", "Accepted", "Qualifying", "Qualified", "Nurture", "Recycle")


def flow(size: int, seed: int) -> Nodes:
    """The nodes of a flow; another seed gives another flow with other constants."""
    random_ = random.Random(seed)
    return {f"node_{at:05}": node(random_, at, size) for at in range(size)}


def node(random_: random.Random, at: int, size: int) -> Node:
    kind = "end" if at >= size - 1 else random_.choices(KINDS, WEIGHTS)[0]
    if kind == "end" and at < size - 1 and at % 25:
        kind = "decision"
    label = f"Step {at}: {random_.choice(COUNTRIES)} {random_.choice(STATUSES).lower()} records of segment {at * 7}"
    common = {"type": kind, "label": label, "source": f"handbook page {at % 90}, section {at}"}
    return common | ways(random_, kind, at, size) | {"notes": notes(random_, at)}


def ways(random_: random.Random, kind: str, at: int, size: int) -> Node:
    def later() -> str:
        return f"node_{random_.randint(at + 1, min(size - 1, at + REACH)):05}"

    following = f"node_{min(size - 1, at + 1):05}"
    match kind:
        case "decision":
            branches = [
                {"when": condition(random_), "label": f"case {at}.{n}", "then": later(), "source": f"row {at * 10 + n}"}
                for n in range(random_.randint(2, 4))
            ]
            return {"branches": branches, "otherwise": following}
        case "set":
            return {"values": {"Segment__c": f"'segment {at}'", "Rank__c": str(at)}, "then": following}
        case "assign":
            return {"to": "account.BDR_Assigned__c", "then": later(), "unavailable": following}
        case "rotate":
            return {"roster": f"roster-{at % 40}", "then": later(), "nobody": following}
        case "match":
            by = ["email_domain", "website_domain", "company_name"]
            return {"object": "Account", "as": f"account_{at}", "by": by, "matched": later(), "unmatched": following}
        case "notify":
            message = "New record {{Company}} from {{Country}}"
            return {"channel": "slack", "to": f"#routing-{at}", "message": message, "then": following}
        case _:
            return {"result": f"result {at}"}


def condition(random_: random.Random) -> str:
    number = random_.randrange
    atoms = [
        f"Person_Score__c >= {number(100_000)}",
        f"Country IN ('{random_.choice(COUNTRIES)}', 'Land {number(100_000)}')",
        f"Status NOT IN ('{random_.choice(STATUSES)}', '{random_.choice(STATUSES)}')",
        f"Email ENDS WITH '.site{number(100_000)}.example'",
        f"Last_Interesting_Moment__c CONTAINS ('webcast {number(100_000)}', 'trial')",
        f"Employees BETWEEN {number(500)} AND {500 + number(100_000)}",
        "NOT Actively_Being_Sequenced__c",
        "Company IS NOT BLANK",
    ]
    return " AND ".join(random_.sample(atoms, random_.randint(2, 3)))


def notes(random_: random.Random, at: int) -> str:
    words = ("asked", "for", "by", "sales", "development", "after", "the", "review", "of", "territory", "changes")
    return f"Change {at}: " + " ".join(random_.choices(words, k=random_.randint(40, 70)))


def edited(nodes: Nodes, seed: int, every: int = 100) -> Nodes:
    """A copy in which about one node of `every` differs: its label, a condition, the order of its branches."""
    random_ = random.Random(seed)
    changed = copy.deepcopy(nodes)
    for id_ in random_.sample(sorted(nodes), len(nodes) // every):
        after = changed[id_]
        after["label"] += ", revised"
        if after["type"] == "decision":
            after["branches"][0]["when"] = condition(random_)
            after["branches"].reverse()
    return changed


def text(nodes: Nodes, name: str = "lead") -> str:
    """The flow as a file."""
    head = {"flow": name, "object": "Lead", "title": "Live on 2026-11-23: generated", "triggers": ["created"]}
    whole = head | {"start": next(iter(nodes)), "nodes": nodes}
    return yaml.dump(whole, Dumper=yaml.CSafeDumper, sort_keys=False, width=120, allow_unicode=True)
