"""Numbers, days, moments and flags read off bytes, where that is plainly what Python would read; the rest is marked.

Nothing is decided here that `flowctl.expr.coerce` does not decide alike: what is not of the plainest form is HARD, and
is asked there.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numba
import numpy as np

Array: TypeAlias = "np.ndarray[Any, Any]"

DONE, BLANK, GONE, HARD, LOCAL = 0, 1, 2, 3, 4  # GONE: no such cell; LOCAL: a moment without an offset
DAY = 86_400_000_000  # in microseconds
_TENS = np.array([10.0**n for n in range(16)])
_BEFORE = np.array([0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334])  # days of a year before a month
_LENGTH = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@numba.njit(cache=True, nogil=True, inline="always")
def _trimmed(data: Array, begin: int, length: int) -> tuple[int, int]:
    end = begin + length
    while begin < end and (data[begin] == 32 or 9 <= data[begin] <= 13):
        begin += 1
    while end > begin and (data[end - 1] == 32 or 9 <= data[end - 1] <= 13):
        end -= 1
    return begin, end


@numba.njit(cache=True, nogil=True, inline="always")
def number(data: Array, begin: int, length: int) -> tuple[int, float]:
    """Up to 15 digits, as `12` and `-0.5`: a whole number by a power of ten, both exact, so rounded as Python does."""
    if length < 0:
        return GONE if length == -1 else HARD, 0.0
    i, end = _trimmed(data, begin, length)
    if i == end:
        return BLANK, 0.0
    negative = data[i] == 45
    if negative or data[i] == 43:
        i += 1
    whole, digits, places, dotted = 0, 0, 0, False
    while i < end:
        c = data[i]
        if 48 <= c <= 57 and digits < 15:
            whole = whole * 10 + (int(c) - 48)
            digits += 1
            places += dotted
        elif c == 46 and not dotted:
            dotted = True
        else:
            return HARD, 0.0
        i += 1
    if digits == 0:
        return HARD, 0.0
    found = float(whole) / _TENS[places] if places else float(whole)
    return DONE, -found if negative else found


@numba.njit(cache=True, nogil=True)
def numbers(data: Array, begins: Array, lengths: Array, into: Array, states: Array) -> None:
    for row in range(len(begins)):
        states[row], into[row] = number(data, begins[row], lengths[row])


@numba.njit(cache=True, nogil=True, inline="always")
def _two(data: Array, at: int) -> Any:
    """Two digits, or -1000."""
    a, b = data[at], data[at + 1]
    if a < 48 or a > 57 or b < 48 or b > 57:
        return -1000
    return np.int64(a - 48) * 10 + np.int64(b - 48)


@numba.njit(cache=True, nogil=True, inline="always")
def _day(data: Array, at: int) -> Any:
    """Days since 1970 of `2026-11-23`, or a number far below all days."""
    century, year, month, day = _two(data, at), _two(data, at + 2), _two(data, at + 5), _two(data, at + 8)
    if century < 0 or year < 0 or month < 1 or month > 12 or day < 1 or data[at + 4] != 45 or data[at + 7] != 45:
        return -(1 << 40)
    year += century * 100
    leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
    if year < 1700 or year > 4000 or day > _LENGTH[month] + (leap and month == 2):
        return -(1 << 40)
    before = year - 1
    return (
        before * 365 + before // 4 - before // 100 + before // 400 - 719162
        + _BEFORE[month] + (leap and month > 2) + day - 1
    )  # fmt: skip


@numba.njit(cache=True, nogil=True, inline="always")
def day(data: Array, begin: int, length: int) -> tuple[int, int]:
    """Days since 1970."""
    if length < 0:
        return GONE if length == -1 else HARD, 0
    i, end = _trimmed(data, begin, length)
    if i == end:
        return BLANK, 0
    found = _day(data, i) if end - i == 10 else -(1 << 40)
    return (DONE, found) if found > -(1 << 30) else (HARD, 0)


@numba.njit(cache=True, nogil=True)
def days(data: Array, begins: Array, lengths: Array, into: Array, states: Array) -> None:
    for row in range(len(begins)):
        states[row], into[row] = day(data, begins[row], lengths[row])


@numba.njit(cache=True, nogil=True, inline="always")
def _clock(data: Array, i: int, end: int) -> tuple[Any, int]:
    """The microseconds of `09:00`, `09:00:00` or `09:00:00.123` and where it ends; -1 when it is none."""
    hour, minute = _two(data, i), _two(data, i + 3)
    if hour < 0 or hour > 23 or minute < 0 or minute > 59 or data[i + 2] != 58:
        return -1, i
    time = (hour * 60 + minute) * 60_000_000
    i += 5
    if i + 3 <= end and data[i] == 58:
        second = _two(data, i + 1)
        if second < 0 or second > 59:
            return -1, i
        time += second * 1_000_000
        i += 3
        if i < end and data[i] == 46:
            i += 1
            unit, first = 100_000, i
            while i < end and 48 <= data[i] <= 57 and unit > 0:
                time += np.int64(data[i] - 48) * unit
                unit //= 10
                i += 1
            if i == first:
                return -1, i
    return time, i


@numba.njit(cache=True, nogil=True, inline="always")
def moment(data: Array, begin: int, length: int) -> tuple[int, int]:
    """Microseconds since 1970: in UTC where DONE, by the clock on the wall where LOCAL."""
    if length < 0:
        return GONE if length == -1 else HARD, 0
    i, end = _trimmed(data, begin, length)
    if i == end:
        return BLANK, 0
    if end - i < 16 or (data[i + 10] != 84 and data[i + 10] != 32):
        return HARD, 0
    on = _day(data, i)
    time, i = _clock(data, i + 11, end)
    if on < -(1 << 30) or time < 0:
        return HARD, 0
    found = on * DAY + time
    if i == end:
        return LOCAL, found
    if end - i == 1 and data[i] == 90:
        return DONE, found
    if (data[i] == 43 or data[i] == 45) and (end - i == 5 or (end - i == 6 and data[i + 3] == 58)):
        hours, minutes = _two(data, i + 1), _two(data, end - 2)
        if 0 <= hours <= 23 and 0 <= minutes <= 59:
            offset = (hours * 60 + minutes) * 60_000_000
            return DONE, found + (offset if data[i] == 45 else -offset)
    return HARD, 0


@numba.njit(cache=True, nogil=True)
def moments(data: Array, begins: Array, lengths: Array, into: Array, states: Array) -> None:
    for row in range(len(begins)):
        states[row], into[row] = moment(data, begins[row], lengths[row])


@numba.njit(cache=True, nogil=True, inline="always")
def flag(data: Array, begin: int, length: int) -> tuple[int, bool]:
    """`1`, `0`, `true`, `false` in any case; the rarer words are HARD."""
    if length < 0:
        return GONE if length == -1 else HARD, False
    i, end = _trimmed(data, begin, length)
    if i == end:
        return BLANK, False
    if end - i == 1 and (data[i] == 48 or data[i] == 49):
        return DONE, data[i] == 49
    if end - i == 4 and data[i] | 32 == 116 and data[i + 1] | 32 == 114 and data[i + 2] | 32 == 117:
        return (DONE, True) if data[i + 3] | 32 == 101 else (HARD, False)
    if (
        end - i == 5 and data[i] | 32 == 102 and data[i + 1] | 32 == 97 and data[i + 2] | 32 == 108
        and data[i + 3] | 32 == 115 and data[i + 4] | 32 == 101
    ):  # fmt: skip
        return DONE, False
    return HARD, False


@numba.njit(cache=True, nogil=True)
def flags(data: Array, begins: Array, lengths: Array, into: Array, states: Array) -> None:
    for row in range(len(begins)):
        states[row], into[row] = flag(data, begins[row], lengths[row])
