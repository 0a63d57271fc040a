"""Options that several verbs have."""

from __future__ import annotations

from typing import Annotated

import typer

VERSIONS = "live, staging, @draft, a draft, a release's date, a git ref"

VersionOption = Annotated[str | None, typer.Option("--version", metavar="VERSION", help=f"Which one: {VERSIONS}.")]
FlowOption = Annotated[str | None, typer.Option("--flow", metavar="FLOW", help="The flow, where there are several.")]
ExitCode = Annotated[bool, typer.Option("--exit-code", help="Exit with 1 when there are differences.")]
