"""Routing on Spark: the same engine in every process that Spark starts, the turns here, the same outcomes.

Spark reads the records (a path of Parquet or CSV files, or a table by name) and hands them to `spread.answers` as Arrow
batches. The answers lie on the disk of this machine until all are there; then the records have their positions, and
those that ask a roster are routed here, in order of arrival.
"""

from __future__ import annotations

import pickle
import re
import tempfile
import uuid
from collections.abc import Callable, Iterator
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
from flowctl.engine.bulk.cluster import Source
from flowctl.engine.bulk.engine import Routed, run
from flowctl.engine.bulk.spread import ANSWER, KEYS, Task
from flowctl.engine.bulk.together import Together, in_file_order, positions_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


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
            kept.sort(key=lambda k: (in_file_order((k.file, k.block)), k.first))
            done = [k for k in kept if k.part == spread.DONE]
            added = positions_of([(k.file, k.block, k.first, k.rows) for k in done])
            for part, answer in enumerate(done):
                more = added[answer.file, answer.block]
                noted, outcomes = answer.read()
                self._note(part, noted, more)
                yield from (together.taken(each, more) for each in outcomes)
            waiting = (partial(_moved, k, added[k.file, k.block]) for k in kept if k.part == spread.WAITING)
            yield from run(together, in_arrival_order(waiting))

    def _answers(self, task: Task, folder: Path) -> Iterator[_Kept]:
        from py4j.protocol import Py4JError
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
        except (PySparkException, Py4JError) as error:
            hint = "was its memory enough? `spark.driver.memory 8g` in `$SPARK_CONF_DIR/spark-defaults.conf`"
            raise FlowctlError(f"Spark cannot route `{self.source.name}`: {_cause(error)}", hint=hint) from error

    def _note(self, part: int, noted: spread.Noted, added: int) -> None:
        places = (replace(e.place, position=e.place.position + added) for e in noted.entries)
        entries = [replace(e, place=place) for e, place in zip(noted.entries, places, strict=True)]
        self.bad.note(part, entries, noted.left_out)


_SPARK = {"string": "string", "int64": "long", "binary": "binary"}


def _moved(answer: _Kept, added: int) -> Batch:
    batch: Batch = answer.read()
    return replace(batch, positions=batch.positions + added)


def _cause(error: BaseException) -> str:
    """What went wrong, by the names that Spark and Python have for it: their messages hold values of records."""
    said = str(error)
    if "MALFORMED" in said:
        return "a row has too few or too many cells, or quotes that do not fit"
    named = _SPARKS_NAME.findall(said) + _PYTHONS_NAME.findall(said)
    return f"`{named[-1]}`" if named else f"`{type(error).__name__}`"


_SPARKS_NAME = re.compile(r"\[([A-Z][A-Z0-9_.]+)\]")
_PYTHONS_NAME = re.compile(r"^\s*([A-Za-z_.]*(?:Error|Exception)): ", re.MULTILINE)
