"""How two versions differ, in edits that can be applied, and how two sides of one base are merged.

As in `flowctl.flow`, a module is loaded when one of its names is asked for: `flowctl diff` merges nothing.
"""

from typing import TYPE_CHECKING

from flowctl.lazy import on_demand

if TYPE_CHECKING:
    from flowctl.diff.application import apply
    from flowctl.diff.edits import Edit, EntryEdit
    from flowctl.diff.flows import diff_flows
    from flowctl.diff.merge import Conflict, Merged, Taken, merge_text
    from flowctl.diff.parts import PartDiff, diff_bundles
    from flowctl.diff.plain import plain_edit

__all__ = [
    "Conflict",
    "Edit",
    "EntryEdit",
    "Merged",
    "PartDiff",
    "Taken",
    "apply",
    "diff_bundles",
    "diff_flows",
    "merge_text",
    "plain_edit",
]

_HOMES = {
    "application": "apply",
    "edits": "Edit EntryEdit",
    "flows": "diff_flows",
    "merge": "Conflict Merged Taken merge_text",
    "parts": "PartDiff diff_bundles",
    "plain": "plain_edit",
}

__getattr__ = on_demand(__name__, _HOMES)
