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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowctl import __version__
from flowctl.columns.arrival import in_arrival_order
from flowctl.columns.bad import Bad, Entry, Place, refusal
from flowctl.columns.batch import Batch
from flowctl.columns.headers import Plan, plan_of, require_mapped
from flowctl.columns.wanted import Wanted
from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.engine.bulk import spread
from flowctl.engine.bulk.cluster import HERE, Source, cause_of
from flowctl.engine.bulk.engine import Routed, run
from flowctl.engine.bulk.spread import ANSWER, KEYS, Task
from flowctl.engine.bulk.together import Together, in_file_order, positions_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def _placed(source: Source, plan: Plan) -> DataFrame:
    """The columns of a plan, beside where each record is from; a table has no files, and no order but Spark's."""
    from pyspark.errors import PySparkException
    from pyspark.sql import functions as f

    chosen = [source.columns[number].alias(plan.headers[number]) for number in plan.columns]
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
        self.plan = plan_of(source.name, source.headers, wanted)
        require_mapped([self.plan], wanted)
        self.bad = Bad(wanted.rejects if wanted.on_bad != "fail" else None)

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
        wanted, raw = replace(self.wanted, rejects=None), self.wanted.rejects is not None
        ways = uuid.uuid4().hex, tuple(together.worlds), together.flow, full_paths, wanted, self.plan, make
        task = Task(*ways, found, whole, self.source.is_csv, raw)
        with tempfile.TemporaryDirectory(prefix="flowctl-spark-") as folder:
            kept = list(self._answers(task, Path(folder)))
            kept.sort(key=lambda k: (in_file_order((k.file, k.block)), k.first))
            done = [k for k in kept if k.part == spread.DONE]
            added = positions_of([(k.file, k.block, k.first, k.rows) for k in done])
            begins: dict[str, int] = {}  # the position of the first record of each file
            for part, answer in enumerate(done):
                more = added[answer.file, answer.block]
                line = self._first_line - begins.setdefault(answer.file, answer.first + more)
                noted, outcomes = answer.read()
                self.bad.note(part, self._located(noted.entries, answer.file, more, line), noted.left_out)
                yield from (together.taken(each, more) for each in outcomes)
            waiting = (partial(_moved, k, added[k.file, k.block]) for k in kept if k.part == spread.WAITING)
            yield from run(together, in_arrival_order(waiting))

    def finish(self, *, keep: bool) -> None:
        """Puts the rejects file in its place, or takes away what there is of it."""
        self.bad.finish(keep=keep)

    @property
    def _first_line(self) -> int:
        return 2 if self.source.is_csv else 1

    def _located(self, entries: Sequence[Entry], file: str, more: int, line: int) -> list[Entry]:
        """Entries where they are in the whole input; `line` is added to a position there for the line in the file."""
        places = (e.place.position + more for e in entries)
        named = self.source.file(file)
        return [replace(e, place=Place(at, named, at + line)) for e, at in zip(entries, places, strict=True)]

    def _answers(self, task: Task, folder: Path) -> Iterator[_Kept]:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        schema = ", ".join(f"{name} {_SPARK[str(type_)]}" for name, type_ in ANSWER)
        records = _placed(self.source, self.plan)
        try:
            answers = records.mapInArrow(partial(spread.answers, task), schema)
            for number, row in enumerate(answers.toLocalIterator(prefetchPartitions=True)):
                if row.part == spread.REFUSED:
                    raise self._refusal(pickle.loads(row.data), row, records)
                path = folder / f"{number}"
                path.write_bytes(row.data)
                yield _Kept(row.part, row.file, row.block, row.first, row.rows, path)
        except (PySparkException, Py4JError) as error:
            cause, hint = _cause(error)
            raise FlowctlError(f"Spark cannot route `{self.source.name}`: {cause}", hint=hint) from error

    def _refusal(self, noted: spread.Noted | None, block: Any, records: DataFrame) -> FlowctlError:
        """Why a block is refused; where in its file that is, Spark is asked."""
        from pyspark.sql import functions as f

        file = self.source.file(block.file)
        if noted is None:
            return FlowctlError(f"`{file}` has control characters, or texts that are not UTF-8", hint=HERE)
        of_file, at, row = (f.col(f"`{name}`") for name in KEYS)
        earlier = (at < block.block) | ((at == block.block) & (row < block.first))
        before = records.where((of_file == block.file) & earlier).count()
        line = before - block.first + self._first_line
        return refusal(file, self._located(noted.entries, block.file, 0, line), block.first + block.rows - 1 + line)


_SPARK = {"string": "string", "int64": "long", "binary": "binary"}


def _moved(answer: _Kept, added: int) -> Batch:
    batch: Batch = answer.read()
    return replace(batch, positions=batch.positions + added)


def _cause(error: BaseException) -> tuple[str, str]:
    """What went wrong, by the names that Spark and Python have for it, and what to do."""
    cause, hint = cause_of(error)
    if cause:
        return cause, hint
    said = str(error)
    if "RESOURCE_EXHAUSTED" in said or "larger than max" in said:
        hint = "a master that is no `sc://`, or leave out `--engine spark`"
        return "the records to match on are more than Spark Connect takes at once (128 MB)", hint
    named = _SPARKS_NAME.findall(said) + _PYTHONS_NAME.findall(said)
    hint = "was its memory enough? `spark.driver.memory 8g` in `$SPARK_CONF_DIR/spark-defaults.conf`"
    if "Python worker" in said:
        hint = f"is flowctl-routing {__version__} on every machine of the cluster? This one has it"
    return f"`{named[-1]}`" if named else f"`{type(error).__name__}`", hint


_SPARKS_NAME = re.compile(r"\[([A-Z][A-Z0-9_.]+)\]")
_PYTHONS_NAME = re.compile(r"^\s*([A-Za-z_.]*(?:Error|Exception)): ", re.MULTILINE)
