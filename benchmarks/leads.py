"""Made-up leads in files of any size: 30 columns, as a Salesforce export of a large company has them.

The same seed and size give the same file. Leads are made and written block by block, so that memory does not follow
their number; the files are kept in the system's folder for temporary ones and found again by the next run.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

BLOCK = 200_000  # leads in a row group
START = np.datetime64("2026-01-05T00:00:00", "us")
DAYS = 90  # over which the leads arrive, however many
FORM = 2  # of the files; another number when the generator changes, lest older files be taken for its own

Numbers: TypeAlias = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Picklist:
    """Choices, the first ones more frequent than the last; a share of blanks."""

    name: str
    values: tuple[str, ...]
    blank: float = 0.0


@dataclass(frozen=True, slots=True)
class Number:
    """Whole numbers from 0, mostly small ones, around a middle."""

    name: str
    middle: int
    blank: float = 0.0


def choices(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


PICKLISTS = (
    Picklist(
        "Country",
        choices(
            "United States|Germany|United Kingdom|France|India|Japan|Canada|Brazil|Australia|Netherlands|Spain|Italy|"
            "Sweden|Norway|Denmark|Finland|Poland|Switzerland|Austria|Belgium|Ireland|Portugal|Israel|Singapore|"
            "South Korea|China|Hong Kong|Taiwan|Mexico|Chile|Argentina|Colombia|Kenya|Nigeria|South Africa|Ghana|"
            "Turkey|Romania|Czechia|New Zealand"
        ),
        0.03,
    ),
    Picklist("Status", choices("Raw|Inquiry|MQL|Accepted|Qualifying|Qualified|Nurture|Recycle|Bad Data|Ineligible")),
    Picklist(
        "LeadSource",
        choices(
            "Web|Trial|Webcast|Conference|Field Event|Content Syndication|Referral|Partner|Purchased List|Contact Us|"
            "Chat|Newsletter|Advertisement|Employee|Other"
        ),
        0.05,
    ),
    Picklist(
        "Industry",
        choices(
            "Software|Banking|Insurance|Healthcare|Education|Government|Retail|Energy|Telecommunications|Automotive|"
            "Aerospace|Media|Manufacturing|Transportation|Hospitality|Construction|Agriculture|Biotechnology|"
            "Chemicals|Consulting|Electronics|Entertainment|Utilities|Mining|Not For Profit"
        ),
        0.2,
    ),
    Picklist("Region__c", choices("AMER|EMEA|APAC|LATAM|PubSec"), 0.1),
    Picklist("Segment__c", choices("SMB|Mid-Market|Large|Enterprise|Strategic|Unknown"), 0.1),
    Picklist("Rating", choices("Cold|Warm|Hot"), 0.3),
    Picklist(
        "Language__c",
        choices("English|German|French|Spanish|Portuguese|Japanese|Korean|Chinese|Italian|Dutch|Polish|Turkish"),
        0.05,
    ),
    Picklist("Product__c", choices("Free|Premium|Ultimate|Storage|Minutes|Services|Training|Support"), 0.4),
    Picklist(
        "Campaign_Type__c",
        choices(
            "Conference|Webcast|Demo|Workshop|Direct Mail|Executive Roundtable|Gated Content|Paid Social|"
            "Partner MDF|Survey|Survey SFDC|Trial"
        ),
        0.3,
    ),
    Picklist("Job_Level__c", choices("Individual|Manager|Director|VP|C-Level|Student|Unknown"), 0.15),
    Picklist("Partner_Tier__c", choices("None|Open|Select|Distributor"), 0.6),
)
NUMBERS = (
    Number("Person_Score__c", 40, 0.02),
    Number("Employees", 250, 0.15),
    Number("Annual_Revenue__c", 2_000_000, 0.35),
    Number("Visits__c", 6, 0.02),
    Number("Emails_Opened__c", 4, 0.02),
    Number("Developers__c", 30, 0.5),
)
DATES = {"CreatedDate": "datetime", "Trial_End__c": "date", "Last_Activity__c": "datetime"}
CHECKBOXES = {"Do_Not_Route__c": 0.03, "Has_Opted_Out__c": 0.1, "Is_Customer__c": 0.2, "Is_Partner__c": 0.08}
TEXTS = {"Email": "email", "Company": "text", "Title": "text", "Last_Interesting_Moment__c": "text", "Website": "url"}

FIRST = choices("Ana|Bo|Cy|Dana|Eli|Fay|Gus|Hana|Ines|Jo|Kenji|Lars|Mia|Noor|Omar|Priti|Quinn|Rosa|Sven|Tomas|Uma|Zoe")
LAST = choices("Ito|Kim|Berg|Silva|Okafor|Meyer|Novak|Rossi|Haddad|Jensen|Dupont|Walsh|Chen|Patel|Kaya|Nguyen|Lopez")
BRANDS = choices(
    "Acme|Blue Harbor|Northwind|Summit|Orchid|Vertex|Lumen|Cedar|Falcon|Granite|Helix|Juniper|Kestrel|Maple"
)
TRADES = choices("Bank|University|Software|Health|Hospital|Energy|Foods|Logistics|Media|Robotics|Insurance|School|Labs")
FORMS = choices("Inc|Ltd|GmbH|SA|AB|Group|Holdings|Partners|Agency|International")
ENDINGS = choices("com|de|co.uk|fr|io|org|edu|gov|net|no|jp|com.br|ac.uk|se|dev|ai|mil|nl|in|ca")
RANKS = choices("Chief|VP|Senior|Director of|Head of|Lead|Principal|Junior|Manager,|Associate|Student,|Founder,")
CRAFTS = choices(
    "Engineering|DevOps|Security|Platform|Data|IT|Marketing|Sales|Finance|Operations|Product|Research|Infrastructure|QA"
)
DEEDS = choices(
    "Attended webcast|Visited pricing page|Started trial|Asked for a demo|Filled contact form|Opened web chat|"
    "Downloaded ebook|Met at conference|Clicked email|Joined workshop|Viewed security page|Requested quote"
)


def columns() -> dict[str, str]:
    """Each column's kind, in the order of the file."""
    kinds = {"Email": "email", "Company": "text"}
    kinds |= {p.name: "picklist" for p in PICKLISTS} | {n.name: "number" for n in NUMBERS}
    return kinds | DATES | dict.fromkeys(CHECKBOXES, "checkbox") | TEXTS


