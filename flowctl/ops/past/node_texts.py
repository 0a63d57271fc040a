"""The nodes of a flow's file as pieces of its text, so that of five hundred versions only what differs is read.

A file is cut where its nodes begin, and each piece is read as a file of its own. Pieces that are alike are read once.
Where a file is not written so that it can be cut, it is read as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.diff import Edit, diff_flows
from flowctl.document import Document, Json, Scalar, Tree
from flowctl.flow import Flow, Node
from flowctl.flow.model import read_node
from flowctl.flow.node import load_node_types
from flowctl.flow.program import Step

COSMETIC = ("title", "notes", "nodes")  # keys of a flow that say nothing of where a lead goes, or are compared apart
_NODES = re.compile(r"^nodes:[ \t]*\n", re.M)
_END = re.compile(r"^[^\s#]", re.M)  # the next key of the file
_NOTHING = re.compile(r"([ \t]*(#.*)?\n)*")
_BEGIN = re.compile(r"^  (?=[^\s#])", re.M)


class Piece:
    """A node as it stands in a file."""

    def __init__(self, text: str, document: Document, written: Scalar, tree: Tree) -> None:
        self.id, self.text = written.text, text
        self._document, self._written, self._tree = document, written, tree

    @cached_property
    def node(self) -> Node | None:
        """The node; None when it has errors."""
        load_node_types()
        node = read_node(self._written, self._tree, self._document)
        return None if self._document.problems else node

    @cached_property
    def step(self) -> Step | None:
        """The node as engines run it, one and the same for all versions that have it."""
        return self.node.lower() if self.node else None


@dataclass(frozen=True, slots=True)
class NodeTexts:
    """The nodes of a state of a flow's file, by id; none where the file cannot be read at all.

    `head` is the rest of the file; the whole of it, where it `is_whole` and could not be cut.
    """

    pieces: Mapping[str, Piece]
    head: str
    is_whole: bool = False

    def is_sound(self, ids: Iterable[str]) -> bool:
        return all(self.pieces[id_].node for id_ in ids if id_ in self.pieces)

    def some(self, ids: Iterable[str]) -> Flow:
        """A flow of these nodes alone, in file order; its header says nothing."""
        wanted = set(ids)
        nodes = {id_: node for id_, piece in self.pieces.items() if id_ in wanted and (node := piece.node)}
        return Flow(flow="", object="", start="", nodes=nodes)


class Reader:
    """Reads states of one flow's file; remembers the pieces."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._known: dict[str, Piece] = {}

    def read(self, data: bytes | None) -> NodeTexts:
        text = (data or b"").decode("utf-8", "replace")
        with yaml.collector_paused():
            return self._cut(text) or NodeTexts(self._as_a_whole(text), text, True)

    def _cut(self, text: str) -> NodeTexts | None:
        """The pieces of a file that can be cut: one `nodes:`, each node below it on a line of its own."""
        found = list(_NODES.finditer(text))
        if len(found) != 1:
            return None
        start = found[0].end()
        end = ended.start() if (ended := _END.search(text, start)) else len(text)
        cuts = [at.start() for at in _BEGIN.finditer(text, start, end)]
        if not cuts or not _NOTHING.fullmatch(text, start, cuts[0]):
            return None
        pieces = [self._piece(text[a:b]) for a, b in zip(cuts, [*cuts[1:], end], strict=True)]
        by_id = {piece.id: piece for piece in pieces if piece}
        head = text[: found[0].start()] + text[end:]
        return NodeTexts(by_id, head) if len(by_id) == len(pieces) else None

    def _piece(self, text: str) -> Piece | None:
        """A piece that is a node and nothing else."""
        if text not in self._known:
            document = yaml.read(self._path, f"nodes:\n{text}")
            nodes = document.at("nodes")
            if document.problems or not isinstance(nodes, yaml.Mapping) or len(nodes.entries) != 1:
                return None
            self._known[text] = Piece(text, document, *next(iter(nodes.entries.values())))
        return self._known[text]

    def _as_a_whole(self, text: str) -> dict[str, Piece]:
        document = yaml.read(self._path, text)
        nodes = document.at("nodes")
        entries = nodes.entries if isinstance(nodes, yaml.Mapping) else {}
        found = ((key, tree, text[key.start : tree.end]) for key, tree in entries.values())
        return {key.text: Piece(piece, document, key, tree) for key, tree, piece in found}


def differing(older: NodeTexts, newer: NodeTexts) -> set[str]:
    """The ids of the nodes that are not written alike, those that only one of the two has among them."""
    a, b = older.pieces, newer.pieces
    return {id_ for id_ in {*a, *b} if id_ not in a or id_ not in b or a[id_].text != b[id_].text}


def head_says(texts: NodeTexts, path: str) -> Json:
    """What the header of a flow says that can move a record."""
    document = yaml.read(path, texts.head)
    says: Json = yaml.data(document.root)
    return {key: value for key, value in says.items() if key not in COSMETIC} if isinstance(says, dict) else says


def node_edits(older: NodeTexts, newer: NodeTexts) -> tuple[Edit, ...]:
    """The edits of nodes that make the newer state of the older one; both are sound where they differ."""
    ids = differing(older, newer)
    if older.pieces.keys() - newer.pieces.keys() and newer.pieces.keys() - older.pieces.keys():
        ids = {*older.pieces, *newer.pieces}  # a rename, maybe: it is told by what stands around the node, too
    return tuple(_of_nodes(diff_flows(older.some(ids), newer.some(ids))))


def _of_nodes(edits: Iterable[Edit]) -> Iterator[Edit]:
    return (edit for edit in edits if edit.node is not None)
