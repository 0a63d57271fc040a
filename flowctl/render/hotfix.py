"""`hotfix`, as text and as data."""

from __future__ import annotations

from dataclasses import replace

from flowctl.data import dataclass
from flowctl.document import Json
from flowctl.flow.kinds import plain_fields
from flowctl.ops.clone import Cloned
from flowctl.ops.merging.taking_in import TakenIn
from flowctl.ops.promote import Promoted
from flowctl.ops.records import Draft
from flowctl.render.console import Look
from flowctl.render.drafts import cloned_data
from flowctl.render.lists import GOOD, blocks, listed, next_command, titled
from flowctl.render.plan import promoted_data, promoted_text, taking_in, to_take_in
from flowctl.render.safe import safe


@dataclass(frozen=True, slots=True)
class Started:
    """A hotfix that people can edit now."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class Finished:
    """A hotfix that shipped; the draft in which the week goes on when it was the week's own; and the open drafts that
    it concerns.
    """

    promoted: Promoted
    following: Cloned | None
    drafts: tuple[TakenIn, ...] = ()


def started_text(started: Started, look: Look) -> str:
    draft = started.draft
    rows = [("branch", f"{draft.branch} (checked out)"), ("from", f"release {draft.base.release}")]
    edit = "flowctl hotfix finish" if draft.was else "edit flows/lead.yaml, flowctl save, then: flowctl hotfix finish"
    done = f"{look.paint('good', GOOD)} hotfix: {look.paint('strong', safe(draft.title))}"
    return blocks(done, titled(rows, look), next_command(edit, "", look))


def started_data(started: Started) -> dict[str, Json]:
    return {"draft": plain_fields(started.draft)}


def finished_text(finished: Finished, look: Look) -> str:
    following = finished.following
    row = titled([("goes on", f"{following.draft.title} (checked out)")], look) if following else ""
    promoted = replace(finished.promoted, stale_drafts=())  # they are among the drafts, each with its command
    drafts = "\n".join(_draft(taken, look) for taken in finished.drafts)
    return promoted_text(promoted, look, row, drafts)


def _draft(taken: TakenIn, look: Look) -> str:
    draft = taken.draft
    who = f"`{draft.title}` of {draft.owner}"
    if taken.commit:
        return listed(GOOD, [f"{who} has taken it in"], look, "good")
    why = f" ({taken.left})" if taken.left else ""
    need = "has to take it in" if taken.is_stale else "was left alone"
    return to_take_in(draft, f"{who} {need}{why}:", look)


def finished_data(finished: Finished) -> dict[str, Json]:
    following = finished.following and cloned_data(finished.following)
    return promoted_data(finished.promoted) | {
        "following": following,
        "drafts": [
            {
                "draft": taken.draft.draft,
                "title": taken.draft.title,
                "stale": taken.is_stale,
                "commit": taken.commit,
                "left": taken.left,
                "command": None if taken.commit else taking_in(taken.draft),
            }
            for taken in finished.drafts
        ],
    }
