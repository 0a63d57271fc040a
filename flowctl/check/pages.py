"""What `flowctl explain` and docs/checks.md say of a code: of a check from its function, of the readers' from here."""

from __future__ import annotations

import re

from flowctl.check.registry import WHAT, WHY, Check, load_checks
from flowctl.data import dataclass
from flowctl.diag import FlowctlError, Severity, did_you_mean

GROUPS = {
    "FC0": "Reading files",
    "FC1": "The graph",
    "FC2": "Names and types",
    "FC3": "Conditions and policies",
    "FC4": "Rosters and people",
    "FC5": "Titles and tables",
    "FC6": "Environments",
}


@dataclass(frozen=True, slots=True)
class Page:
    """All that is to be said of a code. The texts are Markdown; `bad` and `good` are files, or empty."""

    code: str
    name: str
    severity: Severity
    title: str
    why: str
    what: str
    bad: str = ""
    good: str = ""

    @property
    def group(self) -> str:
        return GROUPS[self.code[:3]]


def pages() -> tuple[Page, ...]:
    """The pages of all codes, by code."""
    of_checks = (_of_check(check) for check in load_checks().values())
    return tuple(sorted((*of_checks, *READERS), key=lambda page: page.code))


def explain(code: str) -> Page:
    """The page of a code or of a check's name, in upper or lower case.

    Raises:
        FlowctlError: There is no such code; the hint names one that is close.
    """
    wanted = code.strip().casefold()
    found = pages()
    for page in found:
        if wanted in (page.code.casefold(), page.name):
            return page
    raise FlowctlError(f"there is no code `{code}`", hint=_closest(wanted, found))


def _closest(wanted: str, found: tuple[Page, ...]) -> str:
    """The hint: the name that is spelt alike, or the nearest code of the same hundred, and where all are."""
    listed = "`flowctl explain --list` lists all"
    if not re.fullmatch(r"fc\d{3}", wanted):
        return did_you_mean(wanted, [page.name for page in found]) or listed
    hundred = [page.code for page in found if page.code.casefold()[:3] == wanted[:3]]
    nearest = min(hundred, key=lambda known: abs(int(known[2:]) - int(wanted[2:])), default=None)
    return f"the nearest is `{nearest}`; {listed}" if nearest else listed


def _of_check(check: Check) -> Page:
    title, _, rest = check.doc.partition(WHY)
    why, _, what = rest.partition(WHAT)
    return Page(check.code, check.name, check.severity, title.strip(), why.strip(), what.strip(), check.bad, check.good)


def _error(code: str, name: str, title: str, why: str, what: str, bad: str = "", good: str = "") -> Page:
    return Page(code, name, Severity.ERROR, title, why, what, bad, good)


