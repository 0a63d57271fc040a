"""Every vector that a record has is that of a concrete record, too, which goes the same way."""

import dataclasses
import datetime as dt
import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flowctl.classes import Shape, Space
from flowctl.classes.asked import Bit
from flowctl.classes.members import Arrived
from flowctl.classes.wording import examples, values
from flowctl.expr import parse
from flowctl.flow import Record
from tests.classes.routes import LEAD_ATOMS, NOW, leads, path_of, records, worlds
from tests.sample.loaded import MODEL, WORLD


@given(worlds, records)
def test_the_member_of_a_records_vector_goes_the_way_of_the_record(world, record):
    space = Space.of([world], "lead")
    vector = space.encode(Arrived(world, record, NOW))

    member = space.member(vector, NOW)

    assert space.derived == ()
    assume(is_found(member, space))
    assert space.encode(Arrived(world, member, NOW)) == vector
    assert path_of(world, member) == path_of(world, record)


def is_found(member, space):
    """Texts for patterns are looked for by trying; everything else that there is is found."""
    assert member is not None or any(bit.op == "MATCHES" for bit in space.bits)
    return member is not None


@given(worlds, records, leads)
def test_records_of_one_vector_go_the_same_way(world, one, instead):
    other = dataclasses.replace(one, fields={**one.fields, **dict(list(instead.items())[:1])})
    space = Space.of([world], "lead")
    assume(space.encode(Arrived(world, one, NOW)) == space.encode(Arrived(world, other, NOW)))

    assert path_of(world, one) == path_of(world, other)


@given(worlds, worlds, records)
def test_a_space_of_two_versions_serves_both(one, other, record):
    other = dataclasses.replace(other, zone=one.zone)
    space = Space.of([one, other], "lead")

    member = space.member(space.encode(Arrived(one, record, NOW)), NOW)

    assume(is_found(member, space))
    assert path_of(one, member) == path_of(one, record)
    assert path_of(other, member) == path_of(other, record)


@given(worlds, st.data())
def test_each_class_of_the_record_itself_has_a_record(world, data):
    space = Space.of([world], "lead")
    assume(space.domains)
    blank = space.encode(Arrived(world, Record("Lead", {}, {}), NOW))
    place, (source, domain) = data.draw(st.sampled_from(list(enumerate(space.domains.items()))))
    code = data.draw(st.integers(0, domain.size - 1))
    bits = (
        bit.holds(domain.member(code)) if bit.source == source else was
        for bit, was in zip(space.bits, blank.bits, strict=True)
    )
    codes = (*blank.codes[:place], code, *blank.codes[place + 1 :])

    member = space.member(dataclasses.replace(blank, codes=codes, bits=tuple(bits)), NOW)

    through_people = source[1][-1] in ("Team", "Active")  # where somebody of the directory is needed
    assert member is not None or through_people


ON_COMPANY = [parse(atom) for atom in LEAD_ATOMS if atom.startswith(("Company", "MATCHES"))]
COMPANY = Space.asking(ON_COMPANY, [], lambda _: frozenset({"text"}), [dt.UTC])


@pytest.mark.parametrize("bit", COMPANY.bits, ids=lambda bit: f"{bit.op} {bit.written}")
def test_a_text_is_built_for_each_predicate(bit):
    domain = COMPANY.domain(bit.source)

    found = next(values(domain, domain.other, {bit: True}))

    assert bit.holds(found)
    assert domain.encode(found) == domain.other


@pytest.mark.parametrize(
    "pattern", ["^acme", "[0-9]{3}x+", "(?:one|two) ?ltd$", "\\bme\\b", "a.c", "[^a]b", ".*", "(a|b)*c"]
)
def test_a_text_is_found_for_a_pattern(pattern):
    bit = Bit(("now", ("Company",)), "MATCHES", pattern, pattern)

    assert any(text.strip() and bit.holds(text) for text in examples(pattern))


@pytest.mark.parametrize("pattern", ["(", "\\pL", "a**"])
def test_a_pattern_that_cannot_be_read_has_no_examples_and_fails_nobody(pattern):
    assert all(isinstance(text, str) for text in examples(pattern))


def vector_of(space, **wanted):
    """The vector of a blank record, but for the codes of some fields and the truths of bits and atoms by name."""
    blank = space.encode(Arrived(WORLD, Record("Lead", {}), NOW))
    codes = [wanted.get(path[-1], code) for (_, path), code in zip(space.domains, blank.codes, strict=True)]
    bits = [wanted.get(bit.item, holds) for bit, holds in zip(space.bits, blank.bits, strict=True)]
    return dataclasses.replace(blank, codes=tuple(codes), bits=tuple(bits))


def test_what_contradicts_itself_has_no_member():
    shape = Shape.of([WORLD], "lead")
    asked = [parse(f"Company STARTS WITH '{start}'") for start in ("ab", "ac")]
    space = Space.asking([*asked, parse("Company IS BLANK")], [], shape.kinds, [dt.UTC], shape)

    assert space.member(vector_of(space, Company=0, ab=True)).fields["Company"].startswith("ab")
    assert space.member(vector_of(space, Company=0, ab=True, ac=True)) is None
    assert space.member(vector_of(space, ab=True)) is None  # of a blank


def test_a_person_is_found_for_what_the_directory_knows_of_them():
    shape = Shape.of([WORLD], "lead")
    attributes = next(of for of in WORLD.people.values() if of.get("Team"))
    space = Space.asking([parse(f"Owner.Team = '{attributes['Team']}'")], [], shape.kinds, [dt.UTC], shape)

    member = space.member(vector_of(space, Team=0))

    assert WORLD.people[member.fields["Owner"]]["Team"] == attributes["Team"]


def test_dates_that_hang_on_today_and_what_changed_are_found_by_trying():
    shape = Shape.of([WORLD], "lead")
    asked = ("EE_Trial_End_Date__c >= TODAY - 30 DAYS", "CHANGED(Status)", "Status = 'MQL'", "PRIOR(Status) = 'MQL'")
    space = Space.asking(map(parse, asked), [], shape.kinds, [dt.UTC], shape)
    blank = space.encode(Arrived(WORLD, Record("Lead", {}), NOW))
    mql, other, nothing = range(3)

    for is_due, is_changed in itertools.product((False, True), repeat=2):
        wanted = dataclasses.replace(blank, derived=(is_due, is_changed))
        member = {pair: space.member(dataclasses.replace(wanted, codes=pair), NOW) for pair in PAIRS}
        assert member[mql, mql] is not None  # of another case, when it is changed
        assert member[other, other] is not None
        assert (member[nothing, nothing] is None) == is_changed
        assert (member[mql, other] is None) != is_changed


PAIRS = [(0, 0), (1, 1), (2, 2), (0, 1)]


@pytest.mark.parametrize("flow", sorted(MODEL.flows))
def test_the_leads_of_the_samples_fixtures_have_members(flow):
    space = Space.of([WORLD], flow)

    for fixture in MODEL.fixtures.get(flow, ()):
        now = fixture.story.now or NOW
        vector = space.encode(Arrived(WORLD, fixture.record, now))
        member = space.member(vector, now)
        assert member is not None, fixture.why
        assert space.encode(Arrived(WORLD, member, now)) == vector
