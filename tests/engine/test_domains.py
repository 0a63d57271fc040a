"""Whose domain an address is on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.engine.domains import canonical, of_email, of_website, registered

EMAILS = [
    ("ana@acme.com", "acme.com"),
    ("ana@mail.acme.co.uk", "acme.co.uk"),
    (" ANA@ACME.COM ", "acme.com"),
    ("Ana Ruiz <ana@acme.com>", "acme.com"),
    ("ana@acme.com;", "acme.com"),
    ('"ana@home"@acme.com', "acme.com"),
    ("ana@acme.example", "acme.example"),
    ("ana@münchen.de", "münchen.de"),
    ("ana@xn--mnchen-3ya.de", "münchen.de"),
    ("ana@straße.de", "straße.de"),  # since 2010 another domain than strasse.de
    ("ana@mail.公司.cn", "mail.公司.cn"),  # 公司.cn is a public suffix
    ("ana@acme.github.io", "acme.github.io"),
    ("ana@acme.za.com", "acme.za.com"),  # za.com is a provider, but rents out names too
    ("ana@google.com", "google.com"),  # docs.google.com is listed as free
]
NO_EMAILS = [
    "ana@;. .a", "ana@acme.com (sales)", "ana@acme.com; bo",
    "", "ana", "ana@", "@", "ana@localhost", "ana@co.uk", "ana@com", "ana@github.io", "ana@10.0.0.1", "ana@[::1]",
    "ana@acme..com", "ana@.com",
]  # fmt: skip
FREE = [
    "gmail.com", "GoogleMail.com", "mail.gmail.com", "outlook.com", "hotmail.co.uk", "yahoo.co.jp", "gmx.de", "web.de",
    "icloud.com", "proton.me", "qq.com", "vip.qq.com", "163.com", "mail.ru", "orange.fr", "libero.it", "tuta.io",
    "hey.com", "docs.google.com",
]  # fmt: skip
WEBSITES = [
    ("acme.com", "acme.com"),
    ("https://www.acme.com/en?x=1#top", "acme.com"),
    ("HTTP://ACME.COM.", "acme.com"),
    ("//acme.com", "acme.com"),
    ("http:\\\\acme.com\\en", "acme.com"),
    ("acme.com:8080", "acme.com"),
    ("ftp://ana:secret@acme.com:21/x", "acme.com"),
    ("acme.com, bolt.com", "acme.com"),
    ("acme.com www.acme.de", "acme.com"),
    ("shop.acme.co.uk", "acme.co.uk"),
    ("https://xn--mnchen-3ya.de", "münchen.de"),
    ("gmail.com", "gmail.com"),  # it is somebody's website
    ("linkedin.com", "linkedin.com"),
    ("https://www.linkedin.com/", "linkedin.com"),
    ("acme.com/facebook.com/", "acme.com"),
]
NO_WEBSITES = [
    "", " ", "-", "n/a", "www.", "none", "http://", "https://localhost:8080", "http://10.0.0.1/x", "http://[::1]/",
    "co.uk", "facebook.com/acme", "https://de.linkedin.com/company/acme", "x.com\\acme", "acme", "ana ruiz",
]  # fmt: skip


@pytest.mark.parametrize(("address", "domain"), EMAILS)
def test_the_domain_of_a_mail_address_is_what_somebody_has_registered(address, domain):
    assert of_email(address) == domain


@pytest.mark.parametrize("address", NO_EMAILS)
def test_what_nobody_has_registered_is_no_domain(address):
    assert of_email(address) is None


@pytest.mark.parametrize("provider", FREE)
def test_an_address_at_a_free_provider_has_no_domain_of_its_own(provider):
    assert of_email(f"ana@{provider}") is None


@pytest.mark.parametrize(("address", "domain"), WEBSITES)
def test_a_website_is_known_by_its_registered_domain(address, domain):
    assert of_website(address) == domain


@pytest.mark.parametrize("address", NO_WEBSITES)
def test_what_is_no_website_of_ones_own_has_no_domain(address):
    assert of_website(address) is None


labels = st.text("abz09é日ß", min_size=1, max_size=8)
hosts = st.lists(labels, min_size=2, max_size=4).map(".".join)


@given(hosts)
def test_a_host_has_one_form_which_is_its_own(host):
    assert canonical(canonical(host)) == canonical(host)


@given(labels.map(lambda label: f"{label}.example"))
def test_a_domain_is_the_same_in_punycode(host):
    written = ".".join(
        part if part.isascii() else "xn--" + part.encode("punycode").decode() for part in host.split(".")
    )

    assert canonical(written) == canonical(host)


@given(hosts, labels)
def test_a_subdomain_belongs_to_whom_the_domain_belongs(host, label):
    domain = registered(canonical(host))

    if domain is not None:
        assert registered(f"{canonical(label)}.{domain}") == domain
        assert registered(domain) == domain


@given(st.text(max_size=40))
def test_any_text_can_be_asked_for_its_domain(text):
    assert "@" not in (of_email(text) or "")
    assert "/" not in (of_website(text) or "")
