"""Records come in order of arrival, whatever the order of the file."""

import os
import tempfile

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.columns.arrival import in_arrival_order, is_in_order
from flowctl.columns.batch import Batch, Column, Related
from flowctl.expr import FieldType

TEXT, NUMBER = FieldType("text"), FieldType("number")
words = st.one_of(st.none(), st.sampled_from(["", "ä", "Zürich", "x" * 50]))
rows = st.tuples(st.integers(-3, 3), words, st.one_of(st.none(), st.floats(0, 9)), st.booleans(), words)
inputs = st.lists(st.tuples(st.lists(rows, max_size=8), st.sampled_from(("plain", "large", "dictionary", "short"))))


def texts(values, form):
    array = pa.array(values, pa.large_string() if form == "large" else pa.string())
    return array.dictionary_encode() if form == "dictionary" else array


def batch_of(rows, form, first):
    """A batch as one file has it: texts in one form or another; a short one lacks what not every file has."""
    now, city, size, flag, other = zip(*rows, strict=True) if rows else ((),) * 5
    is_short, flags = form == "short", np.array(flag, bool)
    return Batch(
        "Lead",
        {("City",): Column(TEXT, texts(city, form)), ("Size",): Column(NUMBER, pa.array(size, pa.float64()))},
        {} if is_short else {("City",): Column(TEXT, texts(other, form))},
        {} if is_short else {("account",): Related("Account", flags)},
        None if is_short else ~flags,
        np.array(now, np.int64),
        np.arange(first, first + len(rows)),
        {} if is_short else {"Id": texts(other, form)},
    )


def batches_of(given):
    firsts = np.cumsum([1, *(len(rows) for rows, _ in given)])
    return [batch_of(rows, form, int(first)) for (rows, form), first in zip(given, firsts, strict=False)]


def told(batch):
    """All that is in a batch, row by row."""
    fields = [batch.record(row) for row in range(len(batch))]
    extra = [batch.extra["Id"][row].as_py() if "Id" in batch.extra else None for row in range(len(batch))]
    whole = zip(batch.now.tolist(), batch.positions.tolist(), fields, extra, strict=True)
    return [(now, at, _plain(record), other) for now, at, record, other in whole]


def _plain(record):
    changed = record.prior is not None and dict(record.prior)
    return dict(record.fields), changed, {name: of.object for name, of in record.related.items()}


def chunks_of(batches):
    return [lambda batch=batch: batch for batch in batches]


@given(inputs, st.integers(1, 2000), st.integers(1, 5), st.integers(1, 9))
def test_the_records_are_those_of_a_stable_sort_by_moment(given, run, blob, size):
    batches = batches_of(given)
    expected = sorted((row for batch in batches for row in told(batch)), key=lambda row: row[0])

    found = [chunk() for chunk in in_arrival_order(chunks_of(batches), run=run, blob=blob, rows=size)]

    assert [row for batch in found for row in told(batch)] == expected
    assert all(len(batch) <= size + blob * max(1, len(given)) for batch in found)


@given(inputs)
def test_what_is_in_order_is_found_to_be(given):
    batches = batches_of(given)
    moments = [row[0] for batch in batches for row in told(batch)]

    assert is_in_order(batch.now for batch in batches) == (moments == sorted(moments))


def test_an_input_in_order_is_not_read_here():
    def chunk():
        raise AssertionError("read")

    assert [*in_arrival_order([chunk, chunk], is_sorted=True)] == [chunk, chunk]


def test_chunks_can_be_read_after_the_last_one_was_given_out():
    batches = batches_of([([(3, "a", 1.0, True, "b"), (1, "b", 1.0, True, "b")], "plain")] * 3)

    chunks = [*in_arrival_order(chunks_of(batches), run=1, blob=1, rows=1)]

    assert [int(now) for chunk in chunks for now in chunk().now] == [1, 1, 1, 3, 3, 3]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt, None])
@pytest.mark.parametrize("is_ours", [True, False], ids=["while reading", "while routing"])
def test_nothing_stays_on_the_disk(tmp_path, monkeypatch, error, is_ours):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    batches = batches_of([([(n, "a", 1.0, True, "b")], "plain") for n in (3, 1, 2)])
    open_files = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0

    def chunks():
        yield from chunks_of(batches)
        if error and is_ours:
            raise error

    def run():
        for chunk in in_arrival_order(chunks(), run=1, blob=1, rows=1):
            chunk()
            if error and not is_ours:
                raise error

    if error:
        with pytest.raises(error):
            run()
    else:
        run()
    assert [*tmp_path.iterdir()] == []
    assert not open_files or error or len(os.listdir("/proc/self/fd")) == open_files


def test_dictionaries_stay_dictionaries():
    batches = batches_of([([(n, "a", 1.0, True, "b")] * 9, "dictionary") for n in (3, 1, 2)])

    for chunk in in_arrival_order(chunks_of(batches), run=1, blob=4, rows=6):
        assert pa.types.is_dictionary(chunk().columns["City",].values.type)
