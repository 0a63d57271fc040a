"""What of a promotion is looked at before its plan is made."""

from __future__ import annotations

from collections.abc import Mapping

from flowctl.data import dataclass
from flowctl.diag import Diagnostic
from flowctl.diff import PartDiff, diff_bundles
from flowctl.flow import Bundle, changed, load_model, path_of
from flowctl.ops.config import Config, Gates
from flowctl.ops.content import Changes
from flowctl.ops.gates import Candidate
from flowctl.ops.versions import flows_of
from flowctl.ops.workspace import STAGING, Workspace


@dataclass(frozen=True, slots=True)
class Looked:
    """What of a promotion was looked at before the plan is made: the gates that can be asked, what they look at, how
    the parts differ, and what the environment says to it."""

    gates: Gates
    candidate: Candidate
    diffs: tuple[PartDiff, ...]
    refusals: tuple[Diagnostic, ...] = ()


def look(
    ws: Workspace, environment: str, config: Config, kind: str, changes: Changes, staged: Mapping[str, bytes] | None
) -> Looked:
    """Looks at everything that the gates ask; `staged` are the files with whose fixtures staging is tested."""
    before, after = changes.before_bundle, changes.bundle
    gates = config.gates_of(kind)
    candidate = _candidate(ws, config, gates, changes, changed(before, after), staged or changes.after)
    refusals = tuple(ws.environment(environment).refusals(after))
    return Looked(gates, candidate, diff_bundles(before, after), refusals)


def _candidate(
    ws: Workspace,
    config: Config,
    gates: Gates,
    changes: Changes,
    parts: tuple[str, ...],
    drafted: Mapping[str, bytes],
) -> Candidate:
    before, after = (load_model(dict(flows_of(dict(files)))) for files in (changes.live, changes.after))
    staged = staged_model = None
    if gates.staged and STAGING in ws.config.environments:
        staging = ws.environment(STAGING)
        staged = staging.read().bundle
        staged_model = load_model(staged_files(staged, drafted))
    return Candidate(config, before, after, parts, changes.bundle, staged, staged_model)


def staged_files(staged: Bundle, after: Mapping[str, bytes]) -> dict[str, str | bytes]:
    """What staging runs, with the fixtures that the draft brings."""
    fixtures = {path: data for path, data in after.items() if path.startswith("flows/fixtures/")}
    return {**fixtures, **{path_of(part): text for part, text in staged.parts.items()}}
