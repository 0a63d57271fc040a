"""Rosters that cannot be meant are told with their place, and what to write instead."""

import time

import pytest

from tests.bad_input.workspace import ROSTER, assert_helps, errors, places

SALES = "flows/rosters/sales.yaml"
BEN = "  - {user: ben, weight: 2, leave: [{from: 2026-12-01, to: 2026-12-03}]}\n"


def with_member(text):
    """The roster with another writing of its second member."""
    return ROSTER.replace(BEN, f"  - {text}\n")


MISTAKES = {
    "a member twice": (ROSTER + "  - user: ana\n", ["5:11 FC406"]),
    "a leave that ends before it starts": (ROSTER.replace("2026-12-03", "2026-11-03"), ["4:59 FC407"]),
    "a leave on no day": (ROSTER.replace("2026-12-03", "2026-02-30"), ["4:59 FC005"]),
    "a leave without an end": (ROSTER.replace(", to: 2026-12-03", ""), ["4:36 FC004"]),
    "an unknown zone": (with_member("{user: ben, zone: Europe/Berln}"), ["4:23 FC005"]),
    "a zone of this machine": (with_member("{user: ben, zone: localtime}"), ["4:23 FC005"]),
    "a zone that leaves the folder": (with_member("{user: ben, zone: ../../etc/passwd}"), ["4:23 FC005"]),
    "an unknown region": (with_member("{user: ben, holidays: XX}"), ["4:27 FC411"]),
    "an unknown part": (with_member("{user: ben, holidays: DE-BX}"), ["4:27 FC411"]),
    "no region": (with_member("{user: ben, holidays: Bavaria}"), ["4:27 FC005"]),
    "a cap of none a day": (with_member("{user: ben, cap: 0/day}"), ["4:22 FC005"]),
    "a cap without a unit": (with_member("{user: ben, cap: 12}"), ["4:22 FC005"]),
    "a cap of a list": (with_member("{user: ben, cap: [12/day]}"), ["4:22 FC005"]),
    "hours that end before they start": (with_member("{user: ben, hours: Mo-Fr 17:00-09:00}"), ["4:30 FC005"]),
    "hours that overlap": (with_member('{user: ben, hours: "Mo 09:00-12:00, 11:00-13:00"}'), ["4:41 FC005"]),
    "hours of an unknown day": (with_member('{user: ben, hours: "Mo-Xx 09:00-12:00"}'), ["4:28 FC005"]),
    "two wrong groups": (with_member('{user: ben, hours: "Mo 9-12; Tu 1-2"}'), ["4:28 FC005", "4:37 FC005"]),
    "hours as a number": (with_member("{user: ben, hours: 8}"), ["4:24 FC005"]),
    "hours that lack a quote": (with_member("{user: ben, hours: Mo-Fr 09:00-12:00, 13:00-17:00}"), ["4:43 FC003"]),
    "an unknown way to stick": (ROSTER.replace("members", "sticky: account\nmembers"), ["2:9 FC005"]),
    "skills of one word": (with_member("{user: ben, skills: german}"), ["4:25 FC005"]),
    "a former name of a path": (with_member("{user: ben, was: ../ana}"), ["4:22 FC005"]),
    "somebody who was another member": (with_member("{user: ben, was: ana}"), ["4:22 FC415"]),
    "a roster that was itself": (ROSTER.replace("members", "was: sales\nmembers"), ["2:6 FC414"]),
}


@pytest.mark.parametrize(("text", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_roster_is_told_with_its_place(text, expected):
    found = errors({SALES: text})

    assert [place.removeprefix("rosters/sales.yaml:") for place in places(found) if "rosters/" in place] == expected
    assert_helps([d for d in found if d.span.file == SALES])


def test_a_mistake_of_the_whole_roster_is_told_too():
    text = ROSTER.replace("members", "hours: Mo 9\nzone: Mars\nholidays: QQ\ncap: none\nmembers")

    assert [place.split(":")[1] for place in places(errors({SALES: text})) if "rosters/" in place] == ["2", "3", "5"]


def test_hours_of_a_megabyte_are_refused_at_once():
    started = time.process_time()

    (found,) = errors({SALES: with_member(f'{{user: ben, hours: "{"Mo 09:00-10:00;" * 70_000}"}}')})[:1]

    assert found.message == "working hours of more than 1,000 characters"
    assert time.process_time() - started < 5  # a bound on hanging, not on speed
