"""What holds for every field, every atom about it, and every value."""

import unicodedata
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from flowctl.classes import Derived, axioms
from flowctl.classes.asked import Bit
from flowctl.classes.domain import Holding, domain_of
from flowctl.expr import Compare, Field, Id, Text, evaluate, fold, is_id
from tests.classes.fields import HERE, ID, KINDS, ZONES, atoms, constants, kinds, said, space_of, values

zones = st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True)
asked = st.lists(atoms, min_size=1, max_size=5)
fields = kinds.flatmap(lambda of: st.tuples(st.just(of), st.lists(values(of), min_size=1, max_size=6)))
written = kinds.flatmap(values)


@given(asked, fields, zones)
@example([Compare(Field(HERE), "=", Text(ID))], (frozenset({"text"}), [ID, Id(ID + "IAV"), ID.lower()]), ZONES[:1])
def test_the_class_and_the_bits_of_a_value_decide_each_atom_as_the_judge_does(asked, field, zones):
    of, held = field
    space = space_of(asked, of, zones)

    for value in held:
        vector = space.encode(Holding(value, zones[0]))
        for atom in asked:
            for zone in zones:
                reads = space.reading(atom, zone)
                if not isinstance(reads, Derived):
                    assert said(space, reads, vector) == evaluate(atom, Holding(value, zone))


@given(asked, fields, zones)
def test_two_values_of_one_class_and_with_equal_bits_are_told_apart_by_no_atom(asked, field, zones):
    of, held = field
    space = space_of(asked, of, zones)
    truths = {}

    for value in held:
        for zone in zones:
            row = tuple(evaluate(atom, Holding(value, zone)) for atom in asked)
            assert truths.setdefault((zone, space.encode(Holding(value, zone))), row) == row


@given(asked, kinds, zones, st.lists(written, max_size=3))
def test_every_class_has_a_member_and_only_blank_has_none_for_one(asked, of, zones, written):
    space = space_of(asked, of, zones, [value for value in written if fits(value, of, zones)])

    for domain in space.domains.values():
        for code in range(domain.size):
            member = domain.member(code)
            assert domain.encode(member) == code
            assert (member is None) == (code == domain.blank)


def fits(value, of, zones):
    """Whether a field of some types can hold a value."""
    try:
        domain_of(of, (), zones).encode(value)
    except TypeError:
        return False
    return True


@given(asked, fields, zones)
def test_what_is_written_into_a_field_is_a_class_of_its_own(asked, field, zones):
    of, held = field
    space = space_of(asked, of, zones, held)

    for (when, _), domain in space.domains.items():
        for one, other in pairwise(held if when == "now" else ()):
            if domain.encode(one) == domain.encode(other):
                assert fold_of(one) == fold_of(other)


def fold_of(value):
    match value:
        case Id() if is_id(value.strip()):
            return value.strip()[:15]
        case str():
            return fold(value) or None
        case tuple():
            return frozenset(map(fold, value)) or None
        case _:
            return value


@given(asked, fields, zones)
def test_axioms_hold_for_every_value(asked, field, zones):
    of, held = field
    space = space_of(asked, of, zones)
    known = axioms(space)

    for value in held:
        vector = space.encode(Holding(value, zones[0]))
        codes = {
            **dict(zip(space.domains, vector.codes, strict=True)),
            **dict(zip((*space.bits, *space.derived), map(int, (*vector.bits, *vector.derived)), strict=True)),
        }
        for axiom in known:
            (given_, among), (then, only) = axiom.given, axiom.then
            assert codes[given_] not in among or codes[then] in only


@given(asked, kinds, zones)
def test_bits_are_one_for_each_predicate_and_classes_grow_with_the_constants_only(asked, of, zones):
    space = space_of(asked, of, zones)

    assert len(space.bits) <= 3 * len(asked)
    assert all(domain.size <= 30 + 40 * len(asked) * len(zones) for domain in space.domains.values())


@given(st.sampled_from(KINDS), st.lists(constants, max_size=3), zones)
def test_a_code_is_the_number_of_cuts_up_to_the_value(kind, constants, zones):
    domain = domain_of({kind}, [c.value for c in constants if c.value != "  "], zones)

    assert list(domain.cuts) == sorted(set(domain.cuts))
    if kind in ("number", "date", "datetime"):
        assert domain.size == len(domain.cuts) + 2
    if kind in ("text", "picklist", "owner"):
        for text, code in domain.listed.items():
            assert domain.encode(text) == code
        assert domain.encode("nobody asks for this") == domain.other


def test_letters_that_fold_to_those_of_an_id_are_the_ones_that_are_known():
    """So that an `Id` without the form of one is equal to one just where `Ids` foresees it."""
    strange = {
        chr(code): folded
        for code in range(128, 0x30000)  # further up no letter has a case
        if unicodedata.category(chr(code)) != "Cs" and (folded := fold(chr(code))).isascii() and folded.isalnum()
    }

    assert all(any(part in folded for part in ("k", "s", "ff", "fi", "fl")) for folded in strange.values())


def test_a_bit_is_equal_to_another_that_folds_to_the_same():
    source = "now", HERE

    assert Bit(source, "CONTAINS", "acme", "ACME") == Bit(source, "CONTAINS", "acme", "Acme ")
