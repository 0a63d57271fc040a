"""An impact report as Markdown: for comments and documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowctl.ops.impact.report import Example, Impact, Load
from flowctl.render import markdown as md
from flowctl.render.console import count
from flowctl.render.impact import words
from flowctl.render.impact.text import Told
from flowctl.render.lists import blocks
from flowctl.render.markdown import code, escaped

MOST = 30  # rows of a table


def markdown(told: Told) -> str:
    i = told.impact
    return blocks(
        f"### {escaped(i.flow)}: {escaped(words.headline(i))}",
        escaped(words.versions(i)),
        _moves(i),
        _listed([escaped(line) for line in words.otherwise(i)]),
        _loads("goes to", words.moving(i) if i.against else i.loads, i),
        escaped(words.effects(i)),
        _titled("Unrouted", [f"{escaped(_called(e))} → {escaped(words.end(e.after))}" for e in i.lost]),
        _titled("Could not be read", [escaped(words.bad(bad, i.input.on_bad)) for bad in i.input.bad[:MOST]]),
        escaped(words.blanks(i)),
        escaped(words.ignored(i)),
    )


def _moves(i: Impact) -> str:
    if not i.moves:
        return ""
    shown, rest = words.largest(i.moves, MOST)
    rows = [
        (code(m.before), code(m.after), f"{m.leads:,}", words.share(m.leads, i.moved), _why(m.examples)) for m in shown
    ]
    table = md.table(("from", "to", "leads", "share", "for example"), rows, right=[2, 3])
    return blocks(table, f"and {count(len(rest), 'more move')}" if rest else "")


def _why(examples: Sequence[Example]) -> str:
    for reason, leads in words.by_reason(examples)[:1]:
        return escaped(": ".join(filter(None, (words.called(leads[0]), reason))))
    return ""


def _called(e: Example) -> str:
    return words.called(e)


def _loads(what: str, loads: Sequence[Load], i: Impact) -> str:
    if not loads:
        return ""
    head, *rows = _rows(what, loads[:MOST], i)
    more = f"and {count(len(loads) - MOST, 'other')}" if len(loads) > MOST else ""
    return blocks(md.table(head, rows, right=range(1, len(head))), more)


def _rows(what: str, loads: Sequence[Load], i: Impact) -> Iterator[tuple[str, ...]]:
    """The head, then a row each."""
    yield (what, "before", "share", "after", "share") if i.against else (what, "leads", "share")
    for load in loads:
        now = f"{load.after:,}", words.share(load.after, i.met)
        before = (f"{load.before:,}", words.share(load.before, i.met)) if i.against else ()
        yield (code(load.name), *before, *now)


def _listed(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _titled(title: str, lines: Sequence[str]) -> str:
    return f"**{title}**\n\n{_listed(lines)}" if lines else ""
