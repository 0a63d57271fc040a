"""`flowctl schema`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.frame import Misuse
from flowctl.cli.stream import keep
from flowctl.ops import schema as op
from flowctl.render import schema as render

app = typer.Typer()
Kind = Annotated[str | None, typer.Argument(metavar="[KIND]", help="flow, roster, object, directory …")]
Every = Annotated[bool, typer.Option("--all", help="All of them, each to a file of its own in the folder of -o.")]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="PATH", help="Write to this file; with --all, to this folder.")
]


@app.command()
@answers("schema", text=render.text, json=render.data)
def schema(kind: Kind = None, every: Every = False, output: Output = None) -> Answer[op.Schemas]:
    """The JSON Schema of a kind of file, for editors.

    Without a kind, lists the kinds. `flowctl init` writes them all to .schemas/ and names them in each file, so that
    editors complete and check while you type.

    Examples:
        flowctl schema
        flowctl schema flow
        flowctl schema --all -o .schemas
    """
    if every and (kind or output is None):
        raise Misuse("`--all` wants a folder and no kind", hint="`flowctl schema --all -o .schemas`")
    if every and output:
        return Answer(op.write(op.all_schemas(), output))
    if kind is None:
        return Answer(op.all_schemas())
    schemas = op.schema(kind)
    if output:
        keep(output, op.text_of(schemas.schemas[kind]))
        return Answer(op.Schemas(schemas.schemas, (str(output),)))
    return Answer(schemas)
