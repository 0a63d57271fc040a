"""`simulate` of many leads, of files of all forms, on a small workspace."""

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Place
from tests.ops.small import FILES, flow

pytestmark = pytest.mark.slow  # real git, and compiled code

NODES = """\
start:
  type: decision
  branches:
    - {when: Score >= 50, label: hot, then: to_hot}
  otherwise: to_raw
to_hot: {type: assign, to: queue/hot, then: done}
to_raw: {type: assign, to: queue/raw, then: done}
"""
OBJECT = (
    FILES["flows/objects/Lead.yaml"] + "  CreatedDate: {label: Created, type: datetime}\n  Id: {label: Id, type: id}\n"
)
CONFIG = "environments:\n  production: {adapter: local, path: .flowctl/environments/production}\n"
LEADS = "Id,Company,Score\n1,Acme,5\n2,Bolt,30\n3,Corp,60\n4,Dash,\n"


@pytest.fixture(scope="session")
def made_many(tmp_path_factory):
    root = tmp_path_factory.mktemp("many")
    files = {**FILES, "flows/objects/Lead.yaml": OBJECT, "flows/lead.yaml": flow(NODES), "flowctl.yaml": CONFIG}
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=x", "-c", "user.email=x@x.example", "commit", "-qm", "a"],
    ):
        subprocess.run(["git", *words], cwd=root, check=True)
    return root


@pytest.fixture
def many(made_many, tmp_path, monkeypatch, capsys):
    """A version that is kept, and one in which leads with a score from 20 on are hot."""
    import shutil

    root = tmp_path / "many"
    shutil.copytree(made_many, root, symlinks=True)
    monkeypatch.chdir(root)
    place = Place(root, capsys)
    place.edit("flows/lead.yaml", "Score >= 50", "Score >= 20")
    (root / "leads.csv").write_text(LEADS)
    return place


def rows(path):
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def long(leads=3_000):
    lines = (f"{n},Firm {n},{n % 100}" for n in range(leads))
    return "\n".join(["Id,Company,Score", *lines]) + "\n"


def test_the_leads_that_move_are_listed_in_a_file(many):
    told = many("simulate", "leads.csv", "--against", "HEAD", "-o", "moved.csv")

    [row] = rows(many.root / "moved.csv")
    assert told.code == 0
    assert told.out.splitlines()[0] == "1 of 4 leads would go to someone else (25.0%), nobody is newly left unrouted"
    assert "wrote moved.csv: the leads that move" in told.err
    assert (row["row"], row["id"], row["name"]) == ("2", "2", "Bolt")
    assert (row["from"], row["to"]) == ("queue/raw", "queue/hot")
    assert (row["part_at_node"], row["way_before"], row["way_after"]) == ("start", "otherwise", "hot")


def test_all_leads_are_listed_with_all(many):
    import pyarrow.parquet as pq

    many("simulate", "leads.csv", "--against", "HEAD", "--all", "-o", "all.parquet")

    table = pq.read_table(many.root / "all.parquet").to_pydict()
    assert table["row"] == [1, 2, 3, 4]
    assert table["moved"] == [False, True, False, False]
    assert table["owner_after"] == ["queue/raw", "queue/hot", "queue/hot", "queue/raw"]
    assert table["part_at_node"] == [None, "start", None, None]


def test_one_version_lists_where_all_go(many):
    many("simulate", "leads.csv", "-o", "all.csv")

    assert [row["goes_to"] for row in rows(many.root / "all.csv")] == [
        "queue/raw",
        "queue/hot",
        "queue/hot",
        "queue/raw",
    ]


def test_few_and_many_leads_are_counted_alike(many):
    (many.root / "long.csv").write_text(long())
    (many.root / "some.csv").write_text(long(1_500))

    [counted] = many("simulate", "long.csv", "--against", "HEAD", "--json").data["simulations"]
    [told] = many("simulate", "some.csv", "--against", "HEAD", "--json").data["simulations"]

    assert counted["routed"] is None
    assert len(told["routed"]) == 1_500
    assert set(told) <= set(counted)
    for name in ("moved", "changed", "unrouted", "leads"):
        assert counted[name] == 2 * told[name]
    assert [load["after"] for load in counted["loads"]] == [2 * load["after"] for load in told["loads"]]
    assert len(counted["moves"][0]["examples"]) == 10


