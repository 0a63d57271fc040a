"""`init`: a workspace, from the starter or from a sample with its history."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.diag import FlowctlError, did_you_mean
from flowctl.document import Json
from flowctl.envs import create_local
from flowctl.flow import Bundle, Model, changed, load_model
from flowctl.flow.jsonschema import FILE_KINDS, json_schema
from flowctl.history import Person as GitPerson
from flowctl.history import RefUpdate, Repository, create_repository
from flowctl.ops.config import FILE, Gates, config_of
from flowctl.ops.gates import Candidate, judge
from flowctl.ops.promote import receipt_of
from flowctl.ops.records import Move, Person, Pointer, Promotion, Release, next_id, write_record
from flowctl.ops.workspace import MAIN_REF, SUFFIXES, Workspace, bundle_from

SCHEMAS = ".schemas"
GATES = Gates(check="error", tests=True, coverage=100.0)  # what the releases of a sample are measured by


@dataclass(frozen=True, slots=True)
class Made:
    """A new workspace: its folder, its releases (oldest first), and its environments."""

    root: Path
    releases: tuple[Release, ...]
    environments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class State:
    """What a release brings: its files below `flows/`, and who shipped it when and why."""

    files: Mapping[str, bytes]
    date: dt.date
    kind: str
    summary: str
    author: GitPerson


@dataclass(frozen=True)
class Read:
    """The files of a release below `flows/`, read once."""

    files: Mapping[str, bytes]

    @cached_property
    def bundle(self) -> Bundle:
        return bundle_from(self.files)

    @cached_property
    def model(self) -> Model:
        return load_model(dict(self.files))


def samples() -> list[str]:
    """The names of the samples."""
    return sorted(entry.name for entry in _home().iterdir() if (entry / "history.yaml").is_file())


def init(
    folder: Path,
    now: dt.datetime,
    *,
    sample: str | None = None,
    tick: Callable[[int, int], None] = lambda done, total: None,
) -> Made:
    """Makes a workspace in a new or empty folder.

    Args:
        tick: Called with how many releases of the sample are made, and of how many.

    Raises:
        FlowctlError: The folder has files, there is no such sample, or git knows no identity to sign the first
            release with. Nothing was made.
    """
    if sample and sample not in samples():
        hint = did_you_mean(sample, samples()) or f"samples: {', '.join(samples())}"
        raise FlowctlError(f"there is no sample `{sample}`", hint=hint)
    _require_outside(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FlowctlError(f"`{folder}` is not empty", hint="name a new folder: `flowctl init my-routing`")
    was_there = folder.exists()
    git = create_repository(folder)
    try:
        states = history(sample) if sample else [_starter(git, now)]
    except FlowctlError:
        shutil.rmtree(folder / ".git")
        if not was_there:
            folder.rmdir()
        raise
    ws = Workspace(git.root, config_of((_home() / FILE).read_bytes()), git)
    releases = _release_all(ws, states, tick)
    git.refresh_worktree(None, ws.main)
    _environments(ws, sample or "starter", releases[-1])
    return Made(git.root, tuple(releases), tuple(ws.config.environments))


def _require_outside(folder: Path) -> None:
    """Refuses a folder that is a workspace, or lies in one: git would keep the one inside of the other."""
    here = folder.resolve()
    inside = next((above for above in (here, *here.parents) if (above / FILE).is_file()), None)
    if inside:
        hint = "`flowctl status` says what is next there; another workspace lies beside it: `cd ..` first"
        raise FlowctlError(f"`{folder}` is in a workspace already: `{inside}`", hint=hint)


def _home() -> Traversable:
    return resources.files("flowctl") / "sample"


def _flows(sample: str) -> dict[str, bytes]:
    """The files of a sample's `flows/`: in the package, or in a checkout beside it."""
    root = _home() / sample / "flows"
    if not root.is_dir():
        root = Path(__file__).parents[2] / "flows"
    return dict(_walk(root, "flows"))


