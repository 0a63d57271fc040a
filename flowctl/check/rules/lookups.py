"""Look-ups: what flows ask of tables, and the rosters that rows name."""

from __future__ import annotations

from flowctl.check.registry import Found, check
from flowctl.check.scope import FlowScope, NodeScope, Workspace, flows, nodes, once
from flowctl.diag import Severity, did_you_mean
from flowctl.flow.node import references
from flowctl.flow.nodes.lookup import Lookup
from flowctl.flow.nodes.rotate import Rotate
from flowctl.flow.table import ROSTER
from flowctl.flow.workspace import bound_names

FLOW = """
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: {start}
    nodes:
      {start}: {node}
      done: {{type: end, result: Handled}}
"""
TABLE = """
    --- flows/tables/territory.yaml
    table: territory
    columns:
      Company: {key: exact, type: text}
      Employees: {key: range, type: number}
    --- flows/tables/territory.csv
    Company,Employees
    Acme,1-100
"""
BY = "{Company: Company, Employees: Employees__c}"


def _lookup(table: str = "territory", by: str = BY) -> str:
    node = f"{{type: lookup, table: {table}, as: territory, by: {by}, found: done, missing: done}}"
    return FLOW.format(start="region", node=node).rstrip()


@check(
    "FC525",
    Severity.ERROR,
    nodes(Lookup),
    bad=_lookup(by="{Company: Company}") + TABLE,
    good=_lookup() + TABLE,
)
def lookup_by_other_columns(scope: NodeScope[Lookup]) -> Found:
    """A lookup that gives no value for a key column of its table, or one for a column that is no key.

    ## Why it matters
    Without a value only rows fit that are blank in the column; a value for another column is not looked at.

    ## What to do
    Give a value for each key column in `by`; for one that is to be blank, write `BLANK`.
    """
    table = scope.scope.model.tables.get(scope.node.table)
    if table is None:
        return
    keys = table.header.keys
    for name in scope.node.by:
        if name not in keys:
            what = "is no key of" if name in table.header.columns else "is no column of"
            hint = did_you_mean(name, keys) or f"its keys: {', '.join(keys)}"
            where = scope.scope.flow.document.key("nodes", scope.node.id, "by", name)
            yield where, f"`{name}` {what} the table `{table.name}`", hint
    if missing := [name for name in keys if name not in scope.node.by]:
        names = ", ".join(f"`{name}`" for name in missing)
        yield scope.where("by"), f"no value for {names}, which `{table.name}` is looked up by", f"`{missing[0]}: FIELD`"


@check(
    "FC526",
    Severity.ERROR,
    flows,
    bad=_lookup(table="territroy"),
    good=_lookup() + TABLE,
)
def unknown_table(scope: FlowScope) -> Found:
    """A table that is not in `flows/tables`.

    ## Why it matters
    There is nothing to look up.

    ## What to do
    Correct the name, or write the table: its header as YAML, its rows as a CSV beside it.
    """
    for node in scope.flow.nodes.values():
        for path, referred, name in references(node):
            if referred == "tables" and not scope.workspace.knows(f"table/{name}"):
                hint = did_you_mean(name, scope.model.tables) or f"write flows/tables/{name}.yaml and {name}.csv"
                yield scope.flow.where(node.id, *path), f"unknown table `{name}`", hint


@check(
    "FC527",
    Severity.INFO,
    once,
    bad=FLOW.format(start="score", node="{type: set, values: {Person_Score__c: 5}, then: done}").rstrip() + TABLE,
    good=_lookup() + TABLE,
)
def unused_table(workspace: Workspace) -> Found:
    """A table that no flow looks anything up in.

    ## Why it matters
    People keep it up to date, and no lead is routed by it.

    ## What to do
    Name it in a `lookup` node, or delete its two files.
    """
    all_nodes = [node for flow in workspace.model.flows.values() for node in flow.nodes.values()]
    used = {node.table for node in all_nodes if isinstance(node, Lookup)}
    for name, table in workspace.model.tables.items() if workspace.is_whole else ():
        if name not in used:
            span = table.header.document.where("table")
            yield span, f"no flow looks anything up in `{name}`", "name it in a `lookup` node, or delete its files"


ROTATE = """
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: team
    nodes:
      team: {{type: lookup, table: team, as: team, by: {{Company: Company}}, found: turn, missing: done}}
      turn: {{type: rotate, roster: team.{}, then: done, nobody: done}}
      done: {{type: end, result: Handled}}
    --- flows/tables/team.yaml
    table: team
    columns:
      Company: {{key: exact, type: text}}
      Roster: {{type: roster}}
    --- flows/tables/team.csv
    Company,Roster
    Acme,sdr-emea
"""


@check("FC528", Severity.ERROR, nodes(Rotate), bad=ROTATE.format("Company"), good=ROTATE.format("Roster"))
def turns_in_no_roster(scope: NodeScope[Rotate]) -> Found:
    """A `rotate` by a column that names no roster.

    ## Why it matters
    Nobody's turn could ever come: every lead leaves by `nobody`.

    ## What to do
    Name a column of type `roster` of a row that a `lookup` before has found.
    """
    flow, tables_ = scope.scope.flow, scope.scope.model.tables
    if isinstance(scope.node.roster, str):
        return
    row, column = scope.node.roster[0], ".".join(scope.node.roster[1:])
    kind = bound_names(flow).get(row, "")
    table = tables_.get(kind.removeprefix("table/"))
    if not kind.startswith("table/") and not flow.unread:
        yield scope.where("roster"), f"no lookup gives a row the name `{row}`", f"a `lookup` with `as: {row}`"
    elif table and column not in (rosters := table.header.of_type(ROSTER)):
        hint = did_you_mean(column, rosters) or f"its columns of type roster: {', '.join(rosters) or 'none'}"
        yield scope.where("roster"), f"`{column}` of the table `{table.name}` names no roster", hint
