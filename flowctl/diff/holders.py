"""The classes that hold the keys of each sort of file, each loaded when it is asked for: most merges need none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flowctl import flow

_NAMES = {
    "flow": "Flow",
    "roster": "Roster",
    "object": "ObjectType",
    "header": "Header",
    "directory": "Directory",
    "settings": "Settings",
}


class _Holders(Mapping[str, type[Any]]):
    def __getitem__(self, sort: str) -> type[Any]:
        found: type[Any] = getattr(flow, _NAMES[sort])
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(_NAMES)

    def __len__(self) -> int:
        return len(_NAMES)


HOLDERS: Mapping[str, type[Any]] = _Holders()