def _walk(folder: Traversable, path: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        below = f"{path}/{entry.name}"
        if entry.is_dir():
            found += _walk(entry, below)
        elif entry.name.endswith(SUFFIXES):
            found.append((below, entry.read_bytes()))
    return found


def _starter(git: Repository, now: dt.datetime) -> State:
    return State(_flows("starter"), now.date(), "weekly", "First lead flow", git.require_identity())


def history(sample: str) -> list[State]:
    """The states of a sample, oldest first: from today's files back, undoing one release after the other."""
    text = (_home() / sample / "history.yaml").read_text(encoding="utf-8")
    releases: list[Json] = yaml.data(yaml.read("history.yaml", text).at("releases"))
    files = {path: data.decode() for path, data in _flows(sample).items()}
    states = []
    for release in reversed(releases):
        for edit in release.get("undo") or ():
            files = _undone(files, edit, _home() / sample)
        author = GitPerson(release["author"]["name"], release["author"]["email"])
        day = dt.date.fromisoformat(release["date"])
        encoded = {path: text.encode() for path, text in files.items()}
        states.append(State(encoded, day, release["kind"], release["summary"], author))
    return states[::-1]


def _undone(files: Mapping[str, str], edit: Json, home: Traversable) -> dict[str, str]:
    """The files before an edit: `find` and `replace` in one of them, a whole file by `with`, or none by `delete`."""
    path = edit["file"]
    others = {name: text for name, text in files.items() if name != path}
    if "delete" in edit:
        assert path in files, f"{path} must be there"
        return others
    if "with" in edit:
        return others | {path: (home / edit["with"]).read_text(encoding="utf-8")}
    text, find = files[path], edit["find"]
    assert text.count(find) == 1, f"{path}: `{find[:60]}` must be there once"
    return others | {path: text.replace(find, edit["replace"] or "")}


def with_schema_line(path: str, data: bytes) -> bytes:
    """A file with the comment that tells an editor its schema, so that it completes and checks while people type."""
    kind = next((k.name for k in FILE_KINDS.values() if Path(path).match(k.glob) and _same_depth(path, k.glob)), None)
    if path in ("flows/directory.yaml", "flows/settings.yaml"):
        kind = path.removeprefix("flows/").removesuffix(".yaml")
    up = "../" * path.count("/")
    line = f"# yaml-language-server: $schema={up}{SCHEMAS}/{kind}.json\n"
    return line.encode() + data if kind else data


def _same_depth(path: str, glob: str) -> bool:
    return path.count("/") == glob.count("/")


def _release_all(ws: Workspace, states: Sequence[State], tick: Callable[[int, int], None]) -> list[Release]:
    releases: list[Release] = []
    files = _frame()
    pointer = Pointer(environment="production")
    parent: str | None = None
    live = Read({})
    for number, state in enumerate(states):
        tick(number, len(states))
        draft = Read({path: with_schema_line(path, data) for path, data in state.files.items()})
        release = _release(ws, live, draft, state, [r.release for r in releases])
        pointer = pointer.after(release)
        files = {path: data for path, data in files.items() if path not in live.files} | dict(draft.files)
        files |= {pointer.path: write_record(pointer).encode(), release.path: write_record(release).encode()}
        parent = _commit(ws, files, release, state.author, parent)
        releases.append(release)
        live = draft
    return releases


def _frame() -> dict[str, bytes]:
    """The files beside the flows."""
    schemas = {f"{SCHEMAS}/{kind}.json": json.dumps(json_schema(kind), indent=1) + "\n" for kind in FILE_KINDS}
    return {
        FILE: (_home() / FILE).read_bytes(),
        ".gitignore": b".flowctl/\n",
        ".gitattributes": b"* text=auto eol=lf\n",
        **{path: text.encode() for path, text in schemas.items()},
    }


def _release(ws: Workspace, live: Read, draft: Read, state: State, taken: list[str]) -> Release:
    a, b = live.bundle, draft.bundle
    parts = changed(a, b)
    judged = judge(GATES, Candidate(ws.config, live.model, draft.model, parts, b, None, None))
    assert all(gate.passed for gate in judged.gates), [gate.figure for gate in judged.gates]
    when = dt.datetime.combine(state.date, dt.time(16), dt.UTC)
    promotion = Promotion(
        environment="production",
        kind=state.kind,
        title=ws.config.title(state.date, state.summary),
        live=a.digest,
        parts=tuple(Move(part, a.digests.get(part), b.digests.get(part)) for part in parts),
        gates=judged.gates,
        moved=judged.moved if live.files else None,
    )
    bound = {f.name: getattr(promotion, f.name) for f in fields(Promotion)}
    who = Person(state.author.name, state.author.email)
    return Release(release=next_id(state.date, taken), plan=promotion.id, who=who, when=when, **bound)


def _commit(ws: Workspace, files: Mapping[str, bytes], release: Release, author: GitPerson, parent: str | None) -> str:
    tree = ws.git.write_tree(None, files)
    message = f"production: {release.title}\n\nRelease {release.release} ({release.kind}).\n"
    parents = [parent] if parent else []
    commit = ws.git.commit_tree(tree, parents, message, author, release.when, committer=author)
    ws.git.transaction([RefUpdate(MAIN_REF, commit, parent), RefUpdate(release.tag, commit, None)])
    return commit


def _environments(ws: Workspace, sample: str, newest: Release) -> None:
    bundle = ws.bundle()
    for name, place in ws.config.environments.items():
        org = (_home() / sample / "orgs" / f"{name}.yaml").read_text(encoding="utf-8")
        create_local(ws.root / place.path, org)
        environment = ws.environment(name)
        empty = environment.read().bundle.digest
        environment.deploy(bundle, expecting=empty, receipt=receipt_of(newest, bundle))
