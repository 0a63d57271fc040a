"""`schema`: the JSON Schemas of the kinds of files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from flowctl.data import dataclass
from flowctl.diag import FlowctlError, did_you_mean
from flowctl.document import Json
from flowctl.flow.jsonschema import FILE_KINDS, json_schema


@dataclass(frozen=True, slots=True)
class Schemas:
    """Schemas by kind of file, and the files that they were written to."""

    schemas: Mapping[str, Json]
    files: tuple[str, ...] = ()


def schema(kind: str) -> Schemas:
    """The schema of one kind.

    Raises:
        FlowctlError: There is no such kind.
    """
    if kind not in FILE_KINDS:
        hint = did_you_mean(kind, FILE_KINDS) or f"kinds: {', '.join(FILE_KINDS)}"
        raise FlowctlError(f"there is no kind of file `{kind}`", hint=hint)
    return Schemas({kind: json_schema(kind)})


def all_schemas() -> Schemas:
    return Schemas({kind: json_schema(kind) for kind in FILE_KINDS})


def text_of(schema: Json) -> str:
    """A schema as the text of a file, the same as `init` writes."""
    return json.dumps(schema, indent=1) + "\n"


def write(schemas: Schemas, folder: Path) -> Schemas:
    """Writes each schema to `<kind>.json` in a folder, which is made when it is not there.

    Raises:
        FlowctlError: The folder cannot be written to.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for kind, schema in schemas.schemas.items():
            path = folder / f"{kind}.json"
            path.write_text(text_of(schema), encoding="utf-8", newline="\n")
            written.append(str(path))
    except OSError as error:
        raise FlowctlError(f"cannot write to `{folder}`: {error.strerror}") from error
    return Schemas(schemas.schemas, tuple(written))
