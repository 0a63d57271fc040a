"""JUnit XML as the readers of it know it: the elements, attributes and counts of the Surefire and Jenkins schemas."""

import re
import xml.etree.ElementTree as ET

import pytest

from flowctl.flow import load_model
from flowctl.ops.test import run_tests
from flowctl.render.junit import junit
from flowctl.render.test import Told

# What an element may hold and must have; every other attribute or child is refused by a strict reader.
SCHEMA = {
    "testsuites": {"children": {"testsuite"}, "must": set(), "may": {"name", "tests", "failures", "errors", "time"}},
    "testsuite": {
        "children": {"properties", "testcase", "system-out", "system-err"},
        "must": {"name", "tests", "failures", "errors"},
        "may": {"skipped", "time", "timestamp", "hostname", "id", "package", "file"},
    },
    "testcase": {
        "children": {"skipped", "error", "failure", "system-out", "system-err"},
        "must": {"name", "classname"},
        "may": {"time", "file", "line", "assertions", "status"},
    },
    "failure": {"children": set(), "must": {"message", "type"}, "may": set()},
}
COUNTS = {"tests", "failures", "errors", "skipped", "line"}

FILES = {
    "flows/objects/Lead.yaml": "object: Lead\nfields: {Company: {type: text}, Owner: {type: owner}}\n",
    "flows/directory.yaml": "queues: {a: {name: A}, b: {name: B}}\n",
    "flows/lead.yaml": (
        "flow: lead\nobject: Lead\nstart: x\nnodes:\n"
        "  x: {type: assign, to: queue/a, then: z, unavailable: y}\n"
        "  y: {type: end, result: lost}\n  z: {type: end, result: done}\n"
    ),
}
FIXTURE = "- {{why: {why}, now: 2026-11-23T09:00:00Z, lead: {{Company: Acme}}, expect: {{owner: queue/{owner}}}}}\n"


def told(*fixtures, least=None):
    text = "".join(FIXTURE.format(why=why, owner=owner) for why, owner in fixtures)
    model = load_model({**FILES, "flows/fixtures/lead/all.yaml": text})
    assert model.problems == ()
    return Told(run_tests("here", model), least)


def problems(element):
    """What the schema holds against an element and those below it."""
    rule = SCHEMA[element.tag]
    given = set(element.attrib)
    yield from (f"{element.tag} has no {name}" for name in rule["must"] - given)
    yield from (f"{element.tag} has {name}" for name in given - rule["must"] - rule["may"])
    yield from (f"{name} is no count" for name in given & COUNTS if not re.fullmatch(r"\d+", element.get(name)))
    for child in element:
        if child.tag in rule["children"]:
            yield from problems(child)
        else:
            yield f"{element.tag} holds {child.tag}"
    if element.tag == "testsuite":
        cases = element.findall("testcase")
        failed = sum(case.find("failure") is not None for case in cases)
        yield from ["tests are miscounted"] * (int(element.get("tests")) != len(cases))
        yield from ["failures are miscounted"] * (int(element.get("failures")) != failed)


@pytest.mark.parametrize("least", [None, 50, 100])
@pytest.mark.parametrize("fixtures", [(), [("passes", "a")], [("passes", "a"), ("fails", "b")]])
def test_the_xml_is_valid(fixtures, least):
    root = ET.fromstring(junit(told(*fixtures, least=least)))

    assert list(problems(root)) == []
    assert int(root.get("tests")) == sum(int(suite.get("tests")) for suite in root)
    assert int(root.get("failures")) == sum(int(suite.get("failures")) for suite in root)


def test_a_failure_says_where_what_and_which_path():
    root = ET.fromstring(junit(told(("goes to b", "b"))))

    case = root.find("testsuite/testcase")
    failure = case.find("failure")
    assert case.attrib == {
        "name": "goes to b",
        "classname": "flows.fixtures.lead.all",
        "file": "flows/fixtures/lead/all.yaml",
        "line": "1",
    }
    assert failure.get("message") == "owner: expected queue/b, found queue/a"
    assert "flows/fixtures/lead/all.yaml:1:" in failure.text
    assert "path: x (then) > z" in failure.text


def test_too_little_coverage_is_a_failed_case():
    root = ET.fromstring(junit(told(("passes", "a"), least=100)))

    suite = root.findall("testsuite")[1]
    assert suite.get("name") == "coverage"
    assert suite.find("testcase/failure").get("message") == "60% of nodes and ways out, at least 100%"


def test_texts_cannot_break_out_of_the_xml():
    why = "'\"/><failure>&#0; ]]> \u202e\U0001f600'"

    root = ET.fromstring(junit(told((f'"{why[1:-1]}"'.replace('"/>', '\\"/>'), "b"))))

    assert [suite.tag for suite in root] == ["testsuite"]
    assert root.find("testsuite/testcase").get("name") == '"/><failure>&#0; ]]> \\u202e\U0001f600'