# Blocks -----------------------------------------------------------------------------------------------------------


def blocks(rows: int, seed: int) -> Iterator[pa.Table]:
    for start in range(0, rows, BLOCK):
        yield block(np.random.default_rng((seed, start)), start, min(BLOCK, rows - start), rows)


def block(random: np.random.Generator, start: int, count: int, rows: int) -> pa.Table:
    """Leads number `start` and following of `rows` in all, who arrive in order."""
    created = arrival(random, start, count, rows)
    made: dict[str, pa.Array] = {p.name: picked(random, p, count) for p in PICKLISTS}
    made |= {n.name: number(random, n, count) for n in NUMBERS}
    made["CreatedDate"] = pa.array(created, pa.timestamp("us", "UTC"))
    trial = created.astype("datetime64[D]") + random.integers(-60, 60, count)
    made["Trial_End__c"] = pa.array(trial, pa.date32(), mask=random.random(count) < 0.5)
    active = created - (random.exponential(10 * 86_400, count) * 1e6).astype("timedelta64[us]")
    made["Last_Activity__c"] = pa.array(active, pa.timestamp("us", "UTC"), mask=random.random(count) < 0.1)
    made |= {name: pa.array(random.random(count) < share) for name, share in CHECKBOXES.items()}
    made |= texts(random, count)
    return pa.table({name: made[name] for name in columns()})


def arrival(random: np.random.Generator, start: int, count: int, rows: int) -> Numbers:
    """Moments in order, each between its neighbours' in other blocks."""
    gap = DAYS * 86_400_000_000 / rows
    microseconds = ((start + np.arange(count) + random.random(count)) * gap).astype(np.int64)
    return START + microseconds.astype("timedelta64[us]")


def picked(random: np.random.Generator, field: Picklist, count: int) -> pa.Array:
    size = len(field.values)
    places = np.minimum((random.random(count) ** 1.7 * size).astype(np.int32), size - 1)
    return pa.DictionaryArray.from_arrays(pa.array(places, mask=random.random(count) < field.blank), field.values)


def number(random: np.random.Generator, field: Number, count: int) -> pa.Array:
    values = np.floor(random.lognormal(np.log(field.middle), 1.0, count))
    return pa.array(values, pa.float64(), mask=random.random(count) < field.blank)


def some(random: np.random.Generator, words: Sequence[str], count: int) -> pa.Array:
    return pa.array(words).take(pa.array(random.integers(0, len(words), count)))


