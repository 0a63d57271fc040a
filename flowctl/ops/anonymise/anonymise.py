"""`flowctl leads anonymise`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from flowctl.data import dataclass
from flowctl.diag import FlowctlError, did_you_mean
from flowctl.flow import Model
from flowctl.flow.objects import ObjectType
from flowctl.ops.anonymise.fields import Change, Fields, How, routing_of
from flowctl.ops.anonymise.files import rewrite
from flowctl.ops.anonymise.pseudonyms import Pseudonyms
from flowctl.ops.workspace import Workspace

KEY = Path(".flowctl") / "anonymise.key"  # where git does not look
PRIOR = "prior"


@dataclass(frozen=True, slots=True)
class Anonymised:
    """A file without people: how many leads, and how each of its columns was changed."""

    source: str
    target: str
    leads: int
    columns: tuple[tuple[str, How], ...]
    key: str  # the file that the stand-ins hang on
    is_new_key: bool


def anonymise(
    ws: Workspace,
    model: Model,
    object_: str,
    source: Path,
    target: Path,
    key: Path | None,
    tick: Callable[[int, int], None] = lambda done, total: None,
) -> Anonymised:
    """Writes a file of records of an object anew, without the people in it.

    Args:
        key: The file with the key; without one, that of the workspace, which is made when there is none.

    Raises:
        FlowctlError: A file cannot be read or written, or there is no such object.
    """
    if object_ not in model.objects:
        raise FlowctlError(f"there is no object `{object_}`", hint=did_you_mean(object_, model.objects))
    if source.resolve() == target.resolve():
        raise FlowctlError("the leads would be written over themselves", hint="another name after `-o`")
    secret, is_new = _key(ws.root / KEY) if key is None else (_read_key(key), False)
    columns = _Columns(model, object_, Pseudonyms(secret))
    leads = rewrite(source, target, columns.change, None, tick)
    shown = KEY.as_posix() if key is None else str(key)
    return Anonymised(source.name, target.name, leads, tuple(columns.how.items()), shown, is_new)


class _Columns:
    """Changes by the header or path of a column, and how each was changed."""

    def __init__(self, model: Model, object_: str, pseudonyms: Pseudonyms) -> None:
        self.model, self.object = model, object_
        routing = routing_of(model)
        self._fields = {name: Fields(name, type_.fields, routing, pseudonyms) for name, type_ in model.objects.items()}
        flows = (flow for flow in model.flows.values() if flow.object == object_)
        self._related = {name: of for flow in flows for name, of in model.related(flow).items()}
        self.how: dict[str, How] = {}

    def change(self, header: str) -> Change | None:
        of, name = self._place(header)
        change = self._fields[of].change(name)
        self.how[header] = self._fields[of].how[name]
        return change

    def _place(self, header: str) -> tuple[str, str]:
        """The object and the field of a column, whose header is a path or a label."""
        *path, name = header.split(".") if " " not in header else [header]
        of = self.object
        for step in path:
            relations = {**self.model.objects[of].relations, **(self._related if of == self.object else {})}
            of = of if step == PRIOR else relations.get(step, of)
            of = of if of in self.model.objects else self.object
        return of, _api_name(self.model.objects[of], name)


def _api_name(type_: ObjectType, header: str) -> str:
    if header in type_.fields:
        return header
    said = header.strip().casefold()
    known = ((name, field.label) for name, field in type_.fields.items())
    return next((name for name, label in known if said in (name.casefold(), label.casefold())), header)


def _key(path: Path) -> tuple[bytes, bool]:
    """The workspace's key, and whether it was made just now."""
    try:
        return _read_key(path), False
    except FileNotFoundError:
        pass
    path.parent.mkdir(exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # somebody else was quicker
        return _read_key(path), False
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
    return _read_key(path), True


def _read_key(path: Path) -> bytes:
    key = path.read_bytes().strip()
    if len(key) < 16:
        raise FlowctlError(f"the key in `{path.name}` is too short to keep a secret", hint="at least 16 characters")
    return key
