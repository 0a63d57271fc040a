"""`fmt` changes how things are written and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl import document as yaml
from flowctl.flow import behaviour_digest, content_digest, dump_flow, load_flow
from flowctl.ops.fmt import format_file
from tests.strategies import flows

FLOW = "flows/lead.yaml"
HEAD = "flow: lead\nobject: Lead\nstart: a\nnodes:\n"
END = "  z: {type: end, result: done}\n"


def formatted(text, file=FLOW):
    data = text if isinstance(text, bytes) else text.encode()
    return format_file(file, data)


def decision(when):
    return (
        f"{HEAD}  a:\n    type: decision\n    branches:\n      - when: {when}\n        then: z\n    otherwise: z\n{END}"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("status='MQL'   and not  isnew()", "status = 'MQL' AND NOT ISNEW()"),
        ("(A = 1)", "A = 1"),
        ("\"A=1 and B='x: y'\"", "\"A = 1 AND B = 'x: y'\""),
        ("'A=''x'' and b=''y'''", "'A = ''x'' AND b = ''y'''"),
        ("A=1     # a remark", "A = 1     # a remark"),
        ("\"A = 'a \\\\\\\\ b'  or B=1\"", "\"A = 'a \\\\\\\\ b' OR B = 1\""),
    ],
)
def test_a_condition_on_one_line_is_printed_the_canonical_way(before, after):
    assert formatted(decision(before)).after == decision(after)


@pytest.mark.parametrize(
    "when",
    [
        ">-\n          A=1\n          and B=2",
        "|\n          A=1 and B=2",
        "A=1\n          and   B=2",
        "A = 1",
    ],
)
def test_a_condition_over_several_lines_stays_as_it_is(when):
    assert not formatted(decision(when)).changed


def test_a_condition_that_would_not_fit_on_its_line_stays_as_it_is():
    long = " and ".join(f"Field_{n}__c=1" for n in range(8))

    assert not formatted(decision(long)).changed


def test_values_between_brackets_keep_their_quotes_where_they_need_them():
    text = f"{HEAD}  a: {{type: set, values: {{A: 'max(B,  C)', D: today  + 3 days}}, then: z}}\n{END}"

    after = formatted(text).after

    assert "values: {A: 'MAX(B, C)', D: TODAY + 3 DAYS}" in after


def test_a_plain_value_between_brackets_is_quoted_when_a_comma_would_end_it():
    keys = "type: match, object: Account, as: x, by: [related], matched: z, unmatched: z"
    text = f"{HEAD}  a: {{{keys}, where: x.A  in ('b')}}\n{END}"

    after = formatted(text)

    assert after.problems == ()
    assert load_flow(FLOW, after.after)[1] == ()
    assert behaviour_digest("flow/lead", after.after) == behaviour_digest("flow/lead", text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"\xef\xbb\xbfa: 1\n", "a: 1\n"),
        (b"a: 1\r\nb: 2\r\n", "a: 1\nb: 2\n"),
        (b"a: 1\rb: 2\r", "a: 1\nb: 2\n"),
        (b"a: 1   \n# why \t\nb: 2", "a: 1\n# why\nb: 2\n"),
        (b"a: |\n  two  \n  lines \n", "a: |\n  two  \n  lines \n"),
        (b'a: "x\n  y "\nb: 1 \n', 'a: "x\n  y "\nb: 1\n'),
        (b"", ""),
        (b"# only a remark", "# only a remark\n"),
    ],
)
def test_space_that_means_nothing_goes(before, after):
    assert formatted(before, "flows/rosters/x.yaml").after == after


@pytest.mark.parametrize(
    "data",
    [b"a: \xff\n", b"a: [\n", b"a: 1\na: 2\n", b"a: &x 1\n", b"a: \x07\n", b"\ta: 1\n", HEAD.encode() + b"  a: {}\n"],
)
def test_a_file_with_errors_is_not_touched(data):
    file = formatted(data)

    assert file.problems
    assert not file.changed


@given(flows())
def test_formatting_keeps_the_content_of_every_flow(flow):
    text = dump_flow(flow)

    after = formatted(text).after

    assert content_digest("flow/lead", after) == content_digest("flow/lead", text)


@given(flows(), st.sampled_from([("AND", "and"), (" = ", "="), (" >= ", "  >=  "), ("IN (", "in( ")]))
def test_formatting_untidy_flows_gives_the_tidy_ones(flow, untidy):
    text = dump_flow(flow)
    spoilt = text.replace(*untidy)

    if load_flow(FLOW, spoilt)[0] == flow:
        assert content_digest("flow/lead", formatted(spoilt).after) == content_digest("flow/lead", text)


LINES = st.sampled_from(
    [
        "a: 1",
        "b: 'x  ",
        "  y'",
        "c: |",
        "  text  ",
        "",
        "  ",
        "# remark  ",
        "d: >-",
        "  folded ",
        'e: "q',
        "e: [1, 2 ",
        "]",
        "f: x  ",
    ]
)


@given(st.lists(LINES, max_size=8), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_formatting_never_changes_what_a_file_says_and_doing_it_again_changes_nothing(lines, line_end, ends):
    data = (line_end.join(lines) + line_end * ends).encode()
    file = formatted(data, "flows/rosters/x.yaml")
    plain = yaml.read("", data.decode().replace("\r\n", "\n"))

    if file.problems:
        assert plain.problems
    else:
        assert yaml.data(yaml.read("", file.after).root) == yaml.data(plain.root)
        assert not formatted(file.after, "flows/rosters/x.yaml").changed


def test_the_condition_of_a_schedule_is_printed_like_any_other():
    text = 'flow: lead\nobject: Lead\nschedule: {every: monday 06:00, where: "Score>=5"}\nstart: a\nnodes: {}\n'

    assert "Score >= 5" in formatted(text).after
