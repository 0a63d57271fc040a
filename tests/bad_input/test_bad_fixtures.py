"""Fixtures of every wrong shape: told with their place, and never with a value of the lead."""

import pytest

from flowctl.check import check_model
from flowctl.flow import load_model
from flowctl.ops.test import run_tests
from tests.bad_input.workspace import FILES, FIXTURES, OBJECT, assert_helps, errors, places

FILE = "flows/fixtures/lead/first.yaml"
LEAD = "lead: {Email: ana@acme.example, Country: NO}"
EXPECT = "expect: {owner: user/ana}"
SECRET = "s3cret@acme.example"

SHAPES = {
    # what is wrong: the text before and after, with a mark before what is told, and the codes
    "no lead": (
        f"- why: a lead goes to the first of the team\n  now: 2026-11-23T09:00:00Z\n  {LEAD}\n",
        "- «why: x\n  now: 2026-11-23T09:00:00Z\n",
        ["FC004"],
    ),
    "a lead that is a list": (LEAD, f"«lead: [{SECRET}]", ["FC205"]),
    "a lead that is a text": (LEAD, f"«lead: {SECRET}", ["FC205"]),
    "a lead that is nothing": (LEAD, "«lead: ~", ["FC205"]),
    "a field that there is not": (LEAD, f"lead: {{«Emial: {SECRET}}}", ["FC201"]),
    "a value in the place of a field": (LEAD, f"lead: {{«{SECRET}: Email}}", ["FC201"]),
    "a number that is none": (LEAD, f"lead: {{Email: {SECRET}, Score: «s3cret}}", ["FC203"]),
    "a number without end": (LEAD, f"lead: {{Score: «{'9' * 5000}}}", ["FC203"]),
    "a number beyond all numbers": (LEAD, "lead: {Score: «1e999}", ["FC203"]),
    "a day that does not exist": (LEAD, "lead: {Trial_End: «2026-02-30}", ["FC203"]),
    "a day before all days": (LEAD, "lead: {Trial_End: «0001-01-01}", ["FC203"]),
    "a moment that is none": (LEAD, "lead: {CreatedDate: «s3cret}", ["FC203"]),
    "a checkbox that is neither": (LEAD, "lead: {Blocked: «s3cret}", ["FC203"]),
    "a value that is a list": (LEAD, f"lead: {{Email: «[{SECRET}]}}", ["FC203"]),
    "a value that is a mapping": (LEAD, f"lead: {{Company: «{{a: {SECRET}}}}}", ["FC203"]),
    "related records in a list": (EXPECT, f"«related: [{SECRET}]\n  {EXPECT}", ["FC205"]),
    "related records in a text": (EXPECT, f"«related: {SECRET}\n  {EXPECT}", ["FC205"]),
    "a related record that nothing names": (EXPECT, f"related: {{«acount: {{Name: {SECRET}}}}}\n  {EXPECT}", ["FC204"]),
    "a related record that is a text": (EXPECT, f"related: {{«account: {SECRET}}}\n  {EXPECT}", ["FC205"]),
    "a field that a related record has not": (
        EXPECT,
        f"related: {{account: {{«Nmae: {SECRET}}}}}\n  {EXPECT}",
        ["FC201"],
    ),
    "data in a list": (EXPECT, f"«data: [{SECRET}]\n  {EXPECT}", ["FC205"]),
    "data in a text": (EXPECT, f"«data: {SECRET}\n  {EXPECT}", ["FC205"]),
    "data of one record": (EXPECT, f"data: {{«Account: {{Name: {SECRET}}}}}\n  {EXPECT}", ["FC205"]),
    "data of texts": (EXPECT, f"data: {{Account: [«{SECRET}]}}\n  {EXPECT}", ["FC205"]),
    "data of an unknown object": (EXPECT, f"data: {{Acount: [«{{Name: {SECRET}}}]}}\n  {EXPECT}", ["FC205"]),
    "a state before that is a text": (EXPECT, f"event: updated\n  «prior: {SECRET}\n  {EXPECT}", ["FC205"]),
    "a state before of a new lead": (EXPECT, f"«prior: {{Email: {SECRET}}}\n  {EXPECT}", ["FC005"]),
    "expected fields in a list": (EXPECT, f"expect: {{owner: user/ana, «sets: [{SECRET}]}}", ["FC205"]),
    "an expected value that cannot be": (EXPECT, "expect: {owner: user/ana, sets: {Score: «s3cret}}", ["FC203"]),
    "an expectation that is a text": (EXPECT, "expect: «user/ana", ["FC005"]),
    "an expected owner that is a field": (EXPECT, "expect: {owner: «Owner}", ["FC005"]),
    "no expected owner": (EXPECT, "expect: «{ends: done}", ["FC004"]),
    "an expected path that is a text": (EXPECT, "expect: {owner: user/ana, path: «done}", ["FC005"]),
    "no why": ("why: a lead goes to the first of the team", "why: «~", ["FC005"]),
    "a moment without its zone": ("2026-11-23T09:00:00Z", "«2026-11-23T09:00:00", ["FC005"]),
    "a moment that does not exist": ("2026-11-23T09:00:00Z", "«2026-02-30T09:00:00Z", ["FC005"]),
    "a moment before the calendar": ("2026-11-23T09:00:00Z", "«0001-01-01T00:00:00Z", ["FC005"]),
    "a moment behind the calendar": ("2026-11-23T09:00:00Z", "«9999-12-31T23:59:59Z", ["FC005"]),
    "an unknown event": (EXPECT, f"event: «deleted\n  {EXPECT}", ["FC005"]),
    "an unknown key": (EXPECT, f"«expects: {{}}\n  {EXPECT}", ["FC003"]),
}


