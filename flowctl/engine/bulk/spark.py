"""Routing on Spark: the same engine in every process that Spark starts, the turns here, the same outcomes.

Spark reads the records (a path of Parquet or CSV files, or a table by name) and hands them to `spread.answers` as Arrow
batches. The answers lie on the disk of this machine until all are there; then the records have their positions, and
those that ask a roster are routed here, in order of arrival.
"""

from __future__ import annotations

import os
import pickle
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowctl.columns.arrival import in_arrival_order
from flowctl.columns.bad import Bad
from flowctl.columns.batch import Batch
from flowctl.columns.headers import Plan, plan_of
from flowctl.columns.wanted import Wanted
from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.engine.bulk import spread
from flowctl.engine.bulk.engine import Routed, run
from flowctl.engine.bulk.spread import ANSWER, KEYS, Task, Together

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

ROWS = 200_000  # in an Arrow batch
LOCAL = "local[*]"
CONNECT = "sc://"
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(ROWS),
    "spark.sql.execution.arrow.maxBytesPerBatch": "256m",
    "spark.sql.csv.parser.columnPruning.enabled": "false",  # with it, rows with too few or too many cells go unseen
}
STARTED = {  # of a Spark that is started here, for this run
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "8",
    "spark.app.name": "flowctl simulate",
}
CSV = {"header": "true", "multiLine": "true", "escape": '"', "mode": "FAILFAST"}
FORMS = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".tsv": "csv"}
PACKED = (".gz", ".bz2", ".zst")


# Spark itself -----------------------------------------------------------------------------------------------------


@contextmanager
def session(master: str | None) -> Iterator[SparkSession]:
    """A session on a cluster (`spark://…`, `yarn`), on this machine (`local[2]`), or by Spark Connect (`sc://…`).

    Raises:
        FlowctlError: There is no pyspark, no Java, or no such cluster.
    """
    try:
        import pyspark.sql  # noqa: F401
    except ImportError as error:
        hint = "`pip install 'flowctl-routing[spark]'`"
        raise FlowctlError("`--engine spark` needs pyspark, which is not installed", hint=hint) from error
    connect = (master or "").startswith(CONNECT)
    opened = _connected(str(master)) if connect else _started(master or LOCAL)
    with opened as found:
        for name, value in SETTINGS.items():
            found.conf.set(name, value)
        yield found


@contextmanager
def _connected(url: str) -> Iterator[SparkSession]:
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    try:
        found = SparkSession.builder.remote(url).getOrCreate()
        found.version  # noqa: B018 -- asks the server
    except (PySparkException, ImportError, OSError) as error:
        raise FlowctlError(f"there is no answer from Spark at `{url}`", hint=_first_line(error)) from error
    try:
        yield found
    finally:
        found.stop()


@contextmanager
def _started(master: str) -> Iterator[SparkSession]:
    """What Java and Spark say while they run goes into a file that nobody sees, unless Spark does not start."""
    from py4j.protocol import Py4JError
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    _need_java()
    settings = {**STARTED, "spark.master": master}
    if master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    conf = SparkConf().setAll(list(settings.items()))
    with tempfile.TemporaryFile() as said:
        try:
            gateway = launch_gateway(conf, {"stdout": said, "stderr": said})  # type: ignore[no-untyped-call]
            context = SparkContext(conf=conf, gateway=gateway)
        except (PySparkException, Py4JError, OSError, RuntimeError) as error:
            said.seek(0)
            raise FlowctlError(f"Spark does not start at `{master}`", hint=_last_line(said.read(), error)) from error
        try:
            yield SparkSession(context)
        finally:
            context.stop()
            gateway.shutdown()
            gateway.proc.stdin.close()
            gateway.proc.wait(10)
            SparkContext._gateway = SparkContext._jvm = None


def _need_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if not (home and shutil.which("java", path=os.path.join(home, "bin"))) and not shutil.which("java"):
        hint = "`sudo apt install default-jre-headless`, or `--master sc://HOST` for a Spark that runs elsewhere"
        raise FlowctlError("`--engine spark` needs Java, which is not installed", hint=hint)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _last_line(said: bytes, error: BaseException) -> str:
    lines = [line for line in said.decode(errors="replace").splitlines() if "ERROR" in line or "Exception" in line]
    return lines[-1].strip() if lines else _first_line(error)


# What is read -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """Records that Spark reads: what they are called, and their columns with how each is asked for."""

    name: str
    frame: DataFrame
    columns: Mapping[str, Column]


def source_of(spark: SparkSession, name: str, folder: Path) -> Source:
    """A path below a folder, a URL of any file system that Spark knows, or a table.

    Raises:
        FlowctlError: There is no such thing, or it is of a form that is not read here.
    """
    from pyspark.errors import PySparkException

    try:
        frame = _frame(spark, name, folder)
        return Source(name, frame, dict(_leaves(frame.schema, ())))
    except PySparkException as error:
        hint = "a path of Parquet or CSV files that every machine of the cluster can read, or a table"
        raise FlowctlError(f"Spark cannot read `{name}`: {_first_line(error)}", hint=hint) from error


def _frame(spark: SparkSession, name: str, folder: Path) -> DataFrame:
    path = folder / name
    if path.exists():
        return _files(spark, path.resolve().as_uri(), _form_in(path))
    if "://" in name or name.startswith("file:"):
        return _files(spark, name, _form_of(name) or "parquet")
    if spark.catalog.tableExists(name):
        return spark.table(name)
    raise FlowctlError(f"there is no file and no table `{name}`", hint="a path, a URL, or `catalog.schema.table`")


def _files(spark: SparkSession, url: str, form: str) -> DataFrame:
    if form == "parquet":
        return spark.read.parquet(url)
    return spark.read.options(**CSV, sep="\t" if ".tsv" in url else ",").csv(url)