def test_labels_are_read_where_a_csv_has_them(many):
    (many.root / "report.csv").write_text('"Company","Score","Fax Number"\n"Acme","30","1"\n')

    told = many("simulate", "report.csv", "--against", "HEAD")

    assert told.out.startswith("1 of 1 lead would go to someone else")
    assert "1 column not needed: Fax Number" in told.out


def test_a_mapping_says_which_column_is_which(many):
    (many.root / "other.csv").write_text("Firm,Points\nAcme,30\n")
    (many.root / "columns.yaml").write_text("Points: Score\nFirm: Company\n")
    (many.root / "wrong.yaml").write_text("- Points\n")

    assert many("simulate", "other.csv", "--against", "HEAD", "--mapping", "columns.yaml", "--exit-code").code == 1
    assert "no mapping of columns to fields" in many("simulate", "other.csv", "--mapping", "wrong.yaml").err


def test_what_cannot_be_read_is_an_error_or_counted_and_its_value_is_never_told(many):
    (many.root / "bad.csv").write_text("Company,Score\nAcme,s3cret\nBolt,30\n")

    refused = many("simulate", "bad.csv", "--on-bad-value", "fail")
    [blank] = many("simulate", "bad.csv", "--on-bad-value", "blank", "--rejects", "r.csv", "--json").data["simulations"]
    rejected = many("simulate", "bad.csv", "--on-bad-value", "reject")

    assert refused.code == 3
    assert "bad.csv:2:1" in refused.err
    assert "s3cret" not in refused.err
    assert (blank["leads"], blank["bad_values"][0]["values"]) == (2, 1)
    assert blank["bad_values"][0]["places"] == [{"file": "bad.csv", "line": 2}]
    assert "s3cret" in (many.root / "r.csv").read_text()
    assert rejected.out.startswith("1 lead, all routed")
    assert "s3cret" not in rejected.out


def test_rejects_alone_leave_out_what_cannot_be_read_and_write_it(many):
    (many.root / "bad.csv").write_text("Company,Score\nAcme,s3cret\nBolt,30\n")
    (many.root / "bad.yaml").write_text("- {Company: Acme, Score: s3cret}\n- {Company: Bolt, Score: 30}\n")

    for name in ("bad.csv", "bad.yaml"):
        told = many("simulate", name, "--rejects", "r.csv")
        assert told.out.startswith("1 lead, all routed"), told.err
        assert "wrote r.csv: 1 value that cannot be read" in told.err
        assert "s3cret" not in told.out + told.err
        assert [row["value"] for row in rows(many.root / "r.csv")] == ["s3cret"]
        (many.root / "r.csv").unlink()


def test_rejects_and_an_error_at_the_first_of_them_are_not_asked_at_once(many):
    told = many("simulate", "leads.csv", "--rejects", "r.csv", "--on-bad-value", "fail")

    assert told.code == 64
    assert "`--rejects` and `--on-bad-value fail` at once" in told.err


def test_a_mapping_of_a_column_that_is_not_there_is_told_with_the_one_that_is(many):
    (many.root / "other.csv").write_text("Firm,Points\nAcme,30\n")
    (many.root / "columns.yaml").write_text("Point: Score\nFirm: Company\n")

    told = many("simulate", "other.csv", "--mapping", "columns.yaml", "--missing-as-blank")

    assert told.code == 3
    assert "has no column `Point`, which the mapping names" in told.err
    assert "did you mean `Points`?" in told.err


@pytest.mark.parametrize("named", ["leads.csv", "leads.yaml", "leads.json", "leads.txt"])
def test_a_file_is_read_as_what_it_is_whatever_it_is_called(many, named):
    import pyarrow.csv
    import pyarrow.parquet as pq

    (many.root / "leads.csv").rename(many.root / "made")
    pq.write_table(pyarrow.csv.read_csv(many.root / "made"), many.root / named)
    told = many("simulate", named, "--against", "HEAD")

    assert told.out.startswith("1 of 4 leads would go to someone else"), told.err


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_what_is_packed_is_read_though_its_name_does_not_say_so(many, packing):
    import pyarrow as pa

    (many.root / "leads.csv").write_bytes(pa.compress(LEADS.encode(), packing, asbytes=True))
    told = many("simulate", "leads.csv", "--against", "HEAD")

    assert told.out.startswith("1 of 4 leads would go to someone else"), told.err


