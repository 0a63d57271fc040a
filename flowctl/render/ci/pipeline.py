"""The answer of `init --ci`."""

from __future__ import annotations

from collections.abc import Iterator

from flowctl.document import Json
from flowctl.ops.pipeline import PipelineMade
from flowctl.render.console import Look, count
from flowctl.render.lists import GOOD, blocks, listed, next_command, titled

HOSTS = {"gitlab": "GitLab", "github": "GitHub"}


def text(made: PipelineMade, look: Look) -> str:
    """What was written, and what to type next."""
    return blocks(told(made, look), _next(made, look))


def told(made: PipelineMade, look: Look) -> str:
    """What was written."""
    host = HOSTS[made.host]
    if not made.written:
        return f"nothing to write: the pipeline for {host} is there"
    head = f"{look.paint('good', GOOD)} wrote the pipeline for {host}, {count(len(made.written), 'file')}"
    return blocks(head, listed("·", made.written, look, "faint"), titled(list(_to_do(made)), look))


def _to_do(made: PipelineMade) -> Iterator[tuple[str, str]]:
    owners = next((path for path in made.written if path.endswith("CODEOWNERS")), None)
    if owners:
        yield "owner", f"{made.owner} owns what decides: put your group there, in {owners}"
    if made.host == "gitlab":
        yield "tokens", "the comment and the tag of a release want a CI/CD variable each; .gitlab-ci.yml says which"
    if made.there:
        yield "there", ", ".join(made.there)


def _next(made: PipelineMade, look: Look) -> str:
    if made.draft:
        return next_command("flowctl ci", f"they go live with {made.draft}", look)
    if made.is_shared:
        return next_command("git push origin main", "or bring them in through a draft, where nobody may push", look)
    return next_command("flowctl ci", "what the pipeline will do", look)


def data(made: PipelineMade) -> dict[str, Json]:
    return {
        "host": made.host,
        "owner": made.owner,
        "written": list(made.written),
        "there": list(made.there),
        "commit": made.commit,
        "draft": made.draft,
    }
