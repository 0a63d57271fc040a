"""What holds for every verb: loading, help, exit codes, colours, where answers go, and what a bug report holds."""

import importlib
import os
import pty
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from flowctl.cli.answer import Answer, answers
from flowctl.cli.asking import agree
from flowctl.cli.frame import Verb, Verbs, command_of, module_of
from flowctl.cli.main import VERBS, app
from flowctl.diag import Blocked, Conflicts, Diagnostic, FlowctlError, Severity, Span, Stale

pytestmark = pytest.mark.slow  # every verb, or workbooks: half a minute together

ROOT = Path(__file__).parent.parent.parent
SECRET = "ana.berg@acme.example"


def process(*words, cwd=None, **environment):
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(
        [sys.executable, "-m", "flowctl", *words], cwd=cwd, env=env, capture_output=True, text=True, timeout=60
    )


def leaves(command):
    """The commands below one, without the groups."""
    if not isinstance(command, TyperGroup):
        return [command]
    return [leaf for below in command.commands.values() for leaf in leaves(below)]


# -- the table


@pytest.mark.parametrize("name", VERBS)
def test_the_table_says_what_the_verbs_help_says(name):
    command = command_of(importlib.import_module(f"flowctl.cli.{module_of(name)}").app)

    assert (command.help or "").replace("\b", "").strip().splitlines()[0] == VERBS[name].summary


@pytest.mark.parametrize("name", VERBS)
def test_every_command_has_an_example_that_names_it_and_json(name):
    for command in leaves(command_of(importlib.import_module(f"flowctl.cli.{module_of(name)}").app)):
        options = {option for param in command.params for option in param.opts}

        assert re.search(r"Examples?:\n+    flowctl " + name, command.help.replace("\b", "")), command.name
        assert {"--json", "--color"} <= options, command.name


def test_every_module_with_an_app_is_in_the_table():
    modules = {path.stem for path in (ROOT / "flowctl/cli").glob("*.py") if "\napp = typer" in path.read_text()}

    assert modules == {module_of(name) for name in VERBS} | {"main"}


def test_help_loads_no_verb():
    code = (
        "import sys; sys.argv = ['flowctl', '--help']\n"
        "from flowctl.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: print(*(m for m in sys.modules if m.startswith('flowctl.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)

    loaded = done.stdout.strip().splitlines()[-1].split()

    assert {m for m in loaded if not m.startswith("flowctl.cli")} == {"flowctl.data", "flowctl.diag"}
    assert {m for m in loaded if m.startswith("flowctl.cli.")} == {"flowctl.cli.frame", "flowctl.cli.main"}


def test_help_lists_every_verb_with_its_line_in_groups_in_order(week):
    told = week("--help")

    lines = told.out.splitlines()
    shown = [line.split()[0] for line in lines if re.match(r"  [a-z]+  ", line)]
    groups = [line.rstrip(":") for line in lines if line.endswith(":")]
    assert told.code == 0
    assert shown == list(VERBS)
    assert groups == [*dict.fromkeys(verb.group for verb in VERBS.values()), "Options"]


def test_examples_in_help_are_not_wrapped(week):
    told = week("simulate", "--help")

    assert "      flowctl simulate leads.csv --data Account=accounts.csv\n" in told.out


def test_completion_offers_verbs_without_loading_them():
    command = command_of(app)
    context = command.make_context("flowctl", [], resilient_parsing=True)

    offered = [item.value for item in command.shell_complete(context, "s")]

    assert offered == [name for name in VERBS if name.startswith("s")]


# -- misuse


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["chek"], "there is no command `chek`\n  hint: did you mean `check`?"),
        (["xyzzy"], "there is no command `xyzzy`\n  hint: `flowctl --help` lists the commands"),
        (["--foo"], "no such option `--foo`"),
        (["check", "--strct"], "no such option `--strct`\n  hint: did you mean `--strict`?"),
        (["check", "-f", "xml"], "`xml` is not one of `text`, `json`\n  hint: `flowctl check --help`"),
        (["roster", "ad"], "no such command `ad`\n  hint: did you mean `add`?"),
        (["roster", "out", "bea.kim"], "missing option `--from`"),
        (["diff", "a", "b", "c"], "unexpected extra argument(s) (c)"),
        (["diff", "--json", "-f", "md"], "`--json` and `-f md` at once"),
        (["test", "--version", "live", "--on", "staging"], "`--version` and `--on` at once"),
        (["test", "--coverage", "101"], "101.0 is not in the range"),
        (["explain"], "name one thing to explain"),
        (["schema", "--all"], "`--all` wants a folder"),
    ],
)
def test_a_misspelt_command_line_is_64_and_says_what_is_meant(week, words, said):
    told = week(*words)

    assert told.code == 64
    assert said in told.err
    assert told.out == ""


