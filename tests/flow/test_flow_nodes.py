"""Node types: what their own pages show is read, and what they say of themselves holds."""

import inspect

import jsonschema
import pytest
import yaml

from flowctl.flow import NODE_TYPES, dump_flow, load_flow
from flowctl.flow.jsonschema import json_schema
from flowctl.flow.node import found, load_node_types, references
from flowctl.flow.nodes.decision import Branch, Decision

load_node_types()
TYPES = sorted(NODE_TYPES.values(), key=lambda cls: cls.type)


def example(cls):
    text = inspect.cleandoc(cls.__doc__).partition("Example::")[2]
    return inspect.cleandoc(text) + "\n"


def flow_of(text):
    """A flow of one example, with an end for every way out."""
    indented = "".join(f"  {line}\n" for line in text.splitlines())
    flow, problems = load_flow("f", f"flow: lead\nobject: Lead\nstart: x\nnodes:\n{indented}")
    assert problems == ()
    return flow


def test_there_is_a_node_type_for_every_module_of_the_folder():
    assert [cls.type for cls in TYPES] == [
        "assign", "continue", "convert", "create", "decision", "end", "lookup", "match", "merge", "notify", "rotate",
        "set", "wait",
    ]  # fmt: skip


@pytest.mark.parametrize("cls", TYPES, ids=lambda cls: cls.type)
def test_the_example_of_a_type_is_read_written_and_known_to_the_schema(cls):
    flow = flow_of(example(cls))
    [node] = flow.nodes.values()

    assert type(node) is cls
    assert load_flow("f", dump_flow(flow))[0] == flow
    jsonschema.validate(yaml.safe_load(example(cls)), json_schema("flow")["properties"]["nodes"])  # as editors read


@pytest.mark.parametrize("cls", TYPES, ids=lambda cls: cls.type)
def test_a_type_says_what_it_does_in_one_line(cls):
    assert cls.summary.endswith(".")
    assert len(cls.summary) < 100


@pytest.mark.parametrize("cls", TYPES, ids=lambda cls: cls.type)
def test_a_node_is_lowered_to_a_step_of_its_name_with_its_ways(cls):
    [node] = flow_of(example(cls)).nodes.values()

    step = node.lower()

    assert step.node == node.id
    written = repr(step)
    assert all(f"Way(port={way.port!r}, to={way.to!r})" in written for way in node.ways())


@pytest.mark.parametrize("cls", TYPES, ids=lambda cls: cls.type)
def test_a_node_without_a_label_still_has_a_title(cls):
    [node] = flow_of(example(cls)).nodes.values()

    assert node.label == ""
    assert node.title()


def test_what_a_node_names_is_found_with_its_place():
    [match] = flow_of(example(NODE_TYPES["match"])).nodes.values()
    [rotate] = flow_of(example(NODE_TYPES["rotate"])).nodes.values()
    [go_on] = flow_of(example(NODE_TYPES["continue"])).nodes.values()

    assert list(references(match)) == [(("object",), "objects", "Account")]
    assert list(references(rotate)) == [(("roster",), "rosters", "sdr-emea")]
    assert list(references(go_on)) == [(("flow",), "flows", "lead")]
    assert match.binds() == ("account", "Account")
    assert rotate.binds() is None


def test_conditions_are_found_wherever_they_stand():
    from flowctl.flow.kinds import Condition

    flow, problems = load_flow(
        "f",
        "flow: lead\nobject: Lead\nstart: d\nnodes:\n"
        "  d: {type: decision, branches: [{when: A = 1, then: x}, {when: B = 2, then: x}], otherwise: x}\n"
        "  m: {type: match, object: O, as: o, by: [related], where: C = 3, prefer: [newest, o.D = 4],"
        " matched: x, unmatched: x}\n",
    )

    assert problems == ()
    paths = [path for node in flow.nodes.values() for path, _ in found(node, Condition)]
    assert paths == [("branches", 0, "when"), ("branches", 1, "when"), ("where",), ("prefer", 1)]


@pytest.mark.parametrize(
    ("labels", "ports"),
    [
        (["a", "b"], ("a", "b")),
        (["", ""], ("branch 1", "branch 2")),
        (["a", "a", "b"], ("branch 1", "branch 2", "b")),
        (["otherwise", "a"], ("branch 1", "a")),
        (["branch 2", ""], ("branch 1", "branch 2")),
    ],
)
def test_the_branches_of_a_decision_have_the_names_of_their_labels(labels, ports):
    from flowctl.expr import parse

    branches = tuple(Branch(when=parse("A = 1"), label=label, then="x") for label in labels)

    assert Decision(id="d", branches=branches, otherwise="x").port_names() == ports
