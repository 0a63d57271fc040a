"""Mail addresses that are certainly nobody's: on reserved domains, or made up by flowctl.

Reserved are `example.com`, `.net` and `.org` and all under `.example`, `.test`, `.invalid` and `.localhost` (RFC 2606
and 6761).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

RESERVED = re.compile(r"(^|\.)(example(\.(com|net|org))?|test|invalid|localhost)$")
MADE_UP = re.compile(r"lead-[0-9a-f]{10}")  # the part before the @ of an address that stands for somebody's
_ADDRESS = re.compile(r"([\w.!#$%&'*+/=?^`{|}~-]+)@((?:[\w-]+\.)+[\w-]{2,})")


def made_up(digits: str) -> str:
    """The part before the @ of an address that stands for somebody's; takes ten hexadecimal digits."""
    return f"lead-{digits}"


def is_reserved(domain: str) -> bool:
    """Whether nobody can have an address there."""
    return RESERVED.search(domain.lower()) is not None


def real_addresses(text: str) -> Iterator[str]:
    """The mail addresses in a text that may be somebody's."""
    for local, domain in _ADDRESS.findall(text):
        if not is_reserved(domain) and not MADE_UP.fullmatch(local.lower()):
            yield f"{local}@{domain}"
