"""`--svg`, `--png` and `--mermaid` of the verbs that draw."""

import pytest

pytestmark = pytest.mark.slow  # the whole sample


def test_a_picture_for_documents_is_printed_or_written(drafted):
    printed = drafted("show", "lead", "--svg")
    written = drafted("show", "lead", "-f", "svg", "-o", "lead.svg")

    assert printed.out.startswith("<svg ")
    assert (written.code, written.out) == (0, "")
    assert (drafted.root / "lead.svg").read_text() == printed.out


def test_a_png_wants_a_file(drafted):
    refused = drafted("show", "contact", "--png")
    written = drafted("show", "contact", "--png", "-o", "contact.png")

    assert refused.code == 64
    assert "`-o picture.png` names its file" in refused.err
    assert written.code == 0
    assert (drafted.root / "contact.png").read_bytes().startswith(b"\x89PNG")


def test_several_flows_are_no_picture_and_the_hint_draws_one(drafted):
    told = drafted("show", "--png", "-o", "all.png")

    assert told.code == 3
    assert "`flowctl show account-segment --png -o account-segment.png`" in told.err


def test_two_forms_at_once_are_refused(drafted):
    assert "`--png` and `--svg` at once" in drafted("show", "lead", "--svg", "--png", "-o", "x").err


def test_a_change_of_one_flow_is_a_diagram(drafted):
    drafted.edit("flows/lead.yaml", "then: turn_emea", "then: turn_amer")

    told = drafted("diff", "--mermaid")

    assert told.out.startswith("flowchart TD\n")
    assert '==>|"#187; EMEA"|' in told.out
    assert told.out == drafted("diff", "-f", "mermaid", "--part", "flow/lead").out


def test_changes_of_several_flows_are_drawn_one_by_one(drafted):
    drafted.edit("flows/lead.yaml", "then: turn_emea", "then: turn_amer")
    drafted.edit("flows/contact.yaml", "        then: to_owner", "        then: with_partner")

    told = drafted("diff", "--mermaid")

    assert (told.code, told.out) == (3, "")
    assert "`flowctl diff --part flow/contact --mermaid`" in told.err


def test_where_no_flow_changed_there_is_nothing_to_draw(drafted):
    told = drafted("diff", "--mermaid")

    assert told.code == 3
    assert "no flow differs in what it does" in told.err