READERS = (
    _error(
        "FC001",
        "unreadable-file",
        "A file that cannot be read as YAML, or as CSV.",
        "Where the text has two readings, or none, nothing after it can be trusted.",
        "Look at the place that is named: mostly it is an indentation, a tab, or a text with `: ` in it that\n"
        "needs quotes. Files are UTF-8 without a byte order mark, and lines end in LF (`flowctl fmt` sees to both).\n"
        "Each value is written where it is used: there are no anchors, aliases and tags.\n"
        "In a table each line has a cell for each column of the first one, and at most 100,000 rows are read.",
        "when: Company = 'Acme: the firm'\n",
        "when: >-\n  Company = 'Acme: the firm'\n",
    ),
    _error(
        "FC002",
        "key-twice",
        "A key that is in the same mapping twice, or a column that is in the same table twice.",
        "Most readers of YAML keep the last one and say nothing: a node that was written with care is gone.",
        "Rename one of them, or delete it.",
        "nodes:\n  done: {type: end, result: Routed}\n  done: {type: end, result: Held}\n",
        "nodes:\n  routed: {type: end, result: Routed}\n  held: {type: end, result: Held}\n",
    ),
    _error(
        "FC003",
        "unknown-key",
        "A key that means nothing here.",
        "What it was to say is not done. Mostly it is a slip, or a key of another node type.",
        "Correct it; `flowctl schema` prints which keys there are, and an editor that knows the schema completes them.",
        "done: {type: end, reslut: Routed}\n",
        "done: {type: end, result: Routed}\n",
    ),
    _error(
        "FC004",
        "missing-key",
        "A key that has to be there is not.",
        "Without it nobody can tell what the file means; a guess would route leads.",
        "Add the key; `flowctl schema` prints what it holds. An empty file is deleted or written.",
        "turn: {type: rotate, roster: sdr-emea, then: done}\n",
        "turn: {type: rotate, roster: sdr-emea, then: done, nobody: queue_emea}\n",
    ),
    _error(
        "FC005",
        "wrong-value",
        "A value that is not what its key holds.",
        "What a value is, its key says: `NO` is Norway where a text is wanted, and no answer where true or false is.",
        "Write what the message asks for: a list, a name, a whole number, a date as in `2026-11-23`.",
        "members: bea.kim\n",
        "members:\n  - user: bea.kim\n",
    ),
    _error(
        "FC006",
        "unknown-node-type",
        "A node of a type that there is not.",
        "Nobody knows what the node does, so no lead can pass it.",
        "Correct the word after `type`; docs/flow-files.md lists the types.",
        "turn: {type: rotatte, roster: sdr-emea, then: done, nobody: done}\n",
        "turn: {type: rotate, roster: sdr-emea, then: done, nobody: done}\n",
    ),
    _error(
        "FC007",
        "name-unlike-file",
        "A file that is called otherwise than what it holds.",
        "Parts are found by the names of their files, and referred to by the names in them: the two must be one.",
        "Rename the file, or correct the name in it.",
    ),
    _error(
        "FC010",
        "unsettled-merge",
        "A place that both sides of a merge changed, and nobody has settled yet.",
        "Only a person can say which of the two is right; until then no lead is routed by this file.",
        "Write what is right in the place of `conflict:`, or take a side as it is: the hint says what to type.\n"
        "`base` is what stood there before, and a side that took it out is not written. In a table the rows of both\n"
        "sides stand between lines that begin with `#conflict`.",
        "when:\n  conflict:\n    base: Person_Score__c >= 0\n    ours: Person_Score__c >= 50\n"
        "    theirs: Person_Score__c >= 80\n",
        "when: Person_Score__c >= 80\n",
    ),
    _error(
        "FC203",
        "value-misfit",
        "A value of a fixture or of a lead that its field cannot hold.",
        "The lead would be routed as if the field were blank.",
        "Correct the value, or the field's type in `flows/objects`. The value is never shown, for it is personal.",
        "lead: {Person_Score__c: high}\n",
        "lead: {Person_Score__c: 80}\n",
    ),
    _error(
        "FC300",
        "not-a-condition",
        "A text that is no condition.",
        "What it was to ask cannot be known.",
        "Conditions read like SOQL after `WHERE`: `Status = 'MQL' AND Person_Score__c >= 50`. Texts stand in straight\n"
        "single quotes; equal is `=`, not equal `!=`, and the words are `AND`, `OR`, `NOT`; a blank is asked with\n"
        "`IS BLANK`.",
        'when: Status == "MQL" && Person_Score__c >= 50\n',
        "when: Status = 'MQL' AND Person_Score__c >= 50\n",
    ),
    _error(
        "FC301",
        "compared-with-an-empty-text",
        "A comparison with an empty text.",
        "A comparison with a blank is false, so `= ''` would never hold, whatever the field.",
        "Write `IS BLANK` or `IS NOT BLANK`.",
        "when: Company = ''\n",
        "when: Company IS BLANK\n",
    ),
    _error(
        "FC510",
        "formula-in-table",
        "A cell of a table that a spreadsheet would run as a formula.",
        "Whoever opens the file in a spreadsheet runs what somebody else wrote; and what a lead is routed by would\n"
        "depend on the program that reads it.",
        "Write the value itself. Texts do not begin with `=`, `+`, `@` or a tab, and with `-` only numbers do.",
        "Country,Employees\nNorway,=SUM(A1:A9)\n",
        "Country,Employees\nNorway,751-\n",
    ),
    _error(
        "FC511",
        "cell-misfit",
        "A cell that is not what its column holds.",
        "The row would never be found, or would give a lead nothing.",
        "Write what the message asks for, or correct the column in the table's header.",
        "Country,Employees\nNorway,many\n",
        "Country,Employees\nNorway,751-\n",
    ),
    _error(
        "FC512",
        "range-backwards",
        "A range whose end comes before its beginning.",
        "No value fits it, so the row is never found.",
        "Swap the ends. Both belong to the range.",
        "Country,Employees\nNorway,750-101\n",
        "Country,Employees\nNorway,101-750\n",
    ),
    _error(
        "FC513",
        "row-without-a-day",
        "A row whose `until` comes before its `from`.",
        "It holds on no day.",
        "Correct the dates. Both days belong to the row; a blank end is open.",
        "Country,from,until\nNorway,2026-12-01,2026-01-31\n",
        "Country,from,until\nNorway,2026-12-01,2027-01-31\n",
    ),
    _error(
        "FC514",
        "columns-unlike-header",
        "A column that is in a table and not in its header, or the other way round.",
        "Nobody can tell what the cells of an unknown column mean, and a lookup by a missing one would find any row.",
        "Correct the name in the first line of the CSV, or in `columns` of the header.",
        "Cuontry,Region\nNorway,EMEA\n",
        "Country,Region\nNorway,EMEA\n",
    ),
    _error(
        "FC515",
        "half-a-table",
        "The rows of a table without a header, or a header without rows.",
        "A table is two files: NAME.yaml says what the columns are, NAME.csv has the rows.",
        "Write the missing file, or delete the other one.",
    ),
    _error(
        "FC601",
        "name-without-id",
        "A user or a queue that the environment has no id for.",
        "The environment could not tell who is meant, and a flow that is half there is worse than none: the import is\n"
        "refused, with all such names at once.",
        "Add the user or the queue in the environment and its id to its directory, or name somebody else.",
    ),
    _error(
        "FC602",
        "inactive-in-environment",
        "A user or a queue that is named outright and inactive in the environment.",
        "Nothing can be given to it there, so the flow would fail at the first lead.",
        "Activate it there, or name another; a roster passes over inactive members.",
    ),
    _error(
        "FC603",
        "two-names-for-one-id",
        "Two names that the environment knows under one id.",
        "An export could not tell which of the names to write, so what comes back would not be what was deployed.",
        "Give each name an id of its own in the environment's directory, or use one name only.",
    ),
    Page(
        "FC604",
        "inactive-member-in-environment",
        Severity.WARNING,
        "A member of a roster who is inactive in the environment.",
        "The others take the member's turns. Where no member is active, it is an error: nobody would get the leads.",
        "Remove the member, or activate the user there.",
    ),
    Page(
        "FC605",
        "id-without-name",
        Severity.WARNING,
        "An id in an environment's flow that has no name of its own there.",
        "On the way back ids become names again. This one stays an id, which means nothing in another environment.",
        "Give whoever has this id one name in the environment's directory, or see who put it into the flow there.",
    ),
    _error(
        "FC606",
        "id-for-a-name",
        "An environment's id where a name belongs.",
        "An id is of one environment: elsewhere it is nobody, or somebody else.",
        "Write the name, `user/NAME` or `queue/NAME`. Each environment puts in its own id.",
    ),
    _error(
        "FC607",
        "name-with-escapes",
        "The name of a user or a queue that is written with escapes.",
        "Ids are put in the place of names, character by character, so that an export gives the same text back. In a\n"
        "name with escapes there is no such place.",
        "Write the name as it is, without `\\\\x` and the like.",
    ),
)
