"""What cannot be read is counted, shown by row and column, kept for the user, and never passed over."""

import csv
import datetime as dt
import os
import stat

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flowctl.columns import csv_files, json_files, open_records
from flowctl.columns.beside import aside
from flowctl.diag import FlowctlError
from tests.columns.leads import file, read, values, wanted

CSV = """\
Email,Score__c,Birthday__c
a@b.c,12,2026-11-23
secret@b.c,many,2026-11-23
b@b.c,13,2026-11-31
c@b.c,lots,yesterday
"""
WANTED = {"on_bad": "blank"}


def counts(found):
    return {(problem.column, problem.reason): problem.count for problem in found.bad.problems}


def rejects(path):
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.reader(lines))


def test_a_value_that_cannot_be_read_stops_all_and_is_not_shown(tmp_path):
    path = file(tmp_path, CSV)

    with pytest.raises(FlowctlError) as error:
        read(path, wanted("Email", "Score__c", "Birthday__c", rejects=tmp_path / "rejects.csv"))

    assert error.value.message == f"`{path}` has 4 values that cannot be read up to line 5"
    assert "--on-bad-value" in error.value.hint
    told = [(d.span.line, d.message) for d in error.value.found]
    number, day = (
        "a number is needed, such as 12 or -0.5",
        "a day of the years 1700 to 4000 is needed, such as 2026-11-23",
    )
    assert told == [
        (3, f"column `Score__c`: {number}"),
        (4, "column `Birthday__c`: there is no such day: one of the calendar is needed"),
        (5, f"column `Birthday__c`: {day}"),
        (5, f"column `Score__c`: {number}"),
    ]
    assert "secret" not in str(told)
    assert "many" not in str(told)
    assert [one.name for one in tmp_path.iterdir()] == ["leads.csv"]


def test_it_is_blank_where_that_is_said_and_all_of_it_is_kept(tmp_path):
    wants = wanted("Email", "Score__c", "Birthday__c", on_bad="blank", rejects=tmp_path / "rejects.csv")
    path = file(tmp_path, CSV)

    batches, found = read(path, wants)

    assert values(batches, "Score__c") == [12.0, None, 13.0, None]
    assert values(batches, "Birthday__c") == [dt.date(2026, 11, 23)] * 2 + [None, None]
    assert found.bad.count == 4
    assert found.bad.left_out == 0
    head, *lines = rejects(tmp_path / "rejects.csv")
    assert head == ["file", "line", "column", "reason", "value"]
    assert [(line, column, value) for _, line, column, _, value in lines] == [
        ("3", "Score__c", "many"),
        ("4", "Birthday__c", "2026-11-31"),
        ("5", "Birthday__c", "yesterday"),
        ("5", "Score__c", "lots"),
    ] or sorted(line[1:3] for line in lines) == [
        ["3", "Score__c"],
        ["4", "Birthday__c"],
        ["5", "Birthday__c"],
        ["5", "Score__c"],
    ]


def test_or_its_record_is_left_out_and_the_others_keep_their_places(tmp_path):
    batches, found = read(file(tmp_path, CSV), wanted("Email", "Score__c", "Birthday__c", on_bad="reject"))

    assert values(batches, "Email") == ["a@b.c"]
    assert found.bad.left_out == 3
    path = file(tmp_path, CSV.replace("many", "1"))
    batches, _ = read(path, wanted("Email", "Score__c", "Birthday__c", on_bad="reject", extra=("Email",)))
    assert [int(n) for n in batches[0].positions] == [1, 2]
    assert batches[0].extra["Email"].to_pylist() == ["a@b.c", "secret@b.c"]


def test_the_rejects_of_an_input_that_is_given_up_are_not_kept(tmp_path):
    path = file(tmp_path, CSV)
    wants = wanted("Score__c", on_bad="blank", rejects=tmp_path / "rejects.csv")

    with pytest.raises(ZeroDivisionError), open_records([str(path)], wants) as found:
        1 // (len([chunk() for chunk in found.chunks()]) - 1)

    assert [one.name for one in tmp_path.iterdir()] == ["leads.csv"]


