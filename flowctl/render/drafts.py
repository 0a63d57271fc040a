"""What was done to drafts and environments: cloned, saved, merged, imported, exported."""

from __future__ import annotations

from flowctl.document import Json
from flowctl.flow.kinds import plain_fields
from flowctl.ops.clone import Cloned
from flowctl.ops.environments import MadeAgain
from flowctl.ops.importing import Exported, Imported
from flowctl.ops.init import Made
from flowctl.ops.save import Saved
from flowctl.ops.switch import Switched
from flowctl.render.console import Look, count
from flowctl.render.findings import findings
from flowctl.render.jsonout import diagnostic
from flowctl.render.lists import GOOD, blocks, listed, names, next_command, titled
from flowctl.render.safe import safe


def made_text(made: Made | MadeAgain, look: Look) -> str:
    if isinstance(made, MadeAgain):
        return _made_again(made, look)
    done = f"{look.paint('good', GOOD)} {look.paint('strong', safe(made.root.name))} is ready"
    rows = [
        ("releases", f"{len(made.releases)}, the newest is {made.releases[-1].title}"),
        ("runs in", names(list(made.environments))),
    ]
    return blocks(done, titled(rows, look), next_command(f"cd {made.root.name} && flowctl status", "", look))


def _made_again(made: MadeAgain, look: Look) -> str:
    following = next_command("flowctl status", "", look)
    if not made.made:
        are = "is" if len(made.there) == 1 else "are"
        return blocks(f"nothing to make: {names(made.there)} {are} there", following)
    done = f"{look.paint('good', GOOD)} made {names(made.made)} again"
    rows = [
        ("runs", f"{made.release.title} (release {made.release.release})"),
        ("not kept", "whose turn it is, and what was in staging: `flowctl import --into staging`"),
    ]
    return blocks(done, titled(rows, look), following)


def made_data(made: Made | MadeAgain) -> dict[str, Json]:
    if isinstance(made, MadeAgain):
        return {"made": list(made.made), "there": list(made.there), "release": made.release.release}
    return {
        "folder": str(made.root),
        "releases": [release.release for release in made.releases],
        "environments": list(made.environments),
    }


def cloned_text(cloned: Cloned, look: Look) -> str:
    draft = cloned.draft
    rows = [
        ("branch", f"{draft.branch} (checked out)"),
        ("from", f"live, release {draft.base.release}"),
        ("adopted", names(cloned.adopted)),
        ("staging", _staging(cloned)),
        *(("recovered", step) for step in cloned.recovered.steps),
    ]
    done = f"{look.paint('good', GOOD)} {look.paint('strong', safe(draft.title))}"
    edit = "flowctl roster list" if draft.kind == "roster" else "edit flows/lead.yaml, then: flowctl diff"
    following = next_command("flowctl diff live" if cloned.adopted else edit, "", look)
    past = [f"{cloned.past} is over: the title says a day on which nothing can go live any more"] if cloned.past else []
    return blocks(done, titled(rows, look), listed("!", past, look, "warning"), following)


def _staging(cloned: Cloned) -> str:
    if cloned.left_alone:
        return f"left alone: {cloned.left_alone}"
    return "holds this draft" if cloned.staged else ""


def cloned_data(cloned: Cloned) -> dict[str, Json]:
    return {
        "draft": plain_fields(cloned.draft),
        "adopted": list(cloned.adopted),
        "staged": cloned.staged is not None,
        "left_alone": cloned.left_alone,
        "past": cloned.past is not None,
        "recovered": list(cloned.recovered.steps),
    }


def switched_text(switched: Switched, look: Look) -> str:
    where = safe(switched.draft.title) if switched.draft else "main, which is what is live"
    done = f"{look.paint('good', GOOD)} you are {'' if switched.moved else 'already '}on {look.paint('strong', where)}"
    rows = [("branch", switched.branch), *(("recovered", step) for step in switched.recovered)]
    return blocks(done, titled(rows, look), next_command("flowctl status", "", look))


def switched_data(switched: Switched) -> dict[str, Json]:
    return {
        "branch": switched.branch,
        "draft": switched.draft and plain_fields(switched.draft),
        "moved": switched.moved,
        "recovered": list(switched.recovered),
    }


def saved_text(saved: Saved, look: Look) -> str:
    if saved.commit is None:
        return "nothing to save: no file was edited since the last save"
    titled_flows = [f"{path} is called `{saved.draft.title}` now" for path in saved.titled]
    shared = [f"others do not see it yet: {saved.not_shared}"] if saved.not_shared else []
    return blocks(
        f"{look.paint('good', GOOD)} saved {count(len(saved.paths), 'file')} to {safe(saved.draft.title)}",
        listed("·", [*saved.paths], look, "faint"),
        listed("~", titled_flows, look),
        listed("!", shared, look, "warning"),
        next_command("flowctl check", "then diff, simulate and test", look),
    )


def saved_data(saved: Saved) -> dict[str, Json]:
    return {
        "draft": saved.draft.draft,
        "commit": saved.commit,
        "files": list(saved.paths),
        "titled": list(saved.titled),
        "not_shared": saved.not_shared,
    }


def imported_text(imported: Imported, look: Look) -> str:
    what = names(imported.parts) if imported.parts else "nothing: it held the same"
    rows = [("changed", what), ("replaced", imported.replaced or "")]
    return blocks(
        f"{look.paint('good', GOOD)} {imported.environment} holds this draft",
        titled(rows, look),
        findings(imported.warnings, look),
        next_command("flowctl plan --to production", "", look),
    )


def imported_data(imported: Imported) -> dict[str, Json]:
    return {
        "environment": imported.environment,
        "parts": list(imported.parts),
        "replaced": imported.replaced,
        "warnings": [diagnostic(d) for d in imported.warnings],
    }


def exported_text(exported: Exported, look: Look) -> str:
    if not exported.paths:
        done = f"{look.paint('good', GOOD)} the work tree is what {exported.environment} runs"
    else:
        done = (
            f"{look.paint('good', GOOD)} wrote {count(len(exported.paths), 'file')} as {exported.environment} has them"
        )
    return blocks(done, listed("·", list(exported.paths), look, "faint"), findings(exported.unknown, look))


def exported_data(exported: Exported) -> dict[str, Json]:
    return {
        "environment": exported.environment,
        "parts": list(exported.parts),
        "files": list(exported.paths),
        "unknown_ids": [diagnostic(d) for d in exported.unknown],
    }
