"""What a merge decides: for every place that a side changed, what was made of it and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from flowctl.data import dataclass

Side: TypeAlias = Literal["ours", "theirs"]
Choice: TypeAlias = Literal["ours", "theirs", "both", "conflict"]  # both: made of what the two sides have

THE_FILE = "the file"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a merge makes of one place of a file.

    Texts are YAML or CSV as written in the file, without indentation; None is nothing there.

    Args:
        path: The address that `--take` names, such as `nodes/by_country/branches/emea/when`; `` is the whole file.
        where: The place in words, such as ``condition of branch `emea` of node `by_country` ``.
        choice: Whose text stands there now.
        reason: Why, in words for people.
        base, ours, theirs: What the three sides have there.
        merged: What was made of it; of a conflict, what stands in the file until it is settled.
    """

    path: str
    where: str
    choice: Choice
    reason: str
    base: str | None
    ours: str | None
    theirs: str | None
    merged: str | None


@dataclass(frozen=True, slots=True)
class Merged:
    """The text of the merged file, None when it is gone. Conflicts stand in it as marks, which no verb reads over."""

    text: str | None
    decisions: tuple[Decision, ...] = ()

    @property
    def taken(self) -> tuple[Decision, ...]:
        """What theirs brought to ours, alone or together with ours."""
        return tuple(decision for decision in self.decisions if decision.choice in ("theirs", "both"))

    @property
    def conflicts(self) -> tuple[Decision, ...]:
        """What nobody but a person can decide."""
        return tuple(decision for decision in self.decisions if decision.choice == "conflict")


@dataclass(frozen=True, slots=True)
class MergedFiles:
    """A merge of workspaces: the files that it changes in ours (None: removed), and every decision with its file."""

    files: Mapping[str, bytes | None]
    decisions: tuple[tuple[str, Decision], ...]

    @property
    def taken(self) -> tuple[tuple[str, Decision], ...]:
        """What theirs brought to ours, with the files."""
        return tuple((path, decision) for path, decision in self.decisions if decision.choice in ("theirs", "both"))

    @property
    def conflicts(self) -> tuple[tuple[str, Decision], ...]:
        """What nobody but a person can decide, with the files."""
        return tuple((path, decision) for path, decision in self.decisions if decision.choice == "conflict")
