"""Results are written as they come, and the file is complete or not there."""

import csv
import datetime as dt
import io
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.columns import writing
from flowctl.columns.beside import aside
from flowctl.columns.write import shown
from flowctl.diag import FlowctlError
from tests.columns.leads import file, read, values, wanted

MOMENT = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
TABLE = pa.table(
    {
        "Id": ["00Q000000000001", "00Q000000000002"],
        "Company": ['Acme, "Inc"', None],
        "To": pa.array(["queue/hot", "user/bea"]).dictionary_encode(),
        "Score": [12.5, 1000000.0],
        "At": pa.array([MOMENT, None], pa.timestamp("us", "UTC")),
        "Day": [MOMENT.date(), None],
        "Moved": [True, False],
    }
)


def write(path, *batches, schema=TABLE.schema):
    with writing(str(path), schema) as out:
        for batch in batches:
            out.write(batch)
    return out


def rows(path):
    with path.open(newline="") as lines:
        return list(csv.reader(lines))


def test_csv_has_ids_numbers_and_moments_as_a_data_loader_reads_them(tmp_path):
    out = write(tmp_path / "a.csv", TABLE, TABLE.to_batches()[0])

    assert out.rows == 4
    assert rows(tmp_path / "a.csv")[:3] == [
        ["Id", "Company", "To", "Score", "At", "Day", "Moved"],
        ["00Q000000000001", 'Acme, "Inc"', "queue/hot", "12.5", "2026-11-23T09:00:00.000Z", "2026-11-23", "true"],
        ["00Q000000000002", "", "user/bea", "1000000", "", "", "false"],
    ]


def test_parquet_has_the_columns_as_they_are(tmp_path):
    write(tmp_path / "a.parquet", TABLE, TABLE.to_batches()[0])

    assert pq.read_table(tmp_path / "a.parquet").slice(0, 2).to_pylist() == TABLE.to_pylist()
    assert pq.read_table(tmp_path / "a.parquet").num_rows == 4


def test_without_records_there_are_the_names_of_columns(tmp_path):
    write(tmp_path / "a.csv")
    write(tmp_path / "a.parquet")

    assert rows(tmp_path / "a.csv") == [TABLE.column_names]
    assert pq.read_table(tmp_path / "a.parquet").schema.names == TABLE.column_names


def test_a_dash_is_csv_to_stdout():
    out = io.BytesIO()

    with writing("-", TABLE.schema, stdout=out) as writer:
        writer.write(TABLE)

    assert out.getvalue().splitlines()[0] == b'"Id","Company","To","Score","At","Day","Moved"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [("=1+1", "'=1+1"), ("+49 170", "'+49 170"), ("@x", "'@x"), ("\tx", "'\tx"), ("\rx", "'\rx"), ("-x", "'-x"),
     ("-5", "-5"), ("-5.5", "-5.5"), ("a=b", "a=b"), ("", ""), (None, None)],
)  # fmt: skip
def test_what_a_spreadsheet_would_run_is_made_harmless(text, expected):
    assert shown(pa.array([text, "x"])).to_pylist() == [expected, "x"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=9) | st.sampled_from(['a"b', "a\nb"])))
def test_texts_that_are_written_are_read_again(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("a") / "a.csv"
    table = pa.table({"Company": pa.array(texts, pa.string()), "Email": pa.array(["x"] * len(texts), pa.string())})

    write(path, table, schema=table.schema)

    expected = [
        "'" + text if text[:1] in ("=", "+", "@") or (text[:1] == "-" and not number(text)) else text for text in texts
    ]
    assert values(read(path, wanted("Company"))[0], "Company") == [text if text.strip() else None for text in expected]


def number(text):
    return len(text) > 1 and text[1] in "0123456789." and set(text[1:]) <= set("0123456789.-")


def test_what_goes_wrong_midway_leaves_the_file_as_it_was(tmp_path):
    path = file(tmp_path, "before", "a.csv")

    with pytest.raises(ZeroDivisionError), writing(str(path), TABLE.schema) as out:
        1 // (out.write(TABLE) or 0)

    assert path.read_text() == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]


