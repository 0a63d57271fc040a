"""The answer of `simulate --routed-by`: the leads that a release misrouted, and where they belong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowctl.data import dataclass
from flowctl.document import Json
from flowctl.ops.reroute import Misrouted, Reroute
from flowctl.render import markdown as md
from flowctl.render.console import Look, count, paragraph, table
from flowctl.render.lists import blocks, names, next_command
from flowctl.render.markdown import code, escaped
from flowctl.render.safe import safe

MOST = 12  # movements that are told


@dataclass(frozen=True, slots=True)
class RerouteTold:
    """Misrouted leads to be told; `every` movement, not only the largest."""

    report: Reroute
    every: bool = False


def headline(report: Reroute) -> str:
    of = count(report.leads, "lead")
    if not report.misrouted:
        return f"{report.release} sends none of {of} elsewhere than {report.against}"
    verb = "belongs" if report.misrouted == 1 else "belong"
    return f"{report.misrouted:,} of {of} {verb} elsewhere: {report.release} misrouted {_them(report.misrouted)}"


def _them(leads: int) -> str:
    return "it" if leads == 1 else "them"


def notes(report: Reroute) -> Iterator[str]:
    """What is to be known of the list."""
    if report.homeless:
        told = " and are not in the file" if report.output else ""
        yield f"{count(report.homeless, 'lead')} would go to nobody who takes leads in {report.against}{told}"
    if report.unnamed:
        who = names([name for name, _ in report.unnamed[:5]])
        leads = sum(n for _, n in report.unnamed)
        where = (
            f"{report.environment} has no id for {who}"
            if report.environment
            else "no environment knows the ids of owners"
        )
        yield f"{where}: {count(leads, 'row')} name the owner and no OwnerId"
    if report.elsewhen:
        yield (
            f"{count(report.elsewhen, 'more lead')} would go elsewhere, and arrived while {report.release} was not "
            "live: it did not route them; `--all` takes them in"
        )


def text(told: RerouteTold, look: Look) -> str:
    report = told.report
    versions = look.paint("faint", safe(f"{report.flow}: {report.release} → {report.against}"))
    moves = report.moves if told.every else report.moves[:MOST]
    rows = [(a, b, f"{leads:,}") for a, b, leads in moves]
    more = len(report.moves) - len(moves)
    return blocks(
        f"{look.paint('strong', safe(headline(report)))}\n{versions}",
        table(("went to", "belongs to", "leads"), rows, look, right=[2]) if rows else "",
        f"and {count(more, 'more movement')} (`--all` lists them)" if more else "",
        "\n".join(paragraph(safe(_example(lead)), look.width, "  ", "    ") for lead in report.examples[:MOST])
        if not report.output
        else "",
        "\n".join(paragraph(safe(note), look.width, "  ! ", "    ") for note in notes(report)),
        _following(report, look),
    )


def _example(lead: Misrouted) -> str:
    owner = f" ({lead.owner})" if lead.owner and lead.owner != lead.after else ""
    return f"{lead.name} (row {lead.position}): {lead.before} → {lead.after}{owner}; {lead.why}"


def _following(report: Reroute, look: Look) -> str:
    if report.output:
        wrote = f"wrote {report.output}: {count(report.written, 'lead')}"
        how = (
            "a data loader updates the records by Id, with OwnerId"
            if report.environment
            else "Owner has the logical names"
        )
        return paragraph(safe(f"{wrote}; {how}"), look.width)
    if not report.misrouted:
        return ""
    return next_command("the same command with `-o reroute.csv`", "writes the list for a data loader", look)


def markdown(told: RerouteTold) -> str:
    report = told.report
    moves = [(code(a), code(b), f"{leads:,}") for a, b, leads in (report.moves if told.every else report.moves[:MOST])]
    return blocks(
        f"### {escaped(headline(report))}",
        md.table(("went to", "belongs to", "leads"), moves, right=[2]) if moves else "",
        "\n".join(f"- {escaped(note)}" for note in notes(report)),
        "\n".join(f"- {escaped(_example(lead))}" for lead in report.examples[:MOST]),
    )


def data(told: RerouteTold) -> Mapping[str, Json]:
    report = told.report
    return {
        "reroute": {
            "flow": report.flow,
            "release": report.release,
            "against": report.against,
            "headline": headline(report),
            "leads": report.leads,
            "misrouted": report.misrouted,
            "to_nobody": report.homeless,
            "not_of_its_time": report.elsewhen,
            "environment": report.environment,
            "owners_without_id": [{"owner": name, "leads": n} for name, n in report.unnamed],
            "moves": [{"from": a, "to": b, "leads": n} for a, b, n in report.moves],
            "examples": [
                {
                    "name": lead.name,
                    "row": lead.position,
                    "from": lead.before,
                    "to": lead.after,
                    "owner": lead.owner,
                    "why": lead.why,
                }
                for lead in report.examples
            ],
            "output": report.output,
            "written": report.written,
        }
    }