def test_a_group_without_a_command_shows_its_help_on_stderr(week):
    told = week("roster")

    assert (told.code, told.out) == (64, "")
    assert "Commands:" in told.err


# -- how commands end


def ending(monkeypatch, error):
    """A command line whose only verb raises."""
    module = types.ModuleType("flowctl.cli.boom")
    module.app = typer.Typer()

    @module.app.command()
    def boom():
        lead = {"Email": SECRET}
        raise error(lead) if callable(error) else error

    class Boom(Verbs):
        verbs = {"boom": Verb("Ends badly.", "Test")}

    top = typer.Typer(cls=Boom, rich_markup_mode=None)
    top.callback()(lambda: None)
    monkeypatch.setitem(sys.modules, "flowctl.cli.boom", module)
    return command_of(top).main(["boom"], prog_name="flowctl", standalone_mode=False)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FlowctlError("no"), 3),
        (Stale("no"), 4),
        (Blocked("no"), 5),
        (Conflicts("no"), 6),
        (KeyboardInterrupt(), 130),
        (typer.Abort(), 130),
        (typer.Exit(2), 2),
    ],
)
def test_each_end_has_its_exit_code(monkeypatch, error, code):
    assert ending(monkeypatch, error) == code


def test_an_error_is_told_after_its_findings_and_before_its_hint(monkeypatch, capsys):
    found = Diagnostic("FC006", Severity.ERROR, "unknown node type `rotatte`", Span("flows/a.yaml", 11, 11, 11, 18))
    ending(monkeypatch, FlowctlError("an error\x1b[2J", hint="mend it", found=[found]))

    out, err = capsys.readouterr()

    assert out == ""
    assert err == (
        "flows/a.yaml:11:11: error[FC006]: unknown node type `rotatte`\n\nerror: an error\\x1b[2J\n  hint: mend it\n"
    )


def test_a_bug_is_70_and_its_report_holds_no_values(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".flowctl").mkdir()
    (tmp_path / "flowctl.yaml").touch()

    code = ending(monkeypatch, lambda lead: ValueError(f"cannot route {lead}"))

    [report] = (tmp_path / ".flowctl").glob("flowctl-bug-*.txt")
    told, text = capsys.readouterr().err, report.read_text()
    assert code == 70
    assert len(told.splitlines()) == 2
    assert str(report) in told
    assert "builtins.ValueError" in text
    assert re.search(r"cli/test_frame\.py:\d+ in .*boom", text)
    assert SECRET not in text + told
    assert "cannot route" not in text + told
    assert str(Path.home()) not in text


def test_a_bug_report_has_the_causes_and_overwrites_no_other(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".flowctl").mkdir()
    (tmp_path / "flowctl.yaml").touch()

    def error(lead):
        raise KeyError(SECRET) from ZeroDivisionError(SECRET)

    for _ in range(2):
        ending(monkeypatch, error)

    first, second = sorted((tmp_path / ".flowctl").iterdir())
    assert first.read_text() == second.read_text()
    assert first.read_text().index("ZeroDivisionError") < first.read_text().index("builtins.KeyError")


def test_a_pipe_that_broke_elsewhere_is_no_silent_end(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)

    assert ending(monkeypatch, BrokenPipeError()) == 70
    assert "LostPipeError" in capsys.readouterr().err


def test_a_reader_who_leaves_is_no_error(drafted):
    child = subprocess.Popen(
        [sys.executable, "-m", "flowctl", "show", "--json"],
        cwd=drafted.root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    child.stdout.close()
    said = child.stderr.read()
    child.stderr.close()

    assert (child.wait(60), said) == (0, b"")


def test_a_reader_who_leaves_changes_no_exit_code(drafted):
    drafted.edit("flows/lead.yaml", "to: queue/raw", "to: queue/inquiry")
    command = f"{sys.executable} -m flowctl test --json | true; exit ${{PIPESTATUS[0]}}"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}

    done = subprocess.run(["bash", "-c", command], cwd=drafted.root, env=env, capture_output=True, timeout=60)

    assert (done.returncode, done.stderr) == (1, b"")


