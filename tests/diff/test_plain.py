"""The form of edits in JSON, which scripts rely on."""

from flowctl.diff import diff_flows, plain_edit
from flowctl.flow import load_flow

BEFORE = """flow: lead
object: Lead
start: scored
nodes:
  scored:
    type: decision
    branches:
      - {when: "Status IN ('Raw')", label: raw, then: done}
      - {when: Person_Score__c >= 50, then: done}
    otherwise: done
  done: {type: end, result: routed}
"""


def plain(after):
    a, b = (load_flow("", text)[0] for text in (BEFORE, after))
    return [plain_edit(edit) for edit in diff_flows(a, b)]


def test_a_changed_condition_holds_both_texts_and_the_details():
    assert plain(BEFORE.replace("('Raw')", "('Raw', 'MQL')")) == [
        {
            "edit": "condition-changed",
            "node": "scored",
            "cosmetic": False,
            "branch": {"position": 1, "name": "raw"},
            "key": "when",
            "before": "Status IN ('Raw')",
            "after": "Status IN ('Raw', 'MQL')",
            "details": [
                {"detail": "list-changed", "now": "Status IN ('Raw', 'MQL')", "joined": ["'MQL'"], "left": []},
            ],
        }
    ]


def test_a_new_node_is_there_as_in_its_file():
    assert plain(BEFORE + "  lost: {type: end, result: lost, label: Nobody}\n") == [
        {
            "edit": "node-added",
            "node": "lost",
            "cosmetic": False,
            "added": {"type": "end", "label": "Nobody", "result": "lost"},
        }
    ]


def test_a_changed_value_has_its_path():
    assert plain(BEFORE.replace("result: routed", "result: held")) == [
        {
            "edit": "value-changed",
            "node": "done",
            "cosmetic": False,
            "branch": None,
            "path": ["result"],
            "before": "routed",
            "after": "held",
        }
    ]