@pytest.mark.parametrize("words", ["leads.csv", "other.csv --data Account=accounts.csv"])
def test_a_workbook_that_is_called_a_csv_is_told_as_such(many, words):
    for name in ("leads.csv", "accounts.csv"):
        (many.root / name).write_bytes(b"PK\x03\x04" + bytes(1000))
    (many.root / "other.csv").write_text(LEADS)

    told = many("simulate", *words.split())

    assert told.code == 3
    assert "is a workbook" in told.err
    assert "CSV UTF-8" in told.err


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        ("-o moved.xlsx", "nothing is written as `.xlsx`", "`-o moved.csv` opens in a spreadsheet; endings: .csv"),
        ("-o moved.csv.gz", "nothing is written as `.gz`", ".csv, .parquet, .txt, .md"),
        ("-o moved.CSV.gz", "nothing is written as `.gz`", "`-o moved.csv` opens in a spreadsheet"),
        ("--rejects rejects.xlsx", "`rejects.xlsx` is written as CSV", "`--rejects rejects.csv`"),
        ("--rejects rejects.csv.gz", "`rejects.csv.gz` is written as CSV", "`--rejects rejects.csv`"),
        ("-o answer.json", "`answer.json` is not asked for as `.json`", "`-f json -o answer.json`"),
        ("-o answer.html --traffic", "`answer.html` is not asked for as `.html`", "`-f html -o answer.html`"),
    ],
)
def test_an_ending_that_promises_another_form_is_refused(many, words, said, hint):
    told = many("simulate", "leads.csv", *words.split())

    assert told.code == 64
    assert said in told.err
    assert hint in " ".join(told.err.split())
    assert not (many.root / words.split()[1]).exists()


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        ("-o .csv", "`.csv` has no name before its ending", "as in `moved.csv`"),
        ("-o folder", "`folder` is a folder", "name a file in it"),
        ("--rejects nodir/r.csv", "cannot write `nodir/r.csv`: there is no such folder", "a folder that exists"),
        ("--rejects folder", "`folder` is a folder", "name a file in it, as in `folder/rejects.csv`"),
    ],
)
def test_where_nothing_can_be_written_is_told_before_leads_are_read(many, monkeypatch, words, said, hint):
    (many.root / "folder").mkdir()
    if "--rejects" in words:
        monkeypatch.setattr("flowctl.ops.impact.simulate.records_of", None)

    told = many("simulate", "leads.csv", *words.split())

    assert told.code == 3
    assert said in told.err
    assert hint in told.err


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="open files have no names here")
def test_rejects_go_to_an_open_file_after_what_is_there(many):
    (many.root / "bad.csv").write_text("Company,Score\nAcme,many\nBolt,30\n")

    with (many.root / "errors.txt").open("w") as log:
        told = many("simulate", "bad.csv", "--rejects", f"/dev/fd/{log.fileno()}")
        log.flush()

    assert told.code == 0, told.err
    assert [row["value"] for row in rows(many.root / "errors.txt")] == ["many"]


@pytest.mark.parametrize("name", ["answer.txt", "answer", "/dev/null"])
def test_a_text_goes_to_a_file_that_promises_nothing_else(many, name):
    assert many("simulate", "leads.csv", "-o", name).code == 0


def test_a_missing_column_is_an_error_that_names_the_nodes_or_blank(many):
    (many.root / "thin.csv").write_text("Company Name,Fax\nAcme,1\n")

    refused = many("simulate", "thin.csv")
    blank = many("simulate", "thin.csv", "--missing-as-blank")

    assert refused.code == 3
    assert "lead/start" in refused.err
    assert "not in the file, read as blank: Score" in " ".join(blank.out.split())


def test_where_something_is_wrong_the_file_of_moved_leads_stays_as_it_was(many):
    (many.root / "moved.csv").write_text("mine\n")
    (many.root / "bad.csv").write_text(long(2_500) + "x,y,s3cret\n")

    told = many("simulate", "bad.csv", "--against", "HEAD", "-o", "moved.csv")

    assert told.code == 3
    assert (many.root / "moved.csv").read_text() == "mine\n"
    assert sorted(path.name for path in many.root.glob(".moved*")) == []


@pytest.mark.parametrize("words", [["-o", "x.csv"], ["--traffic"]])
def test_a_column_that_is_no_field_is_passed_over_where_leads_are_read_by_the_column(many, words):
    (many.root / "few.csv").write_text("Id,Company,Score,Really,CreatedDate\n1,Acme,30,s3cret,\n")
    against = [] if "--traffic" in words else ["--against", "HEAD"]

    told = many("simulate", "few.csv", *against, *words)

    assert told.code == 0, told.err
    assert "s3cret" not in told.out + told.err


