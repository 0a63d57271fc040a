"""What holds for every condition and every record."""

from dataclasses import replace

from hypothesis import assume, example, given
from hypothesis import strategies as st

from flowctl.expr import (
    And,
    AnyOf,
    Between,
    Compare,
    Not,
    Or,
    Text,
    atoms,
    check_types,
    evaluate,
    fields,
    implies,
    parse,
    parse_value,
    to_text,
    walk,
)
from flowctl.expr.scanner import scan
from tests.expr.conditions import conditions, joined, named, operands, plain_atoms, records
from tests.expr.record import Workspace


@given(conditions)
def test_what_is_printed_reads_back_as_the_same_condition(e):
    assert parse(to_text(e)) == e


@given(operands)
def test_what_is_printed_reads_back_as_the_same_value(value):
    assert parse_value(to_text(value)) == value


@given(st.text())
@example("'\\")
@example("a = '\x00' AND")
def test_any_text_survives_quoting(text):
    assume(text.strip())

    assert parse_value(to_text(Text(text))) == Text(text)


@given(conditions)
def test_printing_is_canonical_whatever_the_spacing_and_case(e):
    text = to_text(e)
    words = [(text[t.start : t.end], t.kind) for t in scan(text, [])]
    spaced = "\n ".join(word if kind in ("name", "text", "moment") else word.lower() for word, kind in words)

    assert to_text(parse(spaced)) == text


@given(conditions)
def test_every_piece_knows_the_characters_it_was_read_from(e):
    text = to_text(e)

    for atom in atoms(parse(text)):
        assert parse(text[atom.start : atom.end]) == atom


@given(conditions, records)
def test_evaluating_and_checking_never_fail(e, record):
    assert evaluate(e, record) in (True, False)
    assert check_types(e, Workspace()) is not None
    assert fields(e) == frozenset(path for atom in atoms(e) for path in fields(atom))


@given(operands, operands, records)
def test_not_equal_is_the_plain_negation_of_equal(left, right, record):
    equal = evaluate(Compare(left, "=", right), record)

    assert evaluate(Compare(left, "!=", right), record) is not equal
    assert evaluate(Compare(right, "=", left), record) is equal


@given(operands, st.lists(operands, min_size=1, max_size=3).map(tuple), records)
def test_lists_are_any_of_their_items(left, items, record):
    for op, single in (("IN", "="), ("CONTAINS", None), ("INCLUDES", None), ("LIKE", None)):
        each = [Compare(left, single, i) if single else AnyOf(left, op, (i,)) for i in items]

        assert evaluate(AnyOf(left, op, items), record) is any(evaluate(e, record) for e in each)


@given(operands, st.lists(operands, min_size=1, max_size=3).map(tuple), records)
def test_negated_lists_are_plain_negations(left, items, record):
    assert evaluate(AnyOf(left, "NOT IN", items), record) is not evaluate(AnyOf(left, "IN", items), record)
    assert evaluate(AnyOf(left, "EXCLUDES", items), record) is not evaluate(AnyOf(left, "INCLUDES", items), record)


@given(operands, operands, operands, records)
def test_between_is_both_ends_included(value, low, high, record):
    ends = And((Compare(value, ">=", low), Compare(value, "<=", high)))

    assert evaluate(Between(value, low, high), record) is evaluate(ends, record)


@given(conditions, conditions, records)
def test_de_morgan(a, b, record):
    assert evaluate(Not(And((a, b))), record) is evaluate(Or((Not(a), Not(b))), record)
    assert evaluate(Not(Or((a, b))), record) is evaluate(And((Not(a), Not(b))), record)


@given(joined(plain_atoms), joined(plain_atoms), st.lists(records, min_size=1, max_size=8))
def test_what_is_seen_to_imply_does(a, b, some):
    if implies(a, b):
        for record in some:
            assert evaluate(b, record) or not evaluate(a, record)


@given(plain_atoms, plain_atoms, named, st.booleans(), st.booleans(), st.lists(records, min_size=1, max_size=8))
def test_what_is_seen_to_imply_does_about_one_field(a, b, field, not_a, not_b, some):
    a, b = (about(e, field, negated) for e, negated in ((a, not_a), (b, not_b)))

    if implies(a, b):
        for record in some:
            assert evaluate(b, record) or not evaluate(a, record)


def about(atom, field, negated):
    """The atom, speaking of another field; perhaps its negation."""
    name = next((name for name in ("left", "of") if hasattr(atom, name)), None)
    moved = replace(atom, **{name: field}) if name else atom
    return Not(moved) if negated else moved


@given(conditions)
def test_every_condition_implies_itself_and_what_is_wider(e):
    other = parse("Company = 'wider'")

    assert implies(e, e)
    assert implies(e, Or((e, other)))
    assert implies(And((other, e)), e)


@given(conditions)
def test_walking_meets_every_atom_in_reading_order(e):
    text = to_text(e)
    read = parse(text)

    assert [a for a in walk(read) if a in atoms(read)] == list(atoms(read))
    assert [a.start for a in atoms(read)] == sorted(a.start for a in atoms(read))
