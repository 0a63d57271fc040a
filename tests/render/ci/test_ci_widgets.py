"""What the widgets of hosts read, held against the schemas that were published for it."""

import datetime as dt
import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import jsonschema
import pytest

from flowctl.diag import Diagnostic, Severity, Span
from flowctl.ops.ci.accepted import Accepted
from flowctl.ops.ci.report import Finding
from flowctl.render.ci import findings as written
from flowctl.render.ci.counts import terraform
from flowctl.render.ci.findings import codequality, sarif
from flowctl.render.ci.github import MOST, commands, inert
from flowctl.render.ci.junit import junit
from tests import published
from tests.ops.ci.small import FIXTURES, NODES, edited, files, report
from tests.ops.small import fixture
from tests.render.test_junit import problems as junit_problems

# As GitLab documents them: "Code Quality report format" and "artifacts:reports:terraform".
CODE_QUALITY = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": r"^(?!\./)(?!/).+"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {
                            "begin": {"type": "integer", "minimum": 1},
                            "end": {"type": "integer", "minimum": 1},
                        },
                    },
                },
            },
        },
    },
}
COUNT = {"type": "integer", "minimum": 0}
TERRAFORM = {
    "type": "object",
    "required": ["create", "update", "delete"],
    "properties": {"create": COUNT, "update": COUNT, "delete": COUNT},
    "additionalProperties": False,
}
SARIF = published.checker("sarif-2.1.0")  # the one of OASIS
BAD = "\u202e\x00<b> & ]]> \"'\n::error::x\U0001f600"


@pytest.fixture(scope="module")
def reports():
    """Runs with nothing to tell, with findings and failures, with errors, with accepted findings, with odd texts."""
    orphan = edited(("otherwise: to_cold", "otherwise: to_hot")) + "orphan: {type: end, result: lost}\n"
    cases = {"lead": [*FIXTURES["lead"], fixture("Score: 11", "owner: queue/raw")]}
    told = report(files(), files(orphan, cases))
    finding = next(f for f in told.findings if "`orphan`" in f.diagnostic.message)
    item = Accepted(fingerprint=finding.fingerprint, reason=BAD, until=dt.date(2030, 1, 1))
    nowhere = Diagnostic("FC999", Severity.ERROR, BAD, None, BAD)
    far = Diagnostic("FC102", Severity.WARNING, BAD, Span("flows/a b#ä.yaml", 3, 7, 4, 1))
    return {
        "nothing": report(files(), files()),
        "findings": told,
        "errors": report(files(), files(edited(("Score >= 50", "Skore >= 50")))),
        "accepted": report(files(), files(orphan, cases), {finding.fingerprint: item}),
        "odd": replace(told, findings=(Finding(nowhere, "a" * 16, None), Finding(far, "b" * 16, item))),
    }


NAMES = ["nothing", "findings", "errors", "accepted", "odd"]


@pytest.mark.parametrize("name", NAMES)
def test_the_sarif_log_is_valid(reports, name):
    log = json.loads(sarif(reports[name]))

    assert published.mistakes(SARIF, log) == []
    [run] = log["runs"]
    assert len(run["results"]) == len(reports[name].findings)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])


def test_sarif_has_accepted_findings_as_suppressed_and_code_quality_has_them_not(reports):
    results = json.loads(sarif(reports["accepted"]))["runs"][0]["results"]
    [suppressed] = [result for result in results if "suppressions" in result]
    known = suppressed["partialFingerprints"]["flowctl/v1"]
    before, after = ([q["fingerprint"] for q in json.loads(codequality(reports[n]))] for n in ("findings", "accepted"))

    assert suppressed["suppressions"][0]["status"] == "accepted"
    assert set(before) - set(after) == {known}


def test_sarif_keeps_the_worst_where_github_would_refuse_the_whole(reports, monkeypatch):
    finding = reports["findings"].findings[0]
    wrong = replace(finding, diagnostic=replace(finding.diagnostic, severity=Severity.ERROR))
    monkeypatch.setattr(written, "MOST", 2)
    results = json.loads(sarif(replace(reports["nothing"], findings=(finding, finding, wrong))))["runs"][0]["results"]

    assert [result["level"] for result in results] == ["error", "warning"]


