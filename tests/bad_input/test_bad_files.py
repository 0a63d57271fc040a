"""Each file that cannot be is told with its place and what to do; the rest of the workspace is read all the same."""

import time

import pytest

from flowctl.check import check_model
from flowctl.diag import Severity
from flowctl.flow import load_flow, load_model
from flowctl.render.safe import safe
from tests.bad_input.workspace import DIRECTORY, FILES, FLOW, OBJECT, ROSTER, assert_helps, errors, places

LEAD, SALES, PEOPLE = "flows/lead.yaml", "flows/rosters/sales.yaml", "flows/directory.yaml"
LEADS, SETTINGS = "flows/objects/Lead.yaml", "flows/settings.yaml"


def test_the_files_are_fine_before_they_are_spoilt():
    assert errors({}) == []


NOT_YAML = {
    "an anchor that would become a bomb": (b"a: &a [x, x]\nb: &b [*a, *a]\n", "1:4"),
    "an alias": (b"flow: lead\nobject: *x\n", "2:9"),
    "a tag": (b"flow: !!python/object:os.system lead\n", "1:7"),
    "ten million brackets": (b"[" * 10_000_000, "1:41"),
    "ten megabytes of lists in lists": (b"- " * 5_000_000, "1:81"),
    "ten megabytes of mappings in mappings": (b"{a: " * 2_500_000, "1:161"),
    "steps that never end": (b"".join(b" " * i + b"a:\n" for i in range(2000)), "41:41"),
    "questions that never end": (b"? " * 500_000, "1:81"),
    "a second document": (FLOW.encode() + b"---\nflow: other\n", "13:1"),
    "a byte order mark": (b"\xef\xbb\xbf" + FLOW.encode(), "1:1"),
    "line ends of Windows": (FLOW.replace("\n", "\r\n").encode(), "1:11"),
    "line ends of old Macs": (FLOW.replace("\n", "\r").encode(), "1:11"),
    "UTF-16": (FLOW.encode("utf-16"), "1:1"),
    "Latin-1": (FLOW.replace("Done", "Größe").encode("latin-1"), "12:31"),
    "half of a character": (FLOW.replace("Done", "D\xf6ne").encode()[:-5], "12:30"),
    "a NUL": (FLOW.replace("Done", "D\0ne").encode(), "12:30"),
    "an escape for the terminal": (FLOW.replace("Done", "\x1b[31mDone").encode(), "12:29"),
    "a backspace": (FLOW.replace("Done", "Done\b\b").encode(), "12:33"),
    "a tab that indents": (FLOW.replace("  done:", "\tdone:").encode(), "12:1"),
    "a quote that does not end": (FLOW.replace("Done", "'Done").encode(), "13:1"),
    "a bracket that does not end": (FLOW.replace("[created]", "[created").encode(), "4:6"),
    "a text with a colon": (FLOW.replace("result: Done", "result: Done: all").encode(), "12:33"),
    "an unknown directive": (b"%YAML 9.9\n---\n" + FLOW.encode(), "1:1"),
    "a mapping for a key": (b"? {a: b}\n: c\n", "1:3"),
}


@pytest.mark.parametrize(("source", "place"), NOT_YAML.values(), ids=NOT_YAML)
def test_what_is_no_yaml_is_told_with_its_place(source, place):
    flow, problems = load_flow(LEAD, source)

    assert flow is None or source.endswith(b"flow: other\n")
    assert [str(problem.span) for problem in problems] == [f"{LEAD}:{place}"]
    assert {problem.code for problem in problems} == {"FC001"}
    assert problems[0].message


def test_nesting_is_refused_before_it_is_read():
    started = time.process_time()

    for source in (b"[" * 10_000_000, b"- " * 5_000_000, b"{a: " * 2_500_000):
        load_flow(LEAD, source)

    assert time.process_time() - started < 5  # a bound on hanging, not on speed: each takes a tenth of a second


