"""Batches made of columns of values, as a reader makes them of files."""

import datetime as dt

import numpy as np
import pyarrow as pa

from flowctl.columns.batch import EPOCH, MICROSECOND, Batch, Column, Related

ARROW = {"number": pa.float64(), "checkbox": pa.bool_(), "date": pa.date32(), "datetime": pa.timestamp("us", "UTC")}


def column_of(type_, values, as_dictionary=False):
    if type_.kind in ARROW:
        return Column(type_, pa.array(values, ARROW[type_.kind]))
    array = pa.array(values, pa.string())
    return Column(type_, array.dictionary_encode() if as_dictionary else array)


def batch_by_column(object_, columns, moments, prior=None, related=None, is_new=None, dictionaries=()):
    """A batch; columns are by path, each a type and values; related are by path, each an object and truths.

    Args:
        dictionaries: The paths of the texts that come as dictionaries.
    """
    return Batch(
        object_,
        {path: column_of(*column, path in dictionaries) for path, column in columns.items()},
        {path: column_of(*column, path in dictionaries) for path, column in (prior or {}).items()},
        {path: Related(of, np.array(there, bool)) for path, (of, there) in (related or {}).items()},
        None if is_new is None else np.array(is_new, bool),
        np.array([(moment - EPOCH) // MICROSECOND for moment in moments], np.int64),
        np.arange(1, len(moments) + 1),
    )


def utc(*parts):
    return dt.datetime(*parts, tzinfo=dt.UTC)
