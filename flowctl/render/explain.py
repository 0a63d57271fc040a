"""The answer of `explain`: the way of a lead, the page of a code, the page of a node type."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TypeAlias, assert_never

from flowctl.check import Page
from flowctl.document import Json
from flowctl.engine.matching import SURE
from flowctl.engine.message import shown
from flowctl.engine.outcome import (
    Bound,
    Broke,
    Converted,
    Created,
    Done,
    Found,
    Merged,
    Owned,
    Picked,
    Sent,
    Sought,
    Waited,
    Was,
)
from flowctl.expr import Value, to_text
from flowctl.flow import Node, Record
from flowctl.ops.explain import AtomSeen, BranchSeen, Explained, Step
from flowctl.ops.simulate import NAMES
from flowctl.render.console import Look, clip, count, paragraph
from flowctl.render.lists import BAD, GOOD, blocks
from flowctl.render.safe import lines, safe
from flowctl.render.simulate import outcome as outcome_data

Told: TypeAlias = Explained | Page | type[Node] | tuple[Page, ...]

INDENT = "     "  # below the number of a step
LONGEST = 160  # columns of a condition; `flowctl show --node` has it whole


def text(told: Told, look: Look) -> str:
    if isinstance(told, Explained):
        return blocks(_headline(told, look), "\n".join(line for step in _numbered(told, look) for line in step))
    if isinstance(told, tuple):
        return code_list(told, look)
    return page(told, look) if isinstance(told, Page) else node_type(told, look)


# A lead -----------------------------------------------------------------------------------------------------------


def _headline(e: Explained, look: Look) -> str:
    o = e.outcome
    owner = look.paint("good" if o.is_routed else "bad", safe(o.owner or "nobody"))
    note = "" if o.is_routed or o.owner is None else ", who takes no leads"
    via = f", by turn of {safe(o.roster)}" if o.roster else ""
    which = f"lead {e.position} of {e.total}; " if e.total > 1 else ""
    said = f"{which}flow {e.flow} of {e.version}, as of {e.now:%Y-%m-%d %H:%M} UTC"
    return "\n".join(
        (
            paragraph(safe(e.lead), look.width),
            f"→ {owner}{note}{via}, ends at {look.paint('strong', safe(o.ends))}: {safe(o.result)}",
            look.paint("faint", paragraph(safe(said), look.width)),
        )
    )


def _numbered(e: Explained, look: Look) -> Iterator[Iterator[str]]:
    several = len({step.flow for step in e.steps}) > 1
    for number, step in enumerate(e.steps, 1):
        yield _step(number, step, several, look)


def _step(number: int, step: Step, several: bool, look: Look) -> Iterator[str]:
    name = f"{step.flow}/{step.node}" if several else step.node
    title = f"  {safe(step.title)}" if step.title != step.type else ""
    yield f"{look.paint('faint', f'{number:>3}')}  {look.paint('strong', safe(name))}{title}"
    for branch in step.branches:
        yield from _branch(branch, look)
    for fact in step.done:
        yield from _done(fact, step.row, look)
    if step.branches and not any(branch.held for branch in step.branches):
        yield f"{INDENT}{look.paint('good', GOOD)} {safe(step.port or '')}"
    elif step.left:
        rest = "1 later branch" if step.left == 1 else f"{step.left} later branches"
        yield f"{INDENT}{look.paint('faint', f'  {rest} not looked at')}"
    elif step.port and not step.branches and step.port != "then":
        yield f"{INDENT}{look.paint('faint', f'leaves by {safe(step.port)}')}"


def _mark(held: bool, look: Look) -> str:
    return look.paint("good", GOOD) if held else look.paint("faint", BAD)


def _branch(branch: BranchSeen, look: Look) -> Iterator[str]:
    alone = len(branch.atoms) == 1 and branch.atoms[0].text == branch.when
    values = _values(branch.atoms[0]) if alone else ""
    said = f"{safe(branch.name)}: {clip(safe(branch.when), LONGEST)}{safe(values)}"
    yield paragraph(said, look.width, f"{INDENT}{_mark(branch.held, look)} ", f"{INDENT}    ")
    for atom in () if alone else branch.atoms:
        said = f"{clip(safe(atom.text), LONGEST)}{safe(_values(atom))}"
        yield paragraph(said, look.width, f"{INDENT}    {_mark(atom.held, look)} ", f"{INDENT}        ")


def _values(atom: AtomSeen) -> str:
    """What the fields of a comparison were: ` (is 120)`, with their names where there are several."""
    said = [(name, "blank" if value is None else value) for name, value in atom.values]
    if len(said) == 1:
        return f" (is {said[0][1]})"
    return f" ({', '.join(f'{name} is {value}' for name, value in said)})" if said else ""


def _done(fact: Done, row: str | None, look: Look) -> Iterator[str]:
    for held, said in _sentences(fact, row):
        yield paragraph(safe(said), look.width, f"{INDENT}{_mark(held, look)} ", f"{INDENT}    ")


def _sentences(fact: Done, found_row: str | None) -> Iterator[tuple[bool, str]]:  # noqa: C901 - one case for each fact
    """What happened, in words, each with whether it came to something; of a look-up with the row that it found."""
    match fact:
        case Sought(method, found, kept):
            dropped = f", {found - kept} of them dropped by `where`" if kept < found else ""
            yield kept > 0, f"by {method}: {count(found, 'candidate') if found else 'no candidate'}{dropped}"
        case Bound():
            yield True, _bound(fact)
        case Was(field, value):
            yield True, f"{field} = {shown(value) or 'blank'}"
        case Owned(owner, refused):
            if refused:
                yield False, f"not available: {refused}" + (f"; the owner is {owner} all the same" if owner else "")
            else:
                yield True, f"owner = {owner}"
        case Picked(roster, owner, stands_in_for, passed_over, is_sticky):
            for who, why in passed_over:
                yield False, f"{who} is passed over: {why}"
            cover = f", who stands in for {stands_in_for}" if stands_in_for else ""
            last = ": the company's last one did, too" if is_sticky else ""
            yield owner is not None, f"the turn in {roster} goes to {owner or 'nobody'}{cover}{last}"
        case Found(table):
            yield found_row is not None, found_row or f"no row of {table} fits"
        case Waited(held, until):
            yield held, f"{'came true' if held else 'did not come true'} until {until:%Y-%m-%d %H:%M} UTC"
        case Created(object_, name, values):
            yield True, f"creates {_article(object_)}{f', called {name}' if name else ''}: {_listed(values)}"
        case Converted(account, values):
            yield True, f"becomes a contact of {account}: {_listed(values)}"
        case Merged(name, values):
            yield True, f"is merged with {name}: {_listed(values)}"
        case Broke(field, _, message):
            yield False, f"{field} {message}"
        case Sent(channel, to, message):
            yield True, f"{channel} to {to}: {message}"
        case _:
            assert_never(fact)


def _article(object_: str) -> str:
    return f"{'an' if object_[:1] in 'AEIOU' else 'a'} {object_}"


def _listed(values: Mapping[str, Value]) -> str:
    return ", ".join(f"{name} = {shown(value) or 'blank'}" for name, value in values.items()) or "nothing changes"


def _bound(fact: Bound) -> str:
    """Whom a match chose, and what put it before the next best; scores where a name was only alike."""
    chosen = f"{fact.name} is {_called(fact.record)}{_scored(fact.score)}"
    if fact.by is None:
        return chosen
    return f"{chosen} before {_called(fact.runner_up)}{_scored(fact.runner_up_score)}: {fact.by}{_which(fact)}"


def _which(fact: Bound) -> str:
    """The preference that decided, where `by` tells only its number."""
    preference = fact.preference
    if preference is None or preference.order == fact.by:
        return ""
    return f" ({preference.order if preference.when is None else clip(to_text(preference.when), LONGEST)})"


def _scored(score: float | None) -> str:
    """A score with one digit behind the point, cut off: none that was too low reads as if it had been enough."""
    return "" if score is None or score >= SURE else f" ({math.floor(score * 10) / 10:g})"


def _called(record: Record | None) -> str:
    """What a related record is called."""
    fields = record.fields if record else {}
    return next((shown(fields[name]) for name in NAMES if fields.get(name)), "a record without a name")


# Pages ------------------------------------------------------------------------------------------------------------


def code_list(told: tuple[Page, ...], look: Look) -> str:
    """All codes, a line each, by what they are about."""
    width = max(len(each.name) for each in told)
    groups = (
        (look.paint("strong", group), *(_code_line(each, width, look) for each in told if each.group == group))
        for group in dict.fromkeys(each.group for each in told)
    )
    return "\n\n".join("\n".join(group) for group in groups)


def _code_line(told: Page, width: int, look: Look) -> str:
    before = f"  {look.paint(str(told.severity), told.code)}  {told.name.ljust(width)}  "
    return paragraph(told.title, look.width, before, " " * (width + 11))


def page(told: Page, look: Look) -> str:
    """The page of a code."""
    head = f"{look.paint(str(told.severity), told.code)}  {look.paint('strong', told.name)}  ({told.severity})"
    return blocks(
        head,
        _prose(told.title, look),
        f"{look.paint('strong', 'Why it matters')}\n{_prose(told.why, look)}",
        f"{look.paint('strong', 'What to do')}\n{_prose(told.what, look)}",
        _example("Bad", told.bad, look),
        _example("Good", told.good, look),
    )


def _prose(text: str, look: Look) -> str:
    return "\n\n".join(paragraph(part, look.width) for part in text.split("\n\n"))


def _example(name: str, text: str, look: Look) -> str:
    if not text.strip():
        return ""
    body = "\n".join(f"    {line}".rstrip() for line in text.rstrip().splitlines())
    return f"{look.paint('strong', name)}\n{lines(body)}"


def node_type(told: type[Node], look: Look) -> str:
    """The page of a node type: its docstring, whose example is a piece of a flow file."""
    return f"{look.paint('strong', told.type)}\n\n" + _docstring(told).replace("``", "`")


def _docstring(told: type[Node]) -> str:
    import inspect

    return inspect.getdoc(told) or ""


# Data -------------------------------------------------------------------------------------------------------------


def data(told: Told) -> Mapping[str, Json]:
    if isinstance(told, Explained):
        return _explained(told)
    if isinstance(told, Page):
        return {
            "code": told.code,
            "name": told.name,
            "severity": str(told.severity),
            "title": told.title,
            "why": told.why,
            "what": told.what,
            "bad": told.bad,
            "good": told.good,
        }
    if isinstance(told, tuple):
        rows = [{"code": p.code, "name": p.name, "severity": str(p.severity), "title": p.title} for p in told]
        return {"codes": rows}
    return {"node_type": told.type, "summary": told.summary, "doc": _docstring(told)}


def _explained(e: Explained) -> Mapping[str, Json]:
    return {
        "version": e.version,
        "flow": e.flow,
        "lead": e.lead,
        "position": e.position,
        "of": e.total,
        "now": e.now.isoformat().replace("+00:00", "Z"),
        "outcome": outcome_data(e.outcome) | {"sets": {k: shown(v) or None for k, v in e.outcome.sets.items()}},
        "steps": [_step_data(step) for step in e.steps],
    }


def _step_data(step: Step) -> Json:
    return {
        "flow": step.flow,
        "node": step.node,
        "type": step.type,
        "title": step.title,
        "place": str(step.place),
        "way": step.port,
        "branches": [
            {
                "name": branch.name,
                "when": branch.when,
                "held": branch.held,
                "atoms": [{"text": atom.text, "held": atom.held, "values": dict(atom.values)} for atom in branch.atoms],
            }
            for branch in step.branches
        ],
        "done": [said for fact in step.done for _, said in _sentences(fact, step.row)],
    }
