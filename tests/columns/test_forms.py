"""The same records come out of every form of file."""

import datetime as dt
import gzip
import io
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import ipc

from flowctl.columns import csv_files, json_files, parquet_files
from flowctl.diag import FlowctlError
from flowctl.tables import read_rows
from tests.columns.leads import file, read, values, wanted

CSV = """\
Id,Email,Country,Score__c,CreatedDate,account.Name
1,ana@acme.example,NO,12,2026-11-20T09:00:00Z,"Acme, Inc"
2,bo@bolt.example,,0.5,2026-11-21T09:00:00Z,
3,cy@core.example,DE,,2026-11-22T09:00:00Z,Core
"""
WANTED = wanted("Email", "Country", "Score__c", "account.Name", also=(("Id",),))
ROWS = [
    {"Id": "1", "Email": "ana@acme.example", "Country": "NO", "Score__c": 12.0, "account": {"Name": "Acme, Inc"}},
    {"Id": "2", "Email": "bo@bolt.example", "Country": None, "Score__c": 0.5, "account": None},
    {"Id": "3", "Email": "cy@core.example", "Country": "DE", "Score__c": None, "account": {"Name": "Core"}},
]
MOMENTS = [dt.datetime(2026, 11, day, 9, tzinfo=dt.UTC) for day in (20, 21, 22)]


def table():
    rows = [row | {"CreatedDate": moment} for row, moment in zip(ROWS, MOMENTS, strict=True)]
    return pa.Table.from_pylist(rows)


def seen(batches):
    return [(b.record(i), b.moment(i), int(b.positions[i])) for b in batches for i in range(len(b))]


def parquet(path, **options):
    pq.write_table(table(), path, **options)


def feather(path):
    with ipc.new_file(str(path), table().schema) as out:
        out.write_table(table(), max_chunksize=2)


def stream(path):
    with ipc.new_stream(str(path), table().schema) as out:
        out.write_table(table(), max_chunksize=2)


def packed(path):
    path.write_bytes(gzip.compress(CSV.encode()))


FORMS = {
    "leads.csv": lambda path: path.write_text(CSV),
    "leads.txt": lambda path: path.write_text(CSV.replace(",", "\t").replace('"Acme\t Inc"', "Acme, Inc")),
    "leads": lambda path: path.write_text(CSV),
    "crlf.csv": lambda path: path.write_bytes(CSV.replace("\n", "\r\n").encode()),
    "mark.csv": lambda path: path.write_text(CSV, encoding="utf-8-sig"),
    "wide.csv": lambda path: path.write_text(CSV, encoding="utf-16"),
    "leads.csv.gz": packed,
    "gz_by_its_bytes.csv": packed,
    "two.csv.gz": lambda path: path.write_bytes(gzip.compress(CSV[:70].encode()) + gzip.compress(CSV[70:].encode())),
    "leads.csv.zst": lambda path: path.write_bytes(pa.compress(CSV.encode(), "zstd", asbytes=True)),
    "leads.parquet": parquet,
    "groups.parquet": lambda path: parquet(path, row_group_size=1, version="1.0"),
    "leads.arrow": feather,
    "leads.arrows": stream,
    "stream": stream,
    "leads.ndjson": lambda path: path.write_text("".join(f"{json.dumps(row)}\n" for row in jsons())),
    "leads.jsonl.gz": lambda path: path.write_bytes(gzip.compress("\n\n".join(map(json.dumps, jsons())).encode())),
    "lines.json": lambda path: path.write_text("\n".join(map(json.dumps, jsons()))),
    "leads.json": lambda path: path.write_text(json.dumps(jsons(), indent=1)),
}


def jsons():
    rows = [row | {"CreatedDate": str(moment)} for row, moment in zip(ROWS, MOMENTS, strict=True)]
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    return seen(read(file(tmp_path_factory.mktemp("csv"), CSV), WANTED)[0])