def _form_in(path: Path) -> str:
    """The form of a file, or of the files of a folder."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    forms = {form for file in files if (form := _form_of(file.name)) and file.name[:1] not in "._"}
    if len(forms) == 1:
        return forms.pop()
    hint = "leave out `--engine spark`: one machine reads more forms"
    raise FlowctlError(f"`{path.name}` is not of one form that Spark is to read: Parquet or CSV", hint=hint)


def _form_of(name: str) -> str | None:
    for ending in PACKED:
        name = name.removesuffix(ending)
    return FORMS.get(Path(name).suffix.lower())


def _leaves(schema: Any, at: tuple[str, ...]) -> Iterator[tuple[str, Column]]:
    """The columns by header, those in structures by their path; in the order of the table."""
    from pyspark.sql import functions
    from pyspark.sql.types import StructType

    for field in schema:
        path = (*at, field.name)
        if isinstance(field.dataType, StructType):
            yield from _leaves(field.dataType, path)
        else:
            yield ".".join(path), functions.col(".".join(f"`{name}`" for name in path))


def _placed(source: Source, plan: Plan) -> DataFrame:
    """The columns of a plan, beside where each record is from; a table has no files, and no order but Spark's."""
    from pyspark.errors import PySparkException
    from pyspark.sql import functions as f

    chosen = [source.columns[plan.headers[number]].alias(plan.headers[number]) for number in plan.columns]
    row = f.monotonically_increasing_id().alias(KEYS[2])
    file, block = f.col("_metadata.file_path").alias(KEYS[0]), f.col("_metadata.file_block_start").alias(KEYS[1])
    try:
        placed = source.frame.select(*chosen, file, block, row)
        placed.schema  # noqa: B018 -- asks whether there are such columns
    except PySparkException:
        placed = source.frame.select(*chosen, f.lit("").alias(KEYS[0]), f.lit(0).cast("long").alias(KEYS[1]), row)
    return placed


# The run ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer that lies on the disk."""

    part: str
    file: str
    block: int
    first: int
    rows: int
    path: Path

    def read(self) -> Any:
        return pickle.loads(self.path.read_bytes())


class Run:
    """A run on Spark: what is to be read, by which engine, and what came of reading it."""

    def __init__(self, source: Source, wanted: Wanted) -> None:
        self.source, self.wanted = source, wanted
        self.plan = plan_of(source.name, tuple(source.columns), wanted)
        self.bad = Bad(None)

    def routed(
        self,
        together: Together,
        make: spread.Make,
        *,
        full_paths: bool = False,
        found: Callable[[Batch], Batch] | None = None,
        whole: bool = False,
    ) -> Iterator[Routed]:
        """What happens to the records: first those that ask no roster, in the order of the input, then the others.

        Args:
            make: Makes the engine of each process.
            found: What becomes of a batch before it is routed.
            whole: Whether all records come along, and not those alone that move or go to nobody.

        Raises:
            FlowctlError: Something cannot be read, and nothing is to be made of that.
        """
        worlds, wanted = tuple(together.worlds), replace(self.wanted, rejects=None)
        task = Task(uuid.uuid4().hex, worlds, together.flow, full_paths, wanted, self.plan, make, found, whole)
        with tempfile.TemporaryDirectory(prefix="flowctl-spark-") as folder:
            kept = list(self._answers(task, Path(folder)))
            kept.sort(key=lambda k: (spread.in_file_order((k.file, k.block)), k.first))
            done = [k for k in kept if k.part == spread.DONE]
            added = spread.positions_of([(k.file, k.block, k.first, k.rows) for k in done])
            for part, answer in enumerate(done):
                more = added[answer.file, answer.block]
                noted, outcomes = answer.read()
                self._note(part, noted, more)
                yield from (together.taken(each, more) for each in outcomes)
            waiting = (partial(_moved, k, added[k.file, k.block]) for k in kept if k.part == spread.WAITING)
            yield from run(together, in_arrival_order(waiting))

    def _answers(self, task: Task, folder: Path) -> Iterator[_Kept]:
        from pyspark.errors import PySparkException

        schema = ", ".join(f"{name} {_SPARK[str(type_)]}" for name, type_ in ANSWER)
        placed = _placed(self.source, self.plan).mapInArrow(partial(spread.answers, task), schema)
        try:
            for number, row in enumerate(placed.toLocalIterator(prefetchPartitions=True)):
                if row.part == spread.REFUSED:
                    message, hint, found = pickle.loads(row.data)
                    raise FlowctlError(message, hint=hint, found=found)
                path = folder / f"{number}"
                path.write_bytes(row.data)
                yield _Kept(row.part, row.file, row.block, row.first, row.rows, path)
        except PySparkException as error:
            raise FlowctlError(f"Spark cannot route `{self.source.name}`: {_cause(error)}") from error

    def _note(self, part: int, noted: spread.Noted, added: int) -> None:
        places = (replace(e.place, position=e.place.position + added) for e in noted.entries)
        entries = [replace(e, place=place) for e, place in zip(noted.entries, places, strict=True)]
        self.bad.note(part, entries, noted.left_out)


_SPARK = {"string": "string", "int64": "long", "binary": "binary"}


def _moved(answer: _Kept, added: int) -> Batch:
    batch: Batch = answer.read()
    return replace(batch, positions=batch.positions + added)


def _cause(error: BaseException) -> str:
    """What a process said last, without its trace; never a value of a record."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if any("MALFORMED" in line or "Malformed" in line for line in lines):
        return "a row has too few or too many cells, or quotes that do not fit"
    return next((line for line in reversed(lines) if "Error: " in line and not line.startswith("at ")), lines[0])


__all__ = ["Run", "session", "source_of"]