def test_a_column_that_is_no_field_is_passed_over_beside_the_one_that_is_asked_for(many):
    (many.root / "few.csv").write_text("Id,Company,Score,Really,Other\n1,Acme,30,queue/hot,x\n")

    told = many("simulate", "few.csv", "--actual", "Really", "--missing-as-blank", "--json")

    assert told.code == 0, told.err


@pytest.mark.parametrize("words", [["-o", "leads.csv"], ["--rejects", "leads.csv", "--on-bad-value", "blank"]])
@pytest.mark.parametrize("asked", [["--traffic"], ["--actual", "Company"], ["--routed-by", "HEAD"], []])
def test_nothing_that_is_asked_writes_over_the_leads(many, words, asked):
    told = many("simulate", "leads.csv", *words, *asked, "--missing-as-blank")

    assert told.code == 3
    assert (many.root / "leads.csv").read_text() == LEADS


def test_the_leads_themselves_are_not_written_over(many):
    told = many("simulate", "leads.csv", "-o", "leads.csv")

    assert told.code == 3
    assert "holds the leads themselves" in told.err
    assert (many.root / "leads.csv").read_text() == LEADS


@pytest.mark.parametrize("form", ["html", "svg", "png"])
def test_a_page_and_pictures_are_made_of_few_leads_too(many, form):
    told = many("simulate", "leads.csv", "--against", "HEAD", "-f", form, "-o", f"shown.{form}")

    assert (told.code, told.out) == (0, "")
    assert (many.root / f"shown.{form}").stat().st_size > 500


@pytest.mark.parametrize("words", ["--html", "-o moved.csv", "--mapping x.yaml", "--on-bad-value blank"])
def test_what_is_of_a_file_is_refused_of_fixtures(many, words):
    told = many("simulate", *words.split())

    assert told.code == 64
    assert "is of leads of a file" in told.err


def test_an_answer_goes_to_a_file_that_is_none_of_rows(many):
    told = many("simulate", "leads.csv", "--json", "-o", "answer.json")

    assert (told.code, told.out) == (0, "")
    assert '"leads": 4' in (many.root / "answer.json").read_text()


def test_forms_are_told_by_their_names_and_read_alike(many):
    import gzip

    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"Id": ["1", "2"], "Company": ["Acme", "Bolt"], "Score": [5.0, 30.0]})
    pq.write_table(table, many.root / "leads.parquet")
    (many.root / "leads.csv.gz").write_bytes(gzip.compress(b"Id,Company,Score\n1,Acme,5\n2,Bolt,30\n"))
    (many.root / "leads.ndjson").write_text('{"Company": "Acme", "Score": 5}\n{"Company": "Bolt", "Score": 30}\n')
    (many.root / "folder").mkdir()
    pq.write_table(table, many.root / "folder" / "a.parquet")

    said = {
        name: many("simulate", name, "--against", "HEAD").out.splitlines()[0]
        for name in ("leads.parquet", "leads.csv.gz", "leads.ndjson", "folder", "lead*.parquet")
    }
    assert set(said.values()) == {"1 of 2 leads would go to someone else (50.0%), nobody is newly left unrouted"}


def test_many_leads_are_piped_in(many):
    told = subprocess.run(
        [sys.executable, "-m", "flowctl", "simulate", "-", "--against", "HEAD"],
        input=long(120_000).encode(),
        capture_output=True,
        cwd=many.root,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )

    assert told.stdout.decode().startswith("36,000 of 120,000 leads would go to someone else (30.0%)")
    assert told.returncode == 0
    assert b"a second" not in told.stderr  # no bar where nobody looks


def test_few_leads_load_nothing_heavy(many):
    code = (
        "import sys; from flowctl.cli.frame import command_of; from flowctl.cli.main import app;"
        "command_of(app).main(['simulate', 'leads.csv'], standalone_mode=False);"
        "print(*(name for name in ('numpy', 'pyarrow', 'numba', 'duckdb') if name in sys.modules), file=sys.stderr)"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=many.root, env=env)

    assert told.stdout.startswith("4 leads, all routed")
    assert told.stderr.strip() == ""


