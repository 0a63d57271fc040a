"""The answer of `schema`."""

from __future__ import annotations

from collections.abc import Mapping

from flowctl.document import Json
from flowctl.flow.jsonschema import FILE_KINDS
from flowctl.ops.schema import Schemas, text_of
from flowctl.render.console import Look, count, table
from flowctl.render.safe import safe


def text(schemas: Schemas, look: Look) -> str:
    """What was written; else the schema itself; else, of several, the kinds that there are."""
    if schemas.files:
        return "\n".join((*map(safe, schemas.files), f"{count(len(schemas.files), 'schema')} written"))
    if len(schemas.schemas) == 1:
        return text_of(next(iter(schemas.schemas.values())))
    return table(("kind", "files"), [(kind.name, kind.glob) for kind in FILE_KINDS.values()], look)


def data(schemas: Schemas) -> Mapping[str, Json]:
    return {"kinds": dict(schemas.schemas), "files": list(schemas.files)}
