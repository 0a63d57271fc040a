"""A full disk, and folders that cannot be written: an error that says so, and the next command goes on."""

import shutil

import pytest

from flowctl.diag import FlowctlError
from flowctl.ops.clone import clone_live
from flowctl.ops.recover import take_up
from tests.ops.promotion.week import NOW, at, begin, edit, live, require_settled, roll_back, ship

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes

SIZES = [0, 40, 150, 450, 900, 1500, 1800, 4000]  # bytes in one file; the index of git has about 2,000


@pytest.fixture
def drafted(top):
    with at(top / "ana") as ws:
        begin(ws, "lead", "sales")
    return top


def all_sizes(processes, deed, folder, tmp_path):
    """What a deed leaves behind when no file can become larger than that."""
    for size in SIZES:
        top = shutil.copytree(folder, tmp_path / f"at-most-{size}", symlinks=True)
        yield top, processes.run(deed, top, size=size)


@pytest.mark.slow
def test_a_promotion_on_a_full_disk_is_done_or_not(drafted, processes, tmp_path):
    exits = []
    for top, ended in all_sizes(processes, "ship", drafted, tmp_path):
        exits.append(ended.exit)
        with at(top / "ana") as ws:
            take_up(ws, NOW)
            require_settled(ws)
            if ended.exit:
                assert len(ws.drafts()) == 1 or "is live; " in ended.message
            if ws.drafts():
                ship(ws)
            require_settled(ws)
            assert (ws.release_ids()[-1], ws.drafts()) == ("2026-11-20", ())

    assert set(exits) == {0, 3}


@pytest.mark.slow
def test_a_rollback_on_a_full_disk_is_done_or_not(top, processes, tmp_path):
    with at(top / "ana") as ws:
        begin(ws, "lead")
        ship(ws)
        before = live(ws)
    exits = []

    for life, ended in all_sizes(processes, "roll_back", top, tmp_path):
        exits.append(ended.exit)
        with at(life / "ana") as ws:
            take_up(ws, NOW)
            require_settled(ws)
            if live(ws).digest == before.digest:
                roll_back(ws)
            require_settled(ws)
            assert ws.release_ids()[-1] == "2026-11-20.2"

    assert set(exits) == {0, 3}


@pytest.mark.slow
@pytest.mark.parametrize("deed", ["clone", "add_freeze", "stage"])
def test_what_cannot_be_written_is_told_and_can_be_done_later(drafted, processes, tmp_path, deed):
    exits = []
    for top, ended in all_sizes(processes, deed, drafted, tmp_path):
        exits.append(ended.exit)
        with at(top / "ana") as ws:
            take_up(ws, NOW)
            require_settled(ws)
        assert processes.run(deed, top).exit == 0
        with at(top / "ana") as ws:
            require_settled(ws)

    assert set(exits) == {0, 3}


@pytest.mark.slow
def test_a_merge_on_a_full_disk_is_done_or_not(drafted, processes, tmp_path):
    with at(drafted / "ana") as ws:
        ws.git.switch("main")
        begin(ws, "lead-held", "case", summary="Other")
        ship(ws)
        ws.git.switch("draft/2026-11-23-week")
    exits = []

    for top, ended in all_sizes(processes, "merge", drafted, tmp_path):
        exits.append(ended.exit)
        with at(top / "ana") as ws:
            take_up(ws, NOW)
            require_settled(ws)
        assert processes.run("merge", top).exit == 0
        with at(top / "ana") as ws:
            require_settled(ws)
            ship(ws)
            require_settled(ws)

    assert set(exits) == {0, 3}


def a_file(path):
    """Puts a file where a folder belongs."""
    kept = path.with_name(f"{path.name}.kept")
    if path.exists():
        path.rename(kept)
    path.write_text("a file")
    return lambda: (path.unlink(), kept.exists() and kept.rename(path))


PLACES = ["ana/.flowctl", "envs/production/generations", "ana/.git/refs/tags/live", "ana/.git/refs/heads/draft"]


@pytest.mark.parametrize("place", PLACES)
def test_a_file_in_the_place_of_a_folder_stops_a_promotion_before_anything(drafted, place):
    with at(drafted / "ana") as ws:
        before, ids = live(ws), ws.release_ids()
        take_away = a_file(drafted / place)

        with pytest.raises(FlowctlError):
            ship(ws)

        take_away()
        take_up(ws, NOW)
        require_settled(ws)
        assert (live(ws).digest, ws.release_ids()) == (before.digest, ids)
        ship(ws)
        require_settled(ws)


def test_a_journal_on_a_full_disk_stops_a_promotion_before_anything(drafted):
    new = drafted / "ana/.flowctl/journal.json.new"
    new.symlink_to("/dev/full")

    with at(drafted / "ana") as ws:
        before = live(ws)
        with pytest.raises(FlowctlError, match="cannot write the journal: no space left on device") as caught:
            ship(ws)

        assert caught.value.hint == "is the disk full, or the folder read-only?"
        assert live(ws).digest == before.digest
        new.unlink()
        ship(ws)
        require_settled(ws)


def test_an_environment_that_is_gone_is_told_by_its_folder(drafted):
    (drafted / "envs/production").rename(drafted / "envs/elsewhere")

    with at(drafted / "ana") as ws:
        with pytest.raises(FlowctlError, match=r"envs/production` is not an environment"):
            ship(ws)

        (drafted / "envs/elsewhere").rename(drafted / "envs/production")
        ship(ws)
        require_settled(ws)


def test_a_clone_whose_files_cannot_be_written_is_taken_up(top):
    with at(top / "ana") as ws:
        lock = top / "ana/.git/index.lock"
        lock.touch()
        with pytest.raises(FlowctlError):
            clone_live(ws, "Week", NOW, stage=False)
        lock.unlink()

        take_up(ws, NOW)

        assert ws.git.unsaved() == ()
        assert clone_live(ws, "Week", NOW, stage=False).draft == ws.require_draft()
        edit(ws, "lead")