NOTHING = {"empty": "", "spaces": "  \n\n", "comments": "# a\n# b\n", "nothing": "~\n", "a document mark": "---\n"}
KINDS = [LEAD, SALES, "flows/directory.yaml", "flows/objects/Lead.yaml", "flows/settings.yaml"]


@pytest.mark.parametrize("path", KINDS)
@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING)
def test_a_file_that_holds_nothing_is_told_as_such(path, text):
    found = [d for d in errors({path: text}) if d.span.file == path]

    assert {d.code for d in found} <= {"FC004", "FC005"}
    assert len(found) == 1


@pytest.mark.parametrize("path", KINDS)
@pytest.mark.parametrize("text", ["- a\n- b\n", "hello\n", "[]\n", "42\n"])
def test_a_list_or_a_text_where_keys_belong_is_told_as_such(path, text):
    found = [d for d in errors({path: text}) if d.span.file == path]

    assert places(found) == [f"{path.removeprefix('flows/')}:1:1 FC005"]
    assert "expected keys and their values" in found[0].message
    assert found[0].hint.startswith("keys: ")


SPOILT = {
    # what is spoilt: the file, its text before and after, with a mark before what is told, and the code
    "a node twice": (LEAD, "  held:", "  «turn: {type: end, result: No}\n  held:", "FC002"),
    "a key twice": (LEAD, "start: turn", "start: turn\n«start: held", "FC002"),
    "a key of a node twice": (LEAD, "nobody: held", "nobody: held, «then: held", "FC002"),
    "a user twice": (PEOPLE, "  ben:", "  «ana: {name: Ana}\n  ben:", "FC002"),
    "an unknown key": (LEAD, "triggers:", "«trigers:", "FC003"),
    "an unknown key of a node": (LEAD, "nobody: held", "nobody: held, «weight: 2", "FC003"),
    "an unknown key of a branch": (LEAD, "label: NO", "«lable: NO", "FC003"),
    "an unknown key of a member": (SALES, "weight: 2", "«wieght: 2", "FC003"),
    "a key that is missing": (LEAD, "flow: lead\nobject: Lead\n", "«flow: lead\n", "FC004"),
    "a way out that is missing": (
        LEAD,
        "{type: rotate, roster: sales, then: done,",
        "«{type: rotate, roster: sales,",
        "FC004",
    ),
    "nodes in a list": (LEAD, FLOW[FLOW.index("nodes:") :], "nodes: «[turn, done]\n", "FC005"),
    "a node that is a list": (LEAD, "done: {type: end, result: Done}", "«done: [end]", "FC004"),
    "a node that is nothing": (LEAD, "done: {type: end, result: Done}", "«done: ~", "FC004"),
    "a node that is a text": (LEAD, "done: {type: end, result: Done}", "«done: end", "FC004"),
    "a type that is a list": (LEAD, "type: end", "type: «[end]", "FC004"),
    "an unknown type": (LEAD, "type: rotate", "type: «rotatte", "FC006"),
    "a text that is a mapping": (LEAD, "result: Done", "result: «{a: b}", "FC005"),
    "a text that is nothing": (LEAD, "result: Done", "result: «", "FC005"),
    "a list that is a text": (LEAD, "[created]", "«created", "FC005"),
    "a word of a choice that is misspelt": (LEAD, "[created]", "[«creatd]", "FC005"),
    "no branches": (LEAD, "- {when: Country = 'NO', label: NO, then: done}", "«[]", "FC005"),
    "a branch that is a text": (LEAD, "- {when: Country = 'NO', label: NO, then: done}", "- «a", "FC005"),
    "a condition that is a list": (LEAD, "when: Country = 'NO'", "when: «[Country]", "FC005"),
    "a condition that is none": (LEAD, "Country = 'NO'", "Country «== 'NO'", "FC300"),
    "a name with a slash": (LEAD, "flow: lead", "flow: «emea/lead", "FC005"),
    "a name that leaves the folder": (LEAD, "flow: lead", "flow: «../../etc/passwd", "FC005"),
    "a name of dots": (LEAD, "flow: lead", "flow: «..", "FC005"),
    "a name that looks like an option": (LEAD, "object: Lead", "object: «--upload-pack=x", "FC005"),
    "a name with a line end": (LEAD, "flow: lead", 'flow: «"lead\\n"', "FC005"),
    "a node id with a space": (LEAD, "  done: {", "  «all done: {type: end, result: No}\n  done: {", "FC005"),
    "a flow called otherwise than its file": (LEAD, "flow: lead", "flow: «leads", "FC007"),
    "a roster called otherwise than its file": (SALES, "roster: sales", "roster: «sale", "FC007"),
    "members in a mapping": (SALES, ROSTER[ROSTER.index("members") :], "members: «{user: ana}\n", "FC005"),
    "a member that is a name only": (SALES, "- user: ana", "- «ana", "FC005"),
    "a member with the word user": (SALES, "user: ana", "user: «user/ana", "FC005"),
    "a leave that is a text": (SALES, "[{from: 2026-12-01, to: 2026-12-03}]", "«december", "FC005"),
    "a leave that ends before it starts": (SALES, "to: 2026-12-03", "to: «2026-11-03", "FC407"),
    "a leave without an end": (SALES, "{from: 2026-12-01, to: 2026-12-03}", "«{from: 2026-12-01}", "FC004"),
    "a field of an unknown type": (LEADS, "type: number", "type: «numeric", "FC005"),
    "fields in a list": (LEADS, OBJECT[OBJECT.index("fields") :], "fields: «[Email]\n", "FC005"),
    "a picklist value that is nothing": (LEADS, "[NO, SE, 01234]", "[NO, «~, SE]", "FC005"),
    "a zone that there is not": (SETTINGS, "America/Los_Angeles", "«Europe/Berln", "FC005"),
    "a zone that leaves its folder": (SETTINGS, "America/Los_Angeles", "«../../etc/passwd", "FC005"),
    "a zone that is a folder": (SETTINGS, "America/Los_Angeles", "«America", "FC005"),
    "the zone of whoever's machine": (SETTINGS, "America/Los_Angeles", "«localtime", "FC005"),
    "a zone that is no name at all": (SETTINGS, "America/Los_Angeles", "«" + "x" * 5000, "FC005"),
    "an unknown dialect": (SETTINGS, "time_zone", "dialect: «excel\ntime_zone", "FC005"),
}


