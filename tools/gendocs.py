"""Writes the pages of docs/ that the code already says: the codes and their checks, the files and their keys.

    python tools/gendocs.py            write them
    python tools/gendocs.py --check    exit 1, and say which, when one is not as the code says

A new page is one function here and one line in `PAGES`.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from flowctl.check.pages import GROUPS, Page, pages
from flowctl.flow.fixture import Changes, Creation, Expectation, Later, Story
from flowctl.flow.kinds import (
    Boolean,
    Choice,
    Integer,
    Key,
    Kind,
    ListOf,
    MapOf,
    Name,
    Plain,
    Port,
    Record,
    keys,
)
from flowctl.flow.model import Flow
from flowctl.flow.node import NODE_TYPES, Node, load_node_types
from flowctl.flow.objects import Field, ObjectType, Settings
from flowctl.flow.owner import Owner
from flowctl.flow.people import Directory, Leave, Member, Queue, Roster, User
from flowctl.flow.schedule import Schedule
from flowctl.flow.table import Column, Header

DOCS = Path(__file__).resolve().parent.parent / "docs"
NOTICE = "<!-- Written by tools/gendocs.py from the code: change it there, then `make docs`. -->\n\n"


# -- docs/checks.md ----------------------------------------------------------------------------------------------------


CHECKS_INTRO = """\
What `flowctl check` and the readers of files can say, by code. `flowctl explain FC102` prints one of these pages.
An error stops a promotion; a warning is most likely a mistake; an info is worth knowing.

An example is one flow, or several files that each stand after a line `--- path`. The first one is found, the second is
how it is mended.
"""


def checks_page() -> Iterator[str]:
    yield "# Checks\n\n"
    yield CHECKS_INTRO
    found = pages()
    for prefix, group in GROUPS.items():
        members = [page for page in found if page.code.startswith(prefix)]
        yield f"\n## {group}\n\n| code | name | | |\n|---|---|---|---|\n"
        for page in members:
            yield f"| [{page.code}](#{_anchor(_heading(page))}) | `{page.name}` | {page.severity} | {page.title} |\n"
        for page in members:
            yield from _code_section(page)


def _heading(page: Page) -> str:
    return f"{page.code} {page.name}"


def _anchor(heading: str) -> str:
    """The name that GitHub and GitLab give to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _code_section(page: Page) -> Iterator[str]:
    yield f"\n### {_heading(page)}\n\n{page.title} ({page.severity})\n\n"
    yield f"**Why it matters.** {page.why}\n\n**What to do.** {page.what}\n"
    if page.bad:
        yield f"\n```yaml\n{page.bad}```\n\nmended:\n\n```yaml\n{page.good}```\n"


# -- docs/flow-files.md ------------------------------------------------------------------------------------------------

FILES_INTRO = """\
A key without a default has to be there. A key marked *cosmetic* cannot move a record: changing it leaves the behaviour
of the flow as it is. `flowctl schema` prints the same as JSON Schema, for editors.
"""

FILES: tuple[tuple[str, type[Any]], ...] = (
    ("the schedule of a flow", Schedule),
    ("`flows/objects/<Object>.yaml`", ObjectType),
    ("a field of an object", Field),
    ("`flows/rosters/<name>.yaml`", Roster),
    ("a member of a roster", Member),
    ("a leave of a member", Leave),
    ("`flows/tables/<name>.yaml`", Header),
    ("a column of a table", Column),
    ("`flows/directory.yaml`", Directory),
    ("a user of the directory", User),
    ("a queue of the directory", Queue),
    ("`flows/settings.yaml`", Settings),
    ("a fixture of `flows/fixtures/<flow>/*.yaml`", Story),
    ("what happens later", Later),
    ("what a fixture expects", Expectation),
    ("a record that is to be created", Creation),
)


