"""By what records recognise companies and others: the keys of `engine.matching`, each found out once."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from flowctl.data import dataclass
from flowctl.engine.bulk.memo import Memo
from flowctl.engine.bulk.rows import Array, Coded, Rows, numbered
from flowctl.engine.matching import Seeker
from flowctl.expr import FieldPath, fold
from flowctl.flow.program import Method
from flowctl.tables.cells import TEXTS

EMAIL, WEBSITE, NAME = Method("email_domain"), Method("website_domain"), Method("company_name")
_SPACES = "\t\n\v\f\r\x1c\x1d\x1e\x1f "  # that `str.strip` takes off a text of ASCII


@dataclass(frozen=True, slots=True)
class Texts:
    """A text for each of some records: that of row i is `of[index[i]]`; null where the value is no text."""

    index: Array | None  # None: they run parallel
    of: pa.StringArray

    def each_once(self) -> Texts:
        if len(self.of) == 0:
            return self
        found = self.of.dictionary_encode()
        index = found.indices.fill_null(len(found.dictionary)).to_numpy(zero_copy_only=False)
        texts = pa.concat_arrays([found.dictionary, pa.nulls(1, found.dictionary.type)])
        return Texts(index if self.index is None else index[self.index], texts)

    def changed(self, change: Callable[[pa.StringArray], pa.StringArray]) -> Texts:
        return Texts(self.index, change(self.of))

    def in_place(self) -> pa.StringArray:
        """The texts, one for each record."""
        return self.of if self.index is None else self.of.take(pa.array(self.index))


def texts_of(rows: Rows, path: FieldPath, at: Array | None = None) -> Texts:
    """What a field holds where that is a text, of all records or of some."""
    column = rows.column(path)
    if column is None:
        return _texts_of_coded(rows.get(path), at)
    values = column.values.combine_chunks() if isinstance(column.values, pa.ChunkedArray) else column.values
    if at is not None and len(at) < len(values):
        values = values.take(pa.array(at))
    is_dictionary = pa.types.is_dictionary(values.type)
    texts = values.dictionary if is_dictionary else values
    if column.type.kind == "multipicklist" or not (
        pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)
    ):
        texts = pa.nulls(len(texts), pa.string())
    if not is_dictionary:
        return Texts(None, texts)
    index = values.indices.cast(pa.int32()).fill_null(len(texts)).to_numpy(zero_copy_only=False)
    return Texts(index, pa.concat_arrays([texts, pa.nulls(1, texts.type)]))


def _texts_of_coded(values: Coded, at: Array | None) -> Texts:
    texts = pa.array([value if isinstance(value, str) else None for value in values.values], pa.string())
    return Texts(values.index if at is None else values.index[at], texts)


def folded(texts: pa.StringArray) -> pa.StringArray:
    """Texts as `expr.fold` has them."""
    found = pc.ascii_lower(pc.ascii_trim(texts, _SPACES))
    is_ascii = pc.string_is_ascii(texts).fill_null(True)
    if pc.all(is_ascii).as_py() is not False:
        return found
    others = texts.filter(pc.invert(is_ascii)).to_pylist()
    return pc.replace_with_mask(found, pc.invert(is_ascii), pa.array(list(map(fold, others)), texts.type))


def same_texts(rows: Rows, a: FieldPath, b: FieldPath) -> Array | None:
    """Whether two fields hold the same text, as `=` compares texts; None where they are not simply columns of texts."""
    columns = rows.column(a), rows.column(b)
    if any(column is None or column.type.kind not in TEXTS for column in columns):
        return None
    texts = [texts_of(rows, path).changed(folded) for path in (a, b)]
    both = pa.concat_arrays([text.of.cast(pa.large_string()) for text in texts])
    listed = both.unique()
    codes = pc.index_in(both, listed.filter(pc.not_equal(listed, ""))).fill_null(-1).to_numpy()
    ends = codes[: len(texts[0].of)], codes[len(texts[0].of) :]
    left, right = (of if text.index is None else of[text.index] for text, of in zip(texts, ends, strict=True))
    found: Array = (left == right) & (left >= 0)
    return found


# Keys -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Keys:
    """A key for each of some records: that of row i is `of[index[i]]`. Each is there once; the first is None."""

    index: Array  # int32
    of: list[str | None]


def keys_of(method: Method, rows: Rows, at: Array, memo: Memo) -> Keys:
    """By what a method recognises others, for some records: `Seeker.key` of each."""
    has_company = "Company" in rows.world.types.get(rows.object, {})
    by = {"email_domain": "Email", "website_domain": "Website", "company_name": "Company" if has_company else "Name"}
    path = (by[method.name],) if method.name in by else method.field or ()
    return _keys(method, texts_of(rows, path, at), memo)


def _keys(method: Method, texts: Texts, memo: Memo) -> Keys:
    """The key depends on the text of one field alone; of an address only on what stands behind its last `@`."""
    is_address = method.name == "email_domain"
    once = (texts.changed(_hosts) if is_address else texts).each_once()
    known = memo.answers(Seeker, method.name)
    found = known.all_of(once.of.to_pylist(), lambda text: _key(method, text, "@" if is_address else ""))
    index, keys = numbered([None, *found])
    of = index[1:]
    return Keys(of if once.index is None else of[once.index], cast("list[str | None]", keys))


def _key(method: Method, text: str | None, before: str) -> str | None:
    if text is None:
        return None
    whole = before + text
    fields = dict.fromkeys(("Email", "Website", "Company", "Name"), whole)
    return Seeker(fields, True, lambda _: whole).key(method)


def _hosts(addresses: pa.StringArray) -> pa.StringArray:
    """What stands behind the last `@` of each address; null where there is none."""
    parts = pc.split_pattern(addresses.fill_null(""), "@", max_splits=1, reverse=True)
    ends = parts.offsets.to_numpy()[1:] - 1
    has_at = pc.equal(pc.list_value_length(parts), 2)
    return pc.if_else(has_at, parts.values.take(pa.array(ends)), pa.scalar(None, parts.values.type))


def companies_of(rows: Rows, memo: Memo) -> Coded:
    """Whose records they are, as sticky turns compare it: `engine.matching.company_of` without case.

    A value is there once; the first one is blank.
    """
    index = np.zeros(len(rows), np.int32)
    values: list[str | None] = [None]
    for method, field, said in ((EMAIL, "Email", ""), (WEBSITE, "Website", ""), (NAME, "Company", "name ")):
        at = np.flatnonzero(index == 0)
        if len(at):
            keys = _keys(method, texts_of(rows, (field,), at), memo)
            index[at] = np.where(keys.index > 0, keys.index + len(values) - 1, 0)
            values += [f"{said}{key}" for key in keys.of[1:]]
    number, once = numbered(value.strip().casefold() if value else None for value in values)
    return Coded(number[index], once)
