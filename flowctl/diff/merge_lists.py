"""Which items of a list are the same on three sides, and for which of them it matters who stands first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import TYPE_CHECKING, TypeAlias

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.diff.layout import Entry
from flowctl.diff.merge_order import Matters, Rank
from flowctl.diff.place import Place
from flowctl.document import Mapping, Scalar, Tree
from flowctl.document.marks import item_names, numbered

if TYPE_CHECKING:
    from flowctl.flow.nodes.decision import Branch

Entries: TypeAlias = Sequence[Entry]
AS_SETS = frozenset(("triggers", "skills", "values", "leave", "transitions"))  # keys of lists whose order says nothing


@dataclass(frozen=True, slots=True)
class Identity:
    """The names by which the items of three lists (base, ours, theirs) are told apart, alike for the same item.

    `matters` says of which two it is meaning who stands first, None where no order is; `rank` sorts what both sides
    put in one place. `shown` are the names for people of items that are known by something else.
    """

    names: tuple[Sequence[str], Sequence[str], Sequence[str]]
    matters: Matters | None = None
    rank: Rank = str
    shown: dict[str, str] | None = None


def identity(place: Place, base: Entries, ours: Entries, theirs: Entries) -> Identity:
    """How the items of a list are known."""
    sides = (base, ours, theirs)
    found = _of_branches(place, sides) if place.name == "branches" and place.schema.sort == "flow" else None
    if found:
        return found
    if not all(_has_name(entry.tree) for side in sides for entry in side):
        return _by_content(place, sides)
    b, o, t = ([entry.name for entry in side] for side in sides)
    if place.is_section:
        shown = _renamed(sides, (b, o, t))
        in_base = {*b}
        # who is new takes turns after those who were there: two new ones are no conflict
        is_ordered = place.schema.sections[place.name]
        return Identity((b, o, t), (lambda x, y: x in in_base and y in in_base) if is_ordered else None, str, shown)
    return Identity((b, o, t), _matters(place))


def _renamed(sides: tuple[Entries, Entries, Entries], names: tuple[list[str], list[str], list[str]]) -> dict[str, str]:
    """Gives members that say by `was` who they were the same name on all sides; how they are shown."""
    base = list(names[0])
    shown: dict[str, str] = {}
    for side, own in zip(sides[1:], names[1:], strict=True):
        for at, entry in enumerate(side):
            was = entry.tree.get("was") if isinstance(entry.tree, Mapping) else None
            if isinstance(was, Scalar) and was.text in base and was.text not in own:
                token = f"\0{was.text}\0"
                shown.setdefault(token, own[at])
                own[at] = token
    for token in shown:
        for own in names:
            own[:] = [token if name == token.strip("\0") else name for name in own]
    return shown


def _matters(place: Place) -> Matters | None:
    if not place.path:  # fixtures
        return None
    is_set = place.name in AS_SETS or (place.above is not None and place.above.name in AS_SETS)
    return lambda x, y: not is_set


def _has_name(tree: Tree) -> bool:
    return isinstance(tree, Scalar) or not item_names([tree])[0].isdigit()


def _by_content(place: Place, sides: tuple[Entries, Entries, Entries]) -> Identity:
    """Items that have no names are the same where they say the same."""
    said = [numbered(_said(entry) for entry in side) for side in sides]
    tokens = {text: f"\0{at}\0" for at, text in enumerate(dict.fromkeys(text for side in said for text in side))}
    texts = {token: text for text, token in tokens.items()}
    b, o, t = ([tokens[text] for text in side] for side in said)
    return Identity((b, o, t), _matters(place), texts.__getitem__, _shown(sides, (b, o, t)))


def _said(entry: Entry) -> str:
    """What an item says, in one writing."""
    import json  # git starts us for each file that it merges, and most merges look into no such list

    return json.dumps(yaml.data(entry.tree), sort_keys=True)


def _shown(sides: tuple[Entries, Entries, Entries], names: tuple[list[str], list[str], list[str]]) -> dict[str, str]:
    """The names that items have on their own side: on ours, if they are there."""
    found: dict[str, str] = {}
    for side, tokens in zip(sides, names, strict=True):
        found |= dict(zip(tokens, item_names([entry.tree for entry in side]), strict=True))
    return found | dict(zip(names[1], item_names([entry.tree for entry in sides[1]]), strict=True))


# Branches -------------------------------------------------------------------------------------------------------


def _of_branches(place: Place, sides: tuple[Entries, Entries, Entries]) -> Identity | None:
    """Branches are the same as the diff says. None when some cannot be read."""
    from flowctl.diff.branches import same_branches

    branches = [_branches(place, side) for side in sides]
    b, o, t = branches
    if b is None or o is None or t is None:
        return None
    names: list[list[str]] = [[f"\0b{at}\0" for at in range(len(b))]]
    for side, letter in ((o, "o"), (t, "t")):
        pairs = same_branches(b, side)
        names.append([names[0][pairs[at]] if at in pairs else f"\0{letter}{at}\0" for at in range(len(side))])
    _pair_new(o, t, names[1], names[2])
    said: dict[str, list[Branch]] = {}
    ranks: dict[str, str] = {}
    for side, tokens, entries in zip((b, o, t), names, sides, strict=True):
        for branch, token, entry in zip(side, tokens, entries, strict=True):
            said.setdefault(token, []).append(branch)
            ranks[token] = _said(entry)
    mine, yours, ours_and_theirs = names
    shown = _shown(sides, (mine, yours, ours_and_theirs))
    return Identity((mine, yours, ours_and_theirs), _Overlap(said), ranks.__getitem__, shown)


def _branches(place: Place, entries: Entries) -> list[Branch] | None:
    from flowctl.flow.nodes.decision import Branch

    found = [place.below(entry.name, is_item=True).meaning(entry.tree) for entry in entries]
    return found if all(isinstance(branch, Branch) for branch in found) else None


def _pair_new(ours: Sequence[Branch], theirs: Sequence[Branch], mine: list[str], yours: list[str]) -> None:
    """Gives a branch that both sides added one name: one that says the same, has the same label or asks the same."""
    tests: tuple[Callable[[Branch, Branch], bool], ...] = (
        lambda a, b: a == b,
        lambda a, b: a.label == b.label != "",
        lambda a, b: a.when == b.when,
    )
    for is_same in tests:
        for at, branch in enumerate(theirs):
            if yours[at].startswith("\0t"):
                free = (i for i, other in enumerate(ours) if mine[i] not in yours and is_same(other, branch))
                found = next((i for i in free if mine[i].startswith("\0o")), None)
                if found is not None:
                    yours[at] = mine[found]


class _Overlap:
    """Whether some lead could leave by two branches, to two nodes: then it matters which of them is asked first."""

    def __init__(self, said: dict[str, list[Branch]]) -> None:
        self.said = said
        self.known: dict[tuple[str, str], bool] = {}

    def __call__(self, x: str, y: str) -> bool:
        if (x, y) not in self.known:
            self.known[x, y] = any(_overlap(a, b) for a, b in product(self.said[x], self.said[y]))
        return self.known[x, y]


def _overlap(a: Branch, b: Branch) -> bool:
    from flowctl.expr import Not, implies

    return a.then != b.then and not (implies(a.when, Not(b.when)) or implies(b.when, Not(a.when)))
