"""YAML and CSV text as a tree that knows where everything stands, and edits that touch nothing else.

Scalars stay text: what a value *is* comes from the schema field that reads it, so `NO` is Norway and `01234` is a
postcode.
"""

from flowctl.document.editing import Splice, content_end, entry_lines, splice, with_comments_above
from flowctl.document.magic import MAGIC, form_by_bytes, no_text
from flowctl.document.reading import MAX_BYTES, MAX_DEPTH, collector_paused, read, read_fragment
from flowctl.document.sheet import BOM, MAX_ROWS, Rows, cell_text, line_text
from flowctl.document.tree import NULLS, Document, Json, Mapping, Scalar, Sequence, Step, Tree, data
from flowctl.document.writing import dump, inline, scalar_text

__all__ = [
    "BOM", "MAGIC", "MAX_BYTES", "MAX_DEPTH", "MAX_ROWS", "NULLS", "Document", "Json", "Mapping", "Rows", "Scalar",
    "Sequence", "Splice", "Step", "Tree", "cell_text", "collector_paused", "content_end", "data", "dump",
    "entry_lines", "form_by_bytes", "inline", "line_text", "no_text", "read", "read_fragment", "scalar_text", "splice",
    "with_comments_above",
]  # fmt: skip
