"""docs/handbook.md: every statement of the handbook's pages has a row, and every source cites a statement."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl import document
from flowctl.history import Person
from flowctl.ops.init import State
from tools import handbook

PAGE = "001_d11ccf8eff7583f0.txt"


def book(*statements):
    """A book of one page: each statement is a key, or a key and the line that says more of it."""
    lines = [f"pages:\n  - page: {PAGE}\n    title: A page\n    statements:"]
    for statement in statements:
        key, more = statement if isinstance(statement, tuple) else (statement, "")
        lines.append(f'      - key: "{key}"\n        says: as it stands there')
        lines += [f"        {more}"] if more else []
    return "\n".join(lines) + "\n"


def flow(*sources):
    """A flow with one end for each source."""
    nodes = [f'  end_{n}: {{type: end, result: Done, source: "{source}"}}\n' for n, source in enumerate(sources)]
    return "flow: lead\nobject: Lead\nstart: end_0\nnodes:\n" + "".join(nodes)


def composed(book_text, *sources, **files):
    return handbook.compose(book_text, {"flows/lead.yaml": flow(*sources), **files})


def said(problems):
    return [problem.message for problem in problems]


def row(text, key):
    [line] = [line for line in text.splitlines() if line.startswith(f"| {key} |")]
    return line.split(" | ")[2].removesuffix(" |")


def test_a_statement_that_nothing_realises_fails_with_its_line_and_how_to_cite_it():
    text, [problem] = composed(book("Held", "Scored"), f"{PAGE}, Held")

    assert (problem.file, problem.line, problem.message) == (
        "tools/handbook.yaml", 7, "nothing realises `Scored` of A page",
    )  # fmt: skip
    assert f'source: "{PAGE}, Scored"' in problem.hint
    assert row(text, "Scored") == "**nothing**"


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        ("not_routing: It is about swag.", "*not routing:* It is about swag."),
        ("done_by: flowctl clone live; flowctl hotfix start", "`flowctl clone live`; `flowctl hotfix start`"),
    ],
)
def test_a_reason_or_a_command_is_a_row_as_well(more, shown):
    text, problems = composed(book("Held", ("Swag", more)), f"{PAGE}, Held")

    assert problems == []
    assert row(text, "Swag") == shown


KEYS = ["Held", "Scored", "Swag: sent", "Queue, by status", "Do Not Route?"]


@given(st.sets(st.sampled_from(KEYS)))
def test_exactly_the_statements_that_no_source_cites_are_left_over(cited):
    _, problems = composed(book(*KEYS), *(f"{PAGE}, {key}" for key in sorted(cited)), "our own rule")

    assert said(problems) == [f"nothing realises `{key}` of A page" for key in KEYS if key not in cited]


def test_a_source_with_an_unknown_key_fails_with_its_line_and_the_key_that_is_meant():
    _, problems = composed(book("Held", "Scored"), f"{PAGE}, Held; {PAGE}, Scored", f"{PAGE}, Scores")

    [problem] = problems
    assert (problem.file, problem.line) == ("flows/lead.yaml", 6)
    assert problem.message == f"the page {PAGE} has no statement `Scores`"
    assert problem.hint == "did you mean `Scored`?"


@pytest.mark.parametrize("page", ["001_d11ccf8eff7583f.txt", "002_d11ccf8eff7583f0.txt", "001_d11ccf8eff7583f0"])
def test_a_source_with_an_unknown_page_fails_with_the_page_that_is_meant(page):
    _, [problem] = composed(book("Held"), f"{PAGE}, Held", f"{page}, Held")

    assert problem.message == f"there is no page `{page}`"
    assert problem.hint == f"did you mean `{PAGE}`?"


def test_a_source_in_own_words_is_left_alone_but_not_behind_a_page():
    assert composed(book("Held"), f"{PAGE}, Held", "Agreed with sales; in March")[1] == []

    _, [problem] = composed(book("Held"), f"{PAGE}, Held; in March")
    assert problem.message == "there is no page `in March`"


def test_what_is_cited_cannot_be_called_no_routing():
    _, [problem] = composed(book(("Held", "not_routing: A title.")), f"{PAGE}, Held")

    assert problem.message == "`Held` is not routing, and flows/lead.yaml cites it"


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (["Held", "Held"], "the page has `Held` twice"),
        ([("Held", f'disagrees: "{PAGE}, Hold"')], f"the page {PAGE} has no statement `Hold`"),
        ([("Held", "done_by: flowctl clown live")], "`flowctl clown live`: flowctl knows no `clown`"),
        ([("Held", "done_by: flowctl roster fire")], "`flowctl roster fire`: flowctl knows no `fire`"),
        ([("Held", "done_by: flowctl clone --all")], "`flowctl clone --all`: flowctl knows no `--all`"),
        ([("Held", "done_by: git commit")], "`git commit`: flowctl knows no `git`"),
        ([("Held", "done by: flowctl")], "unknown key `done by`"),
    ],
)
def test_a_mistake_in_the_list_of_statements_is_found(statements, message):
    _, problems = composed(book(*statements), f"{PAGE}, Held")

    assert message in said(problems)
    assert {problem.file for problem in problems} >= {"tools/handbook.yaml"}


def test_two_statements_that_disagree_name_each_other():
    text, problems = composed(
        book(("From 50", f'disagrees: "{PAGE}, From 90"'), "From 90"), f"{PAGE}, From 50; {PAGE}, From 90"
    )

    assert problems == []
    assert "“as it stands there”<br>unlike A page, *From 90*" in text


def test_a_row_names_three_places_and_counts_the_others():
    text, _ = composed(book("Held"), *[f"{PAGE}, Held"] * 5)

    links = [f"[lead: end_{n}](../flows/lead.yaml)" for n in range(3)]
    assert row(text, "Held") == "; ".join([*links, "and 2 more"])


def test_a_node_that_cites_a_statement_with_its_branches_too_is_named_once():
    branching = f"""\