@pytest.mark.parametrize("name", FORMS)
def test_the_same_records_come_out_of_every_form(tmp_path, expected, name):
    FORMS[name](tmp_path / name)

    batches, found = read(tmp_path / name, WANTED)

    assert [(r.fields | {"CreatedDate": None}, r.related.keys(), now, n) for r, now, n in seen(batches)] == [
        (r.fields | {"CreatedDate": None}, r.related.keys(), now, n) for r, now, n in expected
    ]
    assert values(batches, "account.Name") == ["Acme, Inc", None, "Core"]
    assert found.bad.count == 0


@pytest.mark.parametrize(
    "name", ["leads.csv", "leads.csv.gz", "leads.parquet", "leads.arrow", "stream", "leads.ndjson"]
)
def test_what_is_piped_in_is_told_by_its_bytes(tmp_path, expected, name):
    FORMS[name](tmp_path / name)

    batches, _ = read("-", WANTED, stdin=io.BytesIO((tmp_path / name).read_bytes()))

    assert [now for _, now, _ in seen(batches)] == MOMENTS


def test_a_folder_is_its_files_by_name_whatever_their_forms_and_a_pattern_those_it_fits(tmp_path):
    for name in ("leads.parquet", "leads.csv", "leads.ndjson"):
        FORMS[name](tmp_path / name)
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / "notes.md").write_text("no records")

    batches, found = read(tmp_path, WANTED)

    assert values(batches, "Id") == ["1", "2", "3"] * 3
    assert [int(n) for batch in batches for n in batch.positions] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert found.rows is None
    assert found.size == sum((tmp_path / f"leads.{form}").stat().st_size for form in ("csv", "parquet", "ndjson"))
    assert values(read(f"{tmp_path}/*.[cp]*", WANTED)[0], "Id") == ["1", "2", "3"] * 2
    assert values(read("leads.csv", WANTED, folder=tmp_path)[0], "Id") == ["1", "2", "3"]
    assert values(read((tmp_path / "leads.csv").as_uri(), WANTED)[0], "Id") == ["1", "2", "3"]


def test_how_many_records_there_are_is_known_beforehand_where_a_file_says(tmp_path):
    parquet(tmp_path / "a.parquet")
    feather(tmp_path / "b.arrow")

    assert read([tmp_path / "a.parquet", tmp_path / "b.arrow"], WANTED)[1].rows == 6


def test_duckdb_reads_tables_and_queries(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    FORMS["leads.csv"](tmp_path / "leads.csv")
    with duckdb.connect(str(tmp_path / "crm.db")) as con:
        con.execute(f"CREATE TABLE leads AS SELECT * FROM '{tmp_path}/leads.csv'")
        con.execute("CREATE TABLE others AS SELECT 1 AS a")

    for name in ("duckdb:crm.db#leads", "duckdb:SELECT * FROM 'leads.csv'", "duckdb:read_csv('leads.csv')"):
        batches, found = read(name, WANTED, folder=tmp_path)
        assert values(batches, "Email") == [row["Email"] for row in ROWS]
        assert [now for _, now, _ in seen(batches)] == MOMENTS
        assert found.bad.count == 0
    for name, told in {
        "duckdb:crm.db": "`duckdb:crm.db` does not say which table",
        "duckdb:crm.db#lead": "there is no table `lead`",
        "duckdb:nothing.db": "there is no database `nothing.db`",
        "duckdb:SELECT x FROM 'leads.csv'": "DuckDB does not understand",
    }.items():
        with pytest.raises(FlowctlError, match=told):
            read(name, WANTED, folder=tmp_path)


def test_without_duckdb_it_is_said_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)

    with pytest.raises(FlowctlError) as error:
        read("duckdb:SELECT 1", WANTED, folder=tmp_path)

    assert error.value.hint == "pip install 'flowctl-routing[duckdb]'"


