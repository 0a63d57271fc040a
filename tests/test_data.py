"""The quick frozen dataclass is the slow one, but for the time that it takes to define."""

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, field
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl import data

VALUES = st.one_of(st.integers(-1, 1), st.sampled_from(["", "a", float("nan"), None, (), (1,)]))


def classes(make):
    """Classes of every shape that the program has, made by one of the two decorators."""

    @make(frozen=True, slots=True)
    class Plain:
        """Words."""

        kind: ClassVar[str] = "plain"
        a: object
        b: object = 2
        c: list = field(default_factory=list, compare=False)

    @make(frozen=True, slots=True, kw_only=True)
    class Named(Plain):
        d: object
        e: object = field(default="made", init=False, repr=False)

    @make(frozen=True, slots=True)
    class One:
        a: object

    @make(frozen=True, slots=True)
    class Nothing:
        pass

    @make(frozen=True, slots=True)
    class OwnEquality:
        a: object

        def __eq__(self, other):
            return True

        def __post_init__(self):
            object.__setattr__(self, "a", (self.a,))

    @make(frozen=True, slots=True, order=True)
    class Ordered:
        a: int
        b: str = ""
        c: object = field(default=None, compare=False)

    return Plain, Named, One, Nothing, OwnEquality, Ordered


PAIRS = list(zip(classes(data.dataclass), classes(dataclasses.dataclass), strict=True))
ARGUMENTS = st.tuples(st.lists(VALUES, max_size=4), st.dictionaries(st.sampled_from("abcdx"), VALUES, max_size=4))


def made(cls, arguments):
    try:
        return cls(*arguments[0], **arguments[1])
    except TypeError:
        return TypeError


@given(st.sampled_from(PAIRS), ARGUMENTS, ARGUMENTS)
def test_instances_are_made_compared_hashed_and_shown_alike(pair, first, second):
    (a, b), (x, y) = ([made(cls, given) for given in (first, second)] for cls in pair)

    assert (a is TypeError, b is TypeError) == (x is TypeError, y is TypeError)
    assert (a == b, a == a, a != b) == (x == y, x == x, x != y)
    if a is not TypeError:
        assert repr(a).rpartition(".")[2] == repr(x).rpartition(".")[2]
        assert dataclasses.asdict(a) == dataclasses.asdict(x) or "nan" in repr(a)
        assert (type(a).__hash__ is None) == (type(x).__hash__ is None)
        assert hash(a) == hash(x)


@pytest.mark.parametrize("pair", PAIRS)
def test_the_classes_themselves_are_alike(pair):
    quick, slow = pair

    def shape(cls):
        return [(f.name, f.init, f.compare, f.kw_only, f.repr) for f in dataclasses.fields(cls)]

    assert shape(quick) == shape(slow)
    assert quick.__slots__ == slow.__slots__
    assert quick.__match_args__ == slow.__match_args__


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["", "a", "b"])), max_size=6))
def test_ordered_classes_sort_alike(values):
    quick, slow = PAIRS[-1]
    first, second = ([cls(*value) for value in values] for cls in (quick, slow))

    assert [(x.a, x.b) for x in sorted(first)] == [(x.a, x.b) for x in sorted(second)]
    assert [x <= y for x in first for y in first] == [x <= y for x in second for y in second]
    with pytest.raises(TypeError):
        quick(1) < 1  # noqa: B015


def test_nothing_can_be_set_or_deleted():
    one = PAIRS[2][0](1)

    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'a'"):
        one.a = 2
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'a'"):
        del one.a
    with pytest.raises(FrozenInstanceError):
        one.new = 2


@data.dataclass(frozen=True, slots=True)
class Kept:
    a: int
    b: tuple[int, ...] = (1,)


def test_copies_pickles_and_replacements_are_equal():
    kept = Kept(3)

    assert copy.deepcopy(kept) == copy.copy(kept) == dataclasses.replace(kept, b=(1,)) == kept
    assert dataclasses.replace(kept, a=4) == Kept(4)
    assert pickle.loads(pickle.dumps(kept)) == kept


def test_other_options_are_left_to_python():
    @data.dataclass
    class Loose:
        a: int

    loose = Loose(1)
    loose.a = 2

    assert loose == Loose(2)
