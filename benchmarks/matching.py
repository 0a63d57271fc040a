"""Leads against many accounts, for the speed table: by domain a look-up, by alike names a few blocks."""

from __future__ import annotations

import random
from dataclasses import dataclass

from benchmarks.timing import NotMeasuredError, Times, cpu_seconds
from flowctl.engine.matching import DataSet, Hit, Seeker
from flowctl.flow.program import Method
from flowctl.flow.record import Record

DOMAIN, NAME, ALIKE = Method("email_domain"), Method("company_name"), Method("company_name", least=90)
LEADS = 200  # in one measurement

# Words that very many companies begin or end with: the largest blocks that real names make.
COMMON = (
    "American",
    "Asia",
    "Bank",
    "Digital",
    "Euro",
    "First",
    "Global",
    "Inter",
    "International",
    "National",
    "Nord",
)
TRADES = ("Analytics", "Bank", "Capital", "Energy", "Foods", "Holdings", "Labs", "Logistics", "Solutions", "Systems")
FORMS = ("Inc", "Inc.", "LLC", "Ltd", "Limited", "GmbH", "AG", "S.A.", "B.V.", "AB", "Pty Ltd", "Co., Ltd.", "")
ONSETS = (*"bcdfghjklmnprstvwz", "br", "ch", "fl", "gr", "pr", "qu", "sh", "st", "tr")
SYLLABLES = [onset + vowel for onset in ONSETS for vowel in "aeiou"]


def name(draw: random.Random) -> str:
    coined = "".join(draw.choices(SYLLABLES, k=draw.randint(2, 4))).capitalize()
    first = draw.choice(COMMON) + " " if draw.random() < 0.2 else ""
    trade = " " + draw.choice(TRADES) if draw.random() < 0.6 else ""
    return f"{first}{coined}{trade} {draw.choice(FORMS)}".strip()


def accounts(count: int) -> DataSet:
    """So many accounts, with a website for each, a fifth of them with one that others have too."""
    draw = random.Random(3)
    return DataSet(
        [
            Record(
                "Account",
                {
                    "Id": f"001{at:012d}",
                    "Name": name(draw),
                    "Website": f"https://www.company{at if at % 5 else at // 10}.com/",
                },
            )
            for at in range(count)
        ]
    )


def slipped(text: str, draw: random.Random) -> str:
    """A name with one letter left out, as people write."""
    at = draw.randrange(len(text))
    return text[:at] + text[at + 1 :]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Accounts and the leads that are to be matched with them."""

    data: DataSet
    leads: list[Seeker]

    def find(self, method: Method) -> list[list[Hit]]:
        return [self.data.find(method, lead.key(method)) for lead in self.leads]

    def seconds(self, method: Method) -> float:
        """For one lead; the index is there already."""
        return cpu_seconds(lambda: self.find(method)) / len(self.leads)


def crowd(count: int) -> Crowd:
    """So many accounts, with leads that each have the domain of one, and its name but for a slip."""
    data, draw = accounts(count), random.Random(5)
    leads = []
    for record in draw.sample(data.records, LEADS):
        website, company = record.fields["Website"], record.fields["Name"]
        if not isinstance(website, str) or not isinstance(company, str):
            raise NotMeasuredError("an account has no website or no name")
        domain = website.removeprefix("https://www.").rstrip("/")
        leads.append(seeker({"Email": f"ana@{domain}", "Company": slipped(company, draw)}))
    return Crowd(data, leads)


def seeker(fields: dict[str, str]) -> Seeker:
    return Seeker(fields, True, lambda path: fields.get(path[0]))


def build(crowd: Crowd, method: Method) -> float:
    """The time that the first lead waits for the index."""
    return cpu_seconds(lambda: crowd.data.find(method, "company1.com"))


def in_rounds(small: Crowd, large: Crowd, method: Method, rounds: int) -> tuple[Times, Times]:
    """The seconds for one lead against few and against many, in turns."""
    played = [(small.seconds(method), large.seconds(method)) for _ in range(rounds)]
    return [few for few, _ in played], [many for _, many in played]
