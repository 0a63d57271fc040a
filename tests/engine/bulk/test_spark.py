"""On Spark the same happens to every lead as on one machine: owner, roster, path and what differs, turn by turn."""

import datetime as dt
import hashlib
import os
import shutil
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
def spark():
    with session("local[2]") as found:
        yield found


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
def test_a_row_with_too_few_cells_is_an_error(spark, tmp_path):
    text = leads.csv(FEW).read_text("utf-8")
    (tmp_path / "leads.csv").write_text(text + '"only@one.cell.example"\n', "utf-8")

    with pytest.raises(FlowctlError, match="too few or too many cells"):
        list(Scene().on_spark(spark, "leads.csv", tmp_path))


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
