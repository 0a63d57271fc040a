"""Which branch of a decision became which, and which of them moved.

A branch has no id. It is the same one when it asks the same and leads to the same in the same place, else when it is
equal, else when its label is, else when its condition is, else when it has no label on one side and is alike in where
it leads and what it asks. Two labels are two branches.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence

from flowctl.diff.edits import BranchAdded, BranchAt, BranchMoved, BranchRemoved
from flowctl.diff.order import kept_in_order
from flowctl.expr import atoms, fields
from flowctl.flow.nodes.decision import Branch, Decision

ALIKE = 0.5  # of two branches, one of them without a label: the destination and one of two fields, say
Pairs = dict[int, int]  # positions of the same branch: after -> before


def branches_moved(
    before: Decision, after: Decision, pairs: Pairs
) -> Iterator[BranchRemoved | BranchAdded | BranchMoved]:
    """What happened to whole branches: removed ones first, then the others in their new order."""
    was, now = _places(before), _places(after)
    for place in was:
        if place.at not in pairs.values():
            yield BranchRemoved(after.id, place, before.branches[place.at])
    stayed = _stayed(pairs)
    for place in now:
        if place.at not in pairs:
            yield BranchAdded(after.id, place, after.branches[place.at])
        elif place.at not in stayed:
            passed = _passed(place.at, pairs, stayed)
            yield BranchMoved(after.id, place, was[pairs[place.at]], was[passed])


def _places(decision: Decision) -> list[BranchAt]:
    return [BranchAt(at, name) for at, name in enumerate(decision.port_names())]


def _stayed(pairs: Pairs) -> list[int]:
    """The branches, by their place after, that kept their order among each other."""
    in_order = sorted(pairs)
    kept = kept_in_order([pairs[at] for at in in_order])
    return [at for position, at in enumerate(in_order) if position in kept]


def _passed(at: int, pairs: Pairs, stayed: Sequence[int]) -> int:
    """The place before of the nearest branch that the one at `at` went past: it passed one, else it had stayed."""
    below = next((pairs[other] for other in stayed if other > at), None)
    if below is not None and below < pairs[at]:
        return below
    return next(pairs[other] for other in reversed(stayed) if other < at)


def same_branches(before: Sequence[Branch], after: Sequence[Branch]) -> Pairs:
    """The branches that are on both sides."""
    # In their old place first: where two branches say the same, a new label of one is no move of the other.
    both = enumerate(zip(before, after, strict=False))
    pairs: Pairs = {at: at for at, (a, b) in both if (a.when, a.then) == (b.when, b.then)}
    for key in (lambda b: b, lambda b: b.label, lambda b: b.when):
        _pair_by(key, before, after, pairs)
    _pair_alike(before, after, pairs)
    return pairs


def _pair_by(
    key: Callable[[Branch], Hashable], before: Sequence[Branch], after: Sequence[Branch], pairs: Pairs
) -> None:
    taken = set(pairs.values())
    waiting: dict[Hashable, list[int]] = {}
    for at in reversed(range(len(before))):
        if at not in taken and key(before[at]):
            waiting.setdefault(key(before[at]), []).append(at)
    for at, branch in enumerate(after):
        if at not in pairs and waiting.get(key(branch)):
            pairs[at] = waiting[key(branch)].pop()


def _pair_alike(before: Sequence[Branch], after: Sequence[Branch], pairs: Pairs) -> None:
    scored = []
    for b in (at for at in range(len(after)) if at not in pairs):
        for a in (at for at in range(len(before)) if at not in pairs.values()):
            if not (before[a].label and after[b].label):
                scored.append((-_likeness(before[a], after[b]), abs(a - b), b, a))
    for score, _, b, a in sorted(scored):
        if -score >= ALIKE and b not in pairs and a not in pairs.values():
            pairs[b] = a


def _likeness(a: Branch, b: Branch) -> float:
    mine, theirs = _features(a), _features(b)
    return 2 * len(mine & theirs) / (len(mine) + len(theirs))


def _features(branch: Branch) -> set[object]:
    return {branch.then, *fields(branch.when), *atoms(branch.when)}
