"""The charts of the page, as SVG that takes its colours from the page's style; every text in them is escaped."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterator, Sequence

from flowctl.ops.impact.report import Load, Move, Week
from flowctl.render.console import count
from flowctl.render.impact import words
from flowctl.render.impact.bands import POST, Bands, bands
from flowctl.render.impact.slide import COLORS, fitted, path
from flowctl.render.safe import safe

WIDE, NAMES, LETTERS = 1000, 280, 14
ROW, BAR = 42, 13  # of a load: its height, and that of each of its two bars
WEEK = 180  # height of the weeks' columns
MANY = 12  # weeks that can have a date each below them


def flow(moves: Sequence[Move], title: str) -> str:
    """From whom to whom, as bands."""
    drawing = bands(moves, NAMES, WIDE - NAMES - POST, min(420, 90 + 60 * len(moves)))
    return _svg("flow", title, drawing.height + 8, _flow(drawing))


def _flow(drawing: Bands) -> Iterator[str]:
    for band in drawing.bands:
        left, right = drawing.left[band.left], drawing.right[band.right]
        paint = "lost" if right.name == "nobody" else _color(band.left)
        told = f"{left.name} → {right.name}: {count(band.leads, 'lead')}"
        yield f'<path class="band {paint}" d="{path(band.outline)}"><title>{text(told)}</title></path>'
    for side, posts in enumerate((drawing.left, drawing.right)):
        for place, post in enumerate(posts):
            paint = _color(place) if side == 0 else "lost" if post.name == "nobody" else "post"
            yield _box(drawing.x[side], post.y, POST, post.height, paint)
            x = drawing.x[0] - 10 if side == 0 else drawing.x[1] + POST + 10
            yield _post(x, post.y + post.height / 2 + LETTERS * 0.35, post.name, post.leads, side)


def _post(x: float, y: float, name: str, leads: int, side: int) -> str:
    number = f'<tspan class="strong">{leads:,}</tspan>'
    called = f'<tspan class="faint">{text(fitted(safe(name), NAMES - 70, LETTERS))}</tspan>'
    if side == 0:
        return f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="end">{called} {number}</text>'
    return f'<text x="{_n(x)}" y="{_n(y)}">{number} {called}</text>'


def _color(place: int) -> str:
    return f"c{min(place, len(COLORS) - 1)}"


def loads(shown: Sequence[Load], total: int, title: str, *, compared: bool) -> str:
    """A bar for each of those who have leads, or one before and one after."""
    most = max((max(load.before, load.after) for load in shown), default=0) or 1
    row = ROW if compared else ROW * 0.7
    name = title.split()[0].strip(",").lower()
    return _svg(name, title, row * len(shown), _loads(shown, total, most, row, compared=compared))


def _loads(shown: Sequence[Load], total: int, most: int, row: float, *, compared: bool) -> Iterator[str]:
    room = WIDE - NAMES - 265
    for n, load in enumerate(shown):
        y, name = n * row, fitted(safe(load.name), NAMES - 14, LETTERS)
        wide = [max(leads / most * room, 1.5 if leads else 0) for leads in (load.before, load.after)]
        yield f"<g><title>{text(_told(load, total, compared=compared))}</title>"
        yield f'<text x="0" y="{_n(y + row / 2 + 2)}">{text(name)}</text>'
        if compared:
            yield _box(NAMES, y + 5, wide[0], BAR, "was")
        yield _box(NAMES, y + 5 + (BAR + 1) * compared, wide[1], BAR, "lost" if load.name == "nobody" else "c0")
        at = NAMES + max(wide if compared else wide[1:]) + 10
        change = f'<tspan class="strong">{load.change:+,}</tspan>' if compared else ""
        now = f'<tspan class="faint">{words.share(load.after, total)}</tspan>'
        leads = f"{load.before:,} → {load.after:,}" if compared else f"{load.after:,}"
        yield f'<text x="{_n(at)}" y="{_n(y + row / 2 + 2)}">{leads} {change or now}</text></g>'


def _told(load: Load, total: int, *, compared: bool) -> str:
    after = f"{count(load.after, 'lead')} ({words.share(load.after, total)})"
    if not compared:
        return f"{load.name}: {after}"
    return f"{load.name}: {count(load.before, 'lead')} ({words.share(load.before, total)}) before, {after} after"


def weeks(shown: Sequence[Week], title: str) -> str:
    """How many of each week's leads move, as columns."""
    every = _filled(shown)
    return _svg("weeks", title, WEEK + 44, _weeks(every))


def _weeks(every: Sequence[Week]) -> Iterator[str]:
    most = _round(max(week.moved for week in every))
    left = 14 + len(f"{most:,}") * 8.5
    step = (WIDE - left) / len(every)
    for part in (0, 0.5, 1):
        y = 14 + WEEK * (1 - part)
        yield f'<line class="line" x1="{_n(left)}" x2="{WIDE}" y1="{_n(y)}" y2="{_n(y)}"/>'
        mark = f"{round(most * part):,}"
        yield f'<text class="faint" x="{_n(left - 8)}" y="{_n(y + 5)}" text-anchor="end">{mark}</text>'
    labelled = max(1, -(-len(every) // MANY))
    for n, week in enumerate(every):
        x, high = left + n * step, WEEK * week.moved / most
        told = f"week of {week.monday}: {week.moved:,} of {count(week.leads, 'lead')} move"
        yield f"<g><title>{text(told)}</title>"
        yield f'<rect x="{_n(x)}" y="14" width="{_n(step)}" height="{WEEK}" fill-opacity="0"/>'
        yield _box(x + step * 0.12, 14 + WEEK - high, step * 0.76, high, "c0")
        if n % labelled == 0:
            day = f"{week.monday.day} {week.monday:%b}{_year(every, n, labelled)}"
            yield f'<text class="faint" x="{_n(x + step / 2)}" y="{WEEK + 34}" text-anchor="middle">{day}</text>'
        yield "</g>"


def _year(every: Sequence[Week], at: int, labelled: int) -> str:
    """The year, below the first week that is labelled and where it is another one; nothing within one year."""
    year = every[at].monday.year
    if every[0].monday.year == every[-1].monday.year or (at and every[at - labelled].monday.year == year):
        return ""
    return f" {year}"


def _round(most: int) -> int:
    """The next even number of one or two digits and noughts: the top of a scale."""
    unit: int = 10 ** max(len(str(most)) - 2, 0)
    return max(-(-most // (2 * unit)) * 2 * unit, 2)


def _filled(shown: Sequence[Week]) -> list[Week]:
    """The weeks without a gap, where there are not too many between them."""
    first, last = shown[0].monday, shown[-1].monday
    there = {week.monday: week for week in shown}
    number = (last - first).days // 7 + 1
    if number > len(shown) * 4 + MANY:
        return list(shown)
    mondays = (first + dt.timedelta(weeks=n) for n in range(number))
    return [there.get(monday, Week(monday, 0, 0)) for monday in mondays]


def _box(x: float, y: float, width: float, height: float, paint: str) -> str:
    round_ = ' rx="2"' if min(width, height) > 5 else ""
    return f'<rect class="{paint}" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"{round_}/>'


def _svg(name: str, title: str, height: float, inside: Iterator[str]) -> str:
    return (
        f'<div class="scroller" tabindex="0"><svg viewBox="0 0 {WIDE} {round(height)}" role="img" '
        f'aria-labelledby="{name}-title">'
        f'<title id="{name}-title">{text(title)}</title>{"".join(inside)}</svg></div>'
    )


def text(told: str) -> str:
    """A text, safe and escaped."""
    return html.escape(safe(told))


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