def test_rejects_are_in_the_order_of_the_input_whoever_is_done_first(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_files, "BLOCK", 100)
    monkeypatch.setattr(csv_files, "FOOTER", 10)
    path = file(tmp_path, "Score__c\n" + "".join(f"x{n}\n" for n in range(100)))
    wants = wanted("Score__c", on_bad="blank", rejects=tmp_path / "rejects.csv")

    with open_records([str(path)], wants) as found:
        for chunk in [*found.chunks()][::-1]:
            chunk()
        assert [place.line for place in found.bad.problems[0].places] == [2, 3, 4]

    assert [line[-1] for line in rejects(tmp_path / "rejects.csv")[1:]] == [f"x{n}" for n in range(100)]


def test_rows_with_too_many_cells_are_left_out_and_those_with_too_few_are_filled_up(tmp_path):
    text = 'Email,Country,Score__c\na,NO,1\nb,Rome, Italy,2\nc\nd,NO,3\n"e"x,NO,4\n"f""",NO,5\n'
    path = file(tmp_path, text)
    wants = ["Email", "Country", "Score__c"]

    batches, found = read(path, wanted(*wants, on_bad="blank", rejects=tmp_path / "rejects.csv"))

    assert values(batches, "Email") == ["a", "c", "d", 'f"']
    assert values(batches, "Country") == ["NO", None, "NO", "NO"]
    assert [int(n) for n in batches[0].positions] == [1, 3, 4, 6]
    assert counts(found) == {
        ("", "more cells than the header"): 1,
        ("", "fewer cells than the header"): 1,
        ("", "quotes that do not fit"): 1,
    }
    assert found.bad.left_out == 2
    assert [line[1::3] for line in rejects(tmp_path / "rejects.csv")[1:]] == [
        ["3", "b,Rome, Italy,2"],
        ["4", "c"],
        ["6", '"e"x,NO,4'],
    ]
    batches, found = read(path, wanted(*wants, on_bad="reject"))
    assert values(batches, "Email") == ["a", "d", 'f"']
    assert found.bad.left_out == 3
    with pytest.raises(FlowctlError, match="has 3 values that cannot be read"):
        read(path, wanted(*wants))


def test_one_row_in_a_hundred_may_be_broken(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_files, "BLOCK", 5000)
    monkeypatch.setattr(csv_files, "FOOTER", 500)
    rows = [f"{n}@b.c,NO,{n}" if n % 100 else f"{n}@b.c,NO,{n},more" for n in range(10_000)]
    path = file(tmp_path, "Email,Country,Score__c\n" + "\n".join(rows))

    batches, found = read(path, wanted("Email", "Score__c", on_bad="blank"))

    assert values(batches, "Score__c") == [float(n) for n in range(10_000) if n % 100]
    assert np.concatenate([b.positions for b in batches]).tolist() == [n + 1 for n in range(10_000) if n % 100]
    assert found.bad.left_out == 100


def test_texts_of_another_encoding_are_told_by_cell_with_what_to_do(tmp_path):
    text = "Email,Company,Notes\na,Zoë,x\n".encode() + "b,Müller,y\n".encode("latin-1") + b"c,Acme,\xff\n"
    path = file(tmp_path, text)

    batches, found = read(path, wanted("Email", "Company", on_bad="blank", rejects=tmp_path / "rejects.csv"))

    assert values(batches, "Company") == ["Zoë", None, "Acme"]
    assert counts(found) == {("Company", "not UTF-8"): 1}
    assert "CSV UTF-8" in found.bad.problems[0].hint
    assert rejects(tmp_path / "rejects.csv")[1][-1] == "M\\xfcller"


def test_control_characters_are_told_in_columns_that_are_read(tmp_path):
    path = file(tmp_path, b"Email,Country,Notes\na\x00b,NO,x\nb,NO,\x00\n")

    batches, found = read(path, wanted("Email", "Country", on_bad="blank"))

    assert values(batches, "Email") == [None, "b"]
    assert counts(found) == {("Email", "a control character"): 1}


