"""Every check finds what its page shows, and nothing else; every code has a page."""

import re
from pathlib import Path

import pytest

from flowctl.check.pages import GROUPS, READERS, pages
from flowctl.check.registry import CHECKS, check, load_checks
from flowctl.diag import Severity
from tests.check.workspace import check as check_example

ROOT = Path(__file__).parents[2]
CHECKED = load_checks().values()


@pytest.mark.parametrize("one", CHECKED, ids=lambda one: f"{one.code}-{one.name}")
def test_a_check_finds_its_bad_example_once_and_nothing_in_the_good_one(one):
    bad, good = check_example(one.bad), check_example(one.good)

    assert [(d.code, d.severity) for d in bad] == [(one.code, one.severity)]
    assert list(good) == []


@pytest.mark.parametrize("one", CHECKED, ids=lambda one: f"{one.code}-{one.name}")
def test_a_finding_has_its_place_and_is_one_line_in_the_users_words(one):
    [found] = check_example(one.bad)

    assert (found.excerpt is not None) == one.quotes
    marked = found.excerpt[found.span.column - 1 :] if one.quotes else "a record's values"
    assert marked.strip()
    assert re.fullmatch(r"[^A-Z\n].*[^.\n]", found.message)
    assert found.hint is None or "\n" not in found.hint


def test_every_code_that_the_code_speaks_of_has_a_page():
    spoken = {
        code
        for path in (ROOT / "flowctl").rglob("*.py")
        for code in re.findall(r"\bFC\d{3}\b", path.read_text("utf-8"))
    }

    assert spoken == {page.code for page in pages()}


def test_every_page_says_why_and_what_and_belongs_to_a_group():
    for page in pages():
        assert page.title.endswith(".")
        assert "\n" not in page.title
        assert page.why
        assert page.what
        assert page.code[:3] in GROUPS


def test_no_two_pages_share_a_code_or_a_name():
    found = pages()

    assert len({page.code for page in found}) == len({page.name for page in found}) == len(found)
    assert len(found) == len(CHECKS) + len(READERS)


def test_a_code_that_is_taken_cannot_be_taken_again():
    with pytest.raises(AssertionError, match="FC101 is taken by cycle"):

        @check("FC101", Severity.ERROR, lambda workspace: [workspace], bad="", good="")
        def another(workspace):
            """Another."""