def test_outside_of_a_workspace_the_hint_makes_one(tmp_path, week, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    told = week("check")

    assert told.code == 3
    assert "`flowctl init my-routing`" in told.err


def test_a_clock_that_is_set_wrong_is_said(week, monkeypatch):
    monkeypatch.setenv("FLOWCTL_NOW", "yesterday")

    told = week("check")

    assert told.code == 3
    assert "`FLOWCTL_NOW` is not a date and time" in told.err


# -- where answers go, and how they look


def test_an_answer_can_go_to_a_file_and_its_json_to_another(drafted):
    told = drafted("show", "lead", "-o", "flow.txt", "--json-into", "flow.json", "--color", "always")

    text = (drafted.root / "flow.txt").read_text()
    assert told == type(told)(0, "", "")
    assert text.startswith("lead  Live on")
    assert "\x1b" not in text
    assert '"schema": "flowctl/show/1"' in (drafted.root / "flow.json").read_text()


def test_a_file_that_cannot_be_written_is_said(drafted):
    told = drafted("show", "-o", "no/such/folder/flow.txt")

    assert told.code == 3
    assert "cannot write `no/such/folder/flow.txt`" in told.err


@pytest.mark.parametrize(
    ("words", "environment", "colored"),
    [
        (["--color", "always"], {}, True),
        (["--color", "never"], {}, False),
        ([], {}, False),  # not a terminal
    ],
)
def test_colours_are_used_when_wanted(drafted, monkeypatch, words, environment, colored):
    monkeypatch.delenv("NO_COLOR", raising=False)

    told = drafted("show", *words)

    assert ("\x1b[" in told.out) is colored


@pytest.mark.parametrize(("no_color", "colored"), [("", True), ("1", False)])
def test_a_terminal_has_colours_unless_no_color_is_set(drafted, no_color, colored):
    leader, follower = pty.openpty()
    env = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": no_color, "TERM": "xterm"}
    child = subprocess.run(
        [sys.executable, "-m", "flowctl", "roster", "list"], cwd=drafted.root, env=env, stdout=follower, timeout=60
    )
    os.close(follower)
    told = os.read(leader, 100_000).decode()
    os.close(leader)

    assert child.returncode == 0
    assert ("\x1b[" in told) is colored


@pytest.mark.parametrize("columns", [64, 80, 120])
def test_lines_fit_the_width(drafted, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))

    told = drafted("show")

    assert max(map(len, told.out.splitlines()[3:])) <= columns


def test_without_a_terminal_the_width_is_80(drafted, monkeypatch):
    monkeypatch.delenv("COLUMNS")

    done = process("explain", "--fixture", "Africa", cwd=drafted.root)

    assert done.returncode == 0
    assert 70 < max(map(len, done.stdout.splitlines()[2:])) <= 80


def test_text_from_files_is_neither_markup_nor_control(drafted):
    drafted.edit("flows/lead.yaml", "label: Raw queue", 'label: "[red]raw[/red] \u202egnikcah\u202c \\e[2J"')

    told = drafted("show", "lead", "--color", "always")

    assert "[red]raw[/red] \\u202egnikcah\\u202c \\x1b[2J" in told.out
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", told.out)


def test_the_installed_command_runs(tmp_path):
    done = process("--version", cwd=tmp_path)

    assert re.fullmatch(r"flowctl \d+\.\d+\.\d+\n", done.stdout)
    assert (done.returncode, done.stderr) == (0, "")


def test_questions_are_asked_on_terminals_only():
    with pytest.raises(FlowctlError) as caught:
        agree("promote?", yes=False)

    assert "--yes" in caught.value.hint
    agree("promote?", yes=True)


def test_hints_go_to_stderr_and_only_beside_text(monkeypatch, capsys):
    top = typer.Typer()

    @top.command()
    @answers("x", text=lambda report, look: report, json=lambda report: {"report": report})
    def x() -> Answer[str]:
        """A verb."""
        return Answer("answer", hints=("next",))

    ran = command_of(top)
    ran.main([], standalone_mode=False)
    beside_text = capsys.readouterr()
    ran.main(["--json"], standalone_mode=False)
    beside_json = capsys.readouterr()

    assert beside_text == ("answer\n", "next\n")
    assert beside_json.err == ""