def test_sarif_places_are_addresses(reports):
    [nowhere, far] = (r["locations"][0]["physicalLocation"] for r in json.loads(sarif(reports["odd"]))["runs"][0]["results"])  # fmt: skip  # noqa: E501

    assert nowhere["artifactLocation"]["uri"] == "flowctl.yaml"
    assert far["artifactLocation"]["uri"] == "flows/a%20b%23%C3%A4.yaml"
    assert far["region"] == {"startLine": 3, "startColumn": 7, "endLine": 4, "endColumn": 1}


@pytest.mark.parametrize("name", NAMES)
def test_the_code_quality_report_is_valid_and_its_fingerprints_are_unique(reports, name):
    found = json.loads(codequality(reports[name]))

    assert published.mistakes(jsonschema.Draft202012Validator(CODE_QUALITY), found) == []
    assert len({q["fingerprint"] for q in found}) == len(found)


@pytest.mark.parametrize("name", NAMES)
def test_the_junit_report_is_valid_and_has_every_step(reports, name):
    root = ET.fromstring(junit(reports[name]))

    assert list(junit_problems(root)) == []
    assert int(root.get("tests")) == sum(int(suite.get("tests")) for suite in root)
    assert int(root.get("failures")) == sum(int(suite.get("failures")) for suite in root)
    steps = next(suite for suite in root if suite.get("name") == "steps")
    assert [case.get("name") for case in steps] == [step.name for step in reports[name].steps]


def test_things_are_counted_as_terraform_counts_them():
    nodes = edited(("otherwise: to_cold", "otherwise: to_raw")).replace("to_cold:", "to_raw:")
    nodes += "more: {type: end, result: lost}\n"
    more = {
        "flows/rosters/emea.yaml": "roster: emea\nlabel: Europe\nmembers:\n  - {user: lars.holm}\n",
        "flows/rosters/new.yaml": "roster: new\nmembers:\n  - {user: lars.holm}\n",
    }
    before = files(NODES + "away: {type: end, result: away}\n")
    told = json.loads(terraform(report(before, files(nodes, more=more))))

    assert published.mistakes(jsonschema.Draft202012Validator(TERRAFORM), told) == []
    assert (told["create"], told["delete"]) == (3, 2)  # `more`, lars.holm, the roster `new`; `away`, bea.kim
    assert json.loads(terraform(report(files(), files()))) == {"create": 0, "update": 0, "delete": 0}


# -- GitHub


def test_annotations_name_places_and_nothing_ends_them_early(reports):
    lines = commands(reports["odd"]).splitlines()

    assert all(line.startswith(("::error ", "::warning ", "::notice ", "and ")) for line in lines)
    assert any(line.startswith("::error title=FC999::") for line in lines)
    one = next(line for line in lines if "title=fixture" in line)
    assert one.startswith("::error file=flows/fixtures/lead/all.yaml,line=3,col=")
    assert one.endswith("::owner: expected queue/cold, found queue/hot")
    assert "%0A%3A%3Aerror" not in commands(reports["findings"])


def test_texts_in_annotations_are_escaped(reports):
    found = Diagnostic("FC102", Severity.WARNING, "50% of `a, b: c`\r\nx", Span("flows/a,b:c.yaml", 1, 2, 1, 5))
    told = replace(reports["nothing"], findings=(Finding(found, "a" * 16, None),))

    assert commands(told) == (
        "::warning file=flows/a%2Cb%3Ac.yaml,line=1,col=2,title=FC102,endLine=1,endColumn=5"
        "::50%25 of `a, b: c`\\x0d%0Ax"
    )


def test_no_more_annotations_of_a_level_than_github_shows_and_a_word_about_the_rest(reports):
    finding = reports["findings"].findings[0]
    warning = replace(finding, diagnostic=replace(finding.diagnostic, severity=Severity.WARNING))
    told = replace(reports["nothing"], findings=(warning,) * 25)
    lines = commands(told).splitlines()

    assert [line.startswith("::warning ") for line in lines] == [True] * MOST + [False]
    assert lines[-1] == "and 15 more warnings: the artifacts of this job hold all"


@pytest.mark.parametrize("line", ["::error::x", "  ::set-output name=a::b", "\u00a0::stop-commands::x", "a ##[error]x"])
def test_no_text_in_a_log_is_a_command(line):
    told = inert(f"a\n{line}\nb")

    assert told.splitlines()[1] != line
    assert not any(part.lstrip().startswith("::") or "##[" in part for part in told.splitlines())
    assert inert("a: b::c\n# [x]") == "a: b::c\n# [x]"