def test_lines_that_are_no_json_are_counted(tmp_path):
    lines = [
        b'{"Email": "a"}',
        b"{",
        b'["a"]',
        b'{"Email": "b", "Email": "c"}',
        b'{"Email": "\xff"}',
        b'{"Email": "\\ud800"}',
        b'{"Email": "d"}',
        b"[" * 100_000,
        b'{"Email": {"a": 1}}',
    ]
    path = file(tmp_path, b"\n".join(lines), "a.ndjson")

    batches, found = read(path, wanted("Email", on_bad="blank"))

    assert values(batches, "Email")[:2] == ["a", "d"]
    assert counts(found) == {
        ("", "not JSON"): 2,
        ("", "no record, {FIELD: value, …}"): 1,
        ("", "the same name twice"): 1,
        ("", "not UTF-8"): 1,
        ("", "half of a character"): 1,
        ("Email", "a text is needed"): 1,
    }
    assert [int(n) for batch in batches for n in batch.positions] == [1, 7, 9]


def test_names_that_only_later_records_have_are_read_too(tmp_path, monkeypatch):
    monkeypatch.setattr(json_files, "BLOCK", 64)
    lines = ['{"Email": "a"}'] * 20 + ['{"Email": "b", "Country": "NO", "account": {"Name": "Acme"}}'] * 2
    path = file(tmp_path, "\n".join(lines), "a.ndjson")

    batches, _ = read(path, wanted("Email", "account.Name", also=(("Country",),)))

    records = [batch.record(row) for batch in batches for row in range(len(batch))]
    assert [record.fields.get("Country") for record in records] == [None] * 20 + ["NO"] * 2
    assert [list(record.related) for record in records[-3:]] == [[], ["account"], ["account"]]


def test_values_of_parquet_that_do_not_fit_are_told_by_row(tmp_path):
    table = pa.table(
        {"Email": ["a", "b"], "Birthday__c": [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)] * 2, "Score__c": ["1", "x"]}
    )
    pq.write_table(table, tmp_path / "a.parquet")

    batches, found = read(tmp_path / "a.parquet", wanted("Email", "Birthday__c", "Score__c", on_bad="blank"))

    assert values(batches, "Birthday__c") == [None, None]
    assert values(batches, "Score__c") == [1.0, None]
    assert counts(found)["Birthday__c", "a day is needed, not a moment, such as 2026-11-23"] == 2
    assert [place.line for place in found.bad.problems[0].places] == [1, 2]