def marked(path, old, new):
    """The text of a file with a mark in it, and the place of the mark."""
    assert FILES[path].count(old) == 1
    text = FILES[path].replace(old, new)
    before = text[: text.index("«")]
    place = f"{path.removeprefix('flows/')}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
    return text.replace("«", ""), place


@pytest.mark.parametrize(("path", "old", "new", "code"), SPOILT.values(), ids=SPOILT)
def test_a_slip_is_told_where_it_is_and_nothing_else_with_it(path, old, new, code):
    text, place = marked(path, old, new)

    found = errors({path: text})

    assert places(found) == [f"{place} {code}"]
    assert_helps(found)


@pytest.mark.parametrize("weight", ["0", "-1", "1001", "2.5", "two", "9" * 30, "1e3", "NO", "0x10", "1_0", "''", "[2]"])
def test_a_weight_out_of_bounds_is_refused(weight):
    text, place = marked(SALES, "weight: 2", f"weight: «{weight}")

    found = errors({SALES: text})

    assert places(found) == [f"{place} FC005"]
    assert "whole number" in found[0].message


def test_a_weight_in_other_digits_than_ours_is_refused():
    assert errors({SALES: ROSTER.replace("weight: 2", "weight: ٣")}) != []


ODD_NAMES = {
    "a user with a path for a name": (PEOPLE, "  ben:", "  «../ben odell:"),
    "a queue that nothing can name": (PEOPLE, "  raw:", "  «raw queue:"),
    "a field that no condition can read": (LEADS, "  Score:", "  «Person Score:"),
    "a relation that no condition can read": (LEADS, "{account:", "{«the account:"),
}


