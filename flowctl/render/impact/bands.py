"""Who goes where, drawn: names at the left as things are, at the right as they would be, and a band for each move.

Only the geometry, in points from the top left; the page and the slide paint it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from flowctl.data import dataclass
from flowctl.ops.impact.report import Move
from flowctl.render.console import count

MOST = 9  # names on a side; the smallest beyond share one
SLOT = 30  # points of height that a name with its number needs at least
GAP = 12  # between names
THIN = 1.5  # of a band at least
POST = 12  # width of a name's bar

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Post:
    """A name on a side: its bar, and whether it stands for several."""

    name: str
    leads: int
    y: float
    height: float
    is_rest: bool


@dataclass(frozen=True, slots=True)
class Band:
    """Leads that move from a post at the left (by its place there) to one at the right."""

    left: int
    right: int
    leads: int
    outline: tuple[Point, ...]  # a start, and three points for each curve; closed


@dataclass(frozen=True, slots=True)
class Bands:
    """The drawing: `x` is where the bars of either side begin."""

    left: tuple[Post, ...]
    right: tuple[Post, ...]
    bands: tuple[Band, ...]
    x: tuple[float, float]
    height: float


def bands(moves: Sequence[Move], left: float, right: float, height: float) -> Bands:
    """The moves, between two columns; higher than asked for where the names need it."""
    pairs = _grouped(moves)
    total = sum(pairs.values()) or 1
    before, after = _sums(pairs, 0), _sums(pairs, 1)
    rows = max(len(before), len(after))
    scale = max(height - GAP * (rows - 1), 1.0) / total
    firsts = _ordered(before, {})
    seconds = _ordered(after, _middles(pairs, firsts))
    posts, others = _posts(firsts, before, scale), _posts(seconds, after, scale)
    drawn = max((max(p.y + p.height, p.y + (p.height + SLOT) / 2) for p in (*posts, *others)), default=0.0)
    return Bands(posts, others, tuple(_bands(pairs, posts, others, scale, (left, right))), (left, right), drawn)


def _grouped(moves: Sequence[Move]) -> dict[tuple[str, str], int]:
    """The moves by name; names with few leads are one on their side."""
    kept = []
    for side in (0, 1):
        sums: Counter[str] = Counter()
        for move in moves:
            sums[(move.before, move.after)[side]] += move.leads
        most = MOST if len(sums) > MOST + 1 else len(sums)
        named = {name for name, _ in sorted(sums.items(), key=lambda item: (-item[1], item[0]))[:most]}
        rest = "" if most == len(sums) else f"{count(len(sums) - most, 'other')}"
        kept.append((named, rest))
    found: Counter[tuple[str, str]] = Counter()
    for move in moves:
        ends = [
            name if name in named else rest for name, (named, rest) in zip((move.before, move.after), kept, strict=True)
        ]
        found[ends[0], ends[1]] += move.leads
    return dict(found)


def _sums(pairs: Mapping[tuple[str, str], int], side: int) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for names, leads in pairs.items():
        sums[names[side]] += leads
    return dict(sums)


def _is_rest(name: str) -> bool:
    return name.endswith((" other", " others"))


def _ordered(sums: Mapping[str, int], middles: Mapping[str, float]) -> list[str]:
    """The largest first; or by where it comes from, so that few bands cross. What stands for several is last."""
    return sorted(sums, key=lambda name: (_is_rest(name), middles.get(name, 0.0), -sums[name], name))


def _middles(pairs: Mapping[tuple[str, str], int], firsts: Sequence[str]) -> dict[str, float]:
    places = {name: place for place, name in enumerate(firsts)}
    found: dict[str, list[tuple[int, int]]] = {}
    for (before, after), leads in pairs.items():
        found.setdefault(after, []).append((places[before], leads))
    return {name: sum(p * n for p, n in ends) / sum(n for _, n in ends) for name, ends in found.items()}


def _posts(names: Sequence[str], sums: Mapping[str, int], scale: float) -> tuple[Post, ...]:
    posts, y = [], 0.0
    for name in names:
        height = max(sums[name] * scale, THIN)
        slot = max(height, SLOT)
        posts.append(Post(name, sums[name], y + (slot - height) / 2, height, _is_rest(name)))
        y += slot + GAP
    return tuple(posts)


def _bands(
    pairs: Mapping[tuple[str, str], int],
    left: Sequence[Post],
    right: Sequence[Post],
    scale: float,
    x: tuple[float, float],
) -> Iterator[Band]:
    """Each leaves its post below those before it, in the order of where they go; and the same where it arrives."""
    places = [{post.name: place for place, post in enumerate(posts)} for posts in (left, right)]
    ends = sorted((places[0][before], places[1][after], leads) for (before, after), leads in pairs.items())
    leaves = [post.y for post in left]
    arrives = [post.y for post in right]
    for a, b, leads in ends:
        thick = max(leads * scale, THIN)
        yield Band(a, b, leads, _outline(x[0] + POST, leaves[a], x[1], arrives[b], thick))
        leaves[a] += leads * scale
        arrives[b] += leads * scale


def _outline(x: float, y: float, to_x: float, to_y: float, thick: float) -> tuple[Point, ...]:
    middle = (x + to_x) / 2
    there = ((x, y), (middle, y), (middle, to_y), (to_x, to_y))
    across = ((to_x, to_y), (to_x, to_y + thick), (to_x, to_y + thick))
    back = ((middle, to_y + thick), (middle, y + thick), (x, y + thick))
    home = ((x, y + thick), (x, y), (x, y))
    return (*there, *across, *back, *home)