def test_a_data_set_may_be_of_any_form(many):
    import pyarrow as pa
    import pyarrow.parquet as pq

    matched = """\
start: {type: match, object: Account, as: account, by: [email_domain], matched: own, unmatched: to_raw}
own: {type: assign, to: account.Rep, then: done, unavailable: to_raw}
to_raw: {type: assign, to: queue/raw, then: done}
"""
    (many.root / "flows/lead.yaml").write_text(flow(matched))
    (many.root / "mails.csv").write_text("Email\nx@acme.example\n")
    pq.write_table(
        pa.table({"Name": ["Acme"], "Website": ["acme.example"], "Rep": ["bea.kim"], "Fax": [1]}),
        many.root / "accounts.parquet",
    )

    told = many("simulate", "mails.csv", "--data", "Account=accounts.parquet", "--json")

    assert told.code == 0, told.err
    assert told.data["simulations"][0]["loads"][0]["goes_to"] == "user/bea.kim"


def test_a_fixture_that_cannot_be_read_is_in_the_way_of_no_file_of_leads(many):
    fixture = many.root / "flows/fixtures/lead/all.yaml"
    fixture.parent.mkdir(parents=True)
    fixture.write_text("- why: {\n")

    assert many("simulate").code == 3
    assert many("simulate", "leads.csv").code == 0
    assert many("simulate", "leads.csv", "-o", "moved.csv").code == 0


def test_a_job_takes_many_leads_as_it_takes_few(many):
    job = """\
start:
  type: decision
  branches:
    - {when: ISNEW() OR CHANGED(Score), label: new, then: to_hot}
  otherwise: to_raw
to_hot: {type: assign, to: queue/hot, then: done}
to_raw: {type: assign, to: queue/raw, then: done}
"""
    weekly = "schedule: {every: monday 06:00, where: Score >= 50}"
    (many.root / "flows/job.yaml").write_text(flow(job, "job", weekly))
    words = ("simulate", "--scheduled", "leads.csv", "--at", "2026-11-24")

    few, counted = many(*words), many(*words, "-o", "taken.csv")

    assert (
        few.out.splitlines()[:2]
        == counted.out.splitlines()[:2]
        == [
            "1 of 4 leads meets the condition, 3 left out",
            "job: the work tree, run of 2026-11-30T06:00Z",
        ]
    )
    assert "queue/raw      1" in few.out
    assert "queue/raw      1" in counted.out


@pytest.mark.parametrize(
    ("bad", "words", "said", "places"),
    [
        ("x,abc\ny,def\n", "--rejects r.csv", "none of the 2 leads in `bad.csv` can be read", [2, 3]),
        ("x,abc\n", "--rejects r.csv", "the only lead in `bad.csv` cannot be read", [2]),
        ("x,1,2\ny,1,2\n", "--on-bad-value blank", "none of the 2 leads in `bad.csv` can be read", [2, 3]),
    ],
)
def test_where_no_lead_can_be_read_that_is_told_with_its_places_and_the_rejects_stay(many, bad, words, said, places):
    (many.root / "bad.csv").write_text("Company,Score\n" + bad)

    told = many("simulate", "bad.csv", *words.split())

    assert told.code == 3
    assert said in told.err
    assert [n for n in range(1, 9) if f"bad.csv:{n}:1: " in told.err] == places
    assert "abc" not in told.out + told.err
    assert [path.name for path in many.root.glob("*r.csv")] == (["r.csv"] if "r.csv" in words else [])
    if "r.csv" in words:
        assert "`r.csv` has all that cannot be read" in " ".join(told.err.split())
        assert [row["line"] for row in rows(many.root / "r.csv")] == [str(n) for n in places]
    else:
        assert "`--rejects rejects.csv` writes all" in " ".join(told.err.split())


@pytest.mark.parametrize(
    ("bad", "said"), [("x,abc\n", "the only lead in `bad.csv` cannot be read"), ("", "`bad.csv` holds no leads")]
)
def test_traffic_of_no_leads_is_refused_and_none_is_kept(many, bad, said):
    (many.root / "bad.csv").write_text("Company,Score\n" + bad)

    told = many("simulate", "bad.csv", "--traffic", "--rejects", "r.csv")

    assert (told.code, said in told.err) == (3, True), told.err
    assert (many.root / "r.csv").exists() == bool(bad)
    assert many("show", "lead", "--traffic").code == 3


@pytest.mark.parametrize("words", ["", "--missing-as-blank"])
def test_a_file_of_excel_for_mac_is_read(many, words):
    (many.root / "mac.csv").write_bytes(b"Id,Company,Score\r1,A;B;C;D,5\r2,Bolt,30\r")

    told = many("simulate", "mac.csv", "--against", "HEAD", *words.split())

    assert told.out.startswith("1 of 2 leads "), told.err
