"""A merge: what was decided, what people have to settle, and what is wrong with the result."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from itertools import groupby

from flowctl.diff import Decision
from flowctl.ops.merge import Aborted, MergeReport
from flowctl.ops.merging.disputes import Dispute
from flowctl.ops.merging.proof import Proof
from flowctl.render import test as tests
from flowctl.render.console import Look, count, paragraph
from flowctl.render.findings import findings, tally
from flowctl.render.lists import BAD, GOOD, blocks, listed, names, next_command, titled
from flowctl.render.safe import safe

MOST_LEADS = 5  # of a conflict; the rest is counted
MOST_FIXTURES = 5  # that fail
MOST_LINES = 12  # of a text of one side
NOT_THERE = "(not there)"
SIDES = ("base", "ours", "theirs")


def text(done: MergeReport | Aborted, look: Look) -> str:
    if isinstance(done, Aborted):
        return _aborted(done, look)
    if done.stage == "nothing":
        return f"nothing to take in: {safe(done.draft.title)} has all of {safe(source_of(done))}"
    return blocks(
        _headline(done, look),
        titled(_rows(done), look),
        _decisions(done, look),
        *(dispute(open_, look) for open_ in done.open),
        _proof(done.proof, look) if done.proof else "",
        listed("!", [f"others do not see it yet: {done.not_shared}"] if done.not_shared else [], look, "warning"),
        _next(done, look),
    )


def _aborted(done: Aborted, look: Look) -> str:
    left = f"edits that stay, since the merge has no part in them: {', '.join(done.left)}"
    return blocks(
        f"{look.paint('good', GOOD)} took the merge of {safe(done.source)} back: the files are as before it",
        listed("!", [left] if done.left else [], look, "warning"),
        next_command("flowctl status", "", look),
    )


def headline(done: MergeReport) -> str:
    """A merge in a sentence."""
    what = f"{source_of(done)} into {done.draft.title}"
    if done.stage == "merged":
        return f"took {what}"
    if not done.stops:
        return f"would take {what}" if done.stage == "preview" else f"merging {what}: all is settled"
    return f"merging {what} {'would stop' if done.stage == 'preview' else 'stops'}: {_why_it_stops(done)}"


def source_of(done: MergeReport) -> str:
    return done.sides.source if done.sides.release else done.sides.names.theirs


def _why_it_stops(done: MergeReport) -> str:
    if done.open:
        return f"{count(len(done.open), 'conflict')} to settle"
    assert done.proof is not None, "without conflicts, it is the result that stops"
    found, failures = tally(done.proof.stops), count(len(done.proof.failures), "fixture")
    said = [found] if done.proof.stops else []
    return " and ".join([*said, *([f"{failures} that passed on each side"] if done.proof.failures else [])])


def _headline(done: MergeReport, look: Look) -> str:
    style, mark = ("error", BAD) if done.stops else ("good", GOOD)
    return paragraph(safe(headline(done)), look.width, f"{look.paint(style, mark)} ", "  ")


def _rows(done: MergeReport) -> Iterator[tuple[str, str]]:
    called = done.sides.names
    yield from zip(SIDES, (called.base, called.ours, called.theirs), strict=True)
    if done.stage == "merged" and done.sides.release:
        yield "stands on", f"release {done.sides.release}"


# What was decided -------------------------------------------------------------------------------------------------


def _decisions(done: MergeReport, look: Look) -> str:
    told = {path for path, _ in done.decisions}
    whole = [path for path in done.files if path not in told]
    groups = groupby(worth_saying(done), key=lambda made: made[0])
    by_file = [_of_file(path, [(choice, decision) for _, choice, decision in group], look) for path, group in groups]
    return blocks(*by_file, "\n".join(_whole(done, path, look) for path in whole))


def worth_saying(done: MergeReport) -> Iterator[tuple[str, str, Decision]]:
    """Decisions with their file and what was chosen. What only the draft has changed stays as it is, unsaid."""
    open_ = {dispute.place for dispute in done.open}
    for path, decision in done.decisions:
        if decision.choice == "conflict" and (path, decision.path) not in open_:
            yield path, "settled", decision
        elif decision.choice in ("theirs", "both") or (decision.choice == "ours" and decision.theirs != decision.base):
            yield path, decision.choice, decision


def _of_file(path: str, decisions: Iterable[tuple[str, Decision]], look: Look) -> str:
    lines = (
        paragraph(
            safe(f"{decision.where}: {decision.reason}"),
            look.width,
            f"  {look.paint('name', choice.ljust(7))}  ",
            " " * 11,
        )
        for choice, decision in decisions
    )
    return "\n".join([look.paint("strong", safe(path)), *lines])


def _whole(done: MergeReport, path: str, look: Look) -> str:
    return f"{look.paint('strong', safe(path))}{'' if done.files[path] else ' (removed)'}"


# Conflicts --------------------------------------------------------------------------------------------------------


def dispute(open_: Dispute, look: Look) -> str:
    """A conflict: where it stands, what the three sides have, the leads that tell them apart, what to type."""
    return f"{question(open_, look)}\n{_settle(open_, look)}"


def question(open_: Dispute, look: Look) -> str:
    """A conflict, as somebody is asked about it."""
    decision = open_.decision
    place = str(open_.found.span) if open_.found else open_.path
    head = paragraph(
        safe(f"{place}: {decision.where}: {decision.reason}"), look.width, f"{look.paint('error', BAD)} ", "  "
    )
    sides = (_side(name, getattr(decision, name), look) for name in SIDES)
    return "\n".join(filter(None, [head, *sides, *_leads(open_, look)]))


def _side(name: str, text: str | None, look: Look) -> str:
    lines = (NOT_THERE if text is None else text.rstrip("\n") or '""').split("\n")
    shown = [safe(line) for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        shown.append(look.paint("faint", f"… {count(len(lines) - MOST_LINES, 'more line')}"))
    first = f"    {look.paint('faint', name.ljust(6))}  "
    return "\n".join(f"{' ' * 12 if n else first}{line}" for n, line in enumerate(shown))


def _leads(open_: Dispute, look: Look) -> Iterator[str]:
    leads = open_.leads
    if leads is None:
        if open_.untold:
            yield f"    {open_.untold}"
        return
    if not leads:
        yield "    no fixture's lead tells the two apart"
        return
    verb, ends = ("goes", "ends") if len(leads) == 1 else ("go", "end")
    flows = names([f"`{flow}`" for flow in dict.fromkeys(lead.flow for lead in leads)])
    yield f"    {count(len(leads), 'lead')} of {safe(flows)} {verb} or {ends} elsewhere:"
    for lead in leads[:MOST_LEADS]:
        said = f"{lead.why}: ours {lead.ours}, theirs {lead.theirs}"
        yield paragraph(safe(said), look.width, f"      {look.paint('faint', '·')} ", "        ")
    if len(leads) > MOST_LEADS:
        yield f"        and {len(leads) - MOST_LEADS:,} more"


def who_is_who(done: MergeReport, look: Look) -> str:
    """Who the two sides of its conflicts are."""
    return titled([("ours", done.sides.names.ours), ("theirs", done.sides.names.theirs)], look)


def _settle(open_: Dispute, look: Look) -> str:
    either = look.paint("faint", "(or --take ours)")
    return f"    {look.paint('name', f'flowctl merge {taking(open_)}')} {either}"


def taking(open_: Dispute, side: str = "theirs") -> str:
    """The option that settles a conflict, as it can be pasted into a shell."""
    return f"--take {side} {shlex.quote(safe(open_.address))}"


# The result -------------------------------------------------------------------------------------------------------


def _proof(proof: Proof, look: Look) -> str:
    return blocks(
        look.paint("strong", "check finds what neither side had:") if proof.stops or proof.warns else "",
        findings((*proof.stops, *proof.warns), look),
        look.paint("strong", "fixtures that pass on each side and fail now:") if proof.failures else "",
        "\n\n".join("\n".join(tests.failed(tested, look)) for tested in proof.failures[:MOST_FIXTURES]),
        f"and {len(proof.failures) - MOST_FIXTURES:,} more" if len(proof.failures) > MOST_FIXTURES else "",
        listed("!", [_brought(proof)] if proof.brought else [], look, "warning"),
        _routed(proof, look),
    )


def _brought(proof: Proof) -> str:
    first = proof.brought[0]
    more = f", and {len(proof.brought) - 1:,} more" if len(proof.brought) > 1 else ""
    return f"fails on one side already: {first.flow}: {first.fixture.why}{more} (`flowctl test` tells)"


def _routed(proof: Proof, look: Look) -> str:
    if proof.routed is None:
        return look.paint("warning", "no fixture was routed: there are errors")
    if proof.failures or not proof.routed:
        return ""
    more = "no other fails" if proof.brought else "none fails that passed before"
    return look.paint("faint", f"{count(proof.routed, 'fixture')} of both sides: {more}")


def _next(done: MergeReport, look: Look) -> str:
    source = shlex.quote(safe(done.sides.source))
    if done.stage == "preview":
        return next_command(f"flowctl merge {source}", _after_preview(done), look)
    if done.stage == "merged":
        return next_command("flowctl check && flowctl test", "", look)
    if done.open:
        why = "each; or edit the files, then: flowctl merge --continue"
        return next_command(f"flowctl merge {taking(done.open[0])}", why, look)
    if done.proof is None:
        return next_command("flowctl check", "a file cannot be read", look)
    why = "when it is mended; --anyway commits it as it is" if done.stops else "commits it"
    return next_command("flowctl merge --continue", why, look)


def _after_preview(done: MergeReport) -> str:
    if done.open:
        return "does it, and waits for you to settle the conflicts"
    return "does it, and waits for you to mend it" if done.stops else "does it"
