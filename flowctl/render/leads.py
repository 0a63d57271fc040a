"""The answers of `flowctl leads`."""

from __future__ import annotations

from collections.abc import Mapping

from flowctl.document import Json
from flowctl.ops.anonymise.anonymise import Anonymised
from flowctl.ops.anonymise.fields import How
from flowctl.ops.leads_sample import Sampled
from flowctl.render.console import Look, count, paragraph
from flowctl.render.lists import blocks
from flowctl.render.safe import safe

ORDER: tuple[How, ...] = (
    "email", "website", "phone", "first name", "last name", "name", "company", "id", "text", "kept",
)  # fmt: skip
SAID: Mapping[How, str] = {
    "email": "addresses of nobody, at a domain of the same class",
    "website": "made-up sites, with the same suffix",
    "phone": "other digits, in the same form",
    "first name": "invented first names",
    "last name": "invented last names",
    "name": "invented names",
    "company": "made-up companies, with the same legal form",
    "id": "other ids, in the same form",
    "text": "other letters and digits; what conditions ask for stays",
    "kept": "kept as they are",
}


def anonymised_text(report: Anonymised, look: Look) -> str:
    """What was done to which columns: whoever sends the file on has to know what stays."""
    head = f"{count(report.leads, 'lead')} without the people in `{report.target}`"
    lines = []
    for how in ORDER:
        names = [name for name, done in report.columns if done == how]
        if names:
            lines.append(paragraph(safe(f"{SAID[how]}: {', '.join(names)}"), look.width, "  ", "    "))
    key = f"the stand-ins hang on the key in `{report.key}`: with it, the same person stays the same in every file"
    made = "a new one; git does not see it. Keep it secret, or delete it" if report.is_new_key else ""
    return blocks(
        look.paint("strong", safe(head)),
        "\n".join(lines),
        look.paint("faint", paragraph(safe(f"{key}{f' ({made})' if made else ''}"), look.width)),
    )


def anonymised_data(report: Anonymised) -> Mapping[str, Json]:
    return {
        "source": report.source,
        "target": report.target,
        "leads": report.leads,
        "columns": dict(report.columns),
        "key": report.key,
        "new_key": report.is_new_key,
    }


def sampled_text(report: Sampled, look: Look) -> str:
    sample = report.sample
    head = f"{count(len(sample.positions), 'lead')} of {sample.leads:,} in `{report.target}`"
    ways = f"they take {sample.ways:,} of the {count(sample.of_ways, 'way')} out that any of the {sample.leads:,} takes"
    more = (
        f"; {count(sample.needed, 'lead')} would take all: `-n {sample.needed}`" if sample.ways < sample.of_ways else ""
    )
    warning = "these are real people: `flowctl leads anonymise` before they go anywhere"
    return blocks(
        f"{look.paint('strong', safe(head))}\n{paragraph(safe(ways + more), look.width)}",
        look.paint("faint", paragraph(safe(warning), look.width)),
    )


def sampled_data(report: Sampled) -> Mapping[str, Json]:
    sample = report.sample
    return {
        "source": report.source,
        "target": report.target,
        "flow": report.flow,
        "leads": len(sample.positions),
        "of": sample.leads,
        "ways": sample.ways,
        "of_ways": sample.of_ways,
        "needed": sample.needed,
    }
