"""`flowctl.yaml`: environments, gates, titles. Nothing in it changes what a flow means."""

from __future__ import annotations

import datetime as dt
import os.path
import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.document import Document, Json, Tree
from flowctl.flow.kinds import (
    MISSING,
    NAME,
    Boolean,
    Choice,
    Integer,
    Kind,
    ListOf,
    MapOf,
    Missing,
    Name,
    Record,
    Text,
    a_scalar,
    key,
    read_fields,
)
from flowctl.ops.bounds import Bound, BoundText

FILE = "flowctl.yaml"
KINDS = ("weekly", "experiment", "hotfix", "roster", "rollback")


@dataclass(frozen=True, slots=True)
class Share(Kind):
    """A share, written in per cent; kept as a number from 0 to 100."""

    def read(self, tree: Tree, document: Document) -> float | Missing:
        scalar = a_scalar(tree, document, "a share, as in `5%`")
        if scalar is None:
            return MISSING
        number = re.fullmatch(r"(\d{1,3}(?:\.\d+)?) ?%", scalar.text)
        if number and float(number.group(1)) <= 100:
            return float(number.group(1))
        document.problem("FC005", f"`{scalar.text}` is not a share", scalar, "as in `5%`")
        return MISSING

    def plain(self, value: float, cosmetic: bool = True) -> Json:
        return f"{value:g}%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """What a promotion of one kind must meet. What is not given is not asked."""

    check: str | None = key(Choice(("error", "warning")), None)  # the least severity that stops
    tests: bool = key(Boolean(), False)
    coverage: float | None = key(Share(), None)  # of nodes and ways out, at least
    conditions: float | None = key(Share(), None)  # of comparisons met true and false, at least
    staged: bool = key(Boolean(), False)
    moved: float | None = key(Share(), None)  # of the fixture leads, at most
    freeze: bool = key(Boolean(), False)
    approvals: int = key(Integer(0, 20), 0)  # of the plan, by others than those who made it, at least
    impact: tuple[Bound, ...] = key(ListOf(BoundText()), ())  # on the leads below; on the fixtures where there are none
    leads: str | None = key(Text(), None)  # a file of leads, outside git; its path counts from the workspace
    flow: str | None = key(Name(), None)  # that the leads go through, where there are several
    data: Mapping[str, str] = key(MapOf(Text()), {})  # files of records to match on, by object
    actual: str | None = key(Text(), None)  # the column of the owners that the leads really got


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an environment is: its adapter, and the folder or address that the adapter understands."""

    adapter: str = key(Choice(("local",)), "local")
    path: str = key(Text())


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A workspace's settings. `titles` holds `{date}` and `{summary}`, `dates` a strftime form."""

    environments: Mapping[str, Place] = key(MapOf(Record(Place)))
    gates: Mapping[str, Gates] = key(MapOf(Record(Gates)), {})
    titles: str = key(Text(), "Live on {date}: {summary}")
    dates: str = key(Text(), "%Y-%m-%d")
    document: Document = field(default_factory=lambda: Document(FILE, ""), compare=False, repr=False)

    def gates_of(self, kind: str) -> Gates:
        """The gates of a kind; an experiment has those of a weekly draft."""
        return self.gates.get("weekly" if kind == "experiment" else kind, Gates())

    def title(self, on: dt.date, summary: str) -> str:
        return self.titles.replace("{date}", on.strftime(self.dates)).replace("{summary}", summary)

    @property
    def title_pattern(self) -> str:
        """A regular expression that the titles of drafts and flows match."""
        parts = {"date": r"(?P<date>.+?)", "summary": r"(?P<summary>.+)"}
        return re.sub(r"\\\{(date|summary)\\\}", lambda m: parts[m.group(1)], re.escape(self.titles))


