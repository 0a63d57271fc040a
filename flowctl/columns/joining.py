"""Batches cut, joined and put into another order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import numpy as np
import pyarrow as pa

from flowctl.columns.batch import Batch, Column, Related
from flowctl.expr import FieldPath, FieldType

Array: TypeAlias = "np.ndarray[Any, Any]"
K = TypeVar("K", FieldPath, str)


def bytes_of(batch: Batch) -> int:
    columns = [*batch.columns.values(), *batch.prior.values()]
    arrays = [*(column.values for column in columns), *batch.extra.values()]
    return int(sum(array.nbytes for array in arrays)) + batch.now.nbytes + batch.positions.nbytes


def slice_of(batch: Batch, first: int, end: int) -> Batch:
    """Records that stand beside each other; shares the memory of the batch."""
    return _each(batch, lambda array: array.slice(first, end - first), lambda array: array[first:end])


def rows_of(batch: Batch, rows: Array) -> Batch:
    """Some records, in this order. Dictionaries stay, without the entries that none of them has if those are many."""
    at = pa.array(rows)
    return _each(batch, lambda array: _compact(array.take(at)), lambda array: array[rows])


def _compact(array: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(array.type) and len(array.dictionary) > len(array):
        return array.dictionary_decode().dictionary_encode()
    return array


def _each(batch: Batch, values: Any, numbers: Any) -> Batch:
    """The batch with something done to every array in it."""
    return Batch(
        batch.object,
        {path: Column(column.type, values(column.values)) for path, column in batch.columns.items()},
        {path: Column(column.type, values(column.values)) for path, column in batch.prior.items()},
        {path: Related(related.object, numbers(related.is_there)) for path, related in batch.related.items()},
        None if batch.is_new is None else numbers(batch.is_new),
        numbers(batch.now),
        numbers(batch.positions),
        {name: values(array) for name, array in batch.extra.items()},
    )


def joined(batches: Sequence[Batch]) -> Batch:
    """One batch of several of the same object. A column that some do not have is blank there; one of `prior` says then
    that nothing changed."""
    if len(batches) == 1:
        return batches[0]
    there = {path: related.object for batch in batches for path, related in batch.related.items()}
    return Batch(
        batches[0].object,
        _columns([batch.columns for batch in batches], [len(batch) for batch in batches]),
        _columns([_all_prior(batch, batches) for batch in batches], [len(batch) for batch in batches]),
        {path: Related(object_, np.concatenate([_there(b, path) for b in batches])) for path, object_ in there.items()},
        None if all(b.is_new is None for b in batches) else np.concatenate([_news(b) for b in batches]),
        np.concatenate([batch.now for batch in batches]),
        np.concatenate([batch.positions for batch in batches]),
        _arrays([batch.extra for batch in batches], [len(batch) for batch in batches]),
    )


def _all_prior(batch: Batch, batches: Sequence[Batch]) -> dict[FieldPath, Column]:
    paths = {path: None for one in batches for path in one.prior}
    found = ((path, batch.prior.get(path) or batch.columns.get(path)) for path in paths)
    return {path: column for path, column in found if column is not None}


def _there(batch: Batch, path: FieldPath) -> Array:
    related = batch.related.get(path)
    return np.zeros(len(batch), np.bool_) if related is None else related.is_there


def _news(batch: Batch) -> Array:
    return np.ones(len(batch), np.bool_) if batch.is_new is None else batch.is_new


def _columns(maps: Sequence[Mapping[FieldPath, Column]], lengths: Sequence[int]) -> dict[FieldPath, Column]:
    types: dict[FieldPath, FieldType] = {path: column.type for one in maps for path, column in one.items()}
    arrays = _arrays([{path: column.values for path, column in one.items()} for one in maps], lengths)
    return {path: Column(types[path], array) for path, array in arrays.items()}


def _arrays(maps: Sequence[Mapping[K, pa.Array]], lengths: Sequence[int]) -> dict[K, pa.Array]:
    keys: Iterable[K] = dict.fromkeys(key for one in maps for key in one)
    nothing = [pa.nulls(length) for length in lengths]
    return {key: _one([one.get(key, none) for one, none in zip(maps, nothing, strict=True)]) for key in keys}


def _one(arrays: Sequence[pa.Array]) -> pa.Array:
    types = {array.type for array in arrays}
    if len(types) > 1:
        type_ = _widest({array.type for array in arrays if not pa.types.is_null(array.type)})
        arrays = [array.cast(type_) for array in arrays]
    if pa.types.is_dictionary(arrays[0].type):
        return pa.chunked_array([_without_blanks(a) for a in arrays]).unify_dictionaries().combine_chunks()
    return pa.concat_arrays(arrays)


def _without_blanks(array: pa.DictionaryArray) -> pa.DictionaryArray:
    """The same texts with blanks in the indices alone: Arrow joins no dictionaries that hold one."""
    return array.dictionary_decode().dictionary_encode() if array.dictionary.null_count else array


def _widest(types: Iterable[pa.DataType]) -> pa.DataType:
    """The type of all; of texts in different forms, the one that holds the most."""
    first, *others = types
    return pa.large_string() if others else first