def shaped(old, new):
    assert FIXTURES.count(old) == 1
    text = FIXTURES.replace(old, new)
    before = text[: text.index("«")]
    place = f"fixtures/lead/first.yaml:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
    return text.replace("«", ""), place


@pytest.mark.parametrize(("old", "new", "codes"), SHAPES.values(), ids=SHAPES)
def test_a_fixture_of_a_wrong_shape_is_told_with_its_place(old, new, codes):
    text, place = shaped(old, new)

    found = errors({FILE: text})

    assert places(found) == [f"{place} {code}" for code in codes]
    assert_helps(found)
    for diagnostic in found:
        assert "s3cret" not in f"{diagnostic.message} {diagnostic.hint} {diagnostic.excerpt}"


@pytest.mark.parametrize(
    "text", ["why: x\n", "hello\n", "{}\n"], ids=["one fixture without a list", "a text", "an empty mapping"]
)
def test_fixtures_that_are_no_list_are_told_as_such(text):
    found = errors({FILE: text})

    assert places(found) == ["fixtures/lead/first.yaml:1:1 FC005"]
    assert found[0].hint == "begin each with `- why: …`"


def test_items_that_are_no_fixtures_are_told_one_by_one():
    found = errors({FILE: "- 1\n- [a]\n-\n- why: x\n"})

    assert {d.span.line for d in found} == {1, 2, 3, 4}
    assert {d.code for d in found} == {"FC004", "FC005"}


@pytest.mark.parametrize("text", ["", "# none yet\n", "[]\n"])
def test_no_fixtures_are_no_mistake(text):
    assert errors({FILE: text}) == []


def test_a_fixture_with_a_problem_does_not_take_the_others_with_it():
    model = load_model(FILES | {FILE: FIXTURES + FIXTURES.replace("Country: NO", "Score: x")})

    assert [fixture.why for fixture in model.fixtures["lead"]] == ["a lead goes to the first of the team"]
    assert len(model.problems) == 1


def test_an_object_with_errors_is_told_once_and_not_again_for_each_fixture():
    found = errors({"flows/objects/Lead.yaml": OBJECT.replace("type: number", "type: numeric")})

    assert places(found) == ["objects/Lead.yaml:6:17 FC005"]


def test_no_is_norway_and_01234_a_postcode_in_a_lead():
    text = FIXTURES.replace("Country: NO", "Country: 01234, Company: NO, Blocked: no")
    model = load_model(FILES | {FILE: text})

    assert model.problems == ()
    fields = model.fixtures["lead"][0].record.fields
    assert (fields["Country"], fields["Company"], fields["Blocked"]) == ("01234", "NO", False)


def test_what_a_lead_holds_is_shown_by_no_difference_but_the_fields_that_are_expected():
    text = FIXTURES.replace("ana@acme.example", SECRET)
    model = load_model(FILES | {FILE: text})
    assert [d for d in check_model(model) if d.code == "FC203"] == []

    [tested] = run_tests("draft", model).tested

    assert [(d.what, d.expected, d.found) for d in tested.differences] == [("owner", "user/ana", "user/ben")]
