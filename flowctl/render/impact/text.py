"""An impact report on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from flowctl.data import dataclass
from flowctl.ops.impact.report import Example, Impact, Load, Move, Week
from flowctl.ops.impact.simulate import ImpactReport
from flowctl.render.console import Look, count, paragraph, table
from flowctl.render.impact import words
from flowctl.render.lists import BAD, blocks, listed
from flowctl.render.safe import safe

MOVES, LOADS, PEOPLE, WEEKS, LOST = 20, 20, 8, 27, 12  # lines of each on a terminal; JSON has all of them
EXPLAINED, FEW = 5, 2  # moves with examples, and examples of each; `--leads` tells of all
BAR = 20  # columns
PARTS = " ▏▎▍▌▋▊▉"  # of a column, in eighths


@dataclass(frozen=True, slots=True)
class Told:
    """A report to be told; `leads` has all examples of all moves, `every` all moves and loads."""

    report: ImpactReport
    leads: bool = False
    every: bool = False

    @property
    def impact(self) -> Impact:
        return self.report.impact


def text(told: Told, look: Look) -> str:
    i = told.impact
    style = "bad" if i.newly else "strong"
    return blocks(
        f"{_painted(style, words.headline(i), look)}\n{_painted('faint', f'{i.flow}: {words.versions(i)}', look)}",
        _moves(told, look),
        _examples(told, look),
        "\n".join(paragraph(safe(line), look.width) for line in words.otherwise(i)),
        _loads(told, look),
        _people(i, look),
        _weeks(i, look),
        paragraph(safe(words.effects(i)), look.width),
        _lost(i, look),
        _input(i, look),
        _painted("faint", words.speed(i), look) if words.speed(i) else "",
    )


def _painted(style: str, told: str, look: Look) -> str:
    """A sentence in lines that fit, each in a style."""
    return "\n".join(look.paint(style, line) for line in paragraph(safe(told), look.width).split("\n"))


def _moves(told: Told, look: Look) -> str:
    moves = told.impact.moves
    shown, rest = words.largest(moves, len(moves) if told.every else MOVES)
    if not shown:
        return ""
    total = told.impact.moved
    rows = [(m.before, m.after, f"{m.leads:,}", words.share(m.leads, total), _first(m)) for m in shown]
    drawn = table(("from", "to", "leads", "share", "for example"), rows, look, right=[2, 3])
    leads = sum(move.leads for move in rest)
    more = f"{count(len(rest), 'more move')} with {count(leads, 'lead')}: `--all` tells of them" if rest else ""
    return f"{drawn}\n{look.paint('faint', more)}" if more else drawn


def _first(move: Move) -> str:
    return move.examples[0].name if move.examples else ""


def _examples(told: Told, look: Look) -> str:
    moves = told.impact.moves if told.leads else told.impact.moves[:EXPLAINED]
    sections = [_of_move(move, 10 if told.leads else FEW, look) for move in moves]
    title = look.paint("strong", "leads" if told.leads else "why, of a few")
    return "\n".join([title, *sections]) if sections else ""


def _of_move(move: Move, most: int, look: Look) -> str:
    """Examples by where their ways part; at most so many reasons, and leads of each."""
    lines = [f"  {safe(f'{move.before} → {move.after}')}"]
    for reason, examples in words.by_reason(move.examples)[:most]:
        leads = ", ".join(words.called(e) for e in examples[:most])
        told = f"{reason}: {leads}" if reason else leads
        lines.append(paragraph(safe(told), look.width, "    ", "      "))
    return "\n".join(lines)


def _loads(told: Told, look: Look) -> str:
    """How many leads each has; with two versions, only those whose number changes, unless they are those of a job."""
    i = told.impact
    if i.against is None:
        return _load_now(i.loads if told.every else i.loads[: LOADS * 2], i, look)
    shown = i.loads if told.every or i.run else words.moving(i)[:LOADS]
    drawn = _load_table("goes to", shown, i.met, look) if shown else ""
    same = sum(not load.change for load in i.loads if load not in shown)
    others = len(i.loads) - len(shown) - same
    left = ", ".join(
        [
            *([f"{count(others, 'other')} with smaller changes: `--all` tells of them"] if others else []),
            *([f"{count(same, 'other')} as before"] if same and shown else []),
        ]
    )
    return f"{drawn}\n{look.paint('faint', left)}" if drawn and left else drawn


def _load_now(loads: Sequence[Load], i: Impact, look: Look) -> str:
    rows = [(load.name, f"{load.after:,}", words.share(load.after, i.met)) for load in loads]
    drawn = table(("goes to", "leads", "share"), rows, look, right=[1, 2])
    others = len(i.loads) - len(loads)
    more = f"{count(others, 'other')}: `--all` tells of them" if others else ""
    return f"{drawn}\n{look.paint('faint', more)}" if more else drawn


def _load_table(what: str, loads: Sequence[Load], total: int, look: Look) -> str:
    rows = [
        (
            load.name,
            f"{load.before:,}",
            words.share(load.before, total),
            f"{load.after:,}",
            words.share(load.after, total),
            f"{load.change:+,}",
        )
        for load in loads
    ]
    return table((what, "before", "share", "after", "share", "change"), rows, look, right=[1, 2, 3, 4, 5])


def _people(i: Impact, look: Look) -> str:
    """The people whose number changes most, whether a roster or a node gave them the leads."""
    shown = words.members(i)
    if not shown:
        return ""
    others = len(shown) - PEOPLE
    more = look.paint("faint", f"\n{count(others, 'other person').replace('persons', 'people')}: JSON has them all")
    return _load_table("with turns", shown[:PEOPLE], i.met, look) + (more if others > 0 else "")


def _weeks(i: Impact, look: Look) -> str:
    if not i.moved or len(i.weeks) < 2:
        return ""
    shown = i.weeks[-WEEKS:]
    most = max(week.moved for week in shown) or 1
    rows = [(f"{w.monday}", f"{w.leads:,}", f"{w.moved:,}", bar(w, most)) for w in shown]
    drawn = table(("week of", "leads", "moved", ""), rows, look, right=[1, 2])
    earlier = len(i.weeks) - len(shown)
    more = f"{count(earlier, 'week')} before: JSON has them all" if earlier else ""
    return f"{drawn}\n{look.paint('faint', more)}" if more else drawn


def bar(week: Week, most: int) -> str:
    eighths = round(week.moved / most * BAR * 8)
    if week.moved and not eighths:
        eighths = 1
    return ("█" * (eighths // 8) + PARTS[eighths % 8]).rstrip()


def _lost(i: Impact, look: Look) -> str:
    if not i.lost:
        return ""
    shown = i.lost[:LOST]
    named = [f"{words.called(e)} → {words.end(e.after)}{_new(e, i)}" for e in shown]
    more = f"\n    and {i.unrouted - len(shown):,} more" if i.unrouted > len(shown) else ""
    already = i.unrouted - i.newly
    title = f"unrouted ({already:,} of {i.unrouted:,} in {i.against}, too)" if i.against and already else "unrouted"
    return f"{look.paint('strong', safe(title))}\n{listed(BAD, named, look, 'bad')}{more}"


def _new(e: Example, i: Impact) -> str:
    return ", newly" if i.newly != i.unrouted and e.before and e.before.is_routed else ""


def _input(i: Impact, look: Look) -> str:
    told = i.input
    if not (told.bad or told.ignored or told.blank or told.rejected):
        return ""
    shown = [words.bad(bad, told.on_bad) for bad in told.bad[:LOST]]
    more = f"\n    and {len(told.bad) - LOST} more kinds" if len(told.bad) > LOST else ""
    return "\n".join(
        line
        for line in (
            look.paint("strong", "could not be read") if shown else "",
            listed("!", shown, look, "warning") + more if shown else "",
            f"{count(told.rejected, 'lead')} left out" if told.rejected else "",
            paragraph(safe(words.blanks(i)), look.width),
            look.paint("faint", paragraph(safe(words.ignored(i)), look.width)),
        )
        if line
    )
