"""The answer of `explain`: the way of a lead, the page of a code, the page of a node type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias, assert_never

from flowctl.check import Page
from flowctl.document import Json
from flowctl.engine.interp import shown
from flowctl.engine.outcome import Bound, Owned, Picked, Sent, Sought, Was
from flowctl.flow import Node, Record
from flowctl.ops.explain import AtomSeen, BranchSeen, Explained, Step
from flowctl.ops.simulate import NAMES
from flowctl.render.console import Look, clip, count, paragraph
from flowctl.render.lists import BAD, GOOD, blocks
from flowctl.render.safe import lines, safe
from flowctl.render.simulate import outcome as outcome_data

Told: TypeAlias = Explained | Page | type[Node]
Done: TypeAlias = Sought | Bound | Was | Owned | Picked | Sent

INDENT = "     "  # below the number of a step
LONGEST = 160  # columns of a condition; `flowctl show --node` has it whole


def text(told: Told, look: Look) -> str:
    if isinstance(told, Explained):
        return blocks(_headline(told, look), "\n".join(line for step in _numbered(told, look) for line in step))
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
        yield from _done(fact, look)
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


def _done(fact: Done, look: Look) -> Iterator[str]:
    for held, said in _sentences(fact):
        yield paragraph(safe(said), look.width, f"{INDENT}{_mark(held, look)} ", f"{INDENT}    ")


def _sentences(fact: Done) -> Iterator[tuple[bool, str]]:
    """What happened, in words, each with whether it came to something."""
    match fact:
        case Sought(method, found, kept):
            dropped = f", {found - kept} of them dropped by `where`" if kept < found else ""
            yield kept > 0, f"by {method}: {count(found, 'candidate') if found else 'no candidate'}{dropped}"
        case Bound(name, by, record):
            yield True, f"{name} is {_called(record)}" + (f"; {by} put it first" if by else "")
        case Was(field, value):
            yield True, f"{field} = {shown(value) or 'blank'}"
        case Owned(owner, refused):
            if refused:
                yield False, f"not available: {refused}" + (f"; the owner is {owner} all the same" if owner else "")
            else:
                yield True, f"owner = {owner}"
        case Picked(roster, owner, stands_in_for, passed_over):
            for who, why in passed_over:
                yield False, f"{who} is passed over: {why}"
            cover = f", who stands in for {stands_in_for}" if stands_in_for else ""
            yield owner is not None, f"the turn in {roster} goes to {owner or 'nobody'}{cover}"
        case Sent(channel, to, message):
            yield True, f"{channel} to {to}: {message}"
        case _:
            assert_never(fact)


def _called(record: Record | None) -> str:
    """What a related record is called."""
    fields = record.fields if record else {}
    return next((shown(fields[name]) for name in NAMES if fields.get(name)), "a record without a name")


# Pages ------------------------------------------------------------------------------------------------------------


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
        "done": [said for fact in step.done for _, said in _sentences(fact)],
    }
