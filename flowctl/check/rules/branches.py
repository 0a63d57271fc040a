"""Branches and their conditions: what is never true, what is true by accident, what a blank does to them."""

from __future__ import annotations

from flowctl.check.registry import Found, check
from flowctl.check.scope import FlowScope, NodeScope, flows, nodes
from flowctl.diag import Severity
from flowctl.expr import (
    And,
    AnyOf,
    Between,
    Compare,
    Expr,
    Flag,
    Not,
    Or,
    Text,
    Truth,
    atoms,
    fields,
    implies,
)
from flowctl.flow.nodes.decision import Decision

SHORT = 2  # letters; `CONTAINS 'it'` finds `Fitch` and `Deposit`, three letters are mostly a word or an acronym
ALWAYS, NEVER = Truth(Flag(True)), Truth(Flag(False))


def _spoken(decision: Decision, index: int) -> str:
    """A branch as people call it: `branch 2 (scored)`."""
    label = decision.branches[index].label
    return f"branch {index + 1} (`{label}`)" if label else f"branch {index + 1}"


@check(
    "FC303",
    Severity.WARNING,
    nodes(Decision),
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: status
    nodes:
      status:
        type: decision
        branches:
          - {when: "Status IN ('Raw', 'MQL')", label: early, then: done}
          - {when: Status = 'MQL', label: qualified, then: partner}
        otherwise: done
      partner: {type: assign, to: queue/partner, then: done}
      done: {type: end, result: Handled}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: status
    nodes:
      status:
        type: decision
        branches:
          - {when: Status = 'MQL', label: qualified, then: partner}
          - {when: "Status IN ('Raw', 'MQL')", label: early, then: done}
        otherwise: done
      partner: {type: assign, to: queue/partner, then: done}
      done: {type: end, result: Handled}
    """,
)
def shadowed_branch(decision: NodeScope[Decision]) -> Found:
    """A branch that an earlier one leaves no lead for.

    ## Why it matters
    Branches are tried in order. Where an earlier one is as wide or wider, this one is never taken, whatever it says.

    ## What to do
    Move the narrower branch up, or delete it.
    """
    branches = decision.node.branches
    reads = [fields(branch.when) for branch in branches]
    for i, branch in enumerate(branches):
        # A condition tells nothing of another one's fields, and pairs of branches grow with the square.
        earlier = (j for j in range(i) if not reads[j] or reads[i] & reads[j])
        wider = next((j for j in earlier if implies(branch.when, branches[j].when)), None)
        if wider is not None and not _never(branch.when):
            message = (
                f"{_spoken(decision.node, i)} is never taken: {_spoken(decision.node, wider)} holds whenever it does"
            )
            yield decision.where("branches", i, "when"), message, f"move it above branch {wider + 1}, or delete it"


@check(
    "FC304",
    Severity.WARNING,
    flows,
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: status
    nodes:
      status:
        type: decision
        branches:
          - {when: Status = 'Raw' AND Status = 'MQL', label: early, then: partner}
        otherwise: done
      partner: {type: assign, to: queue/partner, then: done}
      done: {type: end, result: Handled}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: status
    nodes:
      status:
        type: decision
        branches:
          - {when: "Status IN ('Raw', 'MQL')", label: early, then: partner}
        otherwise: done
      partner: {type: assign, to: queue/partner, then: done}
      done: {type: end, result: Handled}
    """,
)
def condition_that_never_holds(scope: FlowScope) -> Found:
    """A condition that contradicts itself.

    ## Why it matters
    It is false for every lead. Most often an `AND` was meant to be an `OR`, or two bounds are the wrong way round.

    ## What to do
    For `one or the other` write `OR`, or `IN` with a list.
    """
    for node, path, condition in scope.conditions:
        if _never(condition):
            yield scope.flow.where(node.id, *path), "this never holds: it contradicts itself", "is `OR` meant, or `IN`?"


def _never(e: Expr) -> bool:
    """Whether syntax shows that a condition holds for no record."""
    match e:
        case Or(parts):
            return all(map(_never, parts))
        case And(parts):
            pairs = ((a, b) for i, a in enumerate(parts) for b in parts[:i])
            return any(map(_never, parts)) or any(implies(a, Not(b)) for a, b in pairs)
        case Between(left, low, high):
            return implies(Compare(left, ">=", low), Not(Compare(left, "<=", high)))
        case Not(of):
            return of == ALWAYS
        case _:
            return e == NEVER


@check(
    "FC305",
    Severity.WARNING,
    flows,
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: company
    nodes:
      company:
        type: decision
        branches:
          - {when: Company CONTAINS 'it', label: IT, then: partner}
        otherwise: done
      partner: {type: assign, to: queue/partner, then: done}
      done: {type: end, result: Handled}
    """,
    good=r"""
    flow: lead
    object: Lead
    triggers: [created]
    start: company
    nodes:
      company:
        type: decision
        branches:
          - when: MATCHES(Company, '\\bit\\b')
            label: IT
            then: partner
        otherwise: done
      partner: {type: assign, to: queue/partner, then: done}
      done: {type: end, result: Handled}
    """,
)
def short_contains(scope: FlowScope) -> Found:
    r"""`CONTAINS` of one or two letters.

    ## Why it matters
    It finds the letters inside of other words: `it` is in `Fitch` and `Deposit`, `hr` in `Christ`.

    ## What to do
    Write more of the word, or ask for it as a whole: `MATCHES(Company, '\\bit\\b')`, where `\\b` is the edge of a word.
    """
    for node, path, condition in scope.conditions:
        for atom in atoms(condition):
            for text in atom.of if isinstance(atom, AnyOf) and atom.op == "CONTAINS" else ():
                if isinstance(text, Text) and len(text.value.strip()) <= SHORT:
                    message = f"`{text.value}` is found inside of many words"
                    hint = f"ask for the whole word: `MATCHES(…, '\\\\b{text.value.strip()}\\\\b')`"
                    yield scope.inside(node.id, path, text.start, text.end), message, hint


@check(
    "FC307",
    Severity.WARNING,
    nodes(Decision),
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: status
    nodes:
      status:
        type: decision
        branches:
          - {when: Status = 'Raw', label: early, then: done}
          - {when: Status = 'MQL', label: early, then: partner}
        otherwise: done
      partner: {type: assign, to: queue/partner, then: done}
      done: {type: end, result: Handled}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: status
    nodes:
      status:
        type: decision
        branches:
          - {when: Status = 'Raw', label: raw, then: done}
          - {when: Status = 'MQL', label: qualified, then: partner}
        otherwise: done
      partner: {type: assign, to: queue/partner, then: done}
      done: {type: end, result: Handled}
    """,
)
def label_used_twice(decision: NodeScope[Decision]) -> Found:
    """Two ways out of a node that are called the same.

    ## Why it matters
    Coverage, explanations and diffs name a way by its label. Of two that are alike, nobody knows which is meant, so
    both are told by their number, which changes when a branch is added above.

    ## What to do
    Give each branch a label of its own; `otherwise` is the name of the way that is left over.
    """
    seen = {"otherwise": "the way that is left over"}
    for i, branch in enumerate(decision.node.branches):
        if branch.label in seen:
            span = decision.where("branches", i, "label")
            yield span, f"`{branch.label}` is what {seen[branch.label]} is called", "give it a label of its own"
        elif branch.label:
            seen[branch.label] = f"branch {i + 1}"