def test_pieces_may_be_read_by_any_thread_in_any_order(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_files, "BLOCK", 1000)
    monkeypatch.setattr(csv_files, "FOOTER", 100)
    monkeypatch.setattr(json_files, "BLOCK", 1000)
    monkeypatch.setattr(parquet_files, "MOST", 30)
    rows = [{"Id": str(n), "Email": f'"{n}"\n@x', "Country": "NO" if n % 7 else ""} for n in range(300)]
    text = "Id,Email,Country,Score__c\n" + "".join(
        f'{r["Id"]},"{r["Email"].replace(chr(34), chr(34) * 2)}",{r["Country"]},{n}\n\n' for n, r in enumerate(rows)
    )
    pq.write_table(pa.Table.from_pylist([r | {"Score__c": n} for n, r in enumerate(rows)]), tmp_path / "a.parquet")
    file(tmp_path, text, "a.csv")
    file(tmp_path, "\n".join(json.dumps(r | {"Score__c": n}) for n, r in enumerate(rows)), "a.ndjson")
    for name in ("a.csv", "a.parquet", "a.ndjson"):
        from flowctl.columns import open_records

        with open_records([str(tmp_path / name)], WANTED) as found, ThreadPoolExecutor(2) as pool:
            chunks = list(found.chunks())
            assert len(chunks) > 3
            batches = [*pool.map(lambda chunk: chunk(), reversed(chunks))][::-1]
        assert values(batches, "Score__c") == [float(n) for n in range(300)]
        assert values(batches, "Email") == [r["Email"] for r in rows]
        assert [int(n) for batch in batches for n in batch.positions] == list(range(1, 301))


def test_texts_that_are_dictionaries_in_the_file_stay_dictionaries(tmp_path):
    n = 40_000
    rows = {"Id": [f"00Q{i:012}" for i in range(n)], "Country": ["NO", "DE"] * (n // 2), "Email": ["a@b.c"] * n,
            "Score__c": [1.0] * n}  # fmt: skip
    for version in ("1.0", "2.6"):
        pq.write_table(pa.table(rows), tmp_path / "a.parquet", version=version)
        batches, _ = read(tmp_path / "a.parquet", WANTED)
        assert pa.types.is_dictionary(batches[0].columns["Country",].values.type)
        assert batches[0].columns["Country",].values.indices.type == pa.int32()
        assert pa.types.is_string(batches[0].columns["Id",].values.type)


def test_an_empty_file_and_one_of_names_only_hold_no_records(tmp_path):
    assert read(file(tmp_path, ""), WANTED)[0] == []
    assert read(file(tmp_path, "\n\n"), WANTED)[0] == []
    assert read(file(tmp_path, "Email,Country,Score__c\n"), WANTED)[0] == []
    assert read(file(tmp_path, "Email,Country,Score__c"), WANTED)[0] == []
    assert read(file(tmp_path, "", "a.ndjson"), WANTED)[0] == []
    pq.write_table(table().slice(0, 0), tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet", WANTED)[0] == []


@pytest.mark.parametrize("name", ["leads.parquet", "leads.arrow", "leads.csv.gz", "leads.csv.zst", "leads.jsonl.gz"])
def test_a_file_that_is_cut_off_is_told(tmp_path, name):
    FORMS[name](tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) * 2 // 3])

    with pytest.raises(FlowctlError, match="is damaged or cut off"):
        read(tmp_path / name, WANTED)


def test_what_is_not_there_is_told(tmp_path):
    for name, told in {
        "nothing.csv": "there is no file `nothing.csv`",
        "*.csv": r"no file is called like `\*.csv`",
        "empty": "there are no files with records in `empty`",
    }.items():
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(FlowctlError, match=told):
            read(name, WANTED, folder=tmp_path)


def test_files_of_which_no_column_is_read_have_their_records(tmp_path):
    for name in ("leads.csv", "leads.parquet", "leads.arrow", "stream", "leads.ndjson", "groups.parquet"):
        FORMS[name](tmp_path / name)
        batches, _ = read(tmp_path / name, wanted("Partner__c", missing_as_blank=True, object="Account"))
        assert sum(map(len, batches)) == 3, name


def test_how_far_reading_has_come_is_told_in_the_units_of_the_size(tmp_path):
    for name in ("leads.csv", "groups.parquet", "leads.ndjson", "crlf.csv"):
        FORMS[name](tmp_path / name)
        _, found = read(tmp_path / name, WANTED)
        assert found.records == 3
        assert abs(found.read - found.size) < 100, name
    packed(tmp_path / "a.csv.gz")
    assert read(tmp_path / "a.csv.gz", WANTED)[1].size is None


def test_what_is_packed_is_read_to_its_end_in_many_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_files, "BLOCK", 4000)
    monkeypatch.setattr(csv_files, "FOOTER", 100)
    text = "Email,Country,Score__c\n" + "".join(f"{n}@b.c,NO,{n}\n" for n in range(20_000))
    half = len(text) // 2
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text[:half].encode()) + gzip.compress(text[half:].encode()))
    (tmp_path / "a.csv.zst").write_bytes(pa.compress(text.encode(), "zstd", asbytes=True))
    (tmp_path / "a.csv").write_text(text, encoding="utf-16")
    for name in ("a.csv.gz", "a.csv.zst", "a.csv"):
        assert values(read(tmp_path / name, WANTED)[0], "Score__c") == [float(n) for n in range(20_000)]