@pytest.mark.parametrize(
    "text", ["Email,Country\n" + "x" * 5000, 'Email,Country\n"a,b\n' + "a,b\n" * 800, '"x' * 200_000]
)
def test_a_record_without_an_end_is_told_before_it_fills_the_memory(tmp_path, monkeypatch, text):
    monkeypatch.setattr(csv_files, "BLOCK", 500)
    monkeypatch.setattr(csv_files, "FOOTER", 50)
    monkeypatch.setattr(csv_files, "LONGEST", 2000)

    with pytest.raises(FlowctlError, match=r"the record that begins on line \d has more than 0 MB"):
        read(file(tmp_path, text), wanted("Email", on_bad="blank"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.csv", "a.ndjson"])
def test_a_line_of_a_gigabyte_is_told(tmp_path, name):
    import resource

    path = file(tmp_path, "Email,Country\na@b.c,NO\n" if name == "a.csv" else '{"Email": "a@b.c"}\n', name)
    with path.open("r+b") as out:
        out.truncate(1 << 30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(FlowctlError, match="has more than 64 MB"):
        read(path, wanted("Email", on_bad="blank"))

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 600 << 10


def test_a_report_of_salesforce_is_read_as_it_is_exported(tmp_path):
    text = """"Email","Lead Score","Opted In","Birthday","Created Date"
"a@b.c","1,234.50","1","11/23/2026","11/22/2026 9:05 AM"
"b@b.c","12","0","3/4/2026","11/22/2026, 12:05 AM"
"c@b.c","1,234","","23/11/2026","11/22/2026"


"GitLab"
"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."
"Confidential Information - Do Not Distribute"
"Generated By:  Mia Chen  11/23/2026 9:00 AM"
"""
    wants = wanted("Email", "Score__c", "Opted_In__c", "Birthday__c", on_bad="blank", zone=dt.UTC)

    batches, found = read(file(tmp_path, text), wants)

    assert values(batches, "Email") == ["a@b.c", "b@b.c", "c@b.c"]
    assert values(batches, "Score__c") == [1234.5, 12.0, None]
    assert values(batches, "Opted_In__c") == [True, False, False]
    assert found.footer == 4
    assert [reason for _, reason in counts(found)][:1] != []
    assert values(batches, "Birthday__c") == [None, None, None]  # 11/23 and 23/11: it cannot be told
    text = text.replace("23/11/2026", "5/6/2026").replace('"11/22/2026"', '""')
    batches, found = read(file(tmp_path, text), wants)
    assert values(batches, "Birthday__c") == [dt.date(2026, 11, 23), dt.date(2026, 3, 4), dt.date(2026, 5, 6)]
    assert values(batches, "CreatedDate")[:2] == [
        dt.datetime(2026, 11, 22, 9, 5, tzinfo=dt.UTC),
        dt.datetime(2026, 11, 22, 0, 5, tzinfo=dt.UTC),
    ]
    assert counts(found) == {
        ("Lead Score", "it cannot be told whether thousands or decimals are meant: 1234.5 is needed"): 1
    }


def test_a_german_report_has_its_day_first(tmp_path):
    header = '"Email";"Lead Score";"Birthday";"Created Date"\n'
    text = header + '"a";"1.234,5";"23.11.2026";"22.11.2026 09:05"\n"b";"0,5";"1.2.2026";""\n'

    batches, found = read(file(tmp_path, text), wanted("Score__c", "Birthday__c"))

    assert values(batches, "Score__c") == [1234.5, 0.5]
    assert values(batches, "Birthday__c") == [dt.date(2026, 11, 23), dt.date(2026, 2, 1)]
    assert batches[0].moment(0) == dt.datetime(2026, 11, 22, 8, 5, tzinfo=dt.UTC)
    assert found.bad.count == 0


def test_files_of_api_names_are_not_respelt(tmp_path):
    path = file(tmp_path, "Email,Birthday__c\na,23.11.2026\n")

    with pytest.raises(FlowctlError, match="has a value that cannot be read"):
        read(path, wanted("Birthday__c"))


def test_the_last_lines_of_a_report_are_found_when_they_come_in_another_block(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_files, "BLOCK", 400)
    monkeypatch.setattr(csv_files, "FOOTER", 200)
    for n in range(20, 60):
        text = "Email,Lead Score\n" + "a@b.c,1\n" * n + '\n"Acme"\n"Confidential Information - Do Not Distribute"\n'
        batches, found = read(file(tmp_path, text), wanted("Email"))
        assert (sum(map(len, batches)), found.footer) == (n, 2)


@pytest.mark.parametrize("name", ["leads.xlsx", "leads.csv"])
def test_a_workbook_is_told_as_such(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"PK\x03\x04" + bytes(1000))

    with pytest.raises(FlowctlError, match="is a workbook") as told:
        read(path, wanted("Score__c"))

    assert "CSV UTF-8" in (told.value.hint or "")


def test_a_disk_too_full_for_the_rejects_is_told(tmp_path):
    path = file(tmp_path, "Score__c\n" + "x\n" * 10)
    aside(tmp_path / "rejects.csv").symlink_to("/dev/full")

    with pytest.raises(FlowctlError, match="no space left"):
        read(path, wanted("Score__c", on_bad="blank", rejects=tmp_path / "rejects.csv"))

    assert [one.name for one in tmp_path.iterdir()] == ["leads.csv"]


def test_rejects_go_through_a_link_and_into_a_pipe_without_taking_their_place(tmp_path):
    path = file(tmp_path, "Score__c\nx\n")
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("real.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    reader = os.open(tmp_path / "pipe.csv", os.O_RDONLY | os.O_NONBLOCK)

    for name in ("link.csv", "pipe.csv"):
        read(path, wanted("Score__c", on_bad="blank", rejects=tmp_path / name))

    assert (tmp_path / "link.csv").is_symlink()
    assert rejects(tmp_path / "real.csv")[1][-1] == "x"
    assert (tmp_path / "pipe.csv").is_fifo()
    assert b"Score__c" in os.read(reader, 1000)
    os.close(reader)


def test_a_value_of_the_rejects_is_no_formula_for_a_spreadsheet(tmp_path):
    path = file(tmp_path, "Score__c\n=1+1\n")

    read(path, wanted("Score__c", on_bad="blank", rejects=tmp_path / "rejects.csv"))

    assert rejects(tmp_path / "rejects.csv")[1][-1] == "'=1+1"


@pytest.mark.parametrize("value", ["foo\n=cmd|calc!A1", "foo\r=cmd", "\n=cmd", "foo\r\n=1+1"])
def test_a_value_with_a_line_break_stays_in_its_cell_of_the_rejects(tmp_path, value):
    path = file(tmp_path, f'Email,Score__c\na@b.c,"{value}"\nb@b.c,x\n')

    read(path, wanted("Score__c", on_bad="blank", rejects=tmp_path / "rejects.csv"))

    assert [row[-1] for row in rejects(tmp_path / "rejects.csv")] == ["value", value, "x"]
    lines = (tmp_path / "rejects.csv").read_text("utf-8-sig").splitlines()
    assert [line for line in lines if line.startswith("=") and not line.endswith('"')] == []


def test_a_value_with_a_line_break_that_is_not_utf8_stays_in_its_cell_of_the_rejects(tmp_path):
    path = file(tmp_path, b'Email,Score__c\na@b.c,"\n\xc3"\nb@b.c,"x\n\xc3"\n')

    read(path, wanted("Score__c", on_bad="blank", rejects=tmp_path / "rejects.csv"))

    assert [row[-1] for row in rejects(tmp_path / "rejects.csv")] == ["value", "\n\\xc3", "x\n\\xc3"]


def test_rejects_are_for_the_user_alone_unless_a_file_is_there_for_others_too(tmp_path):
    path = file(tmp_path, "Score__c\nx\n")
    file(tmp_path, "old", "shared.csv").chmod(0o664)

    for name in ("new.csv", "shared.csv"):
        read(path, wanted("Score__c", on_bad="blank", rejects=tmp_path / name))

    assert stat.S_IMODE((tmp_path / "new.csv").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "shared.csv").stat().st_mode) == 0o664


def test_single_cells_at_the_end_of_a_file_that_is_no_report_are_records(tmp_path):
    path = file(tmp_path, "Company,Email\nAcme,a@b.c\n\nBeta\n")

    batches, found = read(path, wanted("Company", on_bad="blank"))

    assert values(batches, "Company") == ["Acme", "Beta"]
    assert (found.footer, counts(found)) == (0, {("", "fewer cells than the header"): 1})
    with pytest.raises(FlowctlError, match="has a value that cannot be read"):
        read(path, wanted("Company"))


@pytest.mark.parametrize("header", ["Company", '"Lead Score"'])
def test_a_file_of_one_column_loses_no_records(tmp_path, header):
    text = f"{header}\n1\n\nConfidential Information Systems Inc\nCopyright (c)\n2\n"

    batches, found = read(file(tmp_path, text), wanted("Company", missing_as_blank=True, on_bad="blank"))

    assert (sum(map(len, batches)), found.footer) == (4, 0)


@pytest.mark.parametrize("others", ["", ",Email"])
def test_a_notice_at_the_end_is_no_record_whatever_the_columns_are_called(tmp_path, others):
    notice = 'Leads\n"Copyright (c) 2000-2026 salesforce.com, inc."\nConfidential Information - Do Not Distribute\n'
    path = file(tmp_path, f"Company{others}\nAcme\n\nBeta\n\n{notice}")

    batches, found = read(path, wanted("Company", on_bad="blank"))

    assert values(batches, "Company") == ["Acme", "Beta"]
    assert found.footer == 3
