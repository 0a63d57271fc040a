"""How two versions differ, in edits that can be applied, and how two sides of one base are merged.

As in `flowctl.flow`, a module is loaded when one of its names is asked for: `flowctl diff` merges nothing.
"""

from typing import TYPE_CHECKING

from flowctl.lazy import on_demand

if TYPE_CHECKING:
    from flowctl.diff.application import apply
    from flowctl.diff.decisions import Choice, Decision, Merged, MergedFiles, Side
    from flowctl.diff.edits import Edit, EntryEdit
    from flowctl.diff.flows import diff_flows
    from flowctl.diff.marks import settle, unsettled
    from flowctl.diff.merge import merge_text
    from flowctl.diff.merge_files import merge_files
    from flowctl.diff.parts import PartDiff, diff_bundles
    from flowctl.diff.plain import plain_edit

__all__ = [
    "Choice", "Decision", "Edit", "EntryEdit", "Merged", "MergedFiles", "PartDiff", "Side", "apply", "diff_bundles",
    "diff_flows", "merge_files", "merge_text", "plain_edit", "settle", "unsettled",
]  # fmt: skip

_HOMES = {
    "application": "apply",
    "decisions": "Choice Decision Merged MergedFiles Side",
    "edits": "Edit EntryEdit",
    "flows": "diff_flows",
    "marks": "settle unsettled",
    "merge": "merge_text",
    "merge_files": "merge_files",
    "parts": "PartDiff diff_bundles",
    "plain": "plain_edit",
}

__getattr__ = on_demand(__name__, _HOMES)
