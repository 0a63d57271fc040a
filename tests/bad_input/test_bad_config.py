"""A `flowctl.yaml` that cannot be is told with its places, all at once."""

import datetime as dt

import pytest

from flowctl.diag import FlowctlError
from flowctl.ops.config import config_of, read_config

CONFIG = """\
environments:
  staging: {adapter: local, path: .flowctl/environments/staging}
  production: {adapter: local, path: .flowctl/environments/production}
titles: "Live on {date}: {summary}"
dates: "%Y-%m-%d"
gates:
  weekly: {check: error, tests: true, coverage: 100%, moved: 25%}
"""
STAGING = "{adapter: local, path: .flowctl/environments/staging}"

SPOILT = {
    "an unknown key": ("gates:", "«gate:", "FC003"),
    "an unknown kind of draft": ("weekly:", "«weakly:", "FC003"),
    "an unknown gate": ("tests: true", "«test: true", "FC003"),
    "an unknown adapter": ("staging: {adapter: local", "staging: {adapter: «sftp", "FC005"),
    "an environment without a path": (STAGING, "«{adapter: local}", "FC004"),
    "an environment that is a text": (STAGING, "«./staging", "FC005"),
    "environments in a list": (
        f"staging: {STAGING}\n  production: {STAGING.replace('staging', 'production')}",
        "«[]",
        "FC005",
    ),
    "an environment that leaves its folder": ("  staging:", "  «../staging:", "FC005"),
    "an environment that looks like an option": ("  staging:", "  «--force:", "FC005"),
    "two environments in one folder": ("environments/staging", "environments/./production", "FC005"),
    "a share without its sign": ("100%", "«100", "FC005"),
    "a share of more than all": ("100%", "«101%", "FC005"),
    "a share that is none": ("100%", "«most", "FC005"),
    "a gate that is neither": ("tests: true", "tests: «NO", "FC005"),
    "a title without its date": ("Live on {date}: {summary}", "{summary}", "FC005"),
    "a title the other way round": ("{date}: {summary}", "{summary}: {date}", "FC005"),
    "a title that reads our objects": ("{date}: {summary}", "{date.__class__}: {summary}", "FC005"),
    "a title with another place": ("{date}: {summary}", "{date}: {summary} {0}", "FC005"),
    "a date without its month": ("%Y-%m-%d", "%Y-%d", "FC005"),
    "a date of an unknown form": ("%Y-%m-%d", "%Q-%m-%d", "FC005"),
    "a date that ends too early": ("%Y-%m-%d", "%Y-%m-%d%", "FC005"),
    "a date that is no form at all": ("%Y-%m-%d", "Monday", "FC005"),
}


@pytest.mark.parametrize(("old", "new", "code"), SPOILT.values(), ids=SPOILT)
def test_a_slip_is_told_with_its_place(old, new, code):
    assert CONFIG.count(old) == 1
    text = CONFIG.replace(old, new)
    before = text[: text.index("«")] if "«" in text else None

    with pytest.raises(FlowctlError) as raised:
        config_of(text.replace("«", "").encode())

    [found] = raised.value.found
    assert found.code == code
    if before is not None:
        place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
        assert (found.span.line, found.span.column) == place


@pytest.mark.parametrize("text", [b"", b"# nothing yet\n", b"- a\n", b"hello\n", b"\xff\xfe", b"[" * 1_000_000])
def test_a_file_that_holds_no_keys_is_told_as_such(text):
    with pytest.raises(FlowctlError) as raised:
        config_of(text)

    [found] = raised.value.found
    assert found.span.file == "flowctl.yaml"


def test_all_that_is_wrong_is_told_at_once():
    text = CONFIG.replace("tests: true", "tests: maybe").replace("{date}: ", "").replace("weekly", "daily")

    with pytest.raises(FlowctlError) as raised:
        config_of(text.encode())

    assert [d.span.line for d in raised.value.found] == [4, 7, 7]


def test_a_folder_without_it_is_no_workspace(tmp_path):
    with pytest.raises(FlowctlError, match=r"there is no `flowctl\.yaml`") as raised:
        read_config(tmp_path)

    assert raised.value.hint == "`flowctl init my-routing` makes a workspace"


def test_a_title_may_hold_braces_of_its_own_and_a_summary_that_looks_like_a_title():
    config = config_of(CONFIG.replace("Live on {date}: {summary}", "{date} } {summary} {").encode())

    assert config.title(dt.date(2026, 11, 23), "{date} {x}") == "2026-11-23 } {date} {x} {"
