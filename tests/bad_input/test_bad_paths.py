"""Names and paths that would leave the workspace, or be an option of git, reach neither the disk nor git."""

import os

import pytest

from flowctl.diag import FlowctlError
from flowctl.ops import check, save
from flowctl.ops.versions import find, here
from flowctl.ops.workspace import bundle_from
from tests.bad_input.conftest import NOW

OPTIONS = ["--upload-pack=x", "-x", "--", "-", "--output=/tmp/x", "--exec=touch x"]
NO_REFS = ["main..main", "a\nb", "a\0b", "", " ", "@{", "main^{tree}^{x}"]


@pytest.mark.parametrize("name", OPTIONS + NO_REFS)
def test_a_version_that_is_none_is_refused_in_words(ws, name):
    with pytest.raises(FlowctlError) as raised:
        find(ws, name)

    assert "\n" not in raised.value.message
    assert "\0" not in raised.value.message
    assert raised.value.hint


LEAVING = ["../outside.yaml", "/etc/passwd", "flows/../../outside.yaml", "flows/../.git/config", ".git/config", "a\0b"]


@pytest.mark.parametrize("path", LEAVING)
def test_a_path_that_leaves_the_workspace_is_refused(ws, path):
    with pytest.raises(FlowctlError) as raised:
        ws.git.inside(path)

    assert raised.value.hint


@pytest.mark.parametrize("path", LEAVING)
def test_no_version_is_read_at_a_path_that_leaves_it(ws, path):
    with pytest.raises(FlowctlError):
        ws.git.read("HEAD", path)
    with pytest.raises(FlowctlError):
        ws.git.files("HEAD", path)


def outside(ws, name="secret.yaml"):
    file = ws.root.parent / name
    file.write_text("flow: secret\n")
    return file


LINKS = {
    "to a file outside": lambda ws: outside(ws),
    "to a file outside, by a relative path": lambda ws: os.path.relpath(outside(ws), ws.root / "flows"),
    "to a device that never ends": lambda ws: "/dev/zero",
    "to itself": lambda ws: "linked.yaml",
}


@pytest.mark.parametrize("where", LINKS.values(), ids=LINKS)
def test_a_link_below_flows_that_leads_elsewhere_is_refused_and_nothing_is_saved(ws, where):
    link = ws.root / "flows" / "linked.yaml"
    link.symlink_to(where(ws))
    before = ws.git.resolve("HEAD")

    with pytest.raises(FlowctlError) as raised:
        save.save(ws, "A link", NOW)
    with pytest.raises(FlowctlError):
        here(ws)

    assert "linked.yaml" in raised.value.message
    assert ws.git.resolve("HEAD") == before
    assert link.is_symlink()


ALSO = {"to git's own files": "../.git/config", "to nothing": "no-such-file.yaml", "to a folder": "rosters"}


@pytest.mark.parametrize("where", ALSO.values(), ids=ALSO)
def test_a_link_to_what_is_no_file_of_a_flow_is_refused_in_words(ws, where):
    (ws.root / "flows" / "linked.yaml").symlink_to(where)

    with pytest.raises(FlowctlError):
        here(ws)


def test_a_version_whose_name_is_no_utf_8_is_refused_in_words(ws):
    with pytest.raises(FlowctlError):
        find(ws, "\udcff")


def test_a_path_behind_a_version_cannot_leave_it(ws):
    with pytest.raises(FlowctlError):
        find(ws, "main:../../etc/passwd")


def test_a_folder_that_is_a_link_out_of_the_workspace_is_not_looked_into(ws):
    outside(ws)
    (ws.root / "flows" / "elsewhere").symlink_to(ws.root.parent)

    assert all("secret" not in path for path in here(ws).files)


@pytest.mark.parametrize(
    "name", ["../outside.yaml", "/etc/passwd", "flows/../flowctl.yaml", "--help", "flows/nope.yaml"]
)
def test_only_files_of_the_version_are_checked(ws, name):
    with pytest.raises(FlowctlError) as raised:
        check.check(here(ws), ws.config, NOW, [name])

    assert raised.value.hint


NO_UTF_8 = b"flow: lead\nobject: Gr\xf6\xdfe\n"
SPOILT = {
    "bytes that are no UTF-8": NO_UTF_8,
    "a byte order mark": b"\xef\xbb\xbfflow: lead\n",
    "a NUL": b"flow: lead\0\n",
    "no YAML": b"flow: [\n",
    "nothing": b"",
    "ten megabytes of nesting": b"[" * 10_000_000,
    "an unknown node type": b"flow: lead\nobject: Lead\nstart: a\nnodes:\n  a: {type: wat}\n",
}


@pytest.mark.parametrize("data", SPOILT.values(), ids=SPOILT)
def test_a_file_that_cannot_be_read_is_not_saved_and_stays_as_it_is(ws, data):
    file = ws.root / "flows" / "lead.yaml"
    file.write_bytes(data)
    before = {path: path.read_bytes() for path in ws.root.rglob("*") if path.is_file() and ".git" not in path.parts}
    head = ws.git.resolve("HEAD")

    with pytest.raises(FlowctlError) as raised:
        save.save(ws, "Spoilt", NOW)

    assert {d.span.file for d in raised.value.found} == {"flows/lead.yaml"}
    after = {path: path.read_bytes() for path in ws.root.rglob("*") if path.is_file() and ".git" not in path.parts}
    assert after == before
    assert ws.git.resolve("HEAD") == head


def test_files_that_commands_write_are_not_edited_by_hand(ws):
    draft = ws.current_draft()
    (ws.root / draft.path).write_text("draft: mine\n")

    with pytest.raises(FlowctlError, match="written by commands only"):
        save.save(ws, "By hand", NOW)


def test_a_part_that_is_no_utf_8_makes_no_bundle():
    with pytest.raises(FlowctlError, match=r"`flows/lead\.yaml` is not UTF-8"):
        bundle_from({"flows/lead.yaml": NO_UTF_8})
