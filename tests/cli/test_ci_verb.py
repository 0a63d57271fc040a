"""`ci` and `init --ci` on the command line: where the reports, the comment and the summary go, and exit codes."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from flowctl import __version__
from flowctl.ops.pipeline import FILES, files_of
from flowctl.ops.request import propose
from tests import published
from tests.hosts.conftest import github, gitlab, place  # noqa: F401  # fixtures
from tests.ops.promotion.week import FIXTURES, LEAD, NOW, at, begin, git, make_shared, planned

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes

REPORTS = {
    "ci.json", "codequality.json", "comment.md", "diff.html", "flowctl.sarif", "junit.xml", "terraform.json",
}  # fmt: skip


@pytest.fixture
def week(past):
    """A small routing with a draft that changes something."""
    past("clone", "live", "--summary", "Week")
    past.edit(LEAD, "Person_Score__c >= 50", "Person_Score__c >= 60")
    past("save", "-m", "60")
    return past


def test_all_reports_are_written_from_one_run(week):
    told = week("ci", "--reports", "out/reports")
    folder = week.root / "out/reports"

    assert told.code == 0
    assert {file.name for file in folder.iterdir()} == REPORTS
    assert "reports in `out/reports`: comment.md, ci.json" in told.err
    assert told.out.startswith("1 node changed, none of 3 leads changes owner, nobody is left unrouted\n")
    assert told.out.rstrip().endswith("next: flowctl plan --to production  (when it is approved)")
    data = json.loads((folder / "ci.json").read_text())
    assert (data["schema"], data["exit"], data["plan"]["blockers"]) == ("flowctl/ci/1", 0, [])
    assert data["headline"].capitalize() == (folder / "comment.md").read_text().splitlines()[0].removeprefix("### ")


@pytest.mark.parametrize("form", ["md", "junit", "sarif", "gitlab", "github", "json"])
def test_each_report_can_be_the_answer(week, form):
    week("ci", "--reports", "reports")
    file = {"md": "comment.md", "junit": "junit.xml", "sarif": "flowctl.sarif", "gitlab": "codequality.json"}.get(form)
    told = week("ci", "-f", form)

    assert told.code == 0
    if file:
        assert told.out.strip() == (week.root / "reports" / file).read_text().strip()


def test_the_exit_code_is_the_worst_of_the_steps(week):
    week.edit(FIXTURES, "ends: held", "ends: routed")
    week("save", "-m", "wrong")
    told = week("ci", "--json")

    assert told.code == 5
    assert {step["step"]: step["exit"] for step in told.data["steps"]} == {
        "check": 0, "diff": 0, "test": 1, "simulate": 0, "plan": 5,
    }  # fmt: skip


def test_a_change_is_accepted_by_the_id_that_was_shown(week):
    [change] = [c for c in week("ci", "--json").data["changes"] if c["fingerprint"]]
    told = week("ci", "--accept", change["fingerprint"][:8], "--reason", "agreed", "--until", "2026-12-31")

    assert told.code == 0
    assert f"accepted {change['fingerprint'][:8]} until 2026-12-31: flow/lead: branch `ready` of `scored`" in told.out
    assert week("ci").out.startswith("Nothing changed that can move a lead, ")
    assert "(1 change accepted)" in week("ci", "-f", "md").out
    assert week("ci", "--accept", "ffffffff", "--reason", "x").code == 3
    assert week("ci", "--accept", change["fingerprint"][:8]).code == 3
    again = week("ci", "-f", "md", "--accept", change["fingerprint"][:8], "--reason", "agreed again")
    assert (again.code, again.out.splitlines()[0]) == (
        0,
        told.out.splitlines()[0].replace(" until 2026-12-31", " for ever"),
    )
    assert week("ci", "--reason", "x").code == 64


# -- hosts


def run_for(week, place, monkeypatch, **more):  # noqa: F811
    for name, value in {**place.variables, **more}.items():
        monkeypatch.setenv(name, value)


def test_the_comment_is_written_once_and_changed_after(week, place, monkeypatch):  # noqa: F811
    run_for(week, place, monkeypatch)

    first = week("ci", "--comment", "always")
    again = week("ci")
    week.edit(LEAD, "result: with marketing", "result: waiting")
    week("save", "-m", "waiting")
    changed = week("ci")

    assert [told.code for told in (first, again, changed)] == [0, 0, 0]
    assert "comment: http" in first.err
    [body] = place.bodies
    assert body.startswith("<!-- flowctl:ci -->\n### 2 nodes changed, ")


def test_a_comment_that_cannot_be_written_fails_only_who_asked_for_it(week, place, monkeypatch):  # noqa: F811
    run_for(week, place, monkeypatch)
    for name in ("GITLAB_TOKEN", "GITHUB_TOKEN", "FLOWCTL_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    auto, always = week("ci", "--reports", "reports"), week("ci", "--comment", "always")
    assert (auto.code, always.code, week("ci", "--comment", "never").code) == (0, 3, 0)
    assert "no comment was written: " in auto.err
    assert (week.root / "reports/comment.md").exists()
    assert place.bodies == []


def test_outside_of_a_merge_request_a_comment_is_written_only_when_asked_for(week):
    assert week("ci").err == ""
    told = week("ci", "--comment", "always")
    assert (told.code, "no merge request to comment on" in told.err) == (3, True)


def test_on_github_the_log_has_annotations_and_the_job_a_summary(week, github, monkeypatch, tmp_path):  # noqa: F811
    summary = tmp_path / "summary.md"
    run_for(week, github, monkeypatch, GITHUB_STEP_SUMMARY=str(summary), GITHUB_RUN_ID="7")
    week.edit(FIXTURES, "ends: held", "ends: routed")
    week("save", "-m", "wrong")
    told = week("ci")

    assert told.code == 5
    assert re.search(r"(?m)^::error file=flows/fixtures/lead/first\.yaml,line=\d+,col=\d+,title=fixture%3A ", told.out)
    assert summary.read_text().startswith("### 1 node changed, ")


# -- init --ci


SCHEMAS = {
    ".gitlab-ci.yml": "gitlab-ci",
    ".github/workflows/flowctl.yml": "https://json.schemastore.org/github-workflow.json",
    ".github/ISSUE_TEMPLATE/alignment_request.yml": "https://json.schemastore.org/github-issue-forms.json",
    ".github/ISSUE_TEMPLATE/logic_change.yml": "https://json.schemastore.org/github-issue-forms.json",
    ".github/ISSUE_TEMPLATE/routing_bug.yml": "https://json.schemastore.org/github-issue-forms.json",
    ".github/ISSUE_TEMPLATE/config.yml": "https://json.schemastore.org/github-issue-config.json",
}


def loaded(text):
    import yaml

    class Loader(yaml.SafeLoader):
        """YAML 1.2, as hosts read it: `on` is a word."""

    Loader.yaml_implicit_resolvers = {
        key: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:bool"]
        for key, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"true|false"), "tf")
    return yaml.load(text, Loader)


@pytest.mark.parametrize("host", FILES)
def test_the_files_of_a_host_are_as_their_schemas_say(host):
    files = files_of(host, "mia@x.example")

    assert set(files) == set(FILES[host])
    for path, data in files.items():
        assert b"[[" not in data.replace(b"[[_", b"").replace(b"[ ]", b""), path
        if path in SCHEMAS:
            assert published.mistakes(published.checker(SCHEMAS[path]), loaded(data)) == [], path


@pytest.mark.parametrize("host", FILES)
def test_every_command_of_a_pipeline_is_one_of_ours(host):
    from flowctl.cli.main import VERBS

    text = b"\n".join(files_of(host, "mia@x.example").values()).decode()
    verbs = set(re.findall(r"`?flowctl ([a-z]+)", text))

    assert {"ci", "promote"} <= verbs
    assert verbs <= {*VERBS, "writes"}
    assert f"flowctl-routing=={__version__}" in text


def test_the_jobs_have_least_permissions_and_releases_go_one_at_a_time():
    gitlab = loaded(files_of("gitlab", "m@x.example")[".gitlab-ci.yml"])  # noqa: F811
    github = loaded(files_of("github", "m@x.example")[".github/workflows/flowctl.yml"])  # noqa: F811
    review, release = github["jobs"]["routing"], github["jobs"]["release"]

    assert gitlab["release"]["resource_group"] == "production"
    assert gitlab["routing"]["artifacts"]["reports"] == {
        "junit": "reports/junit.xml",
        "codequality": "reports/codequality.json",
        "terraform": "reports/terraform.json",
    }
    assert gitlab["variables"]["GIT_DEPTH"] == "0"
    assert github["permissions"] == {}
    assert review["permissions"] == {"contents": "read", "pull-requests": "write", "security-events": "write"}
    assert release["permissions"] == {"contents": "write", "pull-requests": "read"}
    assert release["concurrency"] == {"group": "routing-production", "cancel-in-progress": False}
    uses = [step["uses"] for job in (review, release) for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"(actions|github)/[\w/-]+@v\d+", action) for action in uses)


@pytest.mark.parametrize("host", FILES)
def test_a_workspace_gets_its_pipeline_in_a_commit_and_only_once(past, host):
    told = past("init", "--ci", host)
    again = past("init", "--ci", host)

    assert told.code == 0
    assert all((past.root / path).is_file() for path in FILES[host])
    assert git(past.root, "status", "--porcelain") == ""
    assert "mia.chen@example.com owns what decides" in told.out
    assert "nothing to write" in again.out
    assert past("ci").code == 0


def test_a_file_that_was_edited_stays_and_nothing_is_written(past):
    (past.root / ".gitlab").mkdir()
    (past.root / ".gitlab/CODEOWNERS").write_text("* @us\n")
    told = past("init", "--ci", "gitlab")

    assert told.code == 3
    assert "`.gitlab/CODEOWNERS` is there already, and not as flowctl writes it" in told.err
    assert not (past.root / ".gitlab-ci.yml").exists()


def test_on_a_draft_the_pipeline_goes_live_with_it(week):
    told = week("init", "--ci", "gitlab")

    assert "they go live with Live on 2026-11-23: Week" in told.out
    assert set(FILES["gitlab"]) <= set(week("plan", "--json").data["promotion"]["files"])


def test_a_new_workspace_can_have_one_from_the_start(tmp_path, monkeypatch, past):
    monkeypatch.chdir(tmp_path)
    told = past("init", "new", "--ci", "github", "--json")

    assert told.code == 0
    assert told.data["pipeline"]["written"] == list(FILES["github"])
    assert (tmp_path / "new/.github/workflows/flowctl.yml").is_file()


@pytest.mark.parametrize("host", FILES)
def test_the_release_job_deploys_what_a_merge_request_has_brought(tmp_path, host):
    make_shared(tmp_path)
    with at(tmp_path / "ana") as ws:
        begin(ws, "lead")
        branch = propose(ws, planned(ws), NOW).branch
    git(tmp_path / "ana", "push", "-q", "origin", f"origin/{branch}:refs/heads/main")
    git(tmp_path, "clone", "-q", "origin.git", "job")  # beside the environments, so that they can be reached
    sha = git(tmp_path / "job", "rev-parse", "HEAD")
    if host == "gitlab":
        git(tmp_path / "job", "checkout", "-q", "--detach")
        git(tmp_path / "job", "branch", "-q", "-D", "main")
        script = "\n".join(loaded(files_of(host, "m@x.example")[".gitlab-ci.yml"])["release"]["script"])
    else:
        steps = loaded(files_of(host, "m@x.example")[".github/workflows/flowctl.yml"])["jobs"]["release"]["steps"]
        script = steps[-1]["run"]
    said = {
        "CI_PROJECT_URL": f"file://{tmp_path}/origin",
        "CI_COMMIT_SHA": sha,
        "GITLAB_USER_NAME": "Mia Chen",
        "GITLAB_USER_EMAIL": "mia.chen@example.com",
        "GITHUB_ACTOR": "mia",
        "GITHUB_ACTOR_ID": "7",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }

    done = [
        subprocess.run(
            ["sh", "-e", "-c", script], cwd=tmp_path / "job", env=os.environ | said, capture_output=True, text=True
        )
        for _ in range(2)
    ]

    assert [job.returncode for job in done] == [0, 0], done[0].stderr
    assert "production runs Live on 2026-11-23: Week" in done[0].stdout
    assert "nothing is pending for production" in done[1].stdout
    assert git(tmp_path / "origin.git", "tag", "--list", "live/production/2026-11-20") != ""


def test_finishing_can_find_nothing_to_do(past):
    assert past("promote", "--finish").code == 3
    told = past("promote", "--finish", "--if-pending")
    assert (told.code, told.out) == (0, "nothing is pending for production\n")
    assert past("promote", "--if-pending").code == 64