@pytest.mark.parametrize("named", ["a.csv", "a.parquet", "a.arrow", "a.arrows", "a.json", "a.csv.gz", "a.txt", "a"])
@pytest.mark.parametrize(
    "form", ["leads.csv", "leads.parquet", "leads.arrow", "stream", "leads.csv.gz", "leads.csv.zst", "leads.json"]
)
def test_a_file_is_read_as_what_it_is_whatever_it_is_called(tmp_path, form, named):
    FORMS[form](tmp_path / "made")
    (tmp_path / "made").rename(tmp_path / named)

    batches, found = read(tmp_path / named, WANTED)

    assert values(batches, "account.Name") == ["Acme, Inc", None, "Core"]
    assert [now for _, now, _ in seen(batches)] == MOMENTS
    assert found.bad.count == 0


@pytest.mark.parametrize(
    ("start", "said", "hint"),
    [
        (b"PK\x03\x04", "is a workbook", "CSV UTF-8"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is a workbook of an old Excel", "CSV UTF-8"),
        (bytes(8) + b"DUCK", "is a database of DuckDB", "flowctl simulate duckdb:"),
    ],
)
@pytest.mark.parametrize("named", ["leads.csv", "leads.parquet", "leads.json"])
def test_what_is_not_read_is_told_as_what_it_is(tmp_path, named, start, said, hint):
    (tmp_path / named).write_bytes(start + bytes(1000))

    with pytest.raises(FlowctlError, match=said) as told:
        read(tmp_path / named, WANTED)

    assert hint in (told.value.hint or "")


def test_parquet_within_gzip_is_told_with_the_command_that_unpacks_it(tmp_path):
    FORMS["leads.parquet"](tmp_path / "leads.parquet")
    (tmp_path / "leads.parquet.gz").write_bytes(gzip.compress((tmp_path / "leads.parquet").read_bytes()))

    with pytest.raises(FlowctlError, match="is packed by gzip") as told:
        read("leads.parquet.gz", WANTED, folder=tmp_path)

    assert told.value.hint == "unpack it: `gunzip -c leads.parquet.gz > leads-unpacked.parquet`"


@pytest.mark.parametrize("named", ["lgz.parquet", "leads of may.csv", "it's.gz"])
@pytest.mark.parametrize("packing", ["gzip", pytest.param("zstd", marks=pytest.mark.system)])
def test_the_command_that_unpacks_a_file_does_so_whatever_the_file_is_called(tmp_path, monkeypatch, packing, named):
    FORMS["leads.parquet"](tmp_path / "plain")
    inner = (tmp_path / "plain").read_bytes()
    (tmp_path / named).write_bytes(pa.compress(inner, packing, asbytes=True))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FlowctlError) as told:
        read(named, WANTED)
    command = told.value.hint.removeprefix("unpack it: `").removesuffix("`")

    subprocess.run(command, shell=True, check=True, cwd=tmp_path)

    [new] = {one.name for one in tmp_path.iterdir()} - {"plain", named}
    assert (tmp_path / new).read_bytes() == inner
    assert len(read(new, WANTED)[0][0]) == 3


