"""Blanks: where they decide without being asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from flowctl.check.registry import Found, check
from flowctl.check.scope import FlowScope, flows
from flowctl.diag import Severity
from flowctl.expr import (
    Arithmetic,
    Between,
    Compare,
    Constant,
    Expr,
    Extreme,
    Field,
    FieldPath,
    IsBlank,
    Now,
    Operand,
    Shift,
    Today,
    atoms,
)
from flowctl.flow import Node
from flowctl.flow.nodes.decision import Decision
from flowctl.flow.nodes.set import Set

Group: TypeAlias = frozenset[FieldPath]


@check(
    "FC306",
    Severity.WARNING,
    flows,
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: score
    nodes:
      score:
        type: decision
        branches:
          - {when: Person_Score__c < 50, label: low, then: done}
        otherwise: partner
      partner: {type: assign, to: queue/partner, then: done}
      done: {type: end, result: Handled}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: score
    nodes:
      score:
        type: decision
        branches:
          - {when: Person_Score__c IS BLANK OR Person_Score__c < 50, label: low, then: done}
        otherwise: partner
      partner: {type: assign, to: queue/partner, then: done}
      done: {type: end, result: Handled}
    """,
)
def comparison_with_a_blank(scope: FlowScope) -> Found:
    """A comparison of less or more that a blank fails without a word.

    ## Why it matters
    A blank is neither below nor above anything. A lead without a score is not `< 50`, so it goes where the high scores
    go.

    ## What to do
    Say what is to happen to a blank: in a branch of its own above, or here, with `… IS BLANK OR …` or
    `… IS NOT BLANK AND …`. A field that is never blank is `required: true` in `flows/objects`. Nothing is said where
    every way to the node, or the node itself, has asked already.
    """
    settled = _settled(scope)
    for node in scope.flow.nodes.values():
        if isinstance(node, Decision):
            yield from _of_decision(node, scope, settled.get(node.id, frozenset()) | _settles(node))


def _of_decision(decision: Decision, scope: FlowScope, asked: frozenset[FieldPath]) -> Found:
    def is_open(path: FieldPath) -> bool:
        type_ = scope.types.field(path)
        return type_ is not None and not type_.required and path not in asked

    for i, branch in enumerate(decision.branches):
        for atom in atoms(branch.when):
            for group in _failing(atom, is_open):
                span = scope.inside(decision.id, ("branches", i, "when"), atom.start, atom.end)
                yield span, *_told(group)


def _told(group: Group) -> tuple[str, str]:
    names = [".".join(path) for path in sorted(group)]
    blank = " AND ".join(f"{name} IS BLANK" for name in names)
    filled = " OR ".join(f"{name} IS NOT BLANK" for name in names)
    filled = f"({filled})" if len(names) > 1 else filled
    subject = " and ".join(f"`{name}`" for name in names) + (" are" if len(names) > 1 else " is")
    return f"where {subject} blank, this is false", f"add a branch above, `when: {blank}`, or say `{filled} AND …`"


def _settled(scope: FlowScope) -> Mapping[str, frozenset[FieldPath]]:
    """The fields whose blank is settled on every path to a node, by node id; nothing where there are cycles."""
    before: dict[str, frozenset[FieldPath]] = {scope.flow.start: frozenset()}
    for id_ in scope.order or ():
        if id_ in before:
            after = before[id_] | _settles(scope.flow.nodes[id_])
            for to in scope.arrows[id_]:
                before[to] = before.get(to, after) & after
    return before


def _settles(node: Node) -> frozenset[FieldPath]:
    """The fields of which a node asks whether they are blank, or that it fills."""
    if isinstance(node, Set):
        return frozenset((name,) for name, value in node.values.items() if isinstance(value, Constant | Today | Now))
    if not isinstance(node, Decision):
        return frozenset()
    asked = (atom.of for branch in node.branches for atom in atoms(branch.when) if isinstance(atom, IsBlank))
    return frozenset(field.path for field in asked if isinstance(field, Field))


def _failing(atom: Expr, is_open: Callable[[FieldPath], bool]) -> tuple[Group, ...]:
    """The groups of fields that make an ordering comparison false when all of a group are blank, each once."""
    match atom:
        case Compare(left, "<" | "<=" | ">" | ">=", right):
            operands: tuple[Operand, ...] = (left, right)
        case Between(left, low, high):
            operands = (left, low, high)
        case _:
            operands = ()
    return tuple(dict.fromkeys(group for operand in operands for group in _blanking(operand, is_open)))


def _blanking(operand: Operand, is_open: Callable[[FieldPath], bool]) -> tuple[Group, ...]:
    """The groups of fields that make a value blank. Values from before an update are not asked for."""
    match operand:
        case Field(path):
            return (frozenset([path]),) if is_open(path) else ()
        case Shift(of):
            return _blanking(of, is_open)
        case Arithmetic(left, _, right):
            return _blanking(left, is_open) + _blanking(right, is_open)
        case Extreme(_, of):
            parts = [_blanking(part, is_open) for part in of]
            all_of_them = frozenset(path for groups in parts for group in groups for path in group)
            return (all_of_them,) if all(parts) else ()  # blank only where every one is
        case _:
            return ()