def test_where_it_cannot_be_written_is_told(tmp_path):
    (tmp_path / "folder").mkdir()
    for name, told in {
        "a.txt": "is neither .csv nor .parquet",
        ".csv": "`.*` has no name before its ending",
        "folder": "is a folder",
        "none/a.csv": "cannot write",
    }.items():
        with pytest.raises(FlowctlError, match=told):
            write(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("moved.xlsx", "as in `moved.csv`"), ("my.leads.txt", "as in `my.leads.csv`"), (".csv", "as in `moved.csv`"),
     ("moved.CSV.gz", "as in `moved.csv`"), ("out/moved.parquet.zst", "as in `out/moved.csv`")],
)  # fmt: skip
def test_a_name_of_another_form_is_told_with_one_that_is_written(tmp_path, name, hint):
    with pytest.raises(FlowctlError) as told, writing(name, TABLE.schema, folder=tmp_path):
        pass

    assert told.value.hint == hint


def test_a_file_is_written_through_a_link_to_another_disk(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    (tmp_path / "here" / "link.csv").symlink_to(tmp_path / "there" / "real.csv")
    replace, moved = os.replace, []
    monkeypatch.setattr(os, "replace", lambda old, new: moved.append((Path(old), Path(new))) or replace(old, new))

    write(tmp_path / "here" / "link.csv", TABLE)

    assert len(rows(tmp_path / "there" / "real.csv")) == 3
    assert (tmp_path / "here" / "link.csv").is_symlink()
    assert [(old.parent, new) for old, new in moved] == [(tmp_path / "there", tmp_path / "there" / "real.csv")]


def test_links_that_lead_to_one_another_are_replaced(tmp_path):
    (tmp_path / "a.csv").symlink_to("b.csv")
    (tmp_path / "b.csv").symlink_to("a.csv")

    write(tmp_path / "a.csv", TABLE)

    assert len(rows(tmp_path / "a.csv")) == 3


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
def test_a_file_that_is_replaced_keeps_its_permissions_also_while_it_is_written(tmp_path, mode):
    path = file(tmp_path, "before", "a.csv")
    path.chmod(mode)

    with writing(str(path), TABLE.schema) as out:
        out.write(TABLE)
        assert stat.S_IMODE(aside(path).stat().st_mode) & ~mode == 0

    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert len(rows(path)) == 3


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="open files have no names here")
@pytest.mark.parametrize("mode", ["wb", "ab"])
def test_what_is_in_an_open_file_stays_before_what_is_written_into_it(tmp_path, mode):
    with (tmp_path / "errors.txt").open(mode, buffering=0) as log:
        log.write(b"first\n")
        write(f"/dev/fd/{log.fileno()}", TABLE)
        log.write(b"last\n")

    lines = (tmp_path / "errors.txt").read_text().splitlines()
    assert (lines[0], len(lines), lines[-1]) == ("first", 5, "last")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
def test_a_disk_that_is_full_is_told_and_nothing_is_left(tmp_path):
    with pytest.raises(FlowctlError, match="no space left"):
        write("/dev/full", TABLE)
    aside(tmp_path / "a.csv").symlink_to("/dev/full")
    with pytest.raises(FlowctlError, match="no space left") as error:
        write(tmp_path / "a.csv", TABLE)
    assert error.value.hint.endswith("on a disk with room")
    assert list(tmp_path.iterdir()) == []


KILLED = """\
import os, signal, sys
import pyarrow as pa
from flowctl.columns import writing
table = pa.table({"Id": ["00Q"] * 100_000})
with writing(sys.argv[1], table.schema) as out:
    for _ in range(5):
        out.write(table)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_killed_while_writing_the_file_is_not_there(tmp_path, form):
    path = tmp_path / f"a.{form}"

    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=Path(__file__).parents[2])

    assert done.returncode == -signal.SIGKILL
    assert not path.exists()
    assert len(list(tmp_path.iterdir())) == 1
    write(path, TABLE)
    assert list(tmp_path.iterdir()) == [path]


def test_only_what_a_process_that_is_gone_has_left_of_the_same_file_is_taken_away(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    mine = aside(tmp_path / "a.csv").name
    host = mine.split("-")[1]
    kept = [
        mine,
        f".flowctl-{host}-1-a.csv",
        f".flowctl-00000000-{gone.pid}-a.csv",
        f".flowctl-{host}-{gone.pid}-2-a.csv",
        f".flowctl-{host}-{gone.pid}-a.csv.gz",
        f".flowctl-{host}-{2**40}-a.csv",
    ]
    for name in [*kept, f".flowctl-{host}-{gone.pid}-a.csv"]:
        (tmp_path / name).write_text("half")
    (tmp_path / f".flowctl-{host}-0{gone.pid}-a.csv").symlink_to(tmp_path / mine)

    assert aside(tmp_path / "a.csv").name == mine

    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*kept, f".flowctl-{host}-0{gone.pid}-a.csv"])
