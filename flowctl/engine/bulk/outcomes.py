"""What happens to the records of a batch: small integers, decoded on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from flowctl.data import dataclass
from flowctl.flow.schedule import LEFT_OUT

if TYPE_CHECKING:
    import numpy as np

NOBODY = "nobody"
NONE = -1  # the code of no owner, and of no roster

Way = tuple[str, str, str | None]  # flow, node, way out (None at an end)


class Names:
    """Owners and rosters by code, as results write them: `user/x`, `queue/x`, `roster/x`. Shared by all versions.

    A code is given once and never changes; codes count from 0.
    """

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._names: list[str] = []

    def code(self, name: str) -> int:
        code = self._codes.get(name)
        if code is None:
            code = self._codes[name] = len(self._names)
            self._names.append(name)
        return code

    def __getitem__(self, code: int) -> str:
        """The name of a code, `nobody` of NONE."""
        return NOBODY if code == NONE else self._names[code]

    def __len__(self) -> int:
        return len(self._names)


@dataclass(frozen=True)
class Path:
    """A way through the flow that some records take.

    `ways` are all nodes that it meets, with the way out of each; without full paths, only those nodes that do
    something, and the end.
    """

    ways: tuple[Way, ...]
    result: str  # what the end is called

    @property
    def ends(self) -> str:
        return self.ways[-1][1]

    @cached_property
    def is_left_out(self) -> bool:
        """Whether the job of a scheduled flow does not take the record."""
        return self.ends == LEFT_OUT


@dataclass(frozen=True)
class Outcomes:
    """What happens to the records of a batch under one version; the arrays run parallel to the batch.

    Attributes:
        paths: What the numbers in `path` stand for; it grows from batch to batch, numbers stay.
        path: int32, indices in `paths`.
        owner: int32, codes of the owners, NONE for nobody.
        roster: int32, codes of the rosters that chose the owners, NONE where something else did.
        is_routed: bool, whether the owner is somebody whom records can be given to (as `Outcome.is_routed`).
    """

    names: Names
    paths: Sequence[Path]
    path: np.ndarray[Any, Any]
    owner: np.ndarray[Any, Any]
    roster: np.ndarray[Any, Any]
    is_routed: np.ndarray[Any, Any]

    def at(self, rows: np.ndarray[Any, Any]) -> Self:
        """The outcomes of some of the records."""
        named = {name: getattr(self, name)[rows] for name in ("path", "owner", "roster", "is_routed")}
        return replace(self, **named)

    @cached_property
    def goes_to(self) -> np.ndarray[Any, Any]:
        """int32, codes of where the records go, however turns fell: roster, else owner, else NONE."""
        import numpy as np

        found: np.ndarray[Any, Any] = np.where(self.roster == NONE, self.owner, self.roster)
        return found


@dataclass(frozen=True)
class Differences:
    """How the outcomes of two versions differ beside the owner, record by record; all arrays are bool.

    `sets` are by field: whether it is set to another value, or by one version only. Messages and effects of records
    that a roster gave to somebody under the later version are not compared: they differ by turn.
    """

    ends: np.ndarray[Any, Any]
    sets: Mapping[str, np.ndarray[Any, Any]]
    messages: np.ndarray[Any, Any]
    effects: np.ndarray[Any, Any]