def test_a_csv_whose_header_has_the_mark_of_a_database_in_its_place_is_a_csv(tmp_path):
    (tmp_path / "a.csv").write_text("Company,DUCKS__c,Email\nAcme,1,a@b.c\n")

    assert values(read(tmp_path / "a.csv", wanted("Email"))[0], "Email") == ["a@b.c"]


def test_a_database_is_told_with_what_reads_a_table_of_it(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(str(tmp_path / "leads.csv")) as con:
        con.execute("CREATE TABLE leads AS SELECT 'a@b.c' AS Email")
        con.execute("CREATE TABLE others AS SELECT 1 AS a")

    with pytest.raises(FlowctlError) as told:
        read("leads.csv", wanted("Email"), folder=tmp_path)

    assert told.value.hint == "`flowctl simulate duckdb:leads.csv#TABLE` reads a table of it"
    assert values(read("duckdb:leads.csv#leads", wanted("Email"), folder=tmp_path)[0], "Email") == ["a@b.c"]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('Email,"Country\n' + "a@b.c,1\n" * 40, 1, "the quotes in the names"),
        ('Email,"Country\n' + "a@b.c,1\n" * 40_000, 1, "the quotes in the names"),
        ('\n\nEmail,"Country\r' + "a@b.c,1\r" * 40_000, 3, "the quotes in the names"),
        ('Email,"Country"x\na@b.c,1\n', 1, "the quotes in the names"),
        (f"Email,{'C' * 140_000}\na@b.c,1\n", 1, "a name of a column has more than 131,072 characters"),
    ],
)
def test_names_of_columns_that_cannot_be_read_are_refused_as_they_are_of_few_leads(tmp_path, text, line, said):
    path = file(tmp_path, text)

    with pytest.raises(FlowctlError) as told:
        read(path, wanted("Email", missing_as_blank=True, on_bad="blank"))
    with pytest.raises(FlowctlError) as few:
        read_rows(str(path), text.lstrip("\n").encode())

    assert told.value.message == few.value.message == f"`{path}` cannot be read"
    [found] = told.value.found
    assert (found.span.line, found.span.column) == (line, 1)
    assert found.message.startswith(f"this is not CSV: {said}")


def test_names_of_columns_with_line_ends_in_quotes_are_read_though_they_come_in_pieces(tmp_path):
    text = 'Email,"' + "Notes\n" * 15_000 + '"\na@b.c,x\n'

    assert values(read(file(tmp_path, text), wanted("Email"))[0], "Email") == ["a@b.c"]


def test_cells_are_parted_as_the_first_line_says_also_where_lines_end_at_cr(tmp_path):
    text = "Email,Company\ra@b.c,A;B;C;D\rb@b.c,x;y\r"
    path = file(tmp_path, text)

    assert values(read(path, wanted("Email", "Company"))[0], "Company") == ["A;B;C;D", "x;y"]
    assert [row.values["Company"] for row in read_rows("leads.csv", text.encode())] == ["A;B;C;D", "x;y"]
    assert [row.values for row in read_rows("leads", b"CreatedDate\r2026-11-22T09:00:00Z\r")] == [
        {"CreatedDate": "2026-11-22T09:00:00Z"}
    ]
