"""An impact report as a page: one file with its style and its pictures inside, and no script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from flowctl.ops.impact.report import Impact, Load, Move
from flowctl.render.console import count
from flowctl.render.impact import charts, words
from flowctl.render.impact.charts import text
from flowctl.render.impact.text import Told
from flowctl.render.page.html import asset as asset_of_map
from flowctl.render.page.html import digest

HERE = Path(__file__).parent
BARS, PEOPLE = 14, 10  # of loads that are drawn
ROWS = 500  # of a table; JSON has all of them


def html(told: Told) -> str:
    """The file."""
    i = told.impact
    style = f"\n{asset_of_map('ink.css')}\n{_asset('report.css')}"
    filled = {
        "policy": policy(style),
        "title": text(f"{words.headline(i)} · flowctl"),
        "style": style,
        "main": "\n".join(_main(i)),
    }
    return re.sub(r"\[\[(\w+)\]\]", lambda m: filled[m[1]], _asset("page.html"))


def policy(style: str) -> str:
    """The Content-Security-Policy: this style, and nothing else at all."""
    return f"default-src 'none'; style-src '{digest(style)}'; img-src data:; base-uri 'none'; form-action 'none'"


@cache
def _asset(name: str) -> str:
    return (HERE / name).read_text("utf-8")


def _main(i: Impact) -> Iterator[str]:
    yield f"<header><h1>{text(words.headline(i))}</h1>"
    yield f'<p class="versions">{text(f"{i.flow}: {words.versions(i)}")}</p></header>'
    yield _facts(i)
    yield from filter(None, (_flow(i), _loads(i), _people(i), _weeks(i), _otherwise(i), _lost(i), _input(i)))
    if words.speed(i):
        yield f"<footer>{text(words.speed(i))}</footer>"


def _facts(i: Impact) -> str:
    facts = [("leads", i.leads, "")]
    if i.against is not None:
        facts += [
            ("go to someone else", i.moved, ""),
            ("newly left unrouted", i.newly, "bad" if i.newly else ""),
            ("to another member of their roster, by turn alone", i.otherwise.members, ""),
            ("keep their owner, but not all else", i.changed, ""),
        ]
    else:
        facts.append(("left unrouted", i.unrouted, "bad" if i.unrouted else ""))
    if i.left_out:
        facts.append(("left out by the job", i.left_out, ""))
    items = (f'<li class="{style}"><b>{number:,}</b>{text(name)}</li>' for name, number, style in facts)
    return f'<ul class="facts">{"".join(items)}</ul>'


def _section(title: str, about: str, *inside: str) -> str:
    told = f'<p class="about">{text(about)}</p>' if about else ""
    return f"<section><h2>{text(title)}</h2>{told}{''.join(inside)}</section>"


# Who goes where ---------------------------------------------------------------------------------------------------


def _flow(i: Impact) -> str:
    if not i.moves:
        return ""
    about = f"Left: {i.against}. Right: {i.version}. Each band is a move, as thick as it has leads."
    heads = ("from", "to", "leads", "share", "for example")
    table = _table(heads, (_move(move, i) for move in i.moves[:ROWS]), (2, 3), len(i.moves))
    chart = charts.flow(i.moves, "From whom to whom the leads move that go to someone else")
    return _section("Who goes where", about, chart, _behind("All moves, with leads to look at", table))


def _move(move: Move, i: Impact) -> Sequence[str]:
    told = ((reason, ", ".join(map(words.called, leads))) for reason, leads in words.by_reason(move.examples))
    examples = "".join(f"<li>{f'{text(reason)}: ' if reason else ''}{text(leads)}</li>" for reason, leads in told)
    return (
        text(move.before),
        text(move.after),
        f"{move.leads:,}",
        words.share(move.leads, i.moved),
        f"<ul>{examples}</ul>",
    )


# Who has how many -------------------------------------------------------------------------------------------------


def _loads(i: Impact) -> str:
    compared = i.against is not None
    shown = (words.moving(i) if compared else i.loads)[:BARS]
    every = _table(_heads("goes to", i), (_load(load, i) for load in i.loads[:ROWS]), range(1, 6), len(i.loads))
    title, about = ("Load", "")
    if compared:
        title, about = "Load, before and after", "The largest movers first: rosters, queues and named owners."
    if not shown:
        return ""
    chart = charts.loads(shown, i.met, f"{title} of rosters, queues and owners", compared=compared)
    return _section(title, about, _key(i), chart, _behind(f"All {count(len(i.loads), 'load')}", every))


def _people(i: Impact) -> str:
    shown = words.members(i)
    if not shown:
        return ""
    about = "With turns of rosters: whose number of leads changes most."
    table = _table(_heads("owner", i), (_load(load, i) for load in i.owners[:ROWS]), range(1, 6), len(i.owners))
    chart = charts.loads(shown[:PEOPLE], i.met, "People and their leads before and after", compared=True)
    return _section("People, before and after", about, _key(i), chart, _behind("All owners", table))


def _key(i: Impact) -> str:
    if i.against is None:
        return ""
    marks = (("was", i.against), ("c0", i.version))
    return (
        '<p class="key">'
        + "".join(
            f'<span><svg viewBox="0 0 14 10" aria-hidden="true"><rect class="{paint}" width="14" height="10" rx="2"/>'
            f"</svg>{text(name)}</span>"
            for paint, name in marks
        )
        + "</p>"
    )


def _heads(what: str, i: Impact) -> tuple[str, ...]:
    return (what, "before", "share", "after", "share", "change") if i.against else (what, "leads", "share")


def _load(load: Load, i: Impact) -> Sequence[str]:
    now = f"{load.after:,}", words.share(load.after, i.met)
    if i.against is None:
        return text(load.name), *now
    return text(load.name), f"{load.before:,}", words.share(load.before, i.met), *now, f"{load.change:+,}"


# When, what else, and what is wrong -------------------------------------------------------------------------------


def _weeks(i: Impact) -> str:
    if not i.moved or len(i.weeks) < 2:
        return ""
    rows = ((f"{w.monday}", f"{w.leads:,}", f"{w.moved:,}", words.share(w.moved, w.leads)) for w in i.weeks)
    table = _table(("week of", "leads", "move", "share"), rows, (1, 2, 3), len(i.weeks))
    chart = charts.weeks(i.weeks, "How many leads of each week move")
    return _section("Moved, by week of arrival", "", chart, _behind("All weeks", table))


def _otherwise(i: Impact) -> str:
    lines = [*words.otherwise(i)]
    if i.effects:
        lines.append(f"records: {words.effects(i)}")
    if not lines:
        return ""
    rows = ((text(name), f"{leads:,}") for name, leads in i.otherwise.fields.items())
    table = _table(("field", "leads"), rows, (1,), len(i.otherwise.fields)) if i.otherwise.fields else ""
    return _section("What else differs", "", _list(lines), _behind("Fields set differently", table) if table else "")


def _lost(i: Impact) -> str:
    if not i.lost:
        return ""
    already = f", {i.unrouted - i.newly:,} of them in {i.against}, too" if i.against else ""
    about = f"{count(i.unrouted, 'lead')} left unrouted{already}. Some of them:"
    return _section("Unrouted", about, _list(f"{words.called(e)} → {words.end(e.after)}" for e in i.lost))


def _input(i: Impact) -> str:
    lines = [words.bad(bad, i.input.on_bad) for bad in i.input.bad]
    lines += [f"{count(i.input.rejected, 'lead')} left out"] if i.input.rejected else []
    lines += [line for line in (words.blanks(i), words.ignored(i)) if line]
    return _section("What was read", "", _list(lines)) if lines else ""


def _list(lines: Iterable[str]) -> str:
    return f'<ul class="plainlist">{"".join(f"<li>{text(line)}</li>" for line in lines)}</ul>'


def _behind(name: str, inside: str) -> str:
    return f"<details><summary>{text(name)}</summary>{inside}</details>"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int], total: int) -> str:
    """A table; its cells are HTML already."""
    numbers = set(right)
    classes = ['class="n"' if n in numbers else "" for n in range(len(heads))]
    head = "".join(f'<th scope="col" {classes[n]}>{text(name)}</th>' for n, name in enumerate(heads))
    body = "".join(f"<tr>{''.join(f'<td {classes[n]}>{cell}</td>' for n, cell in enumerate(row))}</tr>" for row in rows)
    more = f'<p class="about">{total - ROWS:,} more are in the JSON.</p>' if total > ROWS else ""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="scroller" tabindex="0">{table}</div>{more}'
