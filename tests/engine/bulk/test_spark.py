"""On Spark the same happens to every lead as on one machine: owner, roster, path and what differs, turn by turn."""

import csv
import datetime as dt
import hashlib
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks import leads, routing
from flowctl.columns import open_records, wanted_of
from flowctl.columns.arrival import in_arrival_order
from flowctl.diag import FlowctlError
from flowctl.engine import world_of
from flowctl.engine.bulk import engine_of, run
from flowctl.engine.bulk.cluster import session, source_of
from flowctl.engine.bulk.spark import Run
from flowctl.engine.bulk.together import Together

MILLION = 1_000_000
FEW = 600
NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The URL of a Spark Connect server: of pyspark, in a process of its own, gone when the tests are."""
    import pyspark

    home = Path(pyspark.__file__).parent
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": port,
        "spark.ui.enabled": "false",
        "spark.sql.warehouse.dir": tmp_path_factory.mktemp("tables"),
    }
    words = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    words += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "--driver-memory", "2g"]
    log = tmp_path_factory.mktemp("server") / "log"
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # numba keeps its
    kept |= {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    with log.open("wb") as file:
        command = [home / "bin/spark-submit", *words, "--master", "local[2]"]
        running = subprocess.Popen(command, stdout=file, stderr=file, env=kept, start_new_session=True)
    try:
        _wait_for(port, running, log)
        yield f"sc://127.0.0.1:{port}"
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        try:
            running.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait(30)


def _wait_for(port, running, log, seconds=180):
    end = time.monotonic() + seconds
    while time.monotonic() < end and running.poll() is None:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError(f"no Spark Connect server: {log.read_text()[-2000:]}")


@pytest.fixture(scope="module", params=["here", "connect"])
def spark(request):
    """Spark that is started for a run, and a server that was there before."""
    master = "local[2]" if request.param == "here" else request.getfixturevalue("server")
    with session(master) as found:
        yield found


by_connect = pytest.mark.parametrize("spark", ["connect"], indirect=True)


class Scene:
    """Two versions of a flow with rosters, and what is read of the leads."""

    def __init__(self, **wishes):
        self.models = [routing.model(300, seed, rosters=True) for seed in (0, 1)]
        self.worlds = [world_of(model) for model in self.models]
        self.engine = engine_of(self.worlds, routing.FLOW)
        reads, model = self.engine.reads, self.models[-1]
        self.wanted = wanted_of(model, model.flows[routing.FLOW], reads.now, reads.prior, NOW, **wishes)

    def here(self, path):
        with open_records([str(path)], self.wanted) as opened:
            yield from run(self.engine, in_arrival_order(opened.chunks()))

    def on_spark(self, spark, name, folder=Path()):
        together = Together(self.engine, self.worlds, routing.FLOW)
        return Run(source_of(spark, str(name), folder), self.wanted).routed(together, engine_of)


def digests(routed, rows, size=10_000):
    """What happens to each block of leads by position: digests that tell any two results apart."""
    found = np.zeros((rows, 8), np.int64)
    for batch in routed:
        at = batch.batch.positions - 1
        found[at, 0] += 1  # each lead once
        found[at, 1] = batch.batch.now
        for version, outcomes in enumerate(batch.outcomes):
            codes = np.array([*map(number_of, list_of(outcomes.names)), -1])
            paths = np.array([number_of((path.ways, path.result)) for path in outcomes.paths])
            found[at, 2 + 3 * version] = codes[outcomes.owner]
            found[at, 3 + 3 * version] = codes[outcomes.roster] * 2 + outcomes.is_routed
            found[at, 4 + 3 * version] = paths[outcomes.path]
    assert (found[:, 0] == 1).all()
    return [hashlib.sha256(found[start : start + size].tobytes()).hexdigest() for start in range(0, rows, size)]


def list_of(names):
    return [names[code] for code in range(len(names))]


def number_of(what):
    return int.from_bytes(hashlib.sha256(repr(what).encode()).digest()[:7]) // 2


@pytest.mark.system
@pytest.mark.slow
def test_a_million_leads_meet_the_same_on_spark_as_on_one_machine(spark):
    path = leads.parquet(MILLION)

    there = digests(Scene().on_spark(spark, path), MILLION)

    assert there == digests(Scene().here(path), MILLION)


@pytest.mark.system
def test_files_of_a_folder_count_on_from_each_other(spark, tmp_path):
    for name, seed in (("b.csv", 1), ("a.csv", 2)):
        shutil.copy(leads.csv(FEW, seed), tmp_path / name)

    there = digests(Scene().on_spark(spark, ".", tmp_path), 2 * FEW)

    assert there == digests(Scene().here(tmp_path), 2 * FEW)


@pytest.mark.system
def test_a_table_is_read_by_its_name(spark):
    spark.read.parquet(str(leads.parquet(FEW))).createOrReplaceTempView("leads")

    routed = list(Scene().on_spark(spark, "leads"))

    assert sum(len(batch.batch) for batch in routed) == FEW


@pytest.mark.system
def test_leads_that_move_come_back_with_their_fields_and_differences_with_all(spark):
    scene = Scene()

    for batch in scene.on_spark(spark, leads.parquet(FEW)):
        moved = batch.outcomes[0].goes_to != batch.outcomes[1].goes_to
        assert batch.batch.columns or not moved.any()
        assert len(batch.differences.ends) == len(batch.batch)
        if moved.any():
            row = int(np.flatnonzero(moved)[0])
            told = Together(scene.engine, scene.worlds, routing.FLOW).explain(batch, row, 1)
            assert told.owner == batch.outcomes[1].names[int(batch.outcomes[1].owner[row])]


@pytest.mark.system
def test_a_value_that_cannot_be_read_is_an_error_with_its_row_and_without_itself(spark, tmp_path):
    text = leads.csv(FEW).read_text("utf-8").replace("2026-01-05T", "yesterday ", 1)
    (tmp_path / "leads.csv").write_text(text, "utf-8")

    with pytest.raises(FlowctlError) as caught:
        list(Scene().on_spark(spark, "leads.csv", tmp_path))

    assert "yesterday" not in str(caught.value)
    assert "CreatedDate" in caught.value.found[0].message
    assert str(caught.value.found[0].span) == "leads.csv:2:1"


@pytest.mark.system
def test_values_that_cannot_be_read_are_counted(spark, tmp_path):
    text = leads.csv(FEW).read_text("utf-8").replace("2026-01-05T", "yesterday ", 1)
    (tmp_path / "leads.csv").write_text(text, "utf-8")
    scene = Scene(on_bad="reject")
    found = Run(source_of(spark, "leads.csv", tmp_path), scene.wanted)

    routed = list(found.routed(Together(scene.engine, scene.worlds, routing.FLOW), engine_of))

    assert sum(len(batch.batch) for batch in routed) == FEW - 1
    assert (found.bad.count, found.bad.left_out) == (1, 1)


@pytest.mark.system
def test_a_value_that_cannot_be_read_is_told_by_its_row_however_spark_cuts_the_file(spark, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(leads.parquet(FEW))
    texts = table["CreatedDate"].cast(pa.string()).to_pylist()
    texts[-3] = "yesterday"
    at = table.schema.get_field_index("CreatedDate")
    pq.write_table(table.set_column(at, "CreatedDate", pa.array(texts)), tmp_path / "leads.parquet", row_group_size=100)
    spark.conf.set("spark.sql.files.maxPartitionBytes", "8k")
    spark.conf.set("spark.sql.files.openCostInBytes", "0")
    try:
        with pytest.raises(FlowctlError) as caught:
            list(Scene().on_spark(spark, "leads.parquet", tmp_path))
    finally:
        spark.conf.set("spark.sql.files.maxPartitionBytes", "32m")
        spark.conf.unset("spark.sql.files.openCostInBytes")

    assert [str(found.span) for found in caught.value.found] == [f"leads.parquet:{FEW - 2}:1"]


def semicolons(text):
    written = io.StringIO()
    csv.writer(written, delimiter=";").writerows(csv.reader(io.StringIO(text)))
    return written.getvalue()


@pytest.mark.system
@by_connect
@pytest.mark.parametrize(
    "dialect",
    [lambda text: "\ufeff" + text, semicolons, lambda text: text.replace('"Web"', '"W\r\neb"')],
    ids=["a mark at its start", "parted by semicolons", "lines in cells"],
)
def test_csv_of_these_dialects_is_read_as_one_machine_reads_it(spark, tmp_path, dialect):
    (tmp_path / "leads.csv").write_bytes(dialect(leads.csv(FEW).read_text("utf-8")).encode())

    there = digests(Scene().on_spark(spark, "leads.csv", tmp_path), FEW)

    assert there == digests(Scene().here(tmp_path / "leads.csv"), FEW)


SHAPE = "too few or too many cells, or quotes that do not fit"
SIGNS = "control characters, or texts that are not UTF-8"


@pytest.mark.system
@by_connect
@pytest.mark.parametrize(
    ("dialect", "told"),
    [
        (lambda text: (text + '"only@one.cell.example"\n').encode(), SHAPE),
        (lambda text: text.replace('"Web"', '"W"eb"').encode(), SHAPE),
        (lambda text: text.replace('"Web"', '"W\x01eb"').encode(), SIGNS),
        (lambda text: text.replace('"Web"', '"W\xe9b"').encode("latin-1"), SIGNS),
        (lambda text: text.encode("utf-16"), "no CSV in UTF-8"),
        (lambda text: "".join(f'{line},"a@b.example"\n' for line in text.splitlines()).replace(
            '"a@b.example"', '"Email"', 1).encode(), "are both called `Email`"),
    ],
    ids=["too few cells", "stray quotes", "control characters", "Latin 1", "UTF-16", "a header twice"],
)  # fmt: skip
def test_csv_that_spark_would_read_otherwise_is_refused(spark, tmp_path, dialect, told):
    (tmp_path / "leads.csv").write_bytes(dialect(leads.csv(FEW).read_text("utf-8")))

    with pytest.raises(FlowctlError, match=told) as caught:
        list(Scene().on_spark(spark, "leads.csv", tmp_path))

    assert caught.value.hint
    assert "eb" not in str(caught.value)


@pytest.mark.system
@by_connect
def test_files_of_a_folder_with_other_headers_are_refused(spark, tmp_path):
    text = leads.csv(FEW).read_text("utf-8")
    (tmp_path / "a.csv").write_text(text)
    (tmp_path / "b.csv").write_text(text.replace('"Email","Company"', '"Company","Email"', 1))

    with pytest.raises(FlowctlError, match="same columns in the same order"):
        list(Scene().on_spark(spark, ".", tmp_path))


@pytest.mark.system
def test_where_no_spark_answers_it_is_told_soon_and_without_the_token(monkeypatch):
    monkeypatch.setattr("flowctl.engine.bulk.cluster.PATIENCE", 0.5)

    with pytest.raises(FlowctlError, match="no answer") as caught, session("sc://127.0.0.1:1/;token=secret"):
        pass

    assert "secret" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("url", ["sc://", "sc://127.0.0.1:port", "sc://127.0.0.1/path"])
def test_what_is_no_url_of_spark_connect_is_told(url):
    with pytest.raises(FlowctlError, match="no answer"), session(url):
        pass


@pytest.mark.system
def test_what_is_neither_file_nor_table_is_told(spark, tmp_path):
    with pytest.raises(FlowctlError, match="no file and no table `nothing`"):
        source_of(spark, "nothing", tmp_path)


def test_without_java_it_is_told_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(os.environ, "PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)

    with pytest.raises(FlowctlError, match="needs Java") as caught, session("local[2]"):
        pass

    assert "apt install" in caught.value.hint


def test_without_pyspark_it_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)

    with pytest.raises(FlowctlError, match="needs pyspark") as caught, session("local[2]"):
        pass

    assert "flowctl-routing[spark]" in caught.value.hint


# Whole commands ---------------------------------------------------------------------------------------------------

NODES = """\
start:
  type: decision
  branches:
    - {when: Score >= 50, label: hot, then: to_hot}
  otherwise: to_raw
