"""Every state of the sample is one to follow: nothing to complain of, all expectations met, everything covered."""

import re

import pytest

from flowctl.diag import Severity
from flowctl.flow import bundle_of, changed
from flowctl.flow.nodes.decision import Decision
from flowctl.ops.check import find_all
from flowctl.ops.config import KINDS
from flowctl.ops.init import init, samples
from flowctl.ops.test import run_tests
from flowctl.ops.workspace import open_workspace
from tests.sample.states import CONFIG, ROOT, files_below, releases, states

SOURCE = re.compile(r"\d{3}_[0-9a-f]{16}\.txt, .")
DATES = [release["date"] for release in releases()]
each_state = pytest.mark.parametrize("state", states(), ids=DATES)


def test_the_history_leads_from_its_first_release_to_the_files_as_they_stand():
    assert len(states()) == 6
    assert states()[-1].files == files_below(ROOT / "flows")
    assert states()[-1].release["undo"] == []
    assert sorted(DATES) == DATES


def test_every_release_says_who_shipped_it_and_as_what():
    for release in releases():
        assert release["kind"] in KINDS
        assert release["summary"]
        assert release["author"]["email"].endswith("@example.com")
    assert {release["kind"] for release in releases()} >= {"weekly", "hotfix", "roster"}


def test_every_release_changes_some_part_and_a_roster_release_nothing_else():
    bundles = [bundle_of(state.files) for state in states()]

    for before, after, release in zip(bundles[:-1], bundles[1:], releases()[1:], strict=True):
        parts = changed(before, after)
        assert parts
        assert release["kind"] != "roster" or all(part.startswith("roster/") for part in parts)


@each_state
def test_a_state_has_no_error_and_no_warning(state):
    found = find_all(state.model, CONFIG, state.when)

    assert [f"{d.span}: {d.code} {d.message}" for d in found if d.severity > Severity.INFO] == []


@each_state
def test_a_state_meets_all_its_expectations(state):
    report = run_tests(state.release["date"], state.model)

    assert [(t.fixture.why, t.differences) for t in report.tested if not t.passed] == []


@each_state
def test_a_state_covers_every_node_and_way_out(state):
    [coverage] = run_tests(state.release["date"], state.model).coverage

    assert (coverage.missed_nodes, coverage.missed_ways) == ((), ())
    assert coverage.total > 90


@each_state
def test_a_state_is_titled_by_the_release_that_last_changed_its_flow(state):
    flow_releases = [r for r in releases() if r["date"] <= state.release["date"] and r["kind"] != "roster"]
    last = flow_releases[-1]

    assert state.model.flows["lead"].title == f"Live on {last['date']}: {last['summary']}"


def test_there_are_more_than_forty_fixtures_each_with_its_reason_its_source_and_its_owner():
    fixtures = states()[-1].model.fixtures["lead"]

    assert len(fixtures) >= 40
    assert len({fixture.why for fixture in fixtures}) == len(fixtures)
    for fixture in fixtures:
        assert len(fixture.why.split()) >= 4
        assert SOURCE.match(fixture.story.source)
        assert fixture.story.expect.owner.name


def test_every_node_and_every_claim_of_its_own_has_a_source():
    for node in states()[-1].model.flows["lead"].nodes.values():
        assert SOURCE.match(node.source), node.id
        assert node.label, node.id
        if isinstance(node, Decision):
            assert all(not branch.source or SOURCE.match(branch.source) for branch in node.branches)
            assert all(branch.label for branch in node.branches), node.id


def test_people_are_invented_and_have_no_address_of_anybody():
    for path, text in states()[-1].files.items():
        for address in re.findall(r"[\w.+-]+@[\w.-]+\w", text):
            assert re.search(r"(@example\.com|\.example|@gmail\.com|@example\.org)$", address), f"{path}: {address}"


def test_a_workspace_made_of_it_has_every_release_and_both_environments(tmp_path):
    made = init(tmp_path / "my-routing", states()[-1].when, sample="gitlab")

    assert [release.release for release in made.releases] == DATES
    assert [release.title for release in made.releases] == [
        f"Live on {release['date']}: {release['summary']}" for release in releases()
    ]
    ws = open_workspace(made.root)
    assert sorted(ws.tags()) == [f"production/{date}" for date in DATES]
    for state, date in zip(states(), DATES, strict=True):
        shipped = bundle_of({path: data.decode() for path, data in ws.files(f"live/production/{date}").items()})
        assert changed(shipped, bundle_of(state.files)) == ()
    for name in made.environments:
        assert ws.environment(name).read().bundle.digest == ws.bundle().digest
    ws.git.close()


def test_the_samples_are_known_by_their_names():
    assert samples() == ["gitlab"]
