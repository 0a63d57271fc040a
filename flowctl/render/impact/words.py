"""The sentences of an impact report, which all its forms share. They are as those of `simulate` on few leads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from flowctl.ops.impact.report import Bad, Ended, Example, Impact, Load, Move, Why
from flowctl.render.console import count
from flowctl.render.lists import names

MANY = 100_000  # leads from which on it is told how quickly they were routed
TREATED = {"blank": "read as blank", "reject": "their leads are left out"}


def headline(i: Impact) -> str:
    """An impact in a sentence; of a job, which leads it takes as well."""
    if i.run is not None:
        return f"{_taken(i)}; {who_moves(i)}" if i.against else _taken(i)
    if i.against is None:
        return f"{count(i.leads, 'lead')}, {f'{i.unrouted:,} of them left unrouted' if i.unrouted else 'all routed'}"
    return who_moves(i)


def _taken(i: Impact) -> str:
    routed = f", {i.unrouted:,} left unrouted" if i.unrouted else ""
    meet = "meets" if i.met == 1 else "meet"
    return f"{i.met:,} of {count(i.leads, 'lead')} {meet} the condition, {i.left_out:,} left out{routed}"


def who_moves(i: Impact) -> str:
    leads = count(i.leads, "lead")
    who = f"{i.moved:,} of {leads} would go to someone else ({percent(i.share)})"
    none = f"none of {leads} would go to someone else"
    return f"{who if i.moved else none}, {newly(i)}"


def newly(i: Impact) -> str:
    if not i.newly:
        return "nobody is newly left unrouted"
    return f"{i.newly:,} {'is' if i.newly == 1 else 'are'} newly left unrouted"


def versions(i: Impact) -> str:
    run = f", run of {moment(i.run)}" if i.run else ""
    return (f"{i.against} → {i.version}" if i.against else i.version) + run


def moment(when: dt.datetime) -> str:
    """`2026-11-23T06:00Z`."""
    return when.astimezone(dt.UTC).isoformat(timespec="minutes").replace("+00:00", "Z")


def percent(share: float) -> str:
    """A part from 0 to 1 in hundredths: `12.3%`, `0.003%`; never `0%` or `100%` of what is not none or all."""
    hundredths = share * 100
    if hundredths in (0, 100):
        return f"{hundredths:.0f}%"
    if hundredths >= 0.95:
        return f"{min(hundredths, 99.9):.1f}%"
    if hundredths < 0.00005:
        return "under 0.0001%"
    return f"{float(f'{hundredths:.1g}'):.4f}".rstrip("0") + "%"


def share(load: int, total: int) -> str:
    return percent(load / total) if total else ""


def otherwise(i: Impact) -> Iterator[str]:
    """What else differs, a sentence each."""
    o = i.otherwise
    if o.members:
        yield f"{count(o.members, 'lead')} {_stays(o.members)} in the same roster, with another member by turn alone"
    if i.changed:
        keep = "keeps its" if i.changed == 1 else "keep their"
        yield f"{i.changed:,} more {'lead' if i.changed == 1 else 'leads'} {keep} owner, but not all else"
    if o.ends:
        yield f"{count(o.ends, 'lead')} {'ends' if o.ends == 1 else 'end'} elsewhere in the flow"
    if o.fields:
        each = [f"{name} ({leads:,})" for name, leads in list(o.fields.items())[:12]]
        more = [f"{len(o.fields) - 12} more fields"] if len(o.fields) > 12 else []
        yield f"set differently: {names([*each, *more])}"
    if o.messages:
        yield f"{count(o.messages, 'lead')} {'gets' if o.messages == 1 else 'get'} other messages"
    if o.effects:
        yield f"{count(o.effects, 'lead')} {'makes' if o.effects == 1 else 'make'} other records"


def _stays(leads: int) -> str:
    return "stays" if leads == 1 else "stay"


def effects(i: Impact) -> str:
    """`3 x Account created, 1 x merged`, or nothing."""
    return ", ".join(f"{times:,} x {words}" for words, times in i.effects)


def why(told: Why | None) -> str:
    """Where the two ways of a lead part."""
    if told is None:
        return ""
    if told.node is None:
        return f"{told.flow} begins elsewhere"
    where = f"{told.flow}/{told.node}"
    if told.leads_to:
        way = f", {told.before}" if told.before else ""
        return f"at {where}{way}: to {told.leads_to[0]} before, to {told.leads_to[1]} now"
    if told.before == told.after:
        return f"{where} itself does something else"
    return f"at {where}: {told.before or 'the end'} before, {told.after or 'the end'} now"


def by_reason(examples: Sequence[Example]) -> list[tuple[str, list[Example]]]:
    """The examples of each reason, which is empty where nobody asked for it."""
    found: dict[str, list[Example]] = {}
    for each in examples:
        found.setdefault(why(each.why), []).append(each)
    return list(found.items())


def called(e: Example) -> str:
    """`Acme (row 12, 2026-08-25)`."""
    place = f"row {e.position:,}"
    return f"{e.name} ({place}, {day(e)})" if e.name != f"row {e.position}" else f"{place} ({day(e)})"


def day(e: Example) -> str:
    return f"{e.arrived:%Y-%m-%d}"


def end(ended: Ended) -> str:
    owner = f"{ended.owner}, who takes no leads" if ended.owner else "nobody"
    return f"{owner} (ends at {ended.ends})"


def bad(found: Bad, on_bad: str) -> str:
    """`Score: a number is needed, in 12 rows, read as blank (leads.csv:14, leads.csv:99 …)`."""
    places = ", ".join(f"{file}:{line}" for file, line in found.places)
    more = " …" if found.values > len(found.places) else ""
    column = f"{found.column}: " if found.column else ""
    rows = f"in {count(found.values, 'row')}"
    return f"{column}{found.reason}, {rows}, {TREATED.get(on_bad, on_bad)} ({places}{more})"


def blanks(i: Impact) -> str:
    """Fields that no column holds."""
    missing = i.input.blank
    return f"not in the file, read as blank: {', '.join(missing)}" if missing else ""


def ignored(i: Impact) -> str:
    columns = i.input.ignored
    if not columns:
        return ""
    more = f" and {len(columns) - 12} more" if len(columns) > 12 else ""
    return f"{count(len(columns), 'column')} not needed: {', '.join(columns[:12])}{more}"


def speed(i: Impact) -> str:
    """`1,204,331 leads in 2.1 s, 573,000 a second`; of few leads there is nothing to tell."""
    if i.leads < MANY:
        return ""
    rate = i.per_second
    rounded = round(rate, -3) if rate >= 10_000 else rate
    return f"{count(i.leads, 'lead')} in {i.seconds:.1f} s, {rounded:,} a second"


def moving(i: Impact) -> tuple[Load, ...]:
    """Those whose number changes, the largest movers first."""
    return tuple(load for load in i.loads if load.change)


def members(i: Impact) -> tuple[Load, ...]:
    """The people whose number of leads changes through turns of rosters, the largest movers first."""
    if i.against is None:
        return ()
    named = {load.name: load for load in i.loads}
    people = (load for load in i.owners if load.name.startswith("user/"))
    return tuple(load for load in people if load.change and load != named.get(load.name))


def largest(moves: tuple[Move, ...], most: int) -> tuple[tuple[Move, ...], tuple[Move, ...]]:
    """The first moves, and the rest."""
    return moves[:most], moves[most:]