to_hot: {type: assign, to: queue/hot, then: done}
to_raw: {type: assign, to: queue/raw, then: done}
"""
LEADS = "Id,Company,Score,Got\n1,Acme,5,queue/raw\n2,Bolt,30,queue/hot\n3,Corp,60,queue/hot\n4,Dash,,queue/raw\n"


@pytest.fixture
def typed(tmp_path, monkeypatch, capsys):
    """Types a command in a workspace with a version that is kept, and one in which leads from 20 on are hot."""
    from flowctl.cli.frame import command_of
    from flowctl.cli.main import app
    from tests.ops.small import FILES, flow

    object_ = FILES["flows/objects/Lead.yaml"] + "  Id: {label: Id, type: id}\n"
    config = "environments:\n  production: {adapter: local, path: .flowctl/environments/production}\n"
    files = {**FILES, "flows/objects/Lead.yaml": object_, "flows/lead.yaml": flow(NODES), "flowctl.yaml": config}
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    who = ["-c", "user.name=x", "-c", "user.email=x@x.example"]
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], [*who, "commit", "-qm", "a"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    (tmp_path / "flows/lead.yaml").write_text(flow(NODES).replace("Score >= 50", "Score >= 20"))
    (tmp_path / "leads.csv").write_text(LEADS)
    monkeypatch.chdir(tmp_path)

    def typed(*words):
        capsys.readouterr()
        code = command_of(app).main(["simulate", *words], prog_name="flowctl", standalone_mode=False)
        out, err = capsys.readouterr()
        return without_times(json.loads(out)) if code == 0 else err

    return typed


TIMES = ("seconds", "rows_per_second")


def without_times(told):
    """What is told, but how long it took."""
    if isinstance(told, dict):
        return {
            name: without_times(value) for name, value in told.items() if name not in ("seconds", "rows_per_second")
        }
    return [without_times(value) for value in told] if isinstance(told, list) else told


def differing(a, b, at=""):
    """Where two values differ."""
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return [found for name in a for found in differing(a[name], b[name], f"{at}.{name}")]
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return [found for n, pair in enumerate(zip(a, b, strict=True)) for found in differing(*pair, f"{at}[{n}]")]
    return [] if a == b else [(at, a, b)]


@pytest.mark.system
@pytest.mark.parametrize(
    "words",
    [
        ["--against", "HEAD"],
        ["--traffic"],
        ["--actual", "Got"],
        ["--routed-by", "HEAD~1", "--against", "HEAD"],
    ],
    ids=["against", "traffic", "actual", "routed by"],
)
def test_a_command_tells_on_spark_what_it_tells_on_one_machine(server, typed, words):
    if words[0] == "--routed-by":
        subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@x.example", "commit", "-qam", "b"], check=True)

    here = typed("leads.csv", *words, "--json", "--missing-as-blank")
    there = typed("leads.csv", *words, "--json", "--missing-as-blank", "--engine", "spark", "--master", server)

    assert isinstance(here, dict)
    assert differing(there, here) == []


@pytest.mark.system
@pytest.mark.parametrize("option", [["-o"], ["--rejects"]], ids=["moved leads", "rejects"])
def test_a_file_is_the_same_from_spark_as_from_one_machine(server, typed, tmp_path, option):
    (tmp_path / "leads.csv").write_text(LEADS + "5,Echo,many,queue/hot\n")
    words = ["leads.csv", "--against", "HEAD", "--on-bad-value", "reject", "--json"]

    typed(*words, *option, "here.csv")
    typed(*words, *option, "there.csv", "--engine", "spark", "--master", server)

    assert (tmp_path / "there.csv").read_text() == (tmp_path / "here.csv").read_text()
    assert ("Bolt" if option == ["-o"] else "many") in (tmp_path / "here.csv").read_text()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--actual", "Got", "--as-of"], "`--engine` and `--as-of` at once"),
        (["--actual", "history.csv"], "not with a history"),
    ],
)
def test_what_spark_does_not_do_is_refused_with_what_does(typed, tmp_path, words, told):
    (tmp_path / "history.csv").write_text('TracRTC__Record_Id__c,TracRTC__End_State__c\n1,"{""OwnerId"": ""x""}"\n')

    said = typed("leads.csv", *words, "--engine", "spark", "--json")

    assert told in said
    assert "this machine does" in said
