"""tools/play.py: what a tutorial may hold, and that it is played as a reader would."""

import sys

import pytest

from tools import play


@pytest.fixture
def document(tmp_path):
    """Writes a document and returns its path."""

    def write(text):
        path = tmp_path / "guide.md"
        path.write_text(text, "utf-8")
        return path

    return write


def console(*lines):
    return "\n".join(["```console", *lines, "```", ""])


def test_playing_prints_titles_commands_and_answers(document, tmp_path, capsys):
    path = document("# The week\n\nProse.\n\n" + console("$ echo one; echo two >&2", "stale"))

    code = play.main([str(path), "--into", str(tmp_path / "demo")])

    assert code == 0
    assert capsys.readouterr().out == "\nThe week\n========\n\n$ echo one; echo two >&2\none\ntwo\n"


def test_a_true_document_passes_the_check_whatever_its_trailing_spaces(document, capsys):
    path = document(console("$ echo 'a  '; echo; echo b", "a", "   ", "b", "", "$ true"))

    assert play.main([str(path), "--check"]) == 0
    assert capsys.readouterr().out == ""


def test_a_false_document_fails_the_check_with_a_diff(document, capsys):
    path = document(console("$ echo was", "is"))

    assert play.main([str(path), "--check"]) == 1
    assert capsys.readouterr().out.splitlines()[-4:] == [" $ echo was", "-is", "+was", " ```"]


def test_writing_puts_answers_into_the_document_and_leaves_the_rest(document):
    path = document("# A\n\n" + console("$ echo 1", "x", "y", "", "$ echo 2", "z") + "\nEnd.\n")

    play.main([str(path), "--write"])

    assert path.read_text("utf-8") == "# A\n\n" + console("$ echo 1", "1", "", "$ echo 2", "2") + "\nEnd.\n"
    assert play.main([str(path), "--check"]) == 0


def test_writing_is_refused_where_an_answer_would_be_read_as_a_command(document, capsys):
    path = document(console("$ echo '$ rm'"))

    assert play.main([str(path), "--write"]) == 1
    assert "line 2: an answer cannot hold the line `$ rm`" in capsys.readouterr().err
    assert path.read_text("utf-8") == console("$ echo '$ rm'")


def test_a_command_can_span_lines_and_say_its_exit_code(document):
    path = document(console("$ echo a \\", "    b; \\", "  exit 4", "# exit 4", "a b"))

    assert play.main([str(path), "--check"]) == 0


@pytest.mark.parametrize("mode", [[], ["--check"], ["--write"]], ids=["play", "check", "write"])
@pytest.mark.parametrize("lines", [["$ exit 3"], ["$ true", "# exit 3"]], ids=["fails", "does not fail"])
def test_an_unexpected_exit_code_stops_the_play(document, tmp_path, capsys, mode, lines):
    path = document(console(*lines, "$ echo reached >reached"))
    folder = tmp_path / "demo"

    code = play.main([str(path), "--into", str(folder), *mode])
    said = capsys.readouterr()

    assert code == 1
    assert f"line 2: `{lines[0][2:]}` ended with" in said.out + said.err
    assert not (folder / "reached").exists()


def test_cd_lasts_and_the_folder_is_shown_as_home(document, tmp_path):
    path = document(console("$ mkdir a; cd a", "$ pwd", "~/a", '$ cd; test "$HOME" = "$PWD" && pwd', "~"))

    assert play.check(path, play.fresh(tmp_path / "demo")) == ""


def test_edits_are_applied_where_the_play_stands(document, tmp_path):
    edit = "<!-- edit -->\n\n```diff\n--- a/f\n+++ b/f\n@@ -1,9 +1,9 @@\n one\n-two\n+2\n```\n"
    path = document(console("$ mkdir w; cd w; printf 'one\\ntwo\\n' >f") + edit + console("$ cat f", "one", "2"))

    assert play.check(path, play.fresh(tmp_path / "demo")) == ""


def test_an_edit_that_does_not_apply_stops_the_play(document, tmp_path):
    path = document("<!-- edit -->\n```diff\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-two\n+2\n```\n")

    problem = play.check(path, play.fresh(tmp_path / "demo"))

    assert problem.startswith("line 2: the edit does not apply:\nerror: ")


