"""Spark itself: where it runs, and what it reads."""

from __future__ import annotations

import csv
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urlsplit

from flowctl.columns.csv_files import DELIMITERS
from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.document import BOM

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

ROWS = 65_536  # in an Arrow batch
LOCAL = "local[*]"
CONNECT = "sc://"
IS_CONNECT = "SPARK_CONNECT_MODE_ENABLED"  # in the environment: which of its two sorts of columns pyspark makes
PATIENCE = 30  # seconds that a server has to answer at all; Spark itself would try for ten minutes, and say nothing
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
CSV = {
    "header": "true",
    "enforceSchema": "false",  # with it, a file whose header is another would be read by that of the first file
    "multiLine": "true",
    "escape": '"',
    "unescapedQuoteHandling": "RAISE_ERROR",
    "mode": "FAILFAST",
}
FORMS = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".tsv": "csv"}
PACKED = (".gz", ".bz2", ".zst")
HERE = "leave out `--engine spark`: one machine reads more forms"


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
    """A session on a server. What comes after `;` in a URL, such as a token, is told nobody."""
    try:
        import grpc
        from pyspark.errors import PySparkException
        from pyspark.sql.connect.client import DefaultChannelBuilder
        from pyspark.sql.connect.session import SparkSession as Remote
    except ImportError as error:
        hint = "`pip install 'flowctl-routing[spark]'`"
        raise FlowctlError("pyspark is installed without what Spark Connect needs", hint=hint) from error
    server = url.partition(";")[0].rstrip("/")
    try:
        with DefaultChannelBuilder(url).toChannel() as channel:
            grpc.channel_ready_future(channel).result(PATIENCE)
        found = Remote.builder.remote(url).create()
        found.version  # noqa: B018 -- asks the server
    except (PySparkException, grpc.FutureTimeoutError, grpc.RpcError, OSError, ValueError) as error:
        is_silent = isinstance(error, grpc.FutureTimeoutError)
        hint = "is it up, and is the port that of Spark Connect?" if is_silent else "`--master sc://HOST:15002`"
        raise FlowctlError(f"there is no answer from Spark at `{server}`", hint=hint) from error
    before = os.environ.get(IS_CONNECT)
    os.environ[IS_CONNECT] = "1"
    try:
        yield cast("SparkSession", found)
    finally:
        os.environ.pop(IS_CONNECT)
        if before is not None:
            os.environ[IS_CONNECT] = before
        with suppress(PySparkException, grpc.RpcError):  # the server may have ended by itself
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
    with tempfile.TemporaryFile() as said, tempfile.TemporaryDirectory(prefix="flowctl-spark-") as tables:
        if master.startswith("local") and not OWN & os.environ.keys():
            conf.set("spark.sql.warehouse.dir", tables)  # else there is a folder `spark-warehouse` where one works
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
    """Records that Spark reads: what they are called, their columns' headers, and how each is asked for.

    Attributes:
        path: Where they are, if they are files of this machine, too.
    """

    name: str
    frame: DataFrame
    headers: Sequence[str]
    columns: Sequence[Column]
    path: Path | None = None
    is_csv: bool = False

    def file(self, url: str) -> str:
        """What one of its files is called, by the URL that Spark has for it; as one machine calls it."""
        if self.path is None or not url:
            return url or self.name
        return str(Path(self.name) / Path(unquote(urlsplit(url).path)).relative_to(self.path))


def source_of(spark: SparkSession, name: str, folder: Path) -> Source:
    """A path below a folder, a URL of any file system that Spark knows, or a table.

    Raises:
        FlowctlError: There is no such thing, or it is of a form that is not read here.
    """
    from pyspark.errors import PySparkException

    try:
        return _source(spark, name, folder / name)
    except PySparkException as error:
        cause, hint = cause_of(error)
        hint = hint or "a path of Parquet or CSV files that every machine of the cluster can read, or a table"
        raise FlowctlError(f"Spark cannot read `{name}`: {cause or _first_line(error)}", hint=hint) from error


def cause_of(error: BaseException) -> tuple[str, str]:
    """What is wrong with records, and what to do, where Spark says that: its messages hold their values."""
    said = str(error)
    if "MALFORMED" in said or "TextParsingException" in said:
        return "a row has too few or too many cells, or quotes that do not fit", HERE
    if re.search("CSV.header", said, re.IGNORECASE):
        return "its files do not have the same columns in the same order", HERE
    return "", ""


def _source(spark: SparkSession, name: str, path: Path) -> Source:
    is_here = path.exists()
    if not is_here and "://" not in name and not name.startswith("file:"):
        if not spark.catalog.tableExists(name):
            hint = "a path, a URL, or `catalog.schema.table`"
            raise FlowctlError(f"there is no file and no table `{name}`", hint=hint)
        return _source_of(name, spark.table(name), None)
    url, place = (path.resolve().as_uri(), path.resolve()) if is_here else (name, None)
    form = _form_in(path) if is_here else _form_of(name) or "parquet"
    return _source_of(name, spark.read.parquet(url), place) if form == "parquet" else _csv(spark, name, url, place)


def _source_of(name: str, frame: DataFrame, path: Path | None) -> Source:
    leaves = dict(_leaves(frame.schema, ()))
    return Source(name, frame, tuple(leaves), tuple(leaves.values()), path)


def _csv(spark: SparkSession, name: str, url: str, path: Path | None) -> Source:
    """Files of CSV in UTF-8, whose cells are parted by the same sign and whose headers are the same.

    Raises:
        FlowctlError: They are not in UTF-8.
    """
    header = _header(spark, url)
    if "\0" in header or "\ufffd" in header:
        raise FlowctlError(f"`{name}` is no CSV in UTF-8, and Spark reads no other", hint=HERE)
    delimiter = max(DELIMITERS, key=header.count)
    found = _source_of(name, spark.read.options(**CSV, sep=delimiter).csv(url), path)
    cells = [cell.strip() for cell in next(csv.reader([header.removeprefix(BOM)], delimiter=delimiter), [])]
    is_whole = len(cells) == len(found.headers)  # Spark gives columns of one name other names
    return replace(found, headers=cells if is_whole else found.headers, is_csv=True)


def _header(spark: SparkSession, url: str) -> str:
    """The first line in which something stands."""
    try:
        first = spark.read.text(url).where("trim(value) != ''").head()
    except UnicodeDecodeError:
        return "\ufffd"
    return first[0] if first else ""


def _form_in(path: Path) -> str:
    """The form of a file, or of the files of a folder."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    forms = {form for file in files if (form := _form_of(file.name)) and file.name[:1] not in "._"}
    if len(forms) == 1:
        return forms.pop()
    raise FlowctlError(f"`{path.name}` is not of one form that Spark is to read: Parquet or CSV", hint=HERE)


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
