"""`verify`, `drift` and `freeze`."""

from __future__ import annotations

from collections.abc import Sequence

from flowctl.document import Json
from flowctl.flow.kinds import plain_fields
from flowctl.ops.drift import Drift
from flowctl.ops.records import Freeze
from flowctl.ops.verify import Verified
from flowctl.render import edits as diffs
from flowctl.render.console import Look, count, table
from flowctl.render.lists import BAD, GOOD, blocks, listed, names, next_command


def verified_text(verified: Verified, look: Look) -> str:
    looked = ", ".join(
        (
            count(verified.releases, "release"),
            count(verified.drafts, "open draft"),
            count(verified.environments, "environment"),
        )
    )
    if not verified.disagreements:
        return f"{look.paint('good', GOOD)} digests, records, tags and environments agree ({looked})"
    wrong = count(len(verified.disagreements), "disagreement")
    return blocks(look.paint("bad", f"{BAD} {wrong} ({looked})"), listed(BAD, verified.disagreements, look, "bad"))


def verified_data(verified: Verified) -> dict[str, Json]:
    return {
        "agrees": not verified.disagreements,
        "disagreements": list(verified.disagreements),
        "releases": verified.releases,
        "drafts": verified.drafts,
        "environments": verified.environments,
    }


def drift_text(drift: Drift, look: Look) -> str:
    if drift.is_clean:
        return f"{look.paint('good', GOOD)} {drift.environment} runs what main says"
    if drift.half_done:
        return f"{look.paint('bad', BAD)} a promotion was cut off: {drift.half_done}; the next command undoes it"
    if drift.pending:
        said = f"release {drift.pending} is on main and not yet in {drift.environment}"
        return blocks(said, next_command(f"flowctl promote --to {drift.environment} --finish", "", look))
    said = f"{BAD} {drift.environment} was changed by hand: {names(drift.parts)}"
    return blocks(look.paint("bad", said), diffs.text_of(drift.diffs, look), _after_drift(drift, look))


def _after_drift(drift: Drift, look: Look) -> str:
    if drift.adopter is None:
        return next_command('flowctl clone live --adopt --summary "…"', "takes the change into a draft", look)
    command = "flowctl status" if drift.is_here else f"flowctl switch {drift.adopter.draft}"
    return next_command(command, f"`{drift.adopter.title}` has taken the change in, and ships it", look)


def drift_data(drift: Drift) -> dict[str, Json]:
    return {
        "environment": drift.environment,
        "clean": drift.is_clean,
        "parts": list(drift.parts),
        "adopted_by": drift.adopter and drift.adopter.draft,
        "half_done": drift.half_done,
        "pending": drift.pending,
        "diff": diffs.data_of(drift.diffs),
    }


def freezes_text(freezes: Sequence[Freeze], look: Look) -> str:
    if not freezes:
        return "no freeze, now or to come"
    rows = [(f"{f.from_:%Y-%m-%d %H:%M}", f"{f.to:%Y-%m-%d %H:%M}", f.reason, str(f.who)) for f in freezes]
    return table(("from (UTC)", "to (UTC)", "reason", "by"), rows, look)


def freezes_data(freezes: Sequence[Freeze]) -> dict[str, Json]:
    return {"freezes": [plain_fields(freeze) for freeze in freezes]}
