"""What the merge driver cannot write leaves our side of the file as it was."""

from flowctl.cli.git_driver import merge

FLOW = "flow: lead\nobject: Lead\ntriggers: [created]\nstart: done\nnodes:\n  done: {{type: end, result: {}}}\n"


def test_a_merge_that_cannot_be_written_loses_nothing_of_ours(tmp_path, capfd):
    base, ours, theirs = (tmp_path / name for name in ("base", "ours", "theirs"))
    for file, result in ((base, "a"), (ours, "a"), (theirs, "b")):
        file.write_text(FLOW.format(result))
    (tmp_path / "ours.new").mkdir()  # in the place of a full disk

    status = merge(str(base), str(ours), str(theirs), "flows/lead.yaml", "7")

    assert status == 0
    assert ours.read_text() == FLOW.format("b")
    assert "IsADirectoryError" in capfd.readouterr().err
