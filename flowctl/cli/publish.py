"""Where a run of `ci` goes beside the terminal: files, the comment of the merge request, the summary of a job."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from flowctl.cli import pages
from flowctl.cli.stream import keep
from flowctl.diag import FlowctlError
from flowctl.hosts import COMMENT_LIMIT, host_of
from flowctl.ops.ci.checkout import Checkout
from flowctl.ops.ci.report import CiReport
from flowctl.render.ci.comment import KEY, comment
from flowctl.render.ci.files import files
from flowctl.render.ci.github import SUMMARY_LIMIT
from flowctl.render.ci.pictures import pictures
from flowctl.render.safe import lines

Wish: TypeAlias = Literal["auto", "always", "never"]
Draw: TypeAlias = Callable[[], Sequence[str]]  # the pictures, drawn when they are asked for, and once
PAGE = "diff.html"
SUMMARY = "GITHUB_STEP_SUMMARY"


def is_github(variables: Mapping[str, str]) -> bool:
    """Whether GitHub reads what we print."""
    return variables.get("GITHUB_ACTIONS") == "true"


def publish(here: Checkout, report: CiReport, reports: Path | None, wish: Wish) -> tuple[str, ...]:
    """Writes the reports, then the summary, then the comment; says what went where.

    Raises:
        FlowctlError: A file cannot be written; or the comment cannot, and was asked for.
    """
    draw: Draw = cache(lambda: pictures(report))
    said = _files(here, report, reports, draw) if reports else []
    if is_github(here.variables) and (summary := here.variables.get(SUMMARY)):
        _append(Path(summary), _of_bytes(report, draw(), SUMMARY_LIMIT, run_of(here.variables)))
    return (*said, *_comment(here, report, wish, draw))


def _files(here: Checkout, report: CiReport, folder: Path, draw: Draw) -> list[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        hint = "name a folder: `--reports reports`"
        raise FlowctlError(f"cannot make the folder `{folder}`: {error.strerror}", hint=hint) from error
    written = files(report, draw())
    for name, text in written.items():
        keep(folder / name, text)
    names = list(written)
    if not report.diff.is_empty:
        names += _page(here, report, folder / PAGE)
    return [f"reports in `{folder}`: {', '.join(names)}"]


def _page(here: Checkout, report: CiReport, file: Path) -> list[str]:
    """The page, where there is a flow to draw."""
    from flowctl.ops.page import page_between  # and with it all that draws

    try:
        page = page_between(here, report.before, report.after)
    except FlowctlError:
        file.unlink(missing_ok=True)
        return []
    keep(file, pages.html(page))
    return [file.name]


def _of_bytes(report: CiReport, drawn: Sequence[str], limit: int, run: str) -> str:
    """The comment in at most so many bytes: one of a letter beyond ASCII may take three."""
    text = comment(report, drawn, run=run)
    return text if len(text.encode()) <= limit else comment(report, drawn, limit // 3, run)


def _append(file: Path, text: str) -> None:
    try:
        with file.open("a", encoding="utf-8") as summary:
            summary.write(f"{lines(text)}\n")
    except OSError as error:
        raise FlowctlError(f"cannot write `{SUMMARY}`: {error.strerror}", hint=f"`unset {SUMMARY}`") from error


def _comment(here: Checkout, report: CiReport, wish: Wish, draw: Draw) -> tuple[str, ...]:
    if wish == "never":
        return ()
    try:
        host = host_of(here.variables)
        if host is None:
            if wish == "auto":
                return ()
            hint = "it runs in a pipeline of a merge request; `--comment auto` writes it only there"
            raise FlowctlError("there is no merge request to comment on", hint=hint)
        body = comment(report, draw(), COMMENT_LIMIT[host.name], run_of(here.variables))
        return (f"comment: {host.comment(KEY, lines(body))}",)
    except FlowctlError as error:
        if wish == "always":
            raise
        return (f"no comment was written: {error.message}{f' ({error.hint})' if error.hint else ''}",)


def run_of(variables: Mapping[str, str]) -> str:
    """The web address of the job; empty where none is known that could stand in a link."""
    address = variables.get("CI_JOB_URL", "")
    if variables.get("GITHUB_RUN_ID"):
        server, repository = variables.get("GITHUB_SERVER_URL", ""), variables.get("GITHUB_REPOSITORY", "")
        address = f"{server}/{repository}/actions/runs/{variables['GITHUB_RUN_ID']}"
    return address if re.fullmatch(r"https?://[\w.\-:/%+]+", address, re.ASCII) else ""
