"""A merge as Markdown and as data."""

from __future__ import annotations

from flowctl.diag import Span
from flowctl.diff import Decision
from flowctl.document import Json
from flowctl.ops.merge import Aborted, MergeReport
from flowctl.ops.merging.disputes import Dispute
from flowctl.ops.merging.proof import Proof
from flowctl.ops.test import Tested
from flowctl.render import markdown as md
from flowctl.render.jsonout import diagnostic
from flowctl.render.lists import blocks
from flowctl.render.markdown import code, escaped
from flowctl.render.merge import MOST_LEADS, NOT_THERE, SIDES, headline, source_of, worth_saying


def markdown(done: MergeReport | Aborted) -> str:
    if isinstance(done, Aborted):
        return f"Took the merge of {escaped(done.source)} back."
    if done.stage == "nothing":
        return f"Nothing to take in: {escaped(done.draft.title)} has all of {escaped(source_of(done))}."
    made = [
        (code(path), choice, _worded(decision.where), _worded(decision.reason))
        for path, choice, decision in worth_saying(done)
    ]
    return blocks(
        f"### {escaped(headline(done))}",
        *(_dispute_md(open_) for open_ in done.open),
        md.table(("file", "taken", "what", "why"), made) if made else "",
        _proof_md(done.proof) if done.proof else "",
    )


def _worded(text: str) -> str:
    """A sentence of ours, in which the user's words stand in backticks."""
    return "".join(code(piece) if n % 2 else escaped(piece) for n, piece in enumerate(text.split("`")))


def _dispute_md(open_: Dispute) -> str:
    decision = open_.decision
    rows = [(name, code(" ".join((getattr(decision, name) or NOT_THERE).split()))) for name in SIDES]
    leads = [f"- {escaped(p.why)}: ours {code(p.ours)}, theirs {code(p.theirs)}" for p in (open_.leads or ())]
    more = [f"- and {len(leads) - MOST_LEADS:,} more"] if len(leads) > MOST_LEADS else []
    return blocks(
        f"**Conflict** in {code(open_.address)}: {_worded(decision.where)}: {_worded(decision.reason)}",
        md.table(("side", "text"), rows),
        "\n".join([*leads[:MOST_LEADS], *more]),
    )


def _proof_md(proof: Proof) -> str:
    lines = [
        f"- {escaped(f'{d.span}: ' if d.span else '')}{d.severity}: {escaped(d.message)}"
        for d in (*proof.stops, *proof.warns)
    ]
    failed = [f"- {escaped(f'{t.fixture.place}')}: {escaped(t.fixture.why)}" for t in proof.failures]
    return blocks(
        "\n".join(["**Check finds what neither side had**", "", *lines]) if lines else "",
        "\n".join(["**Fixtures that pass on each side and fail now**", "", *failed]) if failed else "",
    )


def data(done: MergeReport | Aborted) -> dict[str, Json]:
    if isinstance(done, Aborted):
        return {"stage": "aborted", "source": done.source, "left": list(done.left)}
    called = done.sides.names
    return {
        "stage": done.stage,
        "draft": done.draft.draft,
        "source": done.sides.source,
        "names": {"base": called.base, "ours": called.ours, "theirs": called.theirs},
        "base": done.sides.release,
        "commit": done.commit,
        "files": [
            {"file": path, "removed": not stays, "taken": _taken(done, path)} for path, stays in done.files.items()
        ],
        "decisions": [{"file": path, **_decision(decision)} for path, decision in done.decisions],
        "open": [_dispute_data(open_) for open_ in done.open],
        "proof": done.proof and _proof_data(done.proof),
        "not_shared": done.not_shared,
    }


def _taken(done: MergeReport, file: str) -> list[Json]:
    return [d.where for path, d in done.decisions if path == file and d.choice in ("theirs", "both")]


def _decision(decision: Decision) -> dict[str, Json]:
    return {
        "path": decision.path,
        "where": decision.where,
        "choice": decision.choice,
        "reason": decision.reason,
        "base": decision.base,
        "ours": decision.ours,
        "theirs": decision.theirs,
        "merged": decision.merged,
    }


def _dispute_data(open_: Dispute) -> Json:
    span: Span | None = open_.found.span if open_.found else None
    leads = open_.leads
    return {
        "file": open_.path,
        **_decision(open_.decision),
        "address": open_.address,
        "line": span and span.line,
        "column": span and span.column,
        "untold": open_.untold,
        "leads": None
        if leads is None
        else [{"flow": p.flow, "why": p.why, "ours": p.ours, "theirs": p.theirs} for p in leads],
    }


def _proof_data(proof: Proof) -> Json:
    return {
        "sound": proof.is_sound,
        "stops": [diagnostic(d) for d in proof.stops],
        "warns": [diagnostic(d) for d in proof.warns],
        "failures": list(map(_tested, proof.failures)),
        "brought": list(map(_tested, proof.brought)),
        "routed": proof.routed,
    }


def _tested(tested: Tested) -> Json:
    place = tested.fixture.place
    differs: list[Json] = [d.what for d in tested.differences]
    why = tested.fixture.why
    return {"flow": tested.flow, "why": why, "file": place.file, "line": place.line, "differs": differs}