def test_other_diffs_and_blocks_marked_as_not_run_are_only_shown(document, tmp_path):
    path = document("<!-- not run -->\n" + console("$ exit 9") + "```diff\n-x\n```\n~~~yaml\n# no title\n~~~\n")

    steps = list(play.read(path.read_text("utf-8")))

    assert steps == [play.Shown(2)]
    assert play.check(path, play.fresh(tmp_path / "demo")) == ""


def test_the_clock_stands_where_the_document_sets_it(document, tmp_path):
    show = ("$ echo $FLOWCTL_NOW $GIT_COMMITTER_DATE",)
    later = "2026-11-23T09:00:00Z"
    path = document(
        console(*show, f"{play.NOW} {play.NOW}") + f"<!-- now: {later} -->\n" + console(*show, f"{later} {later}")
    )

    assert play.check(path, play.fresh(tmp_path / "demo")) == ""


def test_git_knows_the_reader_and_nothing_of_this_machine(document, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    monkeypatch.setenv("FLOWCTL_SECRET", "1")
    (tmp_path / ".git").mkdir()
    path = document(
        console(
            "$ git var GIT_AUTHOR_IDENT",
            "Mia Chen <mia.chen@example.com> 1795190400 +0000",
            "$ echo $FLOWCTL_SECRET $TZ $COLUMNS $NO_COLOR",
            "UTC 100 1",
            "$ git rev-parse --git-dir 2>/dev/null",
            "# exit 128",
        )
    )

    assert play.check(path, play.fresh(tmp_path / "demo")) == ""


def test_what_python_says_on_both_streams_stays_in_order(document, tmp_path):
    path = document(console("$ python say.py", "1", "2", "3"))
    stage = play.fresh(tmp_path / "demo")
    (stage.folder / "say.py").write_text(
        "import sys\nfor n in '123':\n    print(n, file=[sys.stdout, sys.stderr][n == '2'])\n"
    )

    assert play.check(path, stage) == ""


def test_the_commands_of_the_virtual_environment_come_first(document, tmp_path):
    path = document(console("$ python -c 'import sys; print(sys.prefix)'", sys.prefix))

    assert play.check(path, play.fresh(tmp_path / "demo")) == ""


def test_a_play_removes_only_what_a_play_made(document, tmp_path, capsys):
    path = document(console("$ touch made"))
    folder = tmp_path / "demo"

    assert [play.main([str(path), "--into", str(folder)]) for _ in range(2)] == [0, 0]

    (folder / ".play").rename(tmp_path / "gone")

    assert play.main([str(path), "--into", str(folder)]) == 1
    assert "was not made by a play" in capsys.readouterr().err
    assert (folder / "made").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```console\n$ true\n", "line 1: the block is not closed"),
        ("- list\n\n  ```console\n  $ true\n  ```\n", "line 3: an indented console block is not played"),
        (console("true"), "line 2: a console block begins with `$ command`"),
        (console(), "line 2: a console block begins with `$ command`"),
        ("<!-- edit -->\n" + console("$ true"), "line 2: `<!-- edit -->` wants a diff block"),
        ("<!-- not run -->\n```diff\n```\n", "line 2: `<!-- not run -->` wants a console block"),
        ("<!-- edit -->\nProse.\n", "line 1: no block follows `<!-- edit -->`"),
        ("Prose.\n<!-- not run -->\n", "line 2: no block follows `<!-- not run -->`"),
        ("<!-- now: monday -->\n", "line 1: `monday` is no time"),
        ("<!-- now: 2026-11-20T16:00:00 -->\n", "line 1: `2026-11-20T16:00:00` is no time"),
    ],
)
def test_a_document_that_cannot_be_played_says_where(text, message):
    with pytest.raises(play.PlayError) as caught:
        list(play.read(text))

    assert str(caught.value).startswith(message)


def test_nothing_runs_when_a_later_block_cannot_be_read(document, tmp_path):
    path = document(console("$ touch made") + console("no command"))
    stage = play.fresh(tmp_path / "demo")

    assert play.check(path, stage) == "line 5: a console block begins with `$ command`"
    assert not (stage.folder / "made").exists()
