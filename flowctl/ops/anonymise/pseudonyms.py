"""What stands for a person's name, address, number, or words: always the same for the same, and never the thing itself.

Everything is made of keyed hashes (HMAC-SHA-256): without the key nobody finds out by trying, and with it the same
person is the same in every file. What of a value routing may read is kept: of a mail address whether everybody can have
one there, its suffix and whose domain it is the same as; of a phone number and a text its form; of a company name its
legal form.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import string
from collections.abc import Iterable
from functools import lru_cache

from flowctl.engine import companies, domains
from flowctl.flow.invented import is_reserved, made_up


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = _words(
    "Aino Alba Amir Anouk Arvid Astrid Bao Birk Carla Cyrus Dagny Dario Edda Elif Emre Enya Fenja Freya Galina Greta "
    "Hana Hugo Ida Ilse Imke Ines Isak Ivo Jana Joris Juno Kaia Kenji Kiran Leif Lena Linh Luca Maja Malik Mara Mina "
    "Nadia Nils Noor Odin Olga Omar Paola Petra Quinn Rafa Rosa Runa Sami Saga Selma Sigrid Soren Tala Timo Una Viggo "
    "Vera Wanda Wim Xenia Yara Yusuf Zoe"
)
LAST = _words(
    "Aalto Amsel Bakker Bergman Birch Brook Castell Dahl Deniz Drossel Ekholm Falk Fink Forsberg Garcia-Lund Grove "
    "Haugen Heath Holm Iversen Jansen Kestrel Koval Kranich Lark Lindqvist Lerche Marsh Meise Moreno Nakano Nyberg "
    "Okada Okafor Olsen Osprey Petrel Pinto Quist Reiher Rivera Rook Sandberg Sato Sperling Star Strand Svensson "
    "Tanner Tern Uhu Vale Vega Wagtail Weide Wren Yilmaz Zeisig Zander"
)
WORDS = _words(
    "Amber Anchor Arrow Atlas Beacon Birch Bloom Breeze Bridge Canyon Cedar Cliff Clover Comet Coral Crest Delta Ember "
    "Fern Field Fjord Flint Forest Garnet Glade Granite Harbor Haven Hazel Heron Hollow Horizon Iris Island Ivory "
    "Jasper Juniper Lagoon Lantern Larch Linden Lotus Maple Meadow Mesa Mill Mosaic Nordic Oak Ocean Onyx Opal "
    "Orchard Orbit Pebble Pine Prairie Quartz Raven Reef Ridge River Rowan Sable Sail Sierra Slate Spruce Summit "
    "Thistle Tide Timber Tundra Valley Willow Zephyr"
)
PROTOCOL = re.compile(r"(?i)\s*(?:[a-z][a-z0-9+.-]*:)?[/\\]{2}")
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
ID = re.compile(r"\s*([0-9A-Za-z]{3})[0-9A-Za-z]{12}([0-9A-Za-z]{3})?\s*")
KEPT_DIGITS = 2  # of a phone number that begins with +: about the country
REMEMBERED = 1 << 17  # values of each kind; beyond, they are worked out again


class Pseudonyms:
    """Stand-ins by one key, which is at least 16 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError("the key is too short to keep a secret")
        self._key = key
        self.domain = lru_cache(REMEMBERED)(self._domain)

    def _digest(self, kind: str, text: str) -> bytes:
        return hmac.digest(self._key, f"{kind}\0{text}".encode("utf-8", "surrogatepass"), hashlib.sha256)

    def _hex(self, kind: str, text: str) -> str:
        return self._digest(kind, text).hex()[:10]

    def _one_of(self, kind: str, text: str, words: tuple[str, ...]) -> str:
        return words[int.from_bytes(self._digest(kind, text)[:8]) % len(words)]

    # -- people

    def first_name(self, name: str) -> str:
        return self._one_of("first", name.strip().casefold(), FIRST)

    def last_name(self, name: str) -> str:
        return self._one_of("last", name.strip().casefold(), LAST)

    def full_name(self, name: str) -> str:
        """As many words as the name has, the last one a last name, the others first names."""
        *before, last = name.split()
        return " ".join([*map(self.first_name, before), self.last_name(last)])

    def email(self, address: str, kept_domains: Iterable[str] = ()) -> str:
        """An address of nobody, on a domain of the same class; on one of `kept_domains` it stays there."""
        local, at, host = address.strip().rpartition("@")
        if not at:
            return self.text(address)
        host = host.strip()
        there = host if domains.canonical(host) in kept_domains else self.domain(host)
        return f"{made_up(self._hex('email', f'{local}@{host}'.casefold()))}@{there}"

    def _domain(self, host: str) -> str:
        """A domain that stands for another; a provider's, and one that is reserved, for itself.

        Its suffix is kept, since it says the country, or a university; so is what comes before the registered part.
        """
        canonical = domains.canonical(host)
        if is_reserved(canonical) or domains.is_free(canonical):
            return canonical
        registered = domains.registered(canonical)
        if registered is None:
            return f"co-{self._hex('domain', canonical)}.invalid"
        suffix = registered.partition(".")[2]
        return f"co-{self._hex('domain', registered)}.{suffix}"

    def website(self, address: str) -> str:
        """A web address on the domain that stands for the other; paths go, they can name people."""
        scheme = PROTOCOL.match(address)
        rest = address[scheme.end() :] if scheme else address.strip()
        host = re.split(r"[/?#\\:]", rest.rpartition("@")[2] if "@" in rest.split("/")[0] else rest)[0]
        www = "www." if host.lower().startswith("www.") else ""
        return (scheme[0].strip() if scheme else "") + www + self.domain(host)

    def phone(self, number: str) -> str:
        """A number of the same form; of one that begins with +, the country stays."""
        kept = KEPT_DIGITS if number.strip().startswith("+") else 0
        digits = re.sub(r"\D", "", number)
        instead = iter(str(int.from_bytes(self._digest("phone", digits))).zfill(len(digits))[-len(digits) :] or "")
        seen = 0
        made = []
        for char in number:
            if char.isdecimal():
                digit = next(instead)
                made.append(char if seen < kept else digit)
                seen += 1
            else:
                made.append("x" if char.isalpha() else char)
        return "".join(made)

    # -- companies, ids, words

    def company(self, name: str, kept: Iterable[str] = ()) -> str:
        """A company that stands for another, with its legal form, and with those of the words `kept` that it has.

        Names that `match` holds to be the same get the same; a standard answer such as `unknown` stays.
        """
        bare = companies.known(name)
        if bare is None:
            return name
        two = self._one_of("word", bare, WORDS), self._one_of("word2", bare, WORDS)
        stays = [word for word in kept if word.casefold() in name.casefold()]
        form = name.split()[len(_without_form(name)) :]
        return " ".join([*two, self._hex("company", bare)[:4].translate(LETTERS), *stays, *form])

    def id(self, text: str) -> str:
        """A record id that stands for another, of the same kind of record, in the same of its two forms."""
        found = ID.fullmatch(text)
        if found is None:
            return self.text(text)
        own = text.strip()[:15]
        number = int.from_bytes(self._digest("id", own))
        short = found[1] + "".join(BASE62[number // 62**place % 62] for place in range(12))
        return short + checksum(short) if found[2] else short

    def text(self, text: str, kept: re.Pattern[str] | None = None) -> str:
        """Other letters and digits in the place of each, so that the form stays; what `kept` finds is left alone."""
        digest = self._digest("text", text.strip().casefold())
        stream = hashlib.shake_256(digest).digest(len(text))
        left = {at for found in kept.finditer(text) for at in range(*found.span())} if kept else set()
        return "".join(c if i in left else _other(c, stream[i]) for i, c in enumerate(text))


LETTERS = str.maketrans("0123456789", "ghjkmnpqrs")


def _without_form(name: str) -> list[str]:
    """The words of a name up to its legal form, as many as are no part of it."""
    words = name.split()
    bare = companies.normalised(name)
    for end in range(1, len(words)):
        if companies.normalised(" ".join(words[:end])) == bare:
            return words[:end]
    return words


def _other(char: str, number: int) -> str:
    if char.isdecimal():
        return str(number % 10)
    if char.isupper():
        return chr(ord("A") + number % 26)
    return chr(ord("a") + number % 26) if char.isalpha() else char


def checksum(short: str) -> str:
    """The last three characters of a record id of 18: for each five, which of them are capital letters."""
    letters = string.ascii_uppercase + "012345"
    fives = (short[start : start + 5] for start in (0, 5, 10))
    return "".join(letters[sum(c.isupper() << place for place, c in enumerate(five))] for five in fives)
