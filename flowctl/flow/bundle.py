"""Parts, the bundle that they make, and digests of their content and of their behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.document import Document, Json

ROOT = "flows"
SINGLE = ("directory", "settings")  # parts that there is one of
FOLDERS = {"rosters": "roster", "objects": "object", "tables": "header"}
TABLES = f"{ROOT}/tables/"  # a table is two parts: its header is YAML, its rows are a CSV beside it


def part_of(path: str) -> str | None:
    """The part that a file of the workspace belongs to; None for what is no part (a fixture, a policy, a draft)."""
    pieces = path.split("/")
    if path.startswith(TABLES) and path.endswith(".csv") and len(pieces) == 3:
        return f"table/{pieces[-1].removesuffix('.csv')}"
    if pieces[0] != ROOT or not path.endswith(".yaml"):
        return None
    name = pieces[-1].removesuffix(".yaml")
    if len(pieces) == 2:
        return name if name in SINGLE else f"flow/{name}"
    if len(pieces) == 3 and pieces[1] in FOLDERS:
        return f"{FOLDERS[pieces[1]]}/{name}"
    return None


def path_of(part: str) -> str:
    """The file that holds a part: the inverse of `part_of`."""
    kind, _, name = part.partition("/")
    if not name:
        return f"{ROOT}/{kind}.yaml"
    if kind == "table":
        return f"{TABLES}{name}.csv"
    folder = {v: f"{k}/" for k, v in FOLDERS.items()}.get(kind, "")
    return f"{ROOT}/{folder}{name}.yaml"


@dataclass(frozen=True)
class Bundle:
    """All parts together: their texts by part name."""

    parts: Mapping[str, str]

    @cached_property
    def digests(self) -> dict[str, str]:
        """Content digests by part, sorted by part."""
        return {part: content_digest(part, text) for part, text in sorted(self.parts.items())}

    @cached_property
    def digest(self) -> str:
        """The content digest of the whole."""
        return digest_of(self.digests)

    def behaviour(self, part: str) -> str:
        """The behaviour digest of a part; of its content when it cannot be read."""
        kind, _, name = part.partition("/")
        return behaviour_digest(part, self.parts[part], self.parts.get(f"header/{name}") if kind == "table" else None)

    def with_parts(self, changes: Mapping[str, str | None]) -> Bundle:
        """This bundle with some parts put in, or taken out where the text is None."""
        merged = {**self.parts, **changes}
        return Bundle({part: text for part, text in merged.items() if text is not None})


def bundle_of(files: Mapping[str, str]) -> Bundle:
    """The bundle of a workspace's files by path; files that are no parts are left out."""
    return Bundle({part: text for path, text in files.items() if (part := part_of(path))})


def changed(before: Bundle | Mapping[str, str], after: Bundle | Mapping[str, str]) -> tuple[str, ...]:
    """The parts whose content differs, sorted; takes bundles or digests by part."""
    if isinstance(before, Bundle) and isinstance(after, Bundle):  # most texts are the same: those need no digest
        a, b = before.parts, after.parts
        differing = {part for part in {*a, *b} if a.get(part) != b.get(part)}
        before, after = (Bundle({p: side[p] for p in differing if p in side}) for side in (a, b))
    a = before.digests if isinstance(before, Bundle) else before
    b = after.digests if isinstance(after, Bundle) else after
    return tuple(sorted(part for part in {*a, *b} if a.get(part) != b.get(part)))


def digest_of(value: Json) -> str:
    """SHA-256 over the canonical JSON of plain data, as `sha256:…`."""
    import hashlib  # a merge reads parts and digests none
    import json

    canonical = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()


@lru_cache(maxsize=4096)
def content_digest(part: str, text: str) -> str:
    """The digest of what the text of a part says: comments, quoting, spacing and delimiters do not count, order does.

    A text that cannot be read has the digest of its bytes, so that it differs from every other.
    """
    document = yaml.read(path_of(part), text)
    if document.problems:
        return digest_of(["unreadable", text])
    if isinstance(document.root, yaml.Rows):
        return digest_of(_cells(document.root))
    return digest_of(_ordered(yaml.data(document.root)))


def _cells(rows: yaml.Rows) -> Json:
    """The names of a table's columns, and its rows by position."""
    return {"columns": [c.text for c in rows.columns], "rows": [list(yaml.data(row).values()) for row in rows.items]}


def _ordered(value: Json) -> Json:
    """Mappings as lists of pairs, so that the order of keys counts."""
    if isinstance(value, dict):
        return {"map": [[key, _ordered(item)] for key, item in value.items()]}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


@lru_cache(maxsize=4096)
def behaviour_digest(part: str, text: str, header: str | None = None) -> str:
    """The digest of what of a part can move a record: equal digests, equal behaviour.

    Of a table's rows nothing is cosmetic but the order of its columns, and that of its rows where its header says that
    only one of them can fit: what its cells mean is said by another part.
    """
    document = yaml.read(path_of(part), text)
    value = _meaning(part, document)
    if document.problems:
        return content_digest(part, text)
    is_unordered = header is not None and isinstance(value, list) and _is_unique(header)
    return digest_of({"rows": sorted(value, key=digest_of)} if is_unordered else value)


@lru_cache(maxsize=256)
def _is_unique(header: str) -> bool:
    from flowctl.flow.kinds import read_fields
    from flowctl.flow.table import Header

    document = yaml.read("", header)
    values = read_fields(Header, document.root, document) if document.root else None
    return values is not None and not document.problems and Header(**values).hit == "unique"


def _meaning(part: str, document: Document) -> Json:
    from flowctl.flow import model  # the content of parts is digested far more often than their behaviour
    from flowctl.flow.kinds import plain_fields, read_fields
    from flowctl.flow.objects import ObjectType, Settings
    from flowctl.flow.people import Directory, Roster
    from flowctl.flow.table import Header

    kind = part.partition("/")[0]
    if kind == "flow":
        flow = model.flow_of(document)
        return model.meaning(flow) if flow and not document.problems else None
    if kind == "table":
        rows = document.root
        return [{**yaml.data(row)} for row in rows.items] if isinstance(rows, yaml.Rows) else None
    holders: dict[str, type] = {
        "roster": Roster, "object": ObjectType, "header": Header, "directory": Directory, "settings": Settings,
    }  # fmt: skip
    cls = holders[kind]
    values = read_fields(cls, document.root, document) if document.root is not None else None
    return None if values is None or document.problems else plain_fields(cls(**values), cosmetic=False)
