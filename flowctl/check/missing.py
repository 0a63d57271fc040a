"""Where a related record may be missing, or a field of it blank: on some way nothing has found it, or asked for it.

A forward walk as that of `possible`, with one question: can a record get here for which all below a path is blank?
What a condition asks of anything else is not known, so a "no" is certain and a "yes" is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from flowctl.check import graph
from flowctl.data import dataclass
from flowctl.expr import (
    And,
    AnyOf,
    Arithmetic,
    Between,
    Compare,
    Expr,
    Extreme,
    Field,
    FieldPath,
    IsBlank,
    Matches,
    Not,
    Operand,
    Or,
    Shift,
    Truth,
)
from flowctl.flow import Flow, Model, Node, Types
from flowctl.flow.nodes.decision import Decision
from flowctl.flow.nodes.match import Match
from flowctl.flow.nodes.wait import Wait

NOT_BOUND = ("unmatched", "missing", "nobody")  # ways on which the name that a node gives stands for nothing


@dataclass(frozen=True)
class Missing:
    """What may be missing at the nodes of a flow. Nothing is known where the flow has cycles."""

    flow: Flow
    model: Model
    _known: dict[FieldPath, frozenset[str]] = field(default_factory=dict)

    def at(self, path: FieldPath, node: str) -> bool:
        """Whether a related record (`account`), or a field of it (`account.Name`), may be blank where a node begins."""
        if path not in self._known:
            self._known[path] = frozenset(self._walked(path))
        return node in self._known[path]

    def may_be_blank(self, path: FieldPath, node: str) -> bool:
        """Whether a field that a node reads may be blank there, as far as its type and the ways to the node say it.

        What a person is asked is blank wherever the field does not name anybody.
        """
        types = self.model.types(self.flow)
        type_ = types.field(path)
        if len(path) == 1:
            return type_ is None or not type_.required
        object_ = self.model.objects.get(self.flow.object)
        is_person = object_ is not None and path[0] in object_.fields
        is_of_every = len(path) == 2 and type_ is not None and type_.required
        return is_person or self.at(path[:1] if is_of_every else path, node)

    def _walked(self, path: FieldPath) -> Iterator[str]:
        arrows = {id_: [way.to for way in node.ways()] for id_, node in self.flow.nodes.items()}
        types = self.model.types(self.flow)
        reachable, is_record = self.flow.reachable(), len(path) == 1
        blank = {self.flow.start}
        for id_ in graph.in_order(arrows) or ():
            if id_ in reachable:
                blank.update(_leaving(self.flow.nodes[id_], path, id_ in blank, is_record, types))
                if id_ in blank:
                    yield id_


def _leaving(node: Node, path: FieldPath, is_blank: bool, is_record: bool, types: Types) -> Iterator[str]:
    """The ways of a node on which all below a path may be blank."""
    match node:
        case Decision() if is_blank:
            for branch in node.branches:
                held = if_blank(branch.when, path, types)
                if held is not False:
                    yield branch.then
                if held:
                    return
            yield node.otherwise or ""
        case Decision():
            return
        case Wait():  # meanwhile anybody may empty a field
            if is_blank or not is_record:
                held = if_blank(node.until, path, types)
                yield from (to for to, never in ((node.met, False), (node.expired, True)) if held is not never)
        case _ if (node.binds() or ("",))[0] == path[0]:
            asked = isinstance(node, Match) and node.where is not None and if_blank(node.where, path, types) is False
            yield from (way.to for way in node.ways() if way.port in NOT_BOUND or not (is_record or asked))
        case _ if is_blank:
            yield from (way.to for way in node.ways())


def if_blank(e: Expr, path: FieldPath, types: Types) -> bool | None:
    """Whether a condition holds where all below a path is blank; None when that depends on more."""
    match e:
        case Not(of):
            inner = if_blank(of, path, types)
            return None if inner is None else not inner
        case And(of) | Or(of):
            decides = isinstance(e, Or)
            parts = {if_blank(part, path, types) for part in of}
            return decides if decides in parts else None if None in parts else not decides
        case IsBlank(asked, negated):
            return not negated if _goes(asked, path, types) else None
        case Compare(left, op, right):
            return op == "!=" if _goes(left, path, types) or _goes(right, path, types) else None
        case Between(left, low, high):
            return False if any(_goes(operand, path, types) for operand in (left, low, high)) else None
        case AnyOf(left, op):
            return op in ("NOT IN", "EXCLUDES") if _goes(left, path, types) else None
        case Truth(Field(read)):
            return False if _is_below(read, path) else None
        case Matches(left):
            return False if _goes(left, path, types) else None
        case _:
            return None


def _goes(operand: Operand, path: FieldPath, types: Types) -> bool:
    """Whether an operand is blank where all below a path is. A blank checkbox compares as one that is not ticked."""
    match operand:
        case Field(read):
            type_ = types.field(read)
            return _is_below(read, path) and type_ is not None and type_.kind != "checkbox"
        case Shift(of):
            return _goes(of, path, types)
        case Arithmetic(left, _, right):
            return _goes(left, path, types) or _goes(right, path, types)
        case Extreme(_, of):
            return all(_goes(part, path, types) for part in of)
        case _:
            return False


def _is_below(read: FieldPath, path: FieldPath) -> bool:
    return read[: len(path)] == path
