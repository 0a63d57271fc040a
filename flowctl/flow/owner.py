"""Who gets a record: a user or a queue by name, or a field that holds one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from flowctl.data import dataclass
from flowctl.document import Document, Json, Tree
from flowctl.flow.kinds import MISSING, NAME, Kind, Missing, a_scalar

if TYPE_CHECKING:
    from flowctl.expr import FieldPath


@dataclass(frozen=True, slots=True)
class Named:
    """A user or a queue by its logical name; `str()` gives `user/bea.kim`, as files and results write it."""

    type: str
    name: str

    def __str__(self) -> str:
        return f"{self.type}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> Named:
        """The inverse of `str()`."""
        type_, _, name = text.partition("/")
        return cls(type_, name)


Target: TypeAlias = "Named | FieldPath"


@dataclass(frozen=True, slots=True)
class Owner(Kind):
    """Who gets the record: `user/NAME`, `queue/NAME`, or a field that holds one."""

    fields: bool = True

    def read(self, tree: Tree, document: Document) -> Target | Missing:
        scalar = a_scalar(tree, document, "`user/NAME`, `queue/NAME` or a field")
        if scalar is None:
            return MISSING
        type_, slash, name = scalar.text.partition("/")
        if slash and type_ in ("user", "queue") and NAME.match(name):
            return Named(type_, name)
        if self.fields and not slash and re.fullmatch(r"[A-Za-z]\w*(\.[A-Za-z]\w*)*", scalar.text):
            return tuple(scalar.text.split("."))
        document.problem("FC005", f"`{scalar.text}` names no owner", scalar, "write user/NAME or queue/NAME")
        return MISSING

    def plain(self, value: Target, cosmetic: bool = True) -> Json:
        return str(value) if isinstance(value, Named) else ".".join(value)
