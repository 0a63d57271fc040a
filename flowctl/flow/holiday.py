"""Public holidays, as the package `holidays` knows them. It is loaded when the first one is asked for."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from flowctl.document import Document, Json, Tree
from flowctl.flow.kinds import MISSING, Kind, Missing, a_scalar

LANGUAGE = "en_US"  # of their names; a country that has no names in it gives its own
_REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


class Region(Kind):
    """Whose public holidays are kept: a country, or a part of one, `DE-BE` (ISO 3166).

    `check` knows which there are.
    """

    def read(self, tree: Tree, document: Document) -> str | Missing:
        scalar = a_scalar(tree, document, "a country or a part of one")
        if scalar is None:
            return MISSING
        if _REGION.fullmatch(scalar.text):
            return scalar.text
        upper = scalar.text.upper().replace("_", "-")
        hint = f"did you mean `{upper}`?" if _REGION.fullmatch(upper) else "as in `DE`, or `DE-BE` for Berlin"
        document.problem("FC005", f"`{scalar.text[:30]}` is no country, nor a part of one", scalar, hint)
        return MISSING

    def schema(self) -> dict[str, Json]:
        return {"type": "string", "pattern": f"^{_REGION.pattern}$"}


@lru_cache(maxsize=4096)  # asked of every member at every turn
def holiday_on(region: str, day: dt.date) -> str | None:
    """The name of the public holiday on a day; None on other days, and where a region is not known."""
    country, _, part = region.partition("-")
    return _year(country, part or None, day.year).get(day)


@lru_cache(maxsize=256)
def _year(country: str, part: str | None, year: int) -> Mapping[dt.date, str]:
    import holidays

    if part not in (None, *parts_of(country)) or not is_country(country):
        return MappingProxyType({})
    # `years` alone also holds the days of the next year that are observed in this one, and the other way round
    known = holidays.country_holidays(country, subdiv=part, years=year, expand=False, language=LANGUAGE)
    return MappingProxyType({day: name for day, name in known.items() if day.year == year})


def is_country(country: str) -> bool:
    return country in _countries()


def countries() -> list[str]:
    """Every country whose public holidays are known, by its two letters."""
    return sorted(_countries())


@lru_cache(maxsize=256)
def parts_of(country: str) -> tuple[str, ...]:
    """The parts of a country with public holidays of their own, as ISO 3166-2 calls them."""
    import holidays

    parts = getattr(holidays, country).subdivisions if is_country(country) else ()
    return tuple(part for part in parts if _REGION.fullmatch(f"{country}-{part}"))


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    """As `holidays.list_supported_countries`, which loads every country to list their parts."""
    from holidays.registry import EntityLoader

    return frozenset(EntityLoader.get_country_codes(include_aliases=False))