flow: lead
object: Lead
start: a
nodes:
  a:
    type: decision
    source: "{PAGE}, Held"
    branches: [{{when: ISNEW(), source: "{PAGE}, Held", then: b}}]
    otherwise: b
  b: {{type: end, result: Done}}
"""
    text, problems = handbook.compose(book("Held"), {"flows/lead.yaml": branching})

    assert problems == []
    assert row(text, "Held") == "[lead: a](../flows/lead.yaml)"


@pytest.mark.parametrize(
    ("file", "text", "name"),
    [
        ("flows/tables/country.yaml", 'table: country\nsource: "{}"\n', "table country"),
        ("flows/tables/country.yaml", 'columns:\n  City: {{key: exact, source: "{}"}}\n', "table country, City"),
        ("flows/rosters/emea.yaml", 'roster: emea\nsource: "{}"\n', "roster emea"),
        ("flows/objects/Lead.yaml", 'fields:\n  Status: {{type: text, source: "{}"}}\n', "object Lead, Status"),
        ("flows/fixtures/lead/a.yaml", '- why: a lead | waits\n  source: "{}"\n', "fixture: a lead \\| waits"),
    ],
)
def test_whatever_has_a_source_can_realise_a_statement(file, text, name):
    page, problems = handbook.compose(book("Held"), {file: text.format(f"{PAGE}, Held")})

    assert problems == []
    assert f"[{name}](../{file})" in page


def test_a_records_own_values_are_no_sources():
    fixture = f'- why: a lead waits\n  lead: {{source: "{PAGE}, Nonsense"}}\n'

    assert composed(book("Held"), f"{PAGE}, Held", **{"flows/fixtures/lead/a.yaml": fixture})[1] == []


def test_a_file_that_cannot_be_read_is_a_problem_of_its_own():
    _, problems = composed(book("Held"), f"{PAGE}, Held", **{"flows/rosters/emea.yaml": "roster: [\n"})

    assert [problem.file for problem in problems] == ["flows/rosters/emea.yaml"]


def released(date, *sources):
    """An earlier release of the sample that had these sources."""
    files = {"flows/lead.yaml": flow(*sources).encode()}
    return State(files, dt.date.fromisoformat(date), "weekly", "Edits", Person("Mia Chen", "mia.chen@example.com"))


def test_what_only_an_earlier_release_cites_is_named_with_the_newest_such_release():
    states = [released("2026-10-19", f"{PAGE}, From 50"), released("2026-10-26", f"{PAGE}, From 50", "our own")]
    now = {"flows/lead.yaml": flow(f"{PAGE}, From 0")}

    text, problems = handbook.compose(book("From 50", "From 0"), now, states)

    assert problems == []
    assert "[release 2026-10-26, lead: end_0](../flowctl/sample/gitlab/" in row(text, "From 50")
    assert row(text, "From 0") == "[lead: end_0](../flows/lead.yaml)"


def test_an_earlier_release_must_not_cite_what_there_is_not_either():
    states = [released("2026-10-19", f"{PAGE}, From 51")]

    _, [problem] = handbook.compose(book("From 50"), {"flows/lead.yaml": flow(f"{PAGE}, From 50")}, states)

    assert problem.file.startswith("flowctl/sample/gitlab/")
    assert problem.hint == "did you mean `From 50`?"


def test_the_order_of_the_files_changes_nothing():
    files = {"flows/a.yaml": flow(f"{PAGE}, Held"), "flows/b.yaml": flow(f"{PAGE}, Held")}

    assert handbook.compose(book("Held"), files) == handbook.compose(book("Held"), dict(reversed(files.items())))


# -- the pages and the flows that are shipped --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def of_the_sample():
    return handbook.of_the_sample()


def test_every_statement_of_the_handbook_has_a_row_and_every_source_a_statement(of_the_sample):
    assert [str(problem) for problem in of_the_sample[1]] == []


def test_the_committed_page_is_up_to_date(of_the_sample):
    assert (handbook.ROOT / handbook.PAGE).read_text("utf-8") == of_the_sample[0], "make docs"


def test_every_source_of_the_sample_cites_a_page():
    known = handbook.Book((handbook.ROOT / handbook.BOOK).read_text("utf-8"))

    for path in sorted(handbook.ROOT.glob("flows/**/*.yaml")):
        for _, source in handbook.sources(document.read(path.name, path.read_text("utf-8")).root):
            assert all(known.why_not(piece) is None for piece in source.text.split("; ")), (path.name, source.text)
