"""What `simulate` says of leads of the past: their traffic, what really happened, whom a release misrouted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from flowctl.cli.answer import Answer
from flowctl.cli.clock import now
from flowctl.cli.frame import Misuse
from flowctl.cli.options import VERSIONS
from flowctl.cli.progress import Tick
from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.document import Json
from flowctl.ops.leads import Source
from flowctl.ops.rehearsal import Request
from flowctl.render.console import Look

if TYPE_CHECKING:
    from types import ModuleType

Traffic = Annotated[bool, typer.Option("--traffic", help="How many leads take each way, kept for `show --traffic`.")]
Actual = Annotated[
    str | None,
    typer.Option("--actual", metavar="COLUMN|FILE", help="Compare with the owners they got: a column, or a history."),
]
AsOf = Annotated[bool, typer.Option("--as-of", help="With `--actual`: each lead by the release live at its time.")]
RoutedBy = Annotated[
    str | None,
    typer.Option("--routed-by", metavar="VERSION", help=f"List whom this release misrouted: {VERSIONS}."),
]
FORMS = ("text", "json", "md")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of leads of the past; nothing, by default."""

    traffic: bool = False
    actual: str | None = None
    as_of: bool = False
    routed_by: str | None = None

    @property
    def what(self) -> Literal["traffic", "backtest", "reroute"] | None:
        """What is asked for.

        Raises:
            Misuse: Two things at once, or half of one.
        """
        given = {"--traffic": self.traffic, "--actual": self.actual, "--routed-by": self.routed_by}
        options = [option for option, is_given in given.items() if is_given]
        if len(options) > 1:
            raise Misuse(f"`{options[0]}` and `{options[1]}` at once", hint="one of them")
        if self.as_of and not self.actual:
            raise Misuse("`--as-of` is of `--actual`", hint="`flowctl simulate leads.csv --actual COLUMN --as-of`")
        names: dict[str, Literal["traffic", "backtest", "reroute"]] = {
            "--traffic": "traffic",
            "--actual": "backtest",
            "--routed-by": "reroute",
        }
        return names[options[0]] if options else None


@dataclass(frozen=True, slots=True)
class Told:
    """A report of the past, and the module of `render` that tells it."""

    by: str
    told: Any

    @property
    def render(self) -> ModuleType:
        from importlib import import_module

        return import_module(f"flowctl.render.{self.by}")


def text(told: Told, look: Look) -> str:
    said: str = told.render.text(told.told, look)
    return said


def data(told: Told) -> Mapping[str, Json]:
    found: Mapping[str, Json] = told.render.data(told.told)
    return found


def markdown(told: Told) -> str:
    said: str = told.render.markdown(told.told)
    return said


def answer(
    source: Source, request: Request, asked: Asked, form: str, at: dt.datetime | None, tick: Tick
) -> Answer[Any]:
    """Answers what is asked of the leads of a file.

    Args:
        at: When a job takes them.

    Raises:
        Misuse: No file is named, or the form or another option is not of this.
    """
    _refuse(request, asked, form, at)
    if asked.what == "traffic":
        from flowctl.ops.measure import measure
        from flowctl.render.traffic import TrafficTold

        return Answer(Told("traffic", TrafficTold(measure(source, request, now(), tick, at), request.every)))
    if asked.actual:
        from flowctl.ops.backtest.run import backtest
        from flowctl.render.backtest import BacktestTold

        report = backtest(source, request, asked.actual, now(), as_of=asked.as_of, tick=tick)
        return Answer(Told("backtest", BacktestTold(report, request.every)))
    from flowctl.ops.reroute import reroute
    from flowctl.render.reroute import RerouteTold

    assert asked.routed_by is not None
    return Answer(Told("reroute", RerouteTold(reroute(source, request, asked.routed_by, now(), tick), request.every)))


def _refuse(request: Request, asked: Asked, form: str, at: dt.datetime | None) -> None:
    option = {"traffic": "--traffic", "backtest": "--actual", "reroute": "--routed-by"}[asked.what or "traffic"]
    if request.leads is None:
        raise Misuse(f"`{option}` is of leads of a file", hint=f"name it: `flowctl simulate leads.csv {option}`")
    if form not in FORMS:
        raise Misuse(f"there is no {form.upper()} of `{option}`", hint="leave out the form, or `--json` or `-f md`")
    if at and asked.what != "traffic":
        raise Misuse(f"`--scheduled` and `{option}` at once", hint="one of them")
    if request.engine != "local" and asked.as_of:
        raise Misuse("`--engine` and `--as-of` at once", hint="leave out `--engine`: this machine does")
    if request.output and asked.what != "reroute":
        raise FlowctlError(f"`{option}` lists no leads", hint="`-o FILE.md -f md`, or `--json-into FILE`")
    if request.against and asked.what != "reroute":
        raise Misuse(f"`--against` and `{option}` at once", hint="`--version` names the version to route by")