@pytest.mark.parametrize(("path", "old", "new"), ODD_NAMES.values(), ids=ODD_NAMES)
def test_a_name_that_nothing_can_refer_to_is_refused(path, old, new):
    text, place = marked(path, old, new)

    assert f"{place} FC005" in places(errors({path: text}))


@pytest.mark.parametrize("name", ['"lead\\n"', "x/" * 500_000], ids=["a line end", "a megabyte"])
def test_a_message_is_one_short_line_whatever_was_written(name):
    [found] = errors({LEAD: FLOW.replace("flow: lead", f"flow: {name}")})

    assert found.message.isprintable()
    assert len(found.message) < 300


def test_fixtures_of_a_flow_that_there_is_not_are_told():
    model = load_model(FILES | {"flows/fixtures/laed/first.yaml": FILES["flows/fixtures/lead/first.yaml"]})

    assert [d for d in check_model(model) if d.span and d.span.file.startswith("flows/fixtures/laed/")] != []


NO_DAYS = ["2026-02-30", "2026-13-01", "2026-00-10", "26-12-01", "2026-12-01T00:00:00Z", "2026-W48-1", "20261201", "''"]


@pytest.mark.parametrize("day", NO_DAYS)
def test_a_day_that_does_not_exist_is_refused(day):
    text, place = marked(SALES, "from: 2026-12-01", f"from: «{day}")

    found = errors({SALES: text})

    assert places(found) == [f"{place} FC005"]
    assert found[0].hint == "year-month-day, as in 2026-11-23"


@pytest.mark.parametrize("text", ["NO", "no", "yes", "on", "1", "01234", "''", "[true]"])
def test_what_is_neither_true_nor_false_is_refused_where_one_of_them_belongs(text):
    spoilt, place = marked(PEOPLE, "active: true", f"active: «{text}")

    found = errors({PEOPLE: spoilt})

    assert places(found) == [f"{place} FC005"]
    assert "true or false" in found[0].message


@pytest.mark.parametrize("text", ["true", "True", "FALSE", '"false"'])
def test_true_and_false_may_be_written_in_any_case(text):
    model = load_model(FILES | {PEOPLE: DIRECTORY.replace("active: true", f"active: {text}")})

    assert model.problems == ()
    assert model.directory.users["ana"].active == ("rue" in text)


def test_no_is_norway_and_01234_a_postcode_where_a_text_belongs():
    text = FLOW.replace("Country = 'NO'", "\"Country IN ('NO', '01234')\"").replace("result: Done", "result: NO")

    flow, problems = load_flow(LEAD, text.replace("label: NO", "label: 01234"))

    assert problems == ()
    assert flow.nodes["held"].branches[0].label == "01234"
    assert flow.nodes["done"].result == "NO"
    assert errors({LEAD: text}) == []
    assert load_model(FILES).objects["Lead"].fields["Country"].values == ("NO", "SE", "01234")


MARKUP = "[red]x[/red] [link=https://a.example]y[/link] <b>z</b> `q` {{Email}} %s {0} \u202e \\x1b[31m 😀"


def test_markup_in_a_label_is_a_text_and_reaches_no_terminal_as_anything_else():
    flow, problems = load_flow(LEAD, FLOW.replace("label: NO", f"label: '{MARKUP}'"))

    assert problems == ()
    assert flow.nodes["held"].branches[0].label == MARKUP
    assert safe(MARKUP).isprintable()


def test_a_control_character_that_is_written_as_an_escape_is_made_visible():
    flow, problems = load_flow(LEAD, FLOW.replace("label: NO", r'label: "a\e[31mb\0c\u0085\u2028d"'))

    assert problems == ()
    label = flow.nodes["held"].branches[0].label
    assert "\x1b" in label
    assert safe(label).isprintable()


