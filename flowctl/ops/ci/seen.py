"""What the files of two versions tell: each is read once, and nothing else is asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from flowctl.data import dataclass
from flowctl.diag import Diagnostic, Severity
from flowctl.diff import PartDiff, diff_flows
from flowctl.document import Document
from flowctl.flow import Bundle, Flow, Model, changed, load_model, path_of
from flowctl.ops.ci import fingerprint
from flowctl.ops.ci.accepted import Accepted
from flowctl.ops.ci.impact import Impacts
from flowctl.ops.ci.report import Change, Finding, Movement
from flowctl.ops.config import Config
from flowctl.ops.diff import DiffReport, diff
from flowctl.ops.gates import Candidate
from flowctl.ops.looked import staged_files
from flowctl.ops.simulate import Simulation
from flowctl.ops.test import TestReport
from flowctl.ops.versions import Version
from flowctl.ops.workspace import bundle_from

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Loaded(Version):
    """A version that has been read."""

    loaded: Model

    def model(self) -> Model:
        return self.loaded


@dataclass(frozen=True)
class Seen:
    """Live and what it becomes, and all that was found out from the two; `day` is the one on which that was."""

    before: Version
    after: Version
    day: dt.date
    diff: DiffReport
    candidate: Candidate
    findings: tuple[Finding, ...]
    changes: tuple[Change, ...]
    moves: tuple[Movement, ...]

    @property
    def tests(self) -> TestReport | None:
        """None where no lead can be routed."""
        return None if self.candidate.has_errors else self.candidate.tests

    @property
    def simulations(self) -> tuple[Simulation, ...]:
        return () if self.candidate.has_errors else self.candidate.simulations


def see(
    before: Files,
    after: Version,
    config: Config,
    accepted: Mapping[str, Accepted],
    now: dt.datetime,
    staged: Bundle | None = None,
) -> Seen:
    """Looks at live's files and at what they become.

    Args:
        accepted: By fingerprint; what holds no more on the day counts again.
        staged: What staging holds, where a gate asks for it.
    """
    live, ours = _loaded(before, after)
    bundles = bundle_from(live.files), bundle_from(ours.files)
    told = diff(live, ours, known=dict(_flow_diffs(bundles, live.loaded, ours.loaded)))
    held = None if staged is None else load_model(staged_files(staged, ours.files))
    candidate = Candidate(config, live.loaded, ours.loaded, changed(*bundles), bundles[1], staged, held)
    simulations = () if candidate.has_errors else candidate.simulations
    day = now.astimezone(ours.loaded.settings.zone).date()
    known = {fingerprint_: item for fingerprint_, item in accepted.items() if item.holds(day)}
    findings = _findings(candidate.found, ours.loaded, known)
    changes = _changes(told, bundles, (live.loaded, ours.loaded), Impacts(simulations), known)
    moves = sorted(_moves(simulations, known), key=lambda move: -move.leads)
    return Seen(live, ours, day, told, candidate, tuple(findings), tuple(changes), tuple(moves))


def _loaded(before: Files, after: Version) -> tuple[Loaded, Loaded]:
    model = load_model(dict(after.files))
    live = model if before == after.files else load_model(dict(before))
    return Loaded("live", before, live), Loaded(after.label, after.files, model)


def _flow_diffs(bundles: tuple[Bundle, Bundle], before: Model, after: Model) -> Iterator[tuple[str, PartDiff]]:
    """How the flows differ that can be read on both sides: they are not read once more for that."""
    wrong = {problem.span.file for model in (before, after) for problem in model.problems if problem.span}
    for part in changed(*bundles):
        kind, _, name = part.partition("/")
        if kind == "flow" and path_of(part) not in wrong and name in before.flows and name in after.flows:
            edits = diff_flows(before.flows[name], after.flows[name])
            yield part, PartDiff(part, "changed", edits, all(edit.cosmetic for edit in edits))


# -- with fingerprints


def _changes(
    told: DiffReport,
    bundles: tuple[Bundle, Bundle],
    models: tuple[Model, Model],
    impacts: Impacts,
    known: Mapping[str, Accepted],
) -> Iterator[Change]:
    for part in told.parts:
        if part.status != "changed":
            print_ = None if part.status == "unreadable" else fingerprint.of_part(part, *bundles)
            yield Change(part.part, part.status, None, print_, impacts.of(part.part), known.get(print_ or ""))
            continue
        prints = fingerprint.of_edits(part, _flow(part, models[0]), _flow(part, models[1]))
        for at, edit in sorted(enumerate(part.edits), key=lambda item: item[1].cosmetic):
            print_ = prints.get(at)
            impact = impacts.of(part.part, edit)
            yield Change(part.part, part.status, edit, print_, impact, known.get(print_ or ""))


def _flow(part: PartDiff, model: Model) -> Flow | None:
    kind, _, name = part.part.partition("/")
    return model.flows.get(name) if kind == "flow" else None


def _moves(simulations: tuple[Simulation, ...], known: Mapping[str, Accepted]) -> Iterator[Movement]:
    for simulation in simulations:
        for move in simulation.moves:
            print_ = fingerprint.of_move(simulation.flow, move.before, move.after)
            example, accepted = move.examples[0], known.get(print_)
            yield Movement(simulation.flow, move.before, move.after, move.leads, example, print_, accepted)


def _findings(found: tuple[Diagnostic, ...], model: Model, known: Mapping[str, Accepted]) -> Iterator[Finding]:
    documents = _documents(model)
    for diagnostic, print_ in zip(found, fingerprint.of_findings(found, documents.get), strict=True):
        accepted = known.get(print_) if diagnostic.severity < Severity.ERROR else None
        yield Finding(diagnostic, print_, accepted)


def _documents(model: Model) -> dict[str, Document]:
    """The files that a model was read from, by path."""
    found = [flow.document for flow in model.flows.values()]
    found += [object_.document for object_ in model.objects.values()]
    found += [roster.document for roster in model.rosters.values()]
    found += [document for table in model.tables.values() for document in (table.document, table.header.document)]
    found += [fixture.document for of_flow in model.fixtures.values() for fixture in of_flow]
    return {document.file: document for document in (*found, model.directory.document)}
