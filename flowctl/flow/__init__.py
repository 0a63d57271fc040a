"""Flows and what stands beside them: read from text, digested, lowered to the core that the engines run."""

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
from flowctl.flow.workspace import Model, load_model

__all__ = [
    "NODE_TYPES", "Bundle", "Directory", "Fixture", "Flow", "Member", "Model", "Named", "Node", "ObjectType", "Program",
    "Record", "Roster", "Settings", "Types", "behaviour_digest", "bundle_of", "changed", "content_digest", "digest_of",
    "dump_flow", "load_flow", "load_model", "lower", "open_flow", "part_of", "path_of",
]  # fmt: skip
