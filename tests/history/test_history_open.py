import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from flowctl.diag import FlowctlError
from flowctl.history import create_repository, local_env_vars, open_repository


def test_a_folder_below_finds_the_top(repo):
    with open_repository(repo.root / "flows") as found:
        assert found.root == repo.root


def test_no_repository_says_how_to_make_one(tmp_path):
    with pytest.raises(FlowctlError) as caught:
        open_repository(tmp_path)

    assert caught.value.hint == "`flowctl init my-routing` makes one"


def test_a_folder_that_does_not_exist_is_no_repository(tmp_path):
    with pytest.raises(FlowctlError):
        open_repository(tmp_path / "nowhere")


def test_a_bare_repository_is_refused(origin):
    with pytest.raises(FlowctlError, match="bare"):
        open_repository(origin)


def test_a_repository_is_not_made_twice(repo):
    with pytest.raises(FlowctlError, match="already"):
        create_repository(repo.root)


def test_a_file_in_the_way_of_the_folder_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(FlowctlError, match="cannot make the folder"):
        create_repository(tmp_path / "file")


def test_making_a_repository_needs_no_identity(tmp_path, monkeypatch):
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"):
        monkeypatch.delenv(name)

    with create_repository(tmp_path / "deep" / "new") as made:
        assert made.head().branch == "main"
        assert made.identity() is None


def test_a_folder_with_a_variable_in_its_name_is_taken_as_it_is(tmp_path):
    create_repository(tmp_path / "$HOME").close()

    with open_repository(tmp_path / "$HOME") as found:
        assert found.root == tmp_path / "$HOME"


def test_importing_the_room_does_not_load_gitpython():
    code = "import sys, flowctl.history; assert 'git' not in sys.modules"

    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_machine_without_git_says_so(tmp_path):
    code = (
        "import pathlib, sys, flowctl.diag, flowctl.history as h\n"
        "try: h.open_repository(pathlib.Path('.'))\n"
        "except flowctl.diag.FlowctlError as e: print(e.message)"
    )
    env = {**os.environ, "PATH": str(tmp_path), "PYTHONPATH": os.getcwd()}

    assert subprocess.check_output([sys.executable, "-c", code], env=env, text=True) == "git was not found\n"


def test_every_variable_that_places_a_repository_is_hidden(git, repo):
    told = set(git("rev-parse", "--local-env-vars").splitlines())

    assert told - local_env_vars <= {"GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT"}


@pytest.mark.parametrize(
    "name", ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"]
)
def test_a_variable_of_a_hook_is_not_seen_and_stays(repo, tmp_path, monkeypatch, name, commit):
    monkeypatch.setenv(name, str(tmp_path / "elsewhere"))

    with open_repository(repo.root) as found:
        assert found.files("HEAD", "flows") == {"flows/lead.yaml": b"flow: lead\n"}
        assert found.unsaved() == ()
        assert found.resolve(commit({"a": b"1"}))
    assert os.environ[name] == str(tmp_path / "elsewhere")


def test_in_a_hook_of_another_repository_the_own_one_is_read(repo, tmp_path, git):
    git("init", "-q", str(tmp_path / "other"), cwd=tmp_path)
    hook = tmp_path / "other/.git/hooks/pre-commit"
    hook.write_text(
        f"#!{sys.executable}\nimport sys; sys.path.insert(0, {os.getcwd()!r})\n"
        "import pathlib, flowctl.history as h\n"
        f"r = h.open_repository(pathlib.Path({str(repo.root)!r}))\n"
        f"pathlib.Path({str(tmp_path / 'seen')!r}).write_text(r.text('HEAD', 'flows/lead.yaml'))\n"
    )
    hook.chmod(0o755)

    git("commit", "-q", "--allow-empty", "-m", "x", cwd=tmp_path / "other")

    assert (tmp_path / "seen").read_text() == "flow: lead\n"


def test_a_linked_work_tree_has_its_own_head_and_index(repo, git, tmp_path):
    git("worktree", "add", "-q", "-b", "draft/a", str(tmp_path / "linked"))
    (tmp_path / "linked/flows/lead.yaml").write_text("flow: lead # edited\n")

    with open_repository(tmp_path / "linked") as linked:
        assert linked.head().branch == "draft/a"
        assert linked.unsaved() == ("flows/lead.yaml",)
        assert repo.unsaved() == ()


def test_a_shallow_clone_ends_where_it_was_cut(shared, commit, origin, git, tmp_path):
    second = commit({"flows/lead.yaml": b"2\n"})
    git("push", "-q", "origin", f"{second}:main")
    git("clone", "-q", "--depth=1", f"file://{origin}", str(tmp_path / "shallow"), cwd=tmp_path)

    with open_repository(tmp_path / "shallow") as found:
        assert [info.id for info in found.log()] == [second]
        assert found.commit_info("HEAD").parents == ()


def test_a_sha256_repository_works_as_any_other(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    with create_repository(tmp_path / "long") as made:
        (made.root / "a").write_text("1")
        first = made.commit_worktree("", "One", when=datetime(2026, 11, 23, tzinfo=UTC))

        assert len(first) == 64
        assert made.files("HEAD") == {"a": b"1"}
        assert made.files(made.write_tree("HEAD", {"a": None, "b/c": b"2"})) == {"b/c": b"2"}


def test_a_repository_of_somebody_else_says_how_to_trust_it(repo, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")

    with open_repository(repo.root) as found, pytest.raises(FlowctlError) as caught:
        found.resolve("HEAD")

    assert caught.value.hint == f"`git config --global --add safe.directory {repo.root}`"
