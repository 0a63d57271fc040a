"""Conflicts that nobody has settled yet: where they stand, what tells their sides apart, and taking a side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from flowctl.data import dataclass
from flowctl.diag import Diagnostic, FlowctlError, did_you_mean
from flowctl.diff import Decision, Side, settle, unsettled
from flowctl.diff.decisions import THE_FILE
from flowctl.flow import load_model
from flowctl.ops.merging.files import Files, Place
from flowctl.ops.merging.leads import Parting, partings
from flowctl.ops.merging.sides import Sides
from flowctl.ops.workspace import SUFFIXES

MARK = "FC010"  # what readers say of a conflict that stands in a file
ERRORS = "no lead can be routed, since one of the sides has errors"
SHOWN = 5  # places that an error names


@dataclass(frozen=True, slots=True)
class Dispute:
    """A conflict that somebody has to settle.

    Args:
        path: The file.
        leads: Those that tell the sides apart; None where none can be told.
        untold: Why not, in words, where somebody would expect them.
        found: Where it stands in the file, as `check` tells it; None while the merge is a preview.
    """

    path: str
    decision: Decision
    leads: tuple[Parting, ...] | None = None
    untold: str | None = None
    found: Diagnostic | None = None

    @property
    def place(self) -> Place:
        return self.path, self.decision.path

    @property
    def address(self) -> str:
        """What `--take` is given."""
        return address_of(self.place)


def address_of(place: Place) -> str:
    """A place as it is typed: `flows/lead.yaml:nodes/scored`; the file alone where all of it is meant."""
    return ":".join(filter(None, place))


def still_open(conflicts: Sequence[tuple[str, Decision]], files: Files) -> tuple[Dispute, ...]:
    """The conflicts of a merge that still stand in the files as they are now, with their lines."""
    known = {(path, decision.path): decision for path, decision in conflicts}
    paths = dict.fromkeys(path for path, _ in conflicts)
    places = [(path, address) for path in paths for address in unsettled(path, _text(files.get(path, b"")))]
    marks = _marks(files) if places else {}
    return tuple(
        Dispute(place[0], known.get(place) or _unknown(place[1]), found=next(marks.get(place[0], iter(())), None))
        for place in places
    )


def _marks(files: Files) -> dict[str, Iterator[Diagnostic]]:
    """What readers say of the conflicts of each file, in order."""
    found = [d for d in load_model(dict(files)).problems if d.code == MARK and d.span]
    return {
        file: iter([d for d in found if d.span and d.span.file == file])
        for file in {str(d.span.file) for d in found if d.span}
    }


def with_leads(
    sides: Sides, conflicts: Sequence[tuple[str, Decision]], disputes: Sequence[Dispute]
) -> tuple[Dispute, ...]:
    """Open conflicts with the leads that tell their sides apart; `conflicts` are all that the merge had."""
    leads = partings(sides, conflicts, [dispute.place for dispute in disputes])
    errors = {place for place, found in leads.items() if found is None}
    return tuple(
        replace(dispute, leads=leads.get(dispute.place), untold=ERRORS if dispute.place in errors else None)
        for dispute in disputes
    )


def _unknown(place: str) -> Decision:
    """A mark of which the merge knows nothing, since somebody has moved it by hand."""
    return Decision(
        place, f"`{place}`" if place else THE_FILE, "conflict", "it was moved since the merge", None, None, None, None
    )


def chosen(given: Sequence[tuple[Side, str]], places: Sequence[Place]) -> dict[Place, Side]:
    """The sides that were taken, by place. What was typed stands for all places below it; the last word counts.

    Raises:
        FlowctlError: Something stands for no open conflict.
    """
    found: dict[Place, Side] = {}
    for side, typed in given:
        path, _, address = typed.removeprefix("./").partition(":")
        below = [place for place in places if _is_below(place, path.rstrip("/"), address.strip("/"))]
        if not below:
            known = list(map(address_of, places))
            message = f"there is no open conflict at `{typed}`"
            raise FlowctlError(message, hint=did_you_mean(typed, [*known, *(p for p, _ in places)]) or _named(known))
        found |= dict.fromkeys(below, side)
    return found


def settled(sides: Sides, files: Files, taken: Mapping[Place, Side]) -> dict[str, bytes | None]:
    """The files in which conflicts were settled, with the sides that were taken in their place."""
    found: dict[str, bytes | None] = {}
    for path in dict.fromkeys(path for path, _ in taken):
        here = {address: side for (file, address), side in taken.items() if file == path}
        if path.endswith(SUFFIXES):
            text = settle(path, _text(files[path]), here)
            found[path] = text.encode() if text else None
        else:  # it need not be text
            found[path] = (sides.ours if here[""] == "ours" else sides.theirs).get(path)
    return found


def _is_below(place: Place, path: str, address: str) -> bool:
    """Whether a place is what was typed, or lies below it: in a folder, in a file, or below an address of a file."""
    if place[0] != path:
        return not address and place[0].startswith(f"{path}/")
    return not address or place[1] == address or place[1].startswith(f"{address}/")


def _named(known: Sequence[str]) -> str:
    more = f", and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    shown = ", ".join(f"`{name}`" for name in known[:SHOWN])
    return f"open are {shown}{more}" if known else "there is none at all"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
