"""What the documents show is what happens: every console block is played, and answers as the document says."""

import re
from pathlib import Path

import pytest

from tools import play

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
CONSOLE = re.compile(r"\s*(?:`{3,}|~{3,})\s*console\b")
SHELL = re.compile(r"\s*(?:`{3,}|~{3,})\s*(?:sh|bash|shell|zsh|shell-session)\b")


def text_of(document):
    return (ROOT / document).read_text("utf-8")


def lines_that_match(pattern, text):
    return [at for at, line in enumerate(text.splitlines(), 1) if pattern.match(line)]


@pytest.mark.slow
@pytest.mark.parametrize("document", [name for name in DOCUMENTS if lines_that_match(CONSOLE, text_of(name))])
def test_a_document_says_what_its_commands_answer(document, tmp_path):
    problem = play.check(ROOT / document, play.fresh(tmp_path / "play"))

    assert not problem, f"\n{problem}\n\nIf that is right: python tools/play.py {document} --write"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_console_block_is_played_or_marked_as_not_run(document):
    text = text_of(document)

    known = {step.block for step in play.read(text) if isinstance(step, play.Command | play.Shown)}

    assert known == set(lines_that_match(CONSOLE, text))
    assert lines_that_match(SHELL, text) == [], "write shell commands as console blocks, so that they are played"


def block_of(document, kind):
    return re.search(rf"```{kind}\n(.*?)```\n", text_of(document), re.DOTALL).group(1)


def test_the_flow_of_the_readme_is_the_starters_flow_and_its_picture_is_what_show_draws():
    from flowctl.flow import load_flow
    from flowctl.render.mermaid import chart

    starter = (ROOT / "flowctl/sample/starter/flows/lead.yaml").read_text("utf-8")
    flow, problems = load_flow("lead.yaml", starter)

    assert problems == ()
    assert block_of("README.md", "yaml") == starter
    assert block_of("README.md", "mermaid").rstrip() == chart(flow, list(flow.nodes)).rstrip()