def flow_files_page() -> Iterator[str]:
    load_node_types()
    yield "# The files of a workspace\n\n"
    yield FILES_INTRO
    yield f"\n## `flows/<flow>.yaml`\n\n{_prose(Flow).splitlines()[0]}\n\n{''.join(_key_table(Flow))}"
    yield "\n## Nodes\n\nEvery node has a `type`, and these keys:\n\n"
    yield from _key_table(Node)
    for name, cls in sorted(NODE_TYPES.items()):
        yield f"\n### `{name}`\n\n{_prose(cls)}\n\n"
        yield from _key_table(cls, leave_out=frozenset(keys(Node)))
        for record in _records(cls):
            yield f"\nEach of them:\n\n{''.join(_key_table(record))}"
    for title, cls in FILES:
        yield f"\n## {title[0].upper()}{title[1:]}\n\n{_prose(cls)}\n\n"
        yield from _key_table(cls)
        if cls is Story:
            yield "\nThe lead itself stands under the name of its object in small letters, such as `lead`.\n"


def _prose(cls: type[Any]) -> str:
    """A class's docstring as Markdown: ``x`` becomes `x`, and what follows `Example::` a block of YAML."""
    text = inspect.getdoc(cls) or ""
    prose, _, example = text.replace("``", "`").partition("Example::")
    block = f"\n\n```yaml\n{inspect.cleandoc(example)}\n```" if example else ""
    return prose.strip() + block


def _key_table(cls: type[Any], leave_out: frozenset[str] = frozenset()) -> Iterator[str]:
    yield "| key | holds | default |\n|---|---|---|\n"
    for key in keys(cls).values():
        if key.name not in leave_out:
            cosmetic = ", *cosmetic*" if key.cosmetic else ""
            yield f"| `{key.name}` | {_words(key.kind)}{cosmetic} | {_default(key)} |\n"


def _default(key: Key) -> str:
    if key.required:
        return "–"
    if key.default in (None, "", (), {}):
        return "nothing"
    return f"`{str(key.default).lower() if isinstance(key.default, bool) else key.default}`"


def _words(kind: Kind) -> str:
    """What a kind of value is, in a few words: those of its class where it has none of its own here."""
    match kind:
        case Choice(words):
            return "one of " + ", ".join(f"`{word}`" for word in words)
        case Integer(least, most):
            return f"a whole number from {least} to {most}"
        case Boolean():
            return "`true` or `false`"
        case Owner(fields=False):
            return "`user/NAME` or `queue/NAME`"
        case Changes():
            return "a list of what happens later"
        case Plain():
            return "fields and their values"
        case Port():
            return "the id of a node"
        case Name(table):
            return f"a name in `{table}`" if table else "a name"
        case ListOf(item):
            return f"a list, each: {_words(item)}"
        case MapOf(item):
            return f"names, each with: {_words(item)}"
        case Record(cls):
            return f"the keys {', '.join(f'`{name}`' for name in keys(cls))}"
        case _:
            first = (inspect.getdoc(type(kind)) or "").partition("\n")[0].rstrip(".")
            return (first[0].lower() + first[1:]).replace("``", "`").replace("|", "\\|")


def _records(cls: type[Any]) -> Iterator[type[Any]]:
    """The mappings that stand in the lists of a node type."""
    for key in keys(cls).values():
        if isinstance(key.kind, ListOf) and isinstance(key.kind.item, Record):
            yield key.kind.item.cls


# -- writing -----------------------------------------------------------------------------------------------------------

PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "checks.md": checks_page,
    "flow-files.md": flow_files_page,
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Writes the generated pages of docs/.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is not up to date")
    check = parser.parse_args().check
    stale = [name for name, page in PAGES.items() if not _is_current(DOCS / name, NOTICE + "".join(page()), check)]
    for name in stale:
        print(f"docs/{name} is not as the code says: make docs" if check else f"docs/{name} written")
    return 1 if check and stale else 0


def _is_current(path: Path, text: str, check: bool) -> bool:
    """Whether a page has this text already; when it has not and this is no check, it has afterwards."""
    if path.exists() and path.read_text("utf-8") == text:
        return True
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return False


if __name__ == "__main__":
    sys.exit(main())