def test_all_problems_of_all_files_are_told_at_once():
    found = errors(
        {
            LEAD: FLOW.replace("type: rotate", "type: rotatte").replace("otherwise: done", "otherwse: done"),
            SALES: ROSTER.replace("weight: 2", "weight: 0"),
            "flows/settings.yaml": "time_zone: Nowhere\n",
            "flows/directory.yaml": "users: [",
        }
    )

    assert places(found) == [
        "directory.yaml:1:9 FC001",
        "lead.yaml:6:16 FC006",
        "lead.yaml:11:5 FC003",
        "rosters/sales.yaml:4:25 FC005",
        "settings.yaml:1:12 FC005",
    ]


def test_a_megabyte_on_one_line_is_read_and_told_of_like_any_other():
    long = "x" * 1_000_000
    flow, problems = load_flow(LEAD, FLOW.replace("result: Done", f"result: {long}"))
    found = errors({LEAD: FLOW.replace("result: Done", f"result: {long}, wat: 1")})

    assert problems == ()
    assert flow.nodes["done"].result == long
    assert places(found) == ["lead.yaml:12:1000031 FC003"]


def chain(count):
    """A flow of many nodes, one behind the other."""
    lines = ["flow: lead", "object: Lead", "triggers: [created]", "start: n0", "nodes:"]
    for n in range(count - 1):
        branches = f"branches: [{{when: Score >= {n}, label: l, then: done}}]"
        lines.append(f"  n{n}: {{type: decision, {branches}, otherwise: n{n + 1}}}")
    return "\n".join([*lines, f"  n{count - 1}: {{type: end, result: Last}}", "  done: {type: end, result: Done}\n"])


@pytest.mark.slow
def test_a_flow_of_five_thousand_nodes_in_a_row_is_read_and_checked():
    started = time.process_time()

    model = load_model(FILES | {LEAD: chain(5000)})
    found = check_model(model)

    assert model.problems == ()
    assert len(model.flows["lead"].nodes) == 5001
    assert [d for d in found if d.severity is Severity.ERROR] == []
    assert time.process_time() - started < 60  # a bound on hanging, not on speed


def test_a_circle_of_two_thousand_nodes_is_told_in_one_line():
    text = chain(2000).replace("n1999: {type: end, result: Last}", "n1999: {type: set, values: {Score: 1}, then: n0}")

    found = [d for d in errors({LEAD: text}) if d.code.startswith("FC1")]

    assert {d.code for d in found} == {"FC101"}
    assert all("\n" not in d.message for d in found)


def test_more_than_a_file_may_hold_is_refused_unread():
    [problem] = load_flow(LEAD, b"#" * (64 * 2**20 + 1))[1]

    assert problem.message == "the file has more than 64 MB"


@pytest.mark.parametrize("number", ["1e999", "9" * 400, "-1e400", "0x10", "1_000", "١٢", "NaN", "Infinity"])
def test_a_number_that_is_none_is_refused_in_a_condition(number):
    found = errors({LEAD: FLOW.replace("Country = 'NO'", f"Score > {number}")})

    assert found
    assert {d.span.line for d in found} == {10}
    assert {d.code for d in found} <= {"FC300", "FC201", "FC302"}


@pytest.mark.parametrize("day", ["2026-02-30", "2026-13-01", "0000-01-01", "2026-11-23T25:00:00Z", "9999-12-31"])
def test_a_day_that_does_not_exist_is_refused_in_a_condition(day):
    found = errors({LEAD: FLOW.replace("Country = 'NO'", f"Trial_End > {day}")})

    assert found
    assert {d.code for d in found} <= {"FC300", "FC302"}
    assert {d.span.line for d in found} == {10}


def test_a_condition_that_never_ends_is_told_without_a_traceback():
    for text in ("(" * 100_000, "NOT " * 100_000, "Score > 1 AND " * 20_000, "Score > " + "1 + " * 20_000):
        found = errors({LEAD: FLOW.replace("when: Country = 'NO'", f"when: {text}")})

        assert {d.code for d in found} <= {"FC300"}
        assert found
