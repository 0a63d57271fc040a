"""What a comment is put together from: its sections, each as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from flowctl.data import dataclass
from flowctl.ops.ci.accepted import SHORT, Accepted
from flowctl.ops.ci.report import Change, CiReport, Finding, Movement, acceptable
from flowctl.ops.test import Tested
from flowctl.render.ci import words
from flowctl.render.ci.cells import clip, folded, name
from flowctl.render.ci.cells import words as told
from flowctl.render.console import count
from flowctl.render.lists import BAD, GOOD, blocks
from flowctl.render.markdown import code, escaped, table
from flowctl.render.picture import LEGEND

MOST_PICTURES = 10  # hosts draw each in a frame of its own, and nobody looks at more


@dataclass(frozen=True, slots=True)
class Pieces:
    """What a comment tells: a run, its pictures, what a text in a cell may have at the `longest`, and how many of each
    kind of detail there is room for (`most`; not there: for all).
    """

    report: CiReport
    pictures: Sequence[str]
    longest: int | None = None
    most: Mapping[str, int] = field(default_factory=dict)

    def every(self, what: str) -> Sequence[Any]:
        """All details of a kind."""
        report = self.report
        match what:
            case "pictures":
                return self.pictures[:1]
            case "further pictures":
                return self.pictures[1:MOST_PICTURES]
            case "changes":
                return [change for change in report.changes if change.counts]
            case "cosmetic changes":
                return [change for change in report.changes if change.cosmetic]
            case "movements":
                return [move for move in report.moves if move.accepted is None]
            case "unrouted leads":
                return [routed for s in report.simulations for routed in s.newly_unrouted]
            case "failed tests":
                return [tested for tested in (report.tests.tested if report.tests else ()) if not tested.passed]
            case "findings":
                found = [finding for finding in report.findings if finding.accepted is None]
                return sorted(found, key=lambda finding: -finding.diagnostic.severity)
            case "other files":
                return report.diff.files
            case "accepted":
                return _met(report)
        raise KeyError(what)

    def total(self, what: str) -> int:
        return len(self.every(what))

    def shown(self, what: str) -> Sequence[Any]:
        """As many as there is room for."""
        return self.every(what)[: self.most.get(what)]


def _met(report: CiReport) -> list[tuple[Accepted, str]]:
    """What this run met that is accepted, each once, with what it is now in words."""
    found: dict[str, tuple[Accepted, str]] = {}
    items: tuple[Change | Movement | Finding, ...] = (*report.changes, *report.moves, *report.findings)
    for item in items:
        if item.accepted:
            found.setdefault(item.accepted.fingerprint, (item.accepted, item_words(item)))
    return list(found.values())


def item_words(item: Change | Movement | Finding) -> str:
    """What can be accepted, in words with names in backticks."""
    if isinstance(item, Change):
        return f"{item.part}: {words.change_words(item)}"
    if isinstance(item, Movement):
        return f"{item.flow}: leads go from `{item.before}` to `{item.after}`"
    return f"{item.diagnostic.code}: {item.diagnostic.message}"


def text(pieces: Pieces) -> str:
    report = pieces.report
    return blocks(
        f"### {escaped(clip(_capital(words.headline(report)), 500))}",
        "\n".join(_verdict(report)),
        _changes(pieces),
        _moves(pieces),
        _kept(pieces),
        _lost(pieces),
        _gates(report),
        _picture(pieces),
        _failed_tests(pieces),
        _findings(pieces),
        _accepted(pieces),
        _other_files(pieces),
        _cosmetic(pieces),
        _foot(report),
    )


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _verdict(report: CiReport) -> Iterator[str]:
    mark = BAD if report.failed else GOOD
    yield f"{mark} **{escaped(_capital(words.verdict(report)))}**"
    if report.failed:
        yield ""
    for step in report.failed:
        hint = f" ({told(clip(step.hint, 300))})" if step.hint else ""
        yield f"- {BAD} **{step.name}**: {told(clip(step.said, 600))}{hint}"


def _id(fingerprint: str | None, report: CiReport) -> str:
    """A fingerprint as people type it; whether it was accepted, and is no more."""
    if fingerprint is None:
        return ""
    past = report.accepted.get(fingerprint)
    expired = f" was accepted until {past.until}" if past and not past.holds(report.day) else ""
    return f"{code(fingerprint[:SHORT])}{expired}"


def _changes(pieces: Pieces) -> str:
    rows = [_change(change, pieces) for change in pieces.shown("changes")]
    head = ("", "part", "change", "what it means", "id")
    return f"**What changed**\n\n{table(head, rows)}" if rows else ""


def _change(change: Change, pieces: Pieces) -> tuple[str, ...]:
    part, said = name(change.part, pieces.longest), told(words.change_words(change), pieces.longest)
    sign, means = f"`{words.change_sign(change)}`", escaped(words.meaning(change))
    return sign, part, said, means, _id(change.fingerprint, pieces.report)


def _moves(pieces: Pieces) -> str:
    rows = [_move(move, pieces) for move in pieces.shown("movements")]
    head = ("flow", "from", "to", "leads", "for example", "id")
    return f"**Who moves**\n\n{table(head, rows, right=[3])}" if rows else ""


def _move(move: Movement, pieces: Pieces) -> tuple[str, ...]:
    sides = (name(side, pieces.longest) for side in (move.flow, move.before, move.after))
    example = escaped(clip(move.example, pieces.longest))
    return (*sides, f"{move.leads:,}", example, _id(move.fingerprint, pieces.report))


def _kept(pieces: Pieces) -> str:
    found = words.kept(pieces.report)
    return f"{found[0]}, for example: {escaped(clip(found[1], pieces.longest))}" if found else ""


def _lost(pieces: Pieces) -> str:
    """The leads that live routes and the draft does not."""
    rows = [
        f"- {escaped(clip(routed.name, pieces.longest))}: ends at {name(routed.after.ends, pieces.longest)}"
        for routed in pieces.shown("unrouted leads")
    ]
    return "\n".join(["**Left unrouted**", "", *rows]) if rows else ""


def _gates(report: CiReport) -> str:
    rows = [(mark, escaped(clip(gate, 60)), told(clip(figure, 300))) for mark, gate, figure in words.gates(report)]
    return f"**Gates**\n\n{table(('', 'gate', 'figure'), rows)}" if rows else ""


def _picture(pieces: Pieces) -> str:
    first, further = (list(map(_fenced, pieces.shown(what))) for what in ("pictures", "further pictures"))
    said = count(len(further), "further picture")
    return blocks(*first, LEGEND if first else "", folded(said, "\n\n".join(further)), _not_drawn(pieces))


def _not_drawn(pieces: Pieces) -> str:
    """Of pictures that are left out however much room there is."""
    rest = len(pieces.pictures) - MOST_PICTURES
    return f"{count(rest, 'more picture')} left out: `diff.html` shows all in one graph" if rest > 0 else ""


def _fenced(picture: str) -> str:
    return f"```mermaid\n{picture.strip()}\n```"


def _failed_tests(pieces: Pieces) -> str:
    rows = [_failed(tested, pieces) for tested in pieces.shown("failed tests")]
    total = pieces.total("failed tests")
    said = f"{count(total, 'fixture')} {'fails' if total == 1 else 'fail'}"
    return folded(said, table(("where", "fixture", "difference"), rows)) if rows else ""


def _failed(tested: Tested, pieces: Pieces) -> tuple[str, ...]:
    said = "; ".join(f"{d.what}: expected {d.expected}, found {d.found}" for d in tested.differences)
    why, differs = (escaped(clip(text, pieces.longest)) for text in (tested.fixture.why, said))
    return name(str(tested.fixture.place), pieces.longest), why, differs


def _findings(pieces: Pieces) -> str:
    rows = [_finding(finding, pieces) for finding in pieces.shown("findings")]
    said = f"{count(pieces.total('findings'), 'finding')} of check"
    return folded(said, table(("", "code", "where", "finding", "id"), rows)) if rows else ""


def _finding(finding: Finding, pieces: Pieces) -> tuple[str, ...]:
    found = finding.diagnostic
    where, said = name(str(found.span or ""), pieces.longest), told(found.message, pieces.longest)
    id_ = finding.fingerprint if finding.can_be_accepted else None
    return str(found.severity), code(found.code), where, said, _id(id_, pieces.report)


def _accepted(pieces: Pieces) -> str:
    rows = [_known(item, said, pieces) for item, said in pieces.shown("accepted")]
    said = f"{pieces.total('accepted')} accepted"
    return folded(said, table(("id", "what", "reason", "until", "by"), rows)) if rows else ""


def _known(item: Accepted, said: str, pieces: Pieces) -> tuple[str, ...]:
    reason, who = escaped(clip(item.reason, pieces.longest)), escaped(item.who.name if item.who else "")
    return code(item.fingerprint[:SHORT]), told(said, pieces.longest), reason, str(item.until or "for ever"), who


def _other_files(pieces: Pieces) -> str:
    rows = [f"- {name(file.path, pieces.longest)} {file.status}" for file in pieces.shown("other files")]
    return folded(f"{count(pieces.total('other files'), 'other file')}, such as fixtures", "\n".join(rows))


def _cosmetic(pieces: Pieces) -> str:
    rows = [
        f"- {name(change.part, pieces.longest)}: {told(words.change_words(change), pieces.longest)}"
        for change in pieces.shown("cosmetic changes")
    ]
    total = pieces.total("cosmetic changes")
    return folded(f"{count(total, 'cosmetic change')}, {'moves' if total == 1 else 'move'} no lead", "\n".join(rows))


def _foot(report: CiReport) -> str:
    looked_at = f"`flowctl ci` of commit `{report.commit[:10]}`"
    accept = '`flowctl ci --accept ID --reason "…"` accepts a line that is known' if _can_accept(report) else ""
    said = (looked_at, words.live_words(report), words.plan_words(report), accept)
    return told(f"{'; '.join(filter(None, said))}.")


def _can_accept(report: CiReport) -> bool:
    return any(item.accepted is None for item in acceptable(report).values())
