"""A folder that acts as an org: the environment that needs nothing, and a real one, for flows handed over as files.

org.yaml            users and queues with their ids; the folder's owner edits it
live                a link to the generation that runs; its files may be edited by hand, as in any org
generations/0007/   the parts' files with ids in the places of names, and receipt.yaml
turns.json          whose turn it is; no deploy touches it
lock                held while somebody promotes
deploy.lock         held while a deploy writes
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.diag import Diagnostic, FlowctlError, Severity
from flowctl.document import Document, Json, Mapping, Scalar, Tree
from flowctl.envs import generation
from flowctl.envs.lock import held
from flowctl.envs.names import ID, to_ids, to_names
from flowctl.envs.protocol import Live, OrgDirectory, OrgEntry, Receipt, StaleEnvironment, read_receipt, write_receipt
from flowctl.envs.refusals import refusals
from flowctl.flow import Bundle, part_of, path_of
from flowctl.flow.kinds import MISSING, NAME, Boolean, Kind, MapOf, Missing, Record, a_scalar, key, read_fields

ORG = "org.yaml"
RECEIPT = "receipt.yaml"
TURNS = "turns.json"
LEASE = "lock"
DEPLOY_LOCK = "deploy.lock"
DEPLOY_SECONDS = 30  # how long a deploy waits for another one, which takes a fraction of a second


@dataclass(frozen=True, slots=True)
class Id(Kind):
    """An id, in its form of 15 or of 18 characters."""

    def read(self, tree: Tree, document: Document) -> str | Missing:
        scalar = a_scalar(tree, document, "an id")
        if not isinstance(scalar, Scalar):
            return MISSING
        if ID.fullmatch(scalar.text):
            return scalar.text
        hint = "a digit, and 14 or 17 letters and digits after it, as in 0055f000001AbCd"
        document.problem("FC005", f"`{scalar.text}` is not an id", scalar, hint)
        return MISSING


@dataclass(frozen=True, slots=True)
class Known:
    """A user or a queue of `org.yaml`."""

    id: str = key(Id())
    active: bool = key(Boolean(), True)


@dataclass(frozen=True, slots=True)
class Org:
    """What `org.yaml` holds: users and queues by logical name."""

    users: dict[str, Known] = key(MapOf(Record(Known)), {})
    queues: dict[str, Known] = key(MapOf(Record(Known)), {})


@dataclass(frozen=True, slots=True)
class Local:
    """An environment in a folder. `create_local` makes one."""

    name: str
    folder: Path

    def directory(self) -> OrgDirectory:
        path = self.folder / ORG
        try:
            org = _read_org(str(path), path.read_bytes())
        except OSError as error:
            hint = f"an environment has an `{ORG}`; its folder is set in flowctl.yaml: `environments`, `{self.name}`"
            if isinstance(error, FileNotFoundError):
                hint = "`flowctl init --environments` makes it again, with what `main` says that runs there"
            raise FlowctlError(f"`{self.folder}` is not an environment: {_reason(error)}", hint=hint) from error
        users = {f"user/{name}": OrgEntry(known.id, known.active) for name, known in org.users.items()}
        queues = {f"queue/{name}": OrgEntry(known.id, known.active) for name, known in org.queues.items()}
        return OrgDirectory(users | queues)

    def read(self) -> Live:
        directory = self.directory()
        with self._disk("read"):
            files = generation.files(self.folder)
        there = {part: _decoded(content) for path, content in sorted(files.items()) if (part := part_of(path))}
        parts: dict[str, str] = {}
        unknown: list[Diagnostic] = []
        for part, text in there.items():
            header = f"header/{part.removeprefix('table/')}"
            parts[part], found = _named(part, text, directory, header, there.get(header, ""))
            unknown += found
        receipt = read_receipt(files[RECEIPT]) if RECEIPT in files else None
        return Live(Bundle(parts), receipt, tuple(unknown))

    def refusals(self, bundle: Bundle) -> tuple[Diagnostic, ...]:
        return refusals(bundle, self.directory(), self.name)

    def deploy(self, bundle: Bundle, *, expecting: str, receipt: Receipt) -> None:
        directory = self.directory()
        found = refusals(bundle, directory, self.name)
        if any(diagnostic.severity is Severity.ERROR for diagnostic in found):
            raise FlowctlError(f"`{self.name}` refuses this; nothing was deployed", found=found)
        files = _files(bundle, directory) | {RECEIPT: write_receipt(receipt).encode()}
        doing = f"`{self.name}` is being written"
        with self._disk("write"), held(self.folder / DEPLOY_LOCK, receipt.who, DEPLOY_SECONDS, doing):
            self._expect(expecting)
            generation.sweep(self.folder)  # a deploy that was killed may have left enough to fill the disk
            try:
                new = generation.write(self.folder, files)
                self._expect(expecting)  # again, since somebody may have edited a file by hand meanwhile
                generation.turn_to(self.folder, new)
            finally:
                generation.sweep(self.folder)

    def turns(self) -> Json:
        self.directory()
        path = self.folder / TURNS
        try:
            with self._disk("read"):
                data = json.loads(path.read_bytes()) if path.exists() else {}
        except (ValueError, RecursionError) as error:
            raise self._broken_turns("is no JSON") from error
        if not isinstance(data, dict):
            raise self._broken_turns("holds no turns")
        return data

    def _broken_turns(self, what: str) -> FlowctlError:
        hint = "put back a copy of it; without the file all turns begin anew"
        return FlowctlError(f"`{self.folder / TURNS}` {what}", hint=hint)

    def keep_turns(self, data: Json) -> None:
        self.directory()
        text = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
        doing = f"`{self.name}` is being written"
        with self._disk("write"), held(self.folder / DEPLOY_LOCK, "turns are kept", DEPLOY_SECONDS, doing):
            generation.replace(self.folder / TURNS, text.encode())

    @contextmanager
    def lease(self, who: str, wait_seconds: float) -> Iterator[None]:
        self.directory()  # a folder that is no environment gets no lock file either
        with ExitStack() as stack:
            with self._disk("lock"):
                doing = f"a promotion into `{self.name}` is running"
                stack.enter_context(held(self.folder / LEASE, who, wait_seconds, doing))
            yield

    def _expect(self, expecting: str) -> None:
        there = self.read().bundle.digest
        if there != expecting:
            raise StaleEnvironment(self.name, expecting, there)

    @contextmanager
    def _disk(self, doing: str) -> Iterator[None]:
        """Turns a full disk, a read-only folder and the like into an error that says what could not be done."""
        try:
            yield
        except OSError as error:
            hint = "is the disk full, or the folder read-only?"
            raise FlowctlError(
                f"cannot {doing} `{self.name}` in `{self.folder}`: {_reason(error)}", hint=hint
            ) from error


def create_local(folder: Path, org_text: str) -> None:
    """Makes a folder an environment in which nothing runs yet.

    Raises:
        FlowctlError: It is one already, `org_text` has errors, or the folder cannot be written.
    """
    path = folder / ORG
    _read_org(str(path), org_text)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(org_text)
    except FileExistsError as error:
        raise FlowctlError(f"`{error.filename}` is there already", hint="name another folder") from error
    except OSError as error:
        raise FlowctlError(f"cannot write `{path}`: {_reason(error)}") from error


def _read_org(file: str, content: str | bytes) -> Org:
    document = yaml.read(file, content)
    values = read_fields(Org, document.root, document) if document.root is not None else {}
    for list_ in ("users", "queues"):
        _sound_names(document, document.at(list_))
    if values is None or document.problems:
        raise FlowctlError(f"`{file}` has errors", found=document.problems)
    return Org(**values)


def _sound_names(document: Document, tree: Tree | None) -> None:
    """Notes the names that could not stand in a flow."""
    for name, (written, _) in tree.entries.items() if isinstance(tree, Mapping) else ():
        if not NAME.match(name):
            document.problem("FC005", f"`{name}` cannot be a name", written, "letters, digits, `_`, `-` and `.`")


def _files(bundle: Bundle, directory: OrgDirectory) -> dict[str, bytes]:
    """The parts as the environment holds them, by path."""
    parts = bundle.parts
    return {path_of(part): to_ids(part, text, directory, parts).encode() for part, text in parts.items()}


def _decoded(content: bytes) -> str:
    """What a file says. Bytes that are not UTF-8 show as `\\xe9`: a file that somebody edited by hand must not stop the
    reading that is there to find it.
    """
    return content.decode("utf-8", "backslashreplace")


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


@lru_cache(maxsize=1024)  # one command reads an environment several times, and it has seldom changed between
def _named(
    part: str, text: str, directory: OrgDirectory, header: str, columns: str
) -> tuple[str, tuple[Diagnostic, ...]]:
    """The text of a part under logical names; `columns` is the text of a table's header."""
    return to_names(part, text, directory, {header: columns})
