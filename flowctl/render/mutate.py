"""The answer of `test --mutate`: which changes of a flow no fixture notices, and the lead that would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowctl.data import dataclass
from flowctl.document import Json, dump
from flowctl.ops.mutation.mutate import MutationReport, Survivor
from flowctl.ops.mutation.stub import stub_of
from flowctl.render.console import Look, count, paragraph
from flowctl.render.lists import BAD, GOOD
from flowctl.render.safe import safe
from flowctl.render.test import place_data


@dataclass(frozen=True, slots=True)
class Told:
    """A report to be told, and the share in per cent that was asked for."""

    report: MutationReport
    least: float

    @property
    def is_enough(self) -> bool:
        return self.report.share >= self.least


def text(told: Told, look: Look) -> str:
    return "\n".join(_text(told, look))


def _text(told: Told, look: Look) -> Iterator[str]:
    report = told.report
    for survivor in report.survivors:
        yield from _survivor(survivor, report.tries, look)
        yield ""
    style, mark = ("good", GOOD) if told.is_enough else ("error", BAD)
    figure = f"{mark} {report.share:g}% of {count(report.mutants, 'change')} caught ({report.caught:,})"
    yield f"{look.paint(style, figure)}, at least {told.least:g}%, on {safe(report.version)}"


def _survivor(survivor: Survivor, tries: int, look: Look) -> Iterator[str]:
    mutant = survivor.mutant
    place = look.paint("strong", safe(f"{mutant.place}:"))
    yield paragraph(safe(mutant.words), look.width, f"{look.paint('bad', BAD)} {place} ", "    ")
    if survivor.witness is None:
        yield f"    no lead found in {tries:,} tries that tells them apart"
        return
    yield f"    {look.paint('faint', safe(f'below flows/fixtures/{survivor.witness.lead.flow}/ this notices it:'))}"
    yield from (f"    {safe(line)}" for line in dump([_stub(survivor)]).splitlines())


def _stub(survivor: Survivor) -> Json:
    assert survivor.witness is not None
    return stub_of(survivor.witness, f"goes wrong with {survivor.mutant.words}")


def data(told: Told) -> Mapping[str, Json]:
    report = told.report
    return {
        "version": report.version,
        "passed": told.is_enough,
        "mutation": {
            "percent": report.share,
            "least": told.least,
            "mutants": report.mutants,
            "caught": report.caught,
            "tries": report.tries,
            "survivors": [_data(survivor) for survivor in report.survivors],
        },
    }


def _data(survivor: Survivor) -> Json:
    mutant, witness = survivor.mutant, survivor.witness
    return {
        "flow": mutant.flow,
        "node": mutant.node,
        "kind": mutant.kind,
        "change": mutant.words,
        "place": place_data(mutant.place),
        "fixture": {"flow": witness.lead.flow, "fixture": _stub(survivor)} if witness else None,
    }
