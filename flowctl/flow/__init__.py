"""Flows and what stands beside them: read from text, digested, lowered to the core that the engines run.

A module of this room is loaded when one of its names is asked for: `flowctl log` has no use for nodes and fixtures.
"""

from typing import TYPE_CHECKING

from flowctl.lazy import on_demand

if TYPE_CHECKING:
    from flowctl.flow.bundle import (
        Bundle,
        behaviour_digest,
        bundle_of,
        changed,
        content_digest,
        digest_of,
        part_of,
        path_of,
    )
    from flowctl.flow.fixture import Fixture
    from flowctl.flow.model import Flow, dump_flow, load_flow, lower, open_flow
    from flowctl.flow.node import NODE_TYPES, Node
    from flowctl.flow.objects import ObjectType, Settings, Types
    from flowctl.flow.owner import Named
    from flowctl.flow.people import Directory, Member, Roster
    from flowctl.flow.program import Program
    from flowctl.flow.record import Record
    from flowctl.flow.table import Header, Table
    from flowctl.flow.workspace import Model, load_model

__all__ = [
    "NODE_TYPES", "Bundle", "Directory", "Fixture", "Flow", "Header", "Member", "Model", "Named", "Node", "ObjectType",
    "Program", "Record", "Roster", "Settings", "Table", "Types", "behaviour_digest", "bundle_of", "changed",
    "content_digest", "digest_of", "dump_flow", "load_flow", "load_model", "lower", "open_flow", "part_of", "path_of",
]  # fmt: skip

_HOMES = {
    "bundle": "Bundle behaviour_digest bundle_of changed content_digest digest_of part_of path_of",
    "fixture": "Fixture",
    "model": "Flow dump_flow load_flow lower open_flow",
    "node": "NODE_TYPES Node",
    "objects": "ObjectType Settings Types",
    "owner": "Named",
    "people": "Directory Member Roster",
    "program": "Program",
    "record": "Record",
    "table": "Header Table",
    "workspace": "Model load_model",
}

__getattr__ = on_demand(__name__, _HOMES)
