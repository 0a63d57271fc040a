"""Spark itself: where it runs, and what it reads."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowctl.data import dataclass
from flowctl.diag import FlowctlError

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

ROWS = 65_536  # in an Arrow batch
LOCAL = "local[*]"
CONNECT = "sc://"
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(ROWS),
    "spark.sql.execution.arrow.maxBytesPerBatch": "256m",
    "spark.sql.files.maxPartitionBytes": "32m",  # the answers of a piece of this size are in memory at once
    "spark.sql.csv.parser.columnPruning.enabled": "false",  # with it, rows with too few or too many cells go unseen
}
STARTED = {  # of a Spark that is started here, for this run
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "8",
    "spark.app.name": "flowctl simulate",
}
MEMORY = "4g"  # of a Spark on this machine; its own 1g is too little for the answers
OWN = {"SPARK_HOME", "SPARK_CONF_DIR", "PYSPARK_SUBMIT_ARGS"}  # who has one of these has settings of their own
CSV = {"header": "true", "multiLine": "true", "escape": '"', "mode": "FAILFAST"}
FORMS = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".tsv": "csv"}
PACKED = (".gz", ".bz2", ".zst")


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
        if not OWN & os.environ.keys():
            settings["spark.driver.memory"] = MEMORY
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
            with suppress(Py4JError, OSError):  # it may have ended by itself
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
