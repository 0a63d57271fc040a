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
from tests.sample.states import CONFIG, ROOT, SAMPLE, files_below, releases, states

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes

SOURCE = re.compile(r"\d{3}_[0-9a-f]{16}\.txt, .")
DATES = [release["date"] for release in releases()]
each_state = pytest.mark.parametrize("state", states(), ids=DATES)


def test_the_history_leads_from_its_first_release_to_the_files_as_they_stand():
    assert len(states()) == 7
    assert states()[-1].files == files_below(ROOT / "flows")
    assert states()[-1].release["undo"] == []
    assert sorted(DATES) == DATES


def test_every_file_that_lies_beside_the_history_is_one_that_a_release_had():
    beside = {path.relative_to(SAMPLE / "gitlab").as_posix() for path in (SAMPLE / "gitlab" / "earlier").iterdir()}
    edits = [edit for release in releases() for edit in release["undo"]]

    assert {edit["with"] for edit in edits if "with" in edit} == beside
    for edit in edits:
        assert sorted(edit) in (["file", "find", "replace"], ["file", "with"], ["delete", "file"])


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
    found = run_tests(state.release["date"], state.model).coverage

    assert {c.flow: (c.missed_nodes, c.missed_ways) for c in found} == {c.flow: ((), ()) for c in found}
    assert sum(c.total for c in found) > 90


@pytest.mark.parametrize("flow", ["lead", "partner"])
def test_a_flow_is_titled_by_the_release_that_last_changed_it(flow):
    before, title = None, ""
    for state in states():
        digest = bundle_of(state.files).digests[f"flow/{flow}"]
        if digest != before:
            title = f"Live on {state.release['date']}: {state.release['summary']}"
        before = digest

        assert state.model.flows[flow].title == title


def test_partner_campaigns_ran_in_leandata_first_and_in_traction_since():
    releases_of = {date: state.model.flows["partner"] for date, state in zip(DATES, states(), strict=True)}

    assert {date for date, flow in releases_of.items() if "mdf" not in flow.nodes} == set(DATES[:4])
    assert "partner_account" in releases_of["2026-11-03"].nodes
    assert "flows/fixtures/partner/mdf.yaml" not in states()[3].files


def test_every_flow_has_fixtures_each_with_its_reason_its_source_and_its_owner():
    model = states()[-1].model

    assert set(model.fixtures) == set(model.flows)
    assert sum(len(fixtures) for fixtures in model.fixtures.values()) >= 250
    for flow, fixtures in model.fixtures.items():
        assert len({fixture.why for fixture in fixtures}) == len(fixtures), flow
        for fixture in fixtures:
            assert len(fixture.why.split()) >= 4, fixture.why
            assert SOURCE.match(fixture.story.source), fixture.why


@each_state
def test_every_node_and_every_claim_of_its_own_has_a_source(state):
    for flow in state.model.flows.values():
        for node in flow.nodes.values():
            assert SOURCE.match(node.source), f"{flow.flow}: {node.id}"
            assert node.label, f"{flow.flow}: {node.id}"
            if isinstance(node, Decision):
                assert all(not branch.source or SOURCE.match(branch.source) for branch in node.branches)
                assert all(branch.label for branch in node.branches), f"{flow.flow}: {node.id}"


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
