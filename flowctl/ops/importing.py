"""`import --into`: puts a draft into an environment; `export`: takes out what one runs."""

from __future__ import annotations

import datetime as dt

from flowctl.data import dataclass
from flowctl.diag import Blocked, Diagnostic, FlowctlError, Severity
from flowctl.envs import Live, Receipt
from flowctl.flow import Bundle, changed, part_of, path_of
from flowctl.history import Effect
from flowctl.ops.atomic import note_written
from flowctl.ops.branch import at_work
from flowctl.ops.content import changes_of
from flowctl.ops.journal import FOLDER, on_disk
from flowctl.ops.records import Draft
from flowctl.ops.trunk import sync
from flowctl.ops.workspace import LIVE, Workspace

LEASE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import changed in an environment, and the warnings of its directory."""

    environment: str
    parts: tuple[str, ...]
    replaced: str | None
    warnings: tuple[Diagnostic, ...]


def import_into(ws: Workspace, environment: str, draft: Draft, now: dt.datetime, *, replace: bool = False) -> Imported:
    """Puts live with a draft's changes into an environment.

    Raises:
        Blocked: A colleague's open draft is there and `replace` is not given.
        FlowctlError: It is production; or its directory cannot resolve some names: all are told.
    """
    if environment == LIVE:
        raise FlowctlError(f"{LIVE} takes releases only", hint="`flowctl plan --to production`, then `flowctl promote`")
    place = ws.environment(environment)
    with at_work(ws, f"import into {environment}"), place.lease(str(ws.me), LEASE_SECONDS):
        holder = staging_holder(ws, environment)
        if holder and not replace:
            hint = "`--replace` puts yours there instead"
            raise Blocked(f"{environment} holds the open draft `{holder.title}` of {holder.owner}", hint=hint)
        bundle = changes_of(ws, draft).bundle
        before = place.read().bundle
        place.deploy(bundle, expecting=before.digest, receipt=_receipt(ws, draft, bundle, now))
    ws.git.operations.record([Effect("deploy", environment)])
    warnings = tuple(d for d in place.refusals(bundle) if d.severity < Severity.ERROR)
    return Imported(environment, changed(before, bundle), holder.title if holder else None, warnings)


def _receipt(ws: Workspace, draft: Draft, bundle: Bundle, now: dt.datetime) -> Receipt:
    return Receipt(
        release=None, plan=None, draft=draft.draft, kind=draft.kind, who=str(ws.me), when=now, digests=bundle.digests
    )


def staging_holder(ws: Workspace, environment: str) -> Draft | None:
    """The open draft of somebody else that an environment holds; live's content and closed drafts are nobody's.

    Fetches when the draft is not known here: a colleague may have begun it a moment ago.
    """
    receipt = ws.environment(environment).read().receipt
    if receipt is None or receipt.draft is None:
        return None
    if ws.draft(receipt.draft, ws.main) is None and _open(ws, receipt.draft) is None:
        sync(ws)
    draft = _open(ws, receipt.draft)
    return draft if draft and draft.owner.email != ws.me.email else None


def _open(ws: Workspace, id_: str) -> Draft | None:
    return next((draft for draft in ws.drafts() if draft.draft == id_), None)


@dataclass(frozen=True, slots=True)
class Exported:
    """What an environment runs, written to files; `parts` are those that differ from what was there."""

    environment: str
    parts: tuple[str, ...]
    paths: tuple[str, ...]
    unknown: tuple[Diagnostic, ...]


def export_files(ws: Workspace, environment: str) -> tuple[Live, dict[str, bytes]]:
    """What an environment runs, by path, with logical names."""
    live = ws.environment(environment).read()
    return live, {path_of(part): text.encode() for part, text in live.bundle.parts.items()}


def export_worktree(ws: Workspace, environment: str, *, only: tuple[str, ...] = ()) -> Exported:
    """Writes what an environment runs over the work tree's parts; files that are the same stay untouched.

    Raises:
        FlowctlError: Unsaved edits would be lost, no draft is checked out to take them, or a file cannot be written.
    """
    with at_work(ws, f"export {environment}"):
        ws.require_saved()
        ws.require_draft()
        live, files = export_files(ws, environment)
        here = ws.worktree()
        wanted = {path: data for path, data in files.items() if not only or part_of(path) in only}
        differ = sorted(path for path, data in wanted.items() if here.get(path) != data)
        for path in differ:
            _write(ws, path, files[path])
    parts = tuple(part for path in differ if (part := part_of(path)))
    return Exported(environment, parts, tuple(differ), live.unknown_ids)


def _write(ws: Workspace, path: str, data: bytes) -> None:
    """Writes a file whole or not at all."""
    target = ws.root / ws.git.inside(ws.root / path)
    new = ws.root / FOLDER / "export.new"
    with on_disk(f"write `{path}`"):
        before = target.read_bytes() if target.is_file() else None
        target.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(data)
        new.replace(target)
    note_written(ws, path, before, data)
