"""Pages through the command line: they go to a file, and stderr says to which."""

import re

import pytest

pytestmark = pytest.mark.slow  # real git, and the whole sample


@pytest.fixture(autouse=True)
def elsewhere(drafted, tmp_path, monkeypatch):
    """A folder inside the workspace, since pages are written where the command is typed."""
    folder = drafted.root / "review"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def title(file):
    return re.search("<title>(.*)</title>", file.read_text())[1]


def test_a_page_of_a_flow_is_a_file_called_after_it(drafted, elsewhere):
    told = drafted("show", "lead", "--html")

    assert (told.code, told.out) == (0, "")
    assert told.err == "wrote lead.html: open it in a browser, it needs no network\n"
    assert title(elsewhere / "lead.html").startswith("lead · Live on 2026-11-23")


def test_a_page_of_all_flows_goes_where_it_is_told_to(drafted, elsewhere):
    told = drafted("show", "-f", "html", "-o", "all.html")

    assert (told.code, told.out) == (0, "")
    assert [file.name for file in elsewhere.iterdir()] == ["all.html"]


def test_a_page_of_a_comparison_keeps_the_exit_code(drafted, elsewhere):
    drafted.edit("flows/lead.yaml", "then: queue_inquiry", "then: queue_raw")

    told = drafted("diff", "live", "--html", "--exit-code")

    assert (told.code, told.out) == (1, "")
    assert "live → Live on 2026-11-23" in title(elsewhere / "diff.html")


def test_leads_of_a_file_are_counted_and_not_one_value_of_them_is_in_the_page(drafted, elsewhere):
    (elsewhere / "leads.csv").write_text("Email,Company\nana.secret@private.example,Hush Ltd\n")

    told = drafted("show", "lead", "--html", "--leads", "leads.csv")

    assert told.code == 0
    page = (elsewhere / "lead.html").read_text()
    assert '"crowd":["leads.csv",1]' in page
    assert "secret" not in page
    assert "Hush" not in page


def test_a_page_can_be_printed_for_a_pipe(drafted, elsewhere):
    told = drafted("show", "lead", "--html", "-o", "-")

    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("<!doctype html>")
    assert told.out.endswith("</html>\n")
    assert drafted("show", "lead", "--json", "-o", "-").data["flow"] == "lead"
    assert list(elsewhere.iterdir()) == []


def test_a_page_of_a_comparison_says_what_could_not_be_read(drafted, elsewhere):
    with (drafted.root / "flows/ticket.yaml").open("a") as file:
        file.write("x: [")

    told = drafted("diff", "--html")

    assert told.code == 3
    assert told.err.endswith("\n`flow/ticket` cannot be read: `flowctl check` says why, with every file that uses it\n")


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (("show", "lead", "--html", "--json"), "`--html` and `--json` at once", "one of them"),
        (("show", "lead", "--leads", "leads.csv"), "`--leads` is for the page", "`--html` makes one"),
        (
            ("show", "lead", "--html", "--data", "Account=a.csv"),
            "`--data` is what leads of a file",
            "`--leads leads.csv`",
        ),
        (("diff", "--data", "Account=a.csv"), "`--data` is what leads of a file are matched on", "`--leads leads.csv`"),
        (("show", "lead", "--png", "-o", "-"), "a PNG is no text to print", "`-o picture.png` names its file"),
        (("diff", "--drafts", "--html"), "there is no page of this", "leave out `--html`"),
    ],
)
def test_what_cannot_be_meant_is_said(drafted, elsewhere, words, message, hint):
    told = drafted(*words)

    assert told.code == 64
    assert message in told.err
    assert hint in told.err
    assert list(elsewhere.iterdir()) == []
