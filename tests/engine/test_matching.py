"""Finding accounts in a data set, and why one of them is taken and not the next best."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flowctl.engine.binding import bind
from flowctl.engine.companies import normalised, score
from flowctl.engine.matching import DataSet, Names, Seeker, company_of, id_key
from flowctl.engine.outcome import Bound, Sought
from flowctl.expr import parse
from flowctl.flow.program import Bind, Method, Preference, Way
from flowctl.flow.record import Record

SAME, ALIKE = Method("company_name"), Method("company_name", least=80)
LETTERS = "abcdeé"


def accounts(*fields):
    return DataSet([Record("Account", of) for of in fields])


def named(*names):
    return accounts(*({"Name": name} for name in names))


def lead(**fields):
    return Seeker(fields, True, lambda path: fields.get(path[0]))


def find(data, method, **fields):
    seeker = lead(**fields)
    return [hit.record.fields["Name"] for hit in data.find(method, seeker.key(method))]


# Keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["0015f00000LkQeA", "0015f00000LkQeAIAV", " 0015f00000LkQeAIAV "])
def test_an_id_is_the_same_in_both_forms(written):
    data = accounts({"Name": "Acme", "Id": "0015f00000LkQeAIAV"}, {"Name": "Bolt", "Id": "0015f00000LkQea"})

    assert find(data, Method("id", ("Matched_Account__c",)), Matched_Account__c=written) == ["Acme"]


def test_the_case_of_an_id_counts():
    assert id_key("0015f00000LkQeA") != id_key("0015f00000LkQea")


def test_an_account_is_found_by_each_of_its_domains_and_once():
    data = accounts(
        {"Name": "Acme", "Website": "www.acme.com", "Email_Domain__c": "acme.com; acme.de,acme.co.uk"},
        {"Name": "Bolt", "Email": "info@bolt.com"},
    )

    found = [find(data, Method("email_domain"), Email=f"ana@{d}") for d in ("acme.com", "x.acme.de", "acme.co.uk")]

    assert found == [["Acme"]] * 3
    assert find(data, Method("email_domain"), Email="ana@bolt.com") == ["Bolt"]


@pytest.mark.parametrize("method", [Method("email_domain"), Method("website_domain"), Method("company_name"), ALIKE])
def test_a_lead_that_says_nothing_finds_nobody(method):
    data = accounts({"Name": ""}, {"Name": None, "Website": "", "Email": " "}, {"Name": "[not provided]"})

    assert find(data, method, Email=None, Company="", Website=" ") == []
    assert find(data, method, Company="[not provided]") == []


def test_many_of_one_key_are_found_in_the_order_of_the_data():
    data = accounts(*({"Name": f"A{at}", "Website": "acme.com"} for at in range(4)))

    assert find(data, Method("website_domain"), Website="acme.com") == ["A0", "A1", "A2", "A3"]


def test_a_company_is_told_by_its_domain_and_by_its_name_where_there_is_none():
    assert company_of({"Email": "ana@mail.acme.com", "Company": "Bolt"}) == "acme.com"
    assert company_of({"Email": "ana@gmail.com", "Website": "acme.com"}) == "acme.com"
    assert company_of({"Email": "ana@gmail.com", "Company": "Acme Inc."}) == company_of({"Company": "ACME"})
    assert company_of({"Email": "ana@gmail.com", "Company": "N/A"}) is None


# Likeness ---------------------------------------------------------------------------------------------------------

words = st.text(LETTERS, min_size=1, max_size=6)
names = st.lists(words, min_size=1, max_size=3).map(" ".join).map(normalised)


@given(st.lists(names, unique=True, max_size=12), names, st.integers(0, 100))
def test_what_is_found_are_those_compared_that_reach_the_score(others, name, least):
    index = Names(others)

    compared = set(index._compared(name, least))

    assert dict(index.like(name, least)) == {o: score(name, o) for o in compared if score(name, o) >= least}


@given(names, names, st.integers(0, 100))
def test_whether_two_names_are_compared_does_not_depend_on_which_is_asked(a, b, least):
    assert (Names([a])._compared(b, least) == [a]) == (Names([b])._compared(a, least) == [b])


@given(names, st.integers(0, 100))
def test_a_name_and_its_words_in_another_order_are_found_with_the_full_score(name, least):
    turned = " ".join(reversed(name.split(" ")))

    assert Names([name]).like(turned, least) == [(name, 100.0)]


@st.composite
def slips(draw):
    """A name of seven letters or more, and the same with one slip."""
    name = draw(names.filter(lambda name: len(name.replace(" ", "")) >= 7))
    at = draw(st.integers(0, len(name) - 1))
    letter = draw(st.sampled_from(LETTERS))
    rest = name[at + 1 :]
    kinds = [name[:at] + rest, name[:at] + letter + rest, name[:at] + letter + name[at:]]
    slipped = " ".join(draw(st.sampled_from([*kinds, name[:at] + rest[:1] + name[at] + rest[1:]])).split())
    assume(normalised(slipped) == slipped)  # no slip that makes a legal form of a word
    return name, slipped


@given(slips())
def test_one_slip_never_keeps_two_names_apart(pair):
    name, slipped = pair

    if score(name, slipped) >= 80:
        assert Names([name]).like(slipped, 80) == [(name, score(name, slipped))]


def test_names_that_are_alike_come_with_their_scores_in_the_order_of_the_data():
    data = named("Northwind Traders", "Fjord", "Northwind Traders AG", "Northwind Traded")

    hits = data.find(ALIKE, lead(Company="Northwind Trader").key(ALIKE))

    assert [(hit.record.fields["Name"], round(hit.score)) for hit in hits] == [
        ("Northwind Traders", 97),
        ("Northwind Traders AG", 97),
        ("Northwind Traded", 94),
    ]


# The choice -------------------------------------------------------------------------------------------------------

CUSTOMER = Preference("when", parse("account.Type = 'Customer'"))
NEWEST = Preference("newest")


def chosen(data, *prefer, by=SAME, **fields):
    """The facts of a match on accounts whose type may be asked for."""
    step = Bind("m", "Account", "account", (by,), None, prefer, Way("matched", "a"), Way("unmatched", "b"))
    _, facts = bind(step, data, lead(**fields), None, lambda _, record: record.fields.get("Type") == "Customer")
    return facts


def test_a_match_tells_who_came_next_and_which_preference_decided():
    data = accounts({"Name": "Acme", "Id": "1"}, {"Name": "Acme", "Id": "2", "Type": "Customer"}, {"Name": "Acme"})

    [sought, bound] = chosen(data, CUSTOMER, Company="ACME")

    assert sought == Sought("company_name", 3, 3)
    assert (bound.by, bound.preference, bound.method) == ("preference 1", CUSTOMER, "company_name")
    assert (bound.record.fields["Id"], bound.runner_up.fields["Id"]) == ("2", "1")


def test_the_runner_up_is_the_best_of_the_others():
    data = accounts(
        {"Name": "Acme", "Id": "1"},
        {"Name": "Acme", "Id": "2", "Type": "Customer"},
        {"Name": "Acme", "Id": "3", "Type": "Customer"},
    )

    [_, bound] = chosen(data, CUSTOMER, NEWEST, Company="Acme")

    assert (bound.by, bound.record.fields["Id"], bound.runner_up.fields["Id"]) == ("order of the data", "2", "3")


def test_one_candidate_alone_has_no_runner_up():
    [_, bound] = chosen(named("Acme", "Bolt"), CUSTOMER, Company="Acme")

    assert (bound.by, bound.preference, bound.runner_up, bound.runner_up_score) == (None, None, None, None)


def test_the_closest_name_comes_first_with_both_scores():
    data = named("Northwind Trading", "Northwind Traders")

    [_, bound] = chosen(data, CUSTOMER, by=ALIKE, Company="Northwind Trader")

    assert (bound.by, bound.record.fields["Name"]) == ("closest", "Northwind Traders")
    assert round(bound.score) == 97
    assert round(bound.runner_up_score) < 97


def test_the_order_of_the_data_decides_what_no_preference_does():
    [_, first] = chosen(named("Acme Inc", "Acme AG"), NEWEST, Company="Acme")
    [_, second] = chosen(named("Acme AG", "Acme Inc"), NEWEST, Company="Acme")

    assert (first.record.fields["Name"], second.record.fields["Name"]) == ("Acme Inc", "Acme AG")


def test_no_values_of_a_record_are_in_what_is_logged_of_a_match():
    [_, bound] = chosen(named("Acme Secret", "Acme Secret AG"), Company="Acme Secret")

    assert isinstance(bound, Bound)
    assert "Secret" not in repr(bound)