def read_config(root: Path) -> Config:
    """The settings of the workspace at `root`.

    Raises:
        FlowctlError: There is no `flowctl.yaml`, or it has errors; all are told.
    """
    try:
        return config_of((root / FILE).read_bytes())
    except OSError as error:
        hint = "`flowctl init my-routing` makes a workspace"
        raise FlowctlError(f"there is no `{FILE}` in `{root}`", hint=hint) from error


def config_of(text: bytes) -> Config:
    """The settings that the text of a `flowctl.yaml` holds.

    Raises:
        FlowctlError: It has errors; all are told.
    """
    document = yaml.read(FILE, text)
    values = read_fields(Config, document.root, document) if document.root is not None else None
    if document.root is None and not document.problems:
        document.problem("FC004", "the file is empty", document.span_of(0, 0), "`environments: …` has to be there")
    _right_kinds(document)
    _right_titles(document)
    _right_environments(document)
    _right_impact(document)
    if values is None or document.problems:
        raise FlowctlError(f"`{FILE}` has errors", found=document.problems)
    return Config(**values, document=document)


def _right_kinds(document: Document) -> None:
    gates = document.at("gates")
    for kind in gates.entries if isinstance(gates, yaml.Mapping) else ():
        if kind not in KINDS:
            document.problem(
                "FC003", f"unknown kind `{kind}`", document.key("gates", kind), f"one of: {', '.join(KINDS)}"
            )


def _right_impact(document: Document) -> None:
    """What bounds are about has to be there: `agreement` needs a column of owners, that needs leads."""
    kinds = document.at("gates")
    for kind in kinds.entries if isinstance(kinds, yaml.Mapping) else ():
        given = yaml.data(document.at("gates", kind))
        if not isinstance(given, dict):
            continue
        bounds = given.get("impact")
        for at, bound in enumerate(bounds if isinstance(bounds, list) else ()):
            if str(bound).strip().startswith("agreement") and not given.get("actual"):
                hint = "`actual: COLUMN` names the column of owners in the file that `leads` names"
                place = document.where("gates", kind, "impact", at)
                document.problem("FC004", "`agreement` needs `actual`", place, hint)
        for name in ("flow", "data", "actual"):
            if given.get(name) and not given.get("leads"):
                hint = "`leads: ../last-quarter.csv`: a file outside git"
                document.problem("FC004", f"`{name}` is about `leads`", document.key("gates", kind, name), hint)


def _right_titles(document: Document) -> None:
    titles = yaml.data(document.at("titles"))
    if isinstance(titles, str) and re.findall(r"\{(.*?)\}", titles) != ["date", "summary"]:
        hint = '`titles: "Live on {date}: {summary}"`'
        document.problem("FC005", "a title has `{date}` and then `{summary}`", document.where("titles"), hint)
    dates = yaml.data(document.at("dates"))
    if isinstance(dates, str) and not _is_date_form(dates):
        hint = "as in `%Y-%m-%d`: the year, the month, the day"
        document.problem("FC005", f"`{dates}` is no form of a date", document.where("dates"), hint)


def _is_date_form(form: str) -> bool:
    """Whether a date that is written so says its day and month, and can be read again on every machine."""
    parts = set(re.findall("%(.?)", form))
    return parts <= {*"YymbBdaA%"} and "d" in parts and bool(parts & {*"mbB"})


def _right_environments(document: Document) -> None:
    places = document.at("environments")
    folders: dict[str, str] = {}
    for name in places.entries if isinstance(places, yaml.Mapping) else ():
        if not NAME.match(name):
            hint = "letters, digits, `_`, `-` and `.`, beginning with a letter or a digit"
            document.problem("FC005", f"`{name}` cannot be a name", document.key("environments", name), hint)
        path = yaml.data(document.at("environments", name, "path"))
        if isinstance(path, str):
            other = folders.setdefault(os.path.normpath(path), name)
            if other != name:
                message = f"`{other}` and `{name}` are one folder: what is put into one is in the other"
                document.problem("FC005", message, document.where("environments", name, "path"), "name another folder")