def joined(*parts: pa.Array | str, by: str = "") -> pa.Array:
    return pc.binary_join_element_wise(*parts, by)


def digits(random: np.random.Generator, below: int, count: int) -> pa.Array:
    return pc.cast(pa.array(random.integers(0, below, count)), pa.string())


def texts(random: np.random.Generator, count: int) -> dict[str, pa.Array]:
    """What is different for nearly every lead."""
    brand, trade = some(random, BRANDS, count), some(random, TRADES, count)
    number = digits(random, 4_000, count)
    company = joined(brand, trade, number, some(random, FORMS, count), by=" ")
    company = pc.if_else(pa.array(random.random(count) < 0.01), joined("Société", company, by=" "), company)
    site = joined(pc.utf8_lower(pc.replace_substring(brand, " ", "-")), number, by="")
    domain = joined(site, some(random, ENDINGS, count), by=".")
    person = joined(some(random, FIRST, count), some(random, LAST, count), digits(random, 1_000, count), by=".")
    title = joined(some(random, RANKS, count), some(random, CRAFTS, count), digits(random, 300, count), by=" ")
    seen = some(random, DEEDS, count), "on", digits(random, 365, count), "via", digits(random, 900, count)
    made = {"Email": joined(person, domain, by="@"), "Company": company, "Title": title}
    made |= {"Last_Interesting_Moment__c": joined(*seen, by=" "), "Website": joined("https://www.", domain)}
    return {name: blanked(random, values, 0.01 if name == "Email" else 0.1) for name, values in made.items()}


def blanked(random: np.random.Generator, values: pa.Array, share: float) -> pa.Array:
    return pc.if_else(pa.array(random.random(len(values)) >= share), values, None)


# Files ------------------------------------------------------------------------------------------------------------


def folder() -> Path:
    path = Path(tempfile.gettempdir(), f"flowctl-benchmarks-{os.getuid() if hasattr(os, 'getuid') else 0}")
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def file(rows: int, form: str, seed: int = 1) -> Path:
    return folder() / f"leads-{FORM}-{seed}-{rows}.{form}"


def parquet(rows: int, seed: int = 1) -> Path:
    """The Parquet file of so many leads: texts of few values by dictionary, one row group for each block."""
    path = file(rows, "parquet", seed)
    if not path.exists():
        unfinished = path.with_suffix(f".{os.getpid()}")
        few = [p.name for p in PICKLISTS]
        schema = block(np.random.default_rng(0), 0, 1, 1).schema
        with pyarrow.parquet.ParquetWriter(unfinished, schema, use_dictionary=few) as writer:
            for table in blocks(rows, seed):
                writer.write_table(table, row_group_size=BLOCK)
        unfinished.rename(path)
    return path


def many(rows: int, times: int) -> Path:
    """A folder in which the Parquet file of so many leads stands several times, and takes no more of the disk."""
    path = parquet(rows)
    below = folder() / f"{path.stem}-{times}"
    below.mkdir(exist_ok=True)
    for number in range(times):
        link = below / f"{number:04}.parquet"
        if not (link.exists() and link.samefile(path)):
            link.unlink(missing_ok=True)
            link.hardlink_to(path)
    return below


def csv(rows: int, seed: int = 1) -> Path:
    """The CSV file of so many leads, in UTF-8, moments as Salesforce writes them."""
    path = file(rows, "csv", seed)
    if not path.exists():
        unfinished = path.with_suffix(f".{os.getpid()}")
        first = written(block(np.random.default_rng(0), 0, 1, 1))
        with pyarrow.csv.CSVWriter(unfinished, first.schema) as writer:
            for table in blocks(rows, seed):
                writer.write_table(written(table))
        unfinished.rename(path)
    return path


def written(table: pa.Table) -> pa.Table:
    """The leads as a CSV file writes them."""
    for at, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            text = pc.strftime(pc.cast(table[field.name], pa.timestamp("ms", "UTC"), safe=False), "%Y-%m-%dT%H:%M:%SZ")
            table = table.set_column(at, field.name, text)
        elif pa.types.is_floating(field.type):
            table = table.set_column(at, field.name, pc.cast(table[field.name], pa.int64()))
        elif pa.types.is_dictionary(field.type):
            table = table.set_column(at, field.name, pc.cast(table[field.name], pa.string()))
    return table
