"""`git take`: settles what a merge, rebase or cherry-pick of git itself has left in the files for people to decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flowctl.data import dataclass
from flowctl.diff import Side, settle, unsettled
from flowctl.ops import atomic
from flowctl.ops.branch import at_work
from flowctl.ops.merging.disputes import address_of, chosen
from flowctl.ops.merging.state import require_no_merge
from flowctl.ops.workspace import Workspace

LINES = b"<<<<<<< "  # of a conflict that git itself has marked


@dataclass(frozen=True, slots=True)
class Settled:
    """The conflicts that were settled, and those that still stand, as `FILE:PATH`.

    `under_way` is what git waits with, such as `rebase`; `files` are those that have no conflict any more, and that
    git is to be told of.
    """

    side: Side
    done: tuple[str, ...]
    left: tuple[str, ...]
    files: tuple[str, ...]
    under_way: str | None


def take(ws: Workspace, side: Side, places: Sequence[str]) -> Settled:
    """Puts one side in the place of conflicts that stand in the files of the work tree.

    Args:
        places: `FILE:PATH`, or what stands for all below it: a path, a file, a folder.

    Raises:
        FlowctlError: Something stands for no conflict; or flowctl's own merge is under way. Nothing was changed.
    """
    with at_work(ws, "take a side"):
        require_no_merge(ws.git)
        here = ws.worktree()
        wanted = chosen([(side, place) for place in places], _open(here))
        after = {path: _settled(path, here[path], wanted) for path in dict.fromkeys(path for path, _ in wanted)}
        for path, text in after.items():
            atomic.write(ws, path, text.encode())
        now = ws.worktree()
    left = _open(now)
    waiting = {*after, *ws.git.unmerged()} & {*now} - {file for file, _ in left}
    files = tuple(sorted(path for path in waiting if LINES not in now[path]))
    done = tuple(map(address_of, wanted))
    return Settled(side, done, tuple(map(address_of, left)), files, ws.git.under_way())


def _settled(path: str, data: bytes, wanted: Mapping[tuple[str, str], Side]) -> str:
    return settle(path, data.decode(), {address: side for (file, address), side in wanted.items() if file == path})


def _open(files: dict[str, bytes]) -> list[tuple[str, str]]:
    return [(path, address) for path, data in files.items() for address in _addresses(path, data)]


def _addresses(path: str, data: bytes) -> tuple[str, ...]:
    try:
        return unsettled(path, data.decode())
    except UnicodeDecodeError:  # no merge of ours wrote that
        return ()
