"""Pieces that are read ahead are those that are read one after the other."""

import sys
from functools import partial

import pytest

from flowctl.columns.ahead import MOST, Ahead


def pieces(count, read, broken=None):
    def piece(number):
        if number == broken:
            raise ValueError(f"piece {number}")
        read.append(number)
        return number

    for number in range(count):
        yield partial(piece, number)


@pytest.mark.parametrize("count", [0, 1, MOST, 3 * MOST])
def test_all_pieces_come_in_order(count):
    ahead = Ahead(pieces(count, []))

    assert [piece() for piece in ahead.pieces()] == list(range(count))


def test_no_more_is_read_than_may_wait():
    read = []
    ahead = Ahead(pieces(100, read))
    ahead._thread.join()

    assert read == list(range(MOST))
    ahead.stop()


def test_what_goes_wrong_is_told_where_it_did():
    found = []
    ahead = Ahead(pieces(5, [], broken=2))

    with pytest.raises(ValueError, match="piece 2"):
        found.extend(piece() for piece in ahead.pieces())

    assert found == [0, 1]


def test_threads_take_turns_as_before():
    turn = sys.getswitchinterval()

    Ahead(pieces(3, [])).stop()

    assert sys.getswitchinterval() == turn
