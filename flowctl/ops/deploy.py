"""Puts a release into an environment, reads it back, and takes it out again."""

from __future__ import annotations

from flowctl.diag import FlowctlError, Stale
from flowctl.envs import Environment, Live, Receipt, StaleEnvironment
from flowctl.flow import Bundle, changed, content_digest, path_of
from flowctl.ops.content import adopted_parts
from flowctl.ops.drift import UNDONE, applied_release, read_release
from flowctl.ops.records import Release
from flowctl.ops.workspace import Workspace, release_ref


def deploy(environment: Environment, bundle: Bundle, expecting: str, release: Release) -> None:
    """Puts a bundle into an environment and reads it back.

    Raises:
        StaleEnvironment: What runs is not `expecting`. Nothing was changed.
        NotKept: What is there now is not what was put there.
        FlowctlError: The environment refused. Nothing was changed.
    """
    _follow_names(environment)
    environment.deploy(bundle, expecting=expecting, receipt=receipt_of(release, bundle))
    there = environment.read()
    if there.bundle.digest != bundle.digest:
        raise NotKept(environment.name, changed(bundle, there.bundle), there)


def _follow_names(environment: Environment) -> None:
    """Lets turns go on under the names of what runs, before other names come: no lead may have come since they did."""
    from flowctl.engine import Turns  # wanted only by who deploys
    from flowctl.flow import load_model

    try:
        kept = environment.turns()
        if kept:
            turns = Turns.of(kept)
            before = turns.data()
            parts = environment.read().bundle.parts
            rosters = {path_of(part): text for part, text in parts.items() if part.startswith("roster/")}
            turns.follow(load_model(rosters).rosters.values())
            if turns.data() != before:
                environment.keep_turns(turns.data())
    except FlowctlError:
        return  # damaged turns stop whoever routes, and no release


class NotKept(FlowctlError):
    """An environment runs something else than what was put into it; `there` is what it runs."""

    def __init__(self, environment: str, parts: tuple[str, ...], there: Live) -> None:
        hint = f"`flowctl drift {environment}` shows what it runs"
        super().__init__(f"{environment} did not keep {', '.join(parts)} as deployed", hint=hint)
        self.there = there


def receipt_of(release: Release, bundle: Bundle) -> Receipt:
    """What the environment keeps of where its content comes from."""
    return Receipt(
        release=release.release,
        plan=release.plan,
        draft=release.draft,
        kind=release.kind,
        who=str(release.who),
        when=release.when,
        digests=bundle.digests,
    )


def undo(ws: Workspace, environment: Environment, expecting: str, plan: str | None, draft: str | None) -> None:
    """Puts back what ran before a promotion, and says in the receipt which plan was taken back.

    That is for a push that reaches the remote after all: whoever then finds the release on `main` finishes it.

    Raises:
        StaleEnvironment: What runs is not `expecting`: somebody was there by hand. Nothing was changed.
    """
    id_ = applied_release(ws)
    release = read_release(ws, id_)
    assert release is not None, "an applied release has its record"
    bundle = ws.bundle(release_ref(id_)).with_parts(_adopted_texts(ws, draft))
    receipt = Receipt(
        release=id_,
        plan=plan,
        draft=release.draft,
        kind=UNDONE,
        who=str(release.who),
        when=release.when,
        digests=bundle.digests,
    )
    _follow_names(environment)
    environment.deploy(bundle, expecting=expecting, receipt=receipt)


def _adopted_texts(ws: Workspace, id_: str | None) -> dict[str, str | None]:
    """What an environment ran that was changed by hand, when a draft took it over: its branch has the texts."""
    draft = next((draft for draft in ws.drafts() if draft.draft == id_), None)
    adopted = adopted_parts(ws, draft) if draft else {}
    return {part: digest and _text(ws, ws.tip(draft), part, digest) for part, digest in adopted.items() if draft}


def _text(ws: Workspace, tip: str, part: str, digest: str) -> str | None:
    path = path_of(part)
    texts = (ws.git.text(commit.id, path) for commit in ws.git.log([path], version=tip))
    return next((text for text in texts if text is not None and content_digest(part, text) == digest), None)


def put_back(ws: Workspace, environment: Environment, expecting: str, release: Release, error: FlowctlError) -> None:
    """As `undo`, after an error, which it holds on to.

    Raises:
        Stale: Somebody has changed the environment meanwhile, so that it was left alone.
        FlowctlError: It cannot be put back now; the next command does it.
    """
    try:
        undo(ws, environment, expecting, release.plan, release.draft)
    except StaleEnvironment as second:
        message = f"{error.message}; and {environment.name} was changed by somebody else meanwhile"
        raise Stale(message, hint=second.hint) from error
    except FlowctlError as second:
        message = f"{error.message}; and {environment.name} could not be put back: {second.message}"
        raise FlowctlError(message, hint="`flowctl status` tries again", found=error.found) from error
