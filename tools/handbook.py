"""Writes docs/handbook.md: every statement of the handbook's pages, with the nodes and fixtures that realise it.

    python tools/handbook.py            write it
    python tools/handbook.py --check    write nothing; exit 1 as well when it is not up to date

Exit 1, and a list with file and line, when a statement of tools/handbook.yaml is realised by nothing and gives no
reason why it is not routing, or when a `source` in flows/ (or in an earlier release of the sample) cites what is not.
"""

from __future__ import annotations

import argparse
import functools
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowctl import document as yaml
from flowctl.cli.frame import command_of
from flowctl.cli.main import app
from flowctl.diag import Span, did_you_mean
from flowctl.document import Document, Scalar, Step, Tree
from flowctl.flow.kinds import ListOf, Record, Text, read_fields
from flowctl.flow.kinds import key as entry
from flowctl.ops.init import State, history

ROOT = Path(__file__).resolve().parent.parent
BOOK, PAGE, HISTORY = "tools/handbook.yaml", "docs/handbook.md", "flowctl/sample/gitlab"
NAMED = 3  # places that a row names; the others are counted

# -- the pages ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a page says in one breath."""

    key: str = entry(Text())
    says: str = entry(Text())
    disagrees: str = entry(Text(), "")
    done_by: str = entry(Text(), "")
    not_routing: str = entry(Text(), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    page: str = entry(Text())
    title: str = entry(Text())
    statements: tuple[Statement, ...] = entry(ListOf(Record(Statement)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    pages: tuple[Page, ...] = entry(ListOf(Record(Page)))


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    file: str
    line: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" + (f"\n  hint: {self.hint}" if self.hint else "")


class Book:
    """The pages with their statements; what is wrong with them is in `problems`."""

    def __init__(self, text: str) -> None:
        self.document = yaml.read(BOOK, text)
        root = self.document.root
        values = read_fields(Pages, root, self.document) if root else None
        self.pages: tuple[Page, ...] = values["pages"] if values else ()
        self.titles = {page.page: page.title for page in self.pages}
        self.known = {page.page: {s.key for s in page.statements} for page in self.pages}
        self.problems = [Problem(BOOK, _line(d.span), d.message, d.hint or "") for d in self.document.problems]
        self.problems += self._mistakes()

    def statements(self) -> Iterator[tuple[Page, Statement, Span]]:
        for i, page in enumerate(self.pages):
            for j, statement in enumerate(page.statements):
                yield page, statement, self.document.where("pages", i, "statements", j)

    def _mistakes(self) -> Iterator[Problem]:
        seen: set[tuple[str, str]] = set()
        for page, s, where in self.statements():
            if (page.page, s.key) in seen:
                yield Problem(BOOK, where.line, f"the page has `{s.key}` twice")
            seen.add((page.page, s.key))
            for piece in s.disagrees.split("; ") if s.disagrees else ():
                if (problem := self.why_not(piece)) is not None:
                    yield Problem(BOOK, where.line, *problem)
            for command in s.done_by.split("; ") if s.done_by else ():
                if (word := unknown_word(command)) is not None:
                    yield Problem(BOOK, where.line, f"`{command}`: flowctl knows no `{word}`")

    def why_not(self, citation: str) -> tuple[str, str] | None:
        """What is wrong with a `PAGE, KEY`, and a hint."""
        page, _, key = citation.partition(", ")
        if page not in self.known:
            hint = did_you_mean(page, self.known) or f"pages: {', '.join(self.known)}"
            return f"there is no page `{page}`", hint
        if key not in self.known[page]:
            hint = did_you_mean(key, self.known[page]) or f"{BOOK} lists the keys of every page"
            return f"the page {page} has no statement `{key}`", hint
        return None

    def is_citation(self, piece: str) -> bool:
        """Whether a text begins with a page, or with what is meant to be one."""
        page = piece.partition(", ")[0]
        return page in self.known or bool(re.fullmatch(r"\S+\.txt|\d{3}_\S*", page))


def _line(span: Span | None) -> int:
    return span.line if span else 1


def unknown_word(command: str) -> str | None:
    """The first word of a command line that flowctl does not know: a verb, the verb below it, an option."""
    program, *words = command.split()
    here: Any = command_of(app)
    if program != "flowctl":
        return program
    for word in words:
        if word.startswith("-"):
            if not any(word in parameter.opts for parameter in here.params):
                return word
        elif hasattr(here, "get_command"):
            here = here.get_command(None, word)
            if here is None:
                return word
    return None


# -- the sources -------------------------------------------------------------------------------------------------------

DATA = frozenset(("values", "expect", "lead", "related", "prior", "data", "later"))
RANKS = {"nodes": 0, "tables": 1, "rosters": 2, "objects": 3, "fixtures": 5}  # the order in which a row names them
EARLIER = 10  # what is no more comes after all that is


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Something that has a `source`: its kind, the file that it stands in, its position there, and its name."""

    rank: int
    file: str
    line: int
    name: str

    @property
    def link(self) -> str:
        return f"[{_cell(self.name)}](../{self.file})"


@dataclass(frozen=True, slots=True)
class Citation:
    """One `PAGE, KEY` of a `source`."""

    text: str
    place: Place


def citations(document: Document, book: Book) -> Iterator[Citation]:
    """What the sources of a file cite; a source that begins with no page is somebody's own words."""
    for path, scalar in sources(document.root):
        pieces = scalar.text.split("; ")
        if book.is_citation(pieces[0]):
            place = _place(document, path, scalar)
            yield from (Citation(piece, place) for piece in pieces)


def sources(tree: Tree | None, path: tuple[Step, ...] = ()) -> Iterator[tuple[tuple[Step, ...], Scalar]]:
    """Every `source` with the path of what it belongs to, but for those that are a record's values."""
    if isinstance(tree, yaml.Sequence):
        for i, item in enumerate(tree.items):
            yield from sources(item, (*path, i))
    elif isinstance(tree, yaml.Mapping):
        for key, (_, value) in tree.entries.items():
            if key == "source" and isinstance(value, Scalar):
                yield path, value
            elif key not in DATA:
                yield from sources(value, (*path, key))


def _place(document: Document, path: tuple[Step, ...], scalar: Scalar) -> Place:
    folder, _, name = document.file.removeprefix("flows/").removesuffix(".yaml").partition("/")
    line = document.span(scalar).line
    if folder == "fixtures":
        why = document.at(*path[:1], "why")
        title = why.text if isinstance(why, Scalar) else name
        return Place(RANKS[folder], document.file, line, f"fixture: {title}")
    if not name:  # a flow
        return Place(RANKS["nodes"], document.file, line, f"{folder}: {path[1]}" if len(path) > 1 else folder)
    below = f", {path[1]}" if len(path) > 1 else ""
    return Place(RANKS.get(folder, 4), document.file, line, f"{folder.removesuffix('s')} {name}{below}")


def read_all(files: Mapping[str, str]) -> list[Document]:
    return [yaml.read(path, text) for path, text in sorted(files.items())]


def only_earlier(states: Sequence[State], now: Mapping[str, str]) -> Iterator[tuple[str, Document]]:
    """The files that earlier releases had otherwise than today, with the release, the newest first."""
    seen = {(path, text) for path, text in now.items()}
    for state in reversed(states):
        for path, data in sorted(state.files.items()):
            text = data.decode()
            if path.endswith(".yaml") and (path, text) not in seen:
                seen.add((path, text))
                yield state.date.isoformat(), yaml.read(path, text)


class Found:
    """What realises each statement, and what the sources cite wrongly."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.places: dict[str, list[Place]] = {}
        self.problems: list[Problem] = []
        self._named: set[tuple[str, str, str]] = set()  # a node and its branches are one place

    def take(self, citation: Citation) -> None:
        place = citation.place
        if (wrong := self.book.why_not(citation.text)) is not None:
            self.problems.append(Problem(place.file, place.line, *wrong))
        elif (citation.text, place.file, place.name) not in self._named:
            self._named.add((citation.text, place.file, place.name))
            self.places.setdefault(citation.text, []).append(place)

    def take_earlier(self, release: str, document: Document, citation: Citation) -> None:
        """As `take`, for what only an earlier release has: it is written in the sample's history."""
        place = citation.place
        if (citation.text, place.file, place.name) in self._named:
            return
        self._named.add((citation.text, place.file, place.name))
        file, line = _written(document, citation)
        earlier = Place(EARLIER + place.rank, file, line, f"release {release}, {place.name}")
        self.take(Citation(citation.text, earlier))


def _written(document: Document, citation: Citation) -> tuple[str, int]:
    """Where the sample's history says it: in a whole file that it keeps, or in an edit."""
    kept = _kept()
    for path, text in kept.items():
        if text == document.text:
            return path, citation.place.line
    for path, text in kept.items():
        if citation.text in text:
            return path, text.count("\n", 0, text.index(citation.text)) + 1
    return f"{HISTORY}/history.yaml", 1


@functools.cache
def _kept() -> dict[str, str]:
    """The files of the sample's history; the list of its edits before the whole files."""
    paths = sorted((ROOT / HISTORY).rglob("*.yaml"), key=lambda path: (len(path.parts), path))
    return {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in paths}


# -- docs/handbook.md --------------------------------------------------------------------------------------------------

INTRO = """\
<!-- Written by tools/handbook.py from tools/handbook.yaml and the `source` of everything in flows/: `make docs`. -->

# What the handbook says, and what realises it

The sample workspace runs the routing of five handbook pages. Here is every statement of theirs that says who gets
what, in the order of the page and in a few of its own words, with the nodes, tables, rosters, objects and fixtures
whose `source` cites it; or the command that does it; or the reason why it is not routing. `tools/handbook.py` writes
this page, and fails when a statement is left over. Where two statements disagree, both are shipped as what they are.
"""


def page_text(book: Book, found: Found) -> Iterator[str]:
    yield f"{INTRO}\n| page | statements | routing | not routing |\n|---|--:|--:|--:|\n"
    for page in book.pages:
        others = sum(bool(s.not_routing) for s in page.statements)
        count = len(page.statements)
        yield f"| [{page.title}](#{_anchor(page.title)}) | {count} | {count - others} | {others} |\n"
    for page in book.pages:
        yield f"\n## {page.title}\n\n`{page.page}`\n\n| statement | says | realised by |\n|---|---|---|\n"
        for s in page.statements:
            places = found.places.get(f"{page.page}, {s.key}", ())
            yield f"| {_cell(s.key)} | “{_cell(s.says)}”{_unlike(book, s)} | {_realised(s, places)} |\n"


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _unlike(book: Book, statement: Statement) -> str:
    """Which statements say otherwise, where some do."""
    pairs = [piece.partition(", ") for piece in statement.disagrees.split("; ") if piece]
    others = "; ".join(f"{book.titles.get(page, page)}, *{_cell(key)}*" for page, _, key in pairs)
    return f"<br>unlike {others}" if others else ""


def _realised(statement: Statement, places: Iterable[Place]) -> str:
    if statement.not_routing:
        return f"*not routing:* {_cell(statement.not_routing)}"
    commands = [f"`{command}`" for command in statement.done_by.split("; ") if command]
    links = [place.link for place in sorted(places)]
    more = [f"and {len(links) - NAMED} more"] if len(links) > NAMED else []
    return "; ".join([*commands, *links[:NAMED], *more]) or "**nothing**"


def gaps(book: Book, found: Found) -> Iterator[Problem]:
    """The statements without a row, and those that say they are not routing and are cited all the same."""
    for page, s, where in book.statements():
        places = found.places.get(f"{page.page}, {s.key}", [])
        if not (places or s.done_by or s.not_routing):
            hint = f'cite it: `source: "{page.page}, {s.key}"`, or say why it is `not_routing`'
            yield Problem(BOOK, where.line, f"nothing realises `{s.key}` of {page.title}", hint)
        if places and s.not_routing:
            what = f"`{s.key}` is not routing, and {min(places).file} cites it"
            yield Problem(BOOK, where.line, what, "take `not_routing` out, or cite something else")


def compose(book_text: str, files: Mapping[str, str], states: Sequence[State] = ()) -> tuple[str, list[Problem]]:
    """The page, and everything that is wrong with the statements and the sources, by place."""
    book = Book(book_text)
    found = Found(book)
    documents = read_all(files)
    for document in documents:
        for citation in citations(document, book):
            found.take(citation)
    for release, document in only_earlier(states, files):
        for citation in citations(document, book):
            found.take_earlier(release, document, citation)
    unread = [Problem(d.file, _line(p.span), p.message, p.hint or "") for d in documents for p in d.problems]
    problems = sorted({*book.problems, *unread, *found.problems, *gaps(book, found)})
    return "".join(page_text(book, found)), problems


def of_the_sample() -> tuple[str, list[Problem]]:
    """The page of the files as they stand, with the releases before them."""
    flows = {p.relative_to(ROOT).as_posix(): p.read_text("utf-8") for p in (ROOT / "flows").rglob("*.yaml")}
    return compose((ROOT / BOOK).read_text("utf-8"), flows, history("gitlab"))


def main() -> int:
    parser = argparse.ArgumentParser(description="Writes docs/handbook.md from the statements and who cites them.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when it is not up to date")
    check = parser.parse_args().check
    text, problems = of_the_sample()
    for problem in problems:
        print(problem)
    page = ROOT / PAGE
    is_current = page.exists() and page.read_text("utf-8") == text
    if not is_current:
        print(f"{PAGE} is not as the sources say: make docs" if check else f"{PAGE} written")
    if not check:
        page.write_text(text, "utf-8")
    return 1 if problems or (check and not is_current) else 0


if __name__ == "__main__":
    sys.exit(main())
