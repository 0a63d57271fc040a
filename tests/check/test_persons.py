"""Fixtures that may hold real people."""

import pytest

from flowctl.flow.invented import made_up, real_addresses


@pytest.mark.parametrize(
    "text",
    [
        "ana@acme.example",
        "ana@ACME.EXAMPLE",
        "ana@example.com",
        "ana@mail.example.org",
        "ana@host.test",
        f"{made_up('0123456789')}@gmail.com",
        "ana at acme.com",
        "@acme.com",
        "1 @ 2",
    ],
)
def test_what_is_nobodys(text):
    assert not list(real_addresses(text))


@pytest.mark.parametrize(
    "text",
    [
        "ana@acme.com",
        "ana@acme.example.no",
        "ana@myexample.com",
        "ana@example.co",
        "lead-1@gmail.com",
        "Ana <ana@acme.com>, ana@example.com",
        "åse@blåbær.no",
        "ana@acme.com.",
    ],
)
def test_what_may_be_somebodys(text):
    assert len(list(real_addresses(text))) == 1
