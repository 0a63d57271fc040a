"""`check`: everything that can be said against a version without routing a lead."""

from __future__ import annotations

import datetime as dt
import os.path
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flowctl.data import dataclass
from flowctl.diag import Diagnostic, FlowctlError, Severity, did_you_mean
from flowctl.ops import checked
from flowctl.ops.config import Config
from flowctl.ops.versions import Version

if TYPE_CHECKING:
    from flowctl.flow import Model

FIXTURES = "flows/fixtures/"
LEAD = "Lead"  # the object that most people mean when they name none


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What was found in some files of a version, by place."""

    version: str
    files: tuple[str, ...]
    found: tuple[Diagnostic, ...]

    def has(self, worst: Severity) -> bool:
        """Whether something at least as bad was found."""
        return any(d.severity >= worst for d in self.found)


def check(
    version: Version,
    config: Config,
    now: dt.datetime,
    only: Sequence[str] = (),
    root: Path | None = None,
    folder: str = "",
) -> CheckReport:
    """Checks a version as a whole, and tells what was found in `only`, files and folders of it (none: in all).

    Args:
        root: Of a workspace that keeps what was found last; without it every check is made anew.
        folder: Of the workspace, in which `only` was typed; the paths of hints count from there.

    Raises:
        FlowctlError: One of `only` is no file of the version.
    """
    files = tuple(dict.fromkeys(path for name in only for path in _below(version, name, folder))) or tuple(
        version.files
    )
    found = find_all(version.model(), config, now) if root is None else _found_before(version, config, now, root)
    if only:
        chosen = set(files)
        found = tuple(d for d in found if d.span and d.span.file in chosen)
    return CheckReport(version.label, files, found)


def _found_before(version: Version, config: Config, now: dt.datetime, root: Path) -> tuple[Diagnostic, ...]:
    """As `find_all`, from memory where nothing has changed since."""
    key = checked.key_of(version.files, [config.title_pattern, config.dates])
    found = checked.recall(root, key, now)
    if found is None:
        model = version.model()
        found, zone = find_all(model, config, now), model.settings.zone
        checked.keep(root, key, found, now.astimezone(zone).date(), zone)
    return found


def find_all(model: Model, config: Config, now: dt.datetime) -> tuple[Diagnostic, ...]:
    """What the readers found in a model, and all checks."""
    from flowctl.check import check_model  # not loaded where nothing has changed since the last check

    today = now.astimezone(model.settings.zone).date()
    return check_model(model, title_pattern=config.title_pattern, date_form=config.dates, today=today)


def _below(version: Version, name: str, folder: str) -> list[str]:
    """The files of a version that a name stands for: one, or those in a folder."""
    if name in ("", "."):
        return list(version.files)
    if found := _there(version, name):
        return found
    typed = os.path.relpath(name, folder or ".")
    if folder and _there(version, typed):
        hint = f"paths count from the folder that you are in: `flowctl check {os.path.relpath(typed, folder)}`"
    else:
        known = [os.path.relpath(path, folder or ".") for path in version.files]
        hint = did_you_mean(typed, known) or "a file or folder below `flows/`"
    raise FlowctlError(f"{version.label} has no file `{name}`", hint=hint)


def _there(version: Version, name: str) -> list[str]:
    below = name.rstrip("/") + "/"
    return [path for path in version.files if path == name or path.startswith(below)]


def sound_model(version: Version, *, fixtures: bool = True) -> Model:
    """The model of a version that leads can be routed through.

    Args:
        fixtures: Whether fixtures matter, too.

    Raises:
        FlowctlError: It has errors; all are told.
    """
    from flowctl.check import check_model

    model = version.model()
    errors = [d for d in check_model(model) if d.severity is Severity.ERROR]
    if not fixtures:
        errors = [d for d in errors if not (d.span and d.span.file.startswith(FIXTURES))]
    if errors:
        count = f"{len(errors)} errors" if len(errors) > 1 else "an error"
        raise FlowctlError(f"{version.label} has {count}: no lead can be routed through it", found=errors)
    return model


@dataclass(frozen=True, slots=True)
class Entry:
    """What a flow is chosen by: its object, and whether events of records set it off."""

    object: str
    is_set_off: bool


def entries_of(model: Model) -> dict[str, Entry]:
    """The flows of a model by name."""
    return {name: Entry(flow.object, bool(flow.triggers)) for name, flow in model.flows.items()}


def choose_flow(model: Model, name: str | None) -> str:
    """The name of a flow; when none is given, of the only one, or of the only one that events of leads set off.

    Raises:
        FlowctlError: There is no such flow, or there are several to choose from.
    """
    return choose_entry(entries_of(model), name)


def choose_entry(flows: Mapping[str, Entry], name: str | None) -> str:
    """As `choose_flow`, of flows that need not have been read.

    Raises:
        FlowctlError: There is no such flow, or there are several to choose from.
    """
    known = tuple(flows)
    if name in known:
        return name
    entries = [flow for flow, entry in flows.items() if entry.object == LEAD and entry.is_set_off]
    for only in (known, entries):
        if name is None and len(only) == 1:
            return only[0]
    names = f"flows: {', '.join(known) or 'none'}"
    if name is None:
        raise FlowctlError("there are several flows" if known else "there is no flow", hint=f"`--flow NAME`; {names}")
    raise FlowctlError(f"there is no flow `{name}`", hint=did_you_mean(name, known) or names)
