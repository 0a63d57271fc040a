"""JSON Schemas of the file kinds, for editors that complete and check while people type."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flowctl.data import dataclass
from flowctl.document import Json
from flowctl.flow.fixture import Story
from flowctl.flow.kinds import fields_schema
from flowctl.flow.model import Flow
from flowctl.flow.node import NODE_TYPES, load_node_types
from flowctl.flow.objects import ObjectType, Settings
from flowctl.flow.people import Directory, Roster
from flowctl.flow.table import Header

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def nodes_schema() -> Json:
    """Nodes by id: for each node type its own keys, so that completion knows what `type` asks for."""
    load_node_types()
    choices = []
    for name, cls in sorted(NODE_TYPES.items()):
        schema = fields_schema(cls)
        schema["properties"] = {"type": {"const": name, "description": cls.summary}, **schema["properties"]}
        choices.append(schema | {"required": ["type", *schema["required"]]})
    names = {"type": {"enum": sorted(NODE_TYPES)}}
    return {"type": "object", "additionalProperties": {"properties": names, "anyOf": choices}}


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file: its name, where such files are (a glob), and how its schema is made."""

    name: str
    glob: str
    make: Callable[[], dict[str, Json]]


def _fixtures() -> dict[str, Json]:
    """A list of fixtures; the lead stands below its object's name, so that other keys are allowed there."""
    return {"type": "array", "items": fields_schema(Story) | {"additionalProperties": {"type": "object"}}}


FILE_KINDS = {
    kind.name: kind
    for kind in (
        FileKind("flow", "flows/*.yaml", partial(fields_schema, Flow)),
        FileKind("roster", "flows/rosters/*.yaml", partial(fields_schema, Roster)),
        FileKind("object", "flows/objects/*.yaml", partial(fields_schema, ObjectType)),
        FileKind("header", "flows/tables/*.yaml", partial(fields_schema, Header)),
        FileKind("directory", "flows/directory.yaml", partial(fields_schema, Directory)),
        FileKind("settings", "flows/settings.yaml", partial(fields_schema, Settings)),
        FileKind("fixtures", "flows/fixtures/*/*.yaml", _fixtures),
    )
}


def json_schema(kind: str) -> dict[str, Json]:
    """The JSON Schema of a file kind, one of `FILE_KINDS`."""
    return {"$schema": DIALECT, "title": f"flowctl {kind}"} | FILE_KINDS[kind].make()
