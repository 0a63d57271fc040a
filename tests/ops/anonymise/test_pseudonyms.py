"""What stands for people: always the same, never the thing itself, with what routing reads of it."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.engine import companies, domains
from flowctl.flow.invented import real_addresses
from flowctl.ops.anonymise.pseudonyms import Pseudonyms, checksum

KEY = b"0123456789abcdef"
made = Pseudonyms(KEY)
HOSTS = st.sampled_from(
    [
        "acme.com",
        "mail.acme.co.uk",
        "cs.uni.edu",
        "stadt.bayern.de",
        "blåbær.no",
        "xn--mnchen-3ya.de",
        "acme.example",
        "gmail.com",
        "localhost",
        "acme.gov",
        "10.0.0.1",
        "a.github.io",
    ]
)
WORDS = st.text(string.ascii_letters + string.digits + "æøéß .-_", min_size=1, max_size=20).filter(str.strip)


@given(WORDS, HOSTS)
def test_an_address_is_nobodys_and_its_domain_of_the_same_class(local, host):
    address = f"{local.replace(' ', '')}@{host}"
    instead = made.email(address)
    assert not list(real_addresses(instead))
    assert (domains.of_email(instead) is None) == (domains.of_email(address) is None) or host in (
        "localhost",
        "10.0.0.1",
    )
    registered = domains.registered(domains.canonical(host))
    if registered:
        assert instead.endswith(("." + registered.partition(".")[2], host))


@given(WORDS, HOSTS)
def test_addresses_and_websites_of_one_company_stay_of_one_company(local, host):
    by_mail = domains.of_email(made.email(f"{local.replace(' ', '')}@{host}"))
    by_web = domains.of_website(made.website(f"https://www.{host}/about/{local}"))
    if domains.of_email(f"x@{host}"):
        assert by_mail == by_web


@given(WORDS)
def test_the_same_person_stays_the_same_whatever_the_case(name):
    assert made.first_name(name) == Pseudonyms(KEY).first_name(f" {name} ".swapcase()) or "ß" in name
    assert made.email(f"{name.strip()}@Acme.com") == made.email(f"{name.strip()}@acme.COM")


def test_another_key_makes_another_person():
    other = Pseudonyms(KEY[::-1])
    assert other.email("ana@acme.com") != made.email("ana@acme.com")
    assert other.id("00Q5g00000AbCdE") != made.id("00Q5g00000AbCdE")


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="too short"):
        Pseudonyms(b"0123")


@given(st.text(string.digits + "+-() .", min_size=1, max_size=20))
def test_a_phone_number_keeps_its_form(number):
    instead = made.phone(number)
    assert re.sub(r"\d", "0", instead) == re.sub(r"\d", "0", number)
    if number.startswith("+"):
        assert re.sub(r"\D", "", instead)[:2] == re.sub(r"\D", "", number)[:2]


@given(WORDS)
def test_a_text_keeps_its_form(text):
    instead = made.text(text)
    assert [c.isalpha() for c in instead] == [c.isalpha() for c in text]
    assert [c.isupper() for c in instead] == [c.isupper() for c in text]


def test_what_conditions_ask_for_stays_where_it_is():
    asked = re.compile("web chat|webcast", re.IGNORECASE)
    assert made.text("Came by Web Chat, asked for Ana", asked)[8:16] == "Web Chat"


@pytest.mark.parametrize("form", ["Inc.", "GmbH", "AS", "Sp. z o.o.", "Ltd"])
def test_a_company_keeps_its_legal_form_and_its_spellings_stay_one(form):
    one, other = made.company(f"Hansen & Lie {form}"), made.company(f"HANSEN and Lie, {form}")
    assert one.endswith(form)
    assert companies.normalised(one) == companies.normalised(other)
    assert "hansen" not in one.lower()


@pytest.mark.parametrize("answer", ["unknown", "N/A", "-", "self employed"])
def test_a_standard_answer_stays(answer):
    assert made.company(answer) == answer


def test_a_company_keeps_the_words_that_conditions_ask_for():
    assert "University" in made.company("Hill University", ["University"])


@given(st.text(string.ascii_letters + string.digits, min_size=15, max_size=15))
def test_both_forms_of_an_id_stay_one(short):
    instead = made.id(short)
    assert len(instead) == 15
    assert instead[:3] == short[:3]
    assert made.id(short + checksum(short)) == instead + checksum(instead)


def test_the_checksum_is_that_of_salesforce():
    assert checksum("0015g00000Hd3lO") == "AAR"
    assert checksum("a0A" + "0" * 12) == "EAA"
