"""The forms of verbs that are pages and pictures. What they need is loaded when one is asked for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from flowctl.cli.answer import Whole
from flowctl.cli.clock import now
from flowctl.cli.frame import Misuse
from flowctl.cli.here import folder
from flowctl.cli.progress import progress

if TYPE_CHECKING:
    from flowctl.ops.leads import Source
    from flowctl.ops.others import Others
    from flowctl.ops.page import Asked, Page
    from flowctl.ops.show import Shown
    from flowctl.ops.versions import Version
    from flowctl.ops.workspace import Workspace
    from flowctl.render.diff import Told

LeadsOption = Annotated[
    str | None, typer.Option("--leads", metavar="FILE", help="With `--html`: count the ways of these leads.")
]
DataOption = Annotated[
    list[str] | None, typer.Option("--data", metavar="OBJECT=FILE", help="With `--leads`: records to match on.")
]
TrafficOption = Annotated[bool, typer.Option("--traffic", help="How many leads took each way, as counted before.")]
TrafficFile = Annotated[
    str | None,
    typer.Option("--traffic-file", metavar="FILE", help="As `--traffic`, of what this file holds, from elsewhere."),
]
Leads: TypeAlias = tuple[str | None, list[str] | None]  # what the two options say


def html(page: Page) -> str:
    from flowctl.render.page.html import html

    return html(page)


def svg(shown: Shown) -> str:
    from flowctl.render.svg import svg

    return svg(shown)


def png(shown: Shown) -> bytes:
    from flowctl.render.png import png

    return png(shown)


def picture(told: Told | Others) -> str:
    from flowctl.render.picture import of_diff

    return of_diff(told)


def source(ws: Workspace) -> Source:
    """Where files that are typed come from."""
    from flowctl.ops.leads import Source

    return Source(ws, folder(), sys.stdin.buffer.read)


def of(ws: Workspace, version: Version, shown: Shown, crowd: Leads, traffic: str | None = None) -> Whole:
    """The page of a version, called after the flow that it opens.

    Args:
        traffic: The file with the traffic that is laid over it; empty for what was kept.
    """
    flow = getattr(shown, "flow", None)

    def gather() -> Page:
        from flowctl.ops.page import Kept, page_of

        asked = _asked(ws, crowd, flow.flow if flow else None)
        with progress("routing leads") as tick:
            return page_of(ws, version, shown, asked if traffic is None else Kept(source(ws), traffic or None), tick)

    return Whole(flow.flow if flow else "flows", gather, _option(crowd))


def between(ws: Workspace, before: Version, after: Version, part: str | None, crowd: Leads) -> Whole:
    """The page of a comparison; of a part that is a flow it opens that."""
    opens = part.removeprefix("flow/") if part else None

    def gather() -> Page:
        from flowctl.ops.page import page_between

        with progress("routing leads") as tick:
            return page_between(ws, before, after, opens, _asked(ws, crowd, opens), tick)

    return Whole("diff", gather, _option(crowd))


def _option(crowd: Leads) -> str:
    """The option that was given and is of the page only.

    Raises:
        Misuse: There is data to match on, and no lead to match.
    """
    leads, data = crowd
    if data and not leads:
        raise Misuse("`--data` is what leads of a file are matched on", hint="name their file: `--leads leads.csv`")
    return "--leads" if leads else ""


def _asked(ws: Workspace, crowd: Leads, flow: str | None) -> Asked | None:
    from flowctl.ops.page import Asked

    leads, data = crowd
    return Asked(source(ws), leads, tuple(data or ()), flow, now()) if leads else None
