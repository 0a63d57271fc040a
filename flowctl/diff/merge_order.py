"""In which order the merged items of a list stand, known by their names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Literal

from flowctl.data import dataclass
from flowctl.diff.order import kept_in_order

Matters = Callable[[str, str], bool]  # whether it matters which of two items stands first
Rank = Callable[[str], str]  # what items that both sides put in one place are sorted by, whichever side they are from
MANY = 300  # items of which no pairs are compared


@dataclass(frozen=True, slots=True)
class Order:
    """The names in their merged order, and whose order that is; of a conflict the order as theirs would have it."""

    names: tuple[str, ...]
    moved_by: Literal["ours", "theirs", "both"] | None = None
    theirs: tuple[str, ...] | None = None


def merged_order(
    base: Iterable[str],
    ours: Iterable[str],
    theirs: Iterable[str],
    kept: Collection[str],
    matters: Matters | None = None,
    rank: Rank = str,
) -> Order:
    """The names in `kept`: those of both sides as the side has them that moved them, then what one side alone has,
    after what it stands after there. What both put in one place comes by its rank, and where both moved them, of their
    two orders the one that is first by rank: so both sides get the same.

    Without `matters`, no order does; then there are no conflicts.
    """
    b, o, t = ([name for name in names if name in kept] for names in (base, ours, theirs))
    both = {*o} & {*t}
    spines = [[name for name in names if name in both] for names in (b, o, t)]
    in_base = {*b}
    moved = [[name for name in spine if name in in_base] != spines[0] for spine in spines[1:]]
    by: Literal["ours", "theirs", "both"] | None = None
    if spines[1] != spines[2]:
        by = "both" if moved[0] == moved[1] else "theirs" if moved[1] else "ours"
    mine = _with_runs(spines[1], o, t, rank)
    yours = _with_runs(spines[2], o, t, rank) if by else mine
    if by == "both":
        candidate = min(mine, yours, key=lambda names: list(map(rank, names)))
    else:
        candidate = yours if by == "theirs" else mine
    if matters is None:
        return Order(tuple(candidate), by)
    return _checked(candidate, by, (b, o, t), matters, rank) or _disputed(mine, yours, o, t)


def _with_runs(spine: Sequence[str], ours: Iterable[str], theirs: Iterable[str], rank: Rank) -> list[str]:
    runs: dict[str | None, list[list[str]]] = {}
    for names in (ours, theirs):
        for place, run in _runs(names, set(spine)):
            runs.setdefault(place, []).append(run)
    found = []
    for place in (None, *spine):
        found += [place] if place is not None else []
        found += [name for run in sorted(runs.get(place, []), key=lambda run: list(map(rank, run))) for name in run]
    return found


def _runs(names: Iterable[str], spine: set[str]) -> Iterator[tuple[str | None, list[str]]]:
    """The names that are not in the spine, in runs, each with the name of the spine that it comes after."""
    place: str | None = None
    run: list[str] = []
    for name in names:
        if name in spine:
            yield place, run
            place, run = name, []
        else:
            run.append(name)
    yield place, run


# Lists whose order is meaning -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Places:
    """Where names stand on one side."""

    at: Mapping[str, int]

    def first(self, a: str, b: str) -> bool | None:
        """Whether the first of two stands first; None when they are not both there."""
        return self.at[a] < self.at[b] if a in self.at and b in self.at else None


def _places(names: Iterable[str]) -> _Places:
    return _Places({name: at for at, name in enumerate(names)})


def _checked(
    candidate: list[str],
    by: Literal["ours", "theirs", "both"] | None,
    sides: tuple[list[str], list[str], list[str]],
    matters: Matters,
    rank: Rank,
) -> Order | None:
    """The candidate, or a better order; None when the sides want what does not go together."""
    if by is None:
        return None if _meet_in_a_run(sides, matters) else Order(tuple(candidate))
    if len(candidate) > MANY:
        return None if by == "both" else Order(tuple(candidate), by)
    b, o, t = map(_places, sides)
    if _moved_apart(sides, (b, o, t), matters):
        return None
    here = _places(candidate)
    wanted: list[tuple[str, str]] = []  # each with what is to come after it
    for x, y in combinations(candidate, 2):
        mine, yours = o.first(x, y), t.first(x, y)
        first = _wanted(b.first(x, y), mine, yours)
        if first is not None:
            wanted.append((x, y) if first else (y, x))
        elif ((mine is not None and yours is not None) or _meet(x, y, here, (o, t))) and matters(x, y):
            return None
    if by != "both" and all(here.first(x, y) for x, y in wanted if matters(x, y)):
        return Order(tuple(candidate), by)
    ranks = _ranked(sides, rank)
    found = _sorted(ranks, wanted) or _sorted(ranks, [(x, y) for x, y in wanted if matters(x, y)])
    return Order(tuple(found), by or "both") if found else None


def _meet_in_a_run(sides: tuple[list[str], list[str], list[str]], matters: Matters) -> bool:
    """Whether the sides put different items in one place, and it matters which comes first. Nothing else moved."""
    _, o, t = sides
    spine = {*o} & {*t}
    mine = dict(_runs(o, spine))
    pairs = [(mine[place], run) for place, run in _runs(t, spine)]
    too_many = any(len(a) * len(b) > MANY * MANY for a, b in pairs)
    return too_many or any(matters(x, y) for a, b in pairs for y in b for x in a)


def _wanted(base: bool | None, ours: bool | None, theirs: bool | None) -> bool | None:
    """Whether the first of two is to stand first; None when no side says so, or each says something else."""
    if ours is None or theirs is None:
        return theirs if ours is None else ours
    if ours == theirs or base is None:
        return ours if ours == theirs else None
    return theirs if ours == base else ours


def _meet(x: str, y: str, here: _Places, sides: tuple[_Places, _Places]) -> bool:
    """Whether two names of different sides were put in one place: nothing that both sides have stands between."""
    o, t = sides
    between = {name for name, at in here.at.items() if here.at[x] < at < here.at[y]}
    return not any(name in o.at and name in t.at for name in between)


def _moved_apart(
    sides: tuple[list[str], list[str], list[str]], places: tuple[_Places, _Places, _Places], matters: Matters
) -> bool:
    """Whether both sides moved one item, past something that matters, and not alike."""
    b, o, t = places
    moved = _moved(sides[1], b) & _moved(sides[2], b)
    common = o.at.keys() & t.at.keys()
    return any(o.first(x, y) != t.first(x, y) and matters(x, y) for x in moved for y in common if x != y)


def _moved(names: Sequence[str], base: _Places) -> set[str]:
    there = [name for name in names if name in base.at]
    stay = kept_in_order([base.at[name] for name in there])
    return {name for at, name in enumerate(there) if at not in stay}


def _ranked(sides: tuple[list[str], list[str], list[str]], rank: Rank) -> dict[str, tuple[int, str]]:
    """For each name where it stood in the base, of a new one what it stands after, and then its rank."""
    base = {name: at for at, name in enumerate(sides[0])}
    found: dict[str, tuple[int, str]] = {name: (at, "") for name, at in base.items()}
    for names in sides[1:]:
        last = -1
        for name in names:
            last = base.get(name, last)
            found[name] = max(found.get(name, (-1, "")), (last, "" if name in base else rank(name)))
    return {name: found[name] for name in found if any(name in names for names in sides[1:])}


def _sorted(rank: Mapping[str, tuple[int, str]], wanted: Iterable[tuple[str, str]]) -> list[str] | None:
    """Every name after those that have to come before it, else by rank; None when they wait for each other."""
    before: dict[str, set[str]] = {name: set() for name in rank}
    for first, second in wanted:
        before[second].add(first)
    waiting, done = sorted(rank, key=lambda name: rank[name]), dict[str, None]()
    while waiting:
        ready = next((name for name in waiting if before[name] <= done.keys()), None)
        if ready is None:
            return None
        waiting.remove(ready)
        done[ready] = None
    return list(done)


def _disputed(mine: list[str], yours: list[str], ours: list[str], theirs: list[str]) -> Order:
    """Both orders: each side's own items come first where both sides put some."""
    return Order(tuple(_preferring(mine, ours, theirs)), "both", tuple(_preferring(yours, theirs, ours)))


def _preferring(candidate: list[str], first: list[str], second: list[str]) -> list[str]:
    """The candidate, where what only one side has stands with the items of `first` before those of `second`."""
    both = {*first} & {*second}
    spine = [name for name in candidate if name in both]
    runs: dict[str | None, list[str]] = {}
    for names in (first, second):
        for place, run in _runs(names, both):
            runs.setdefault(place, []).extend(run)
    return [name for place in (None, *spine) for name in ([place] if place is not None else []) + runs.get(place, [])]
