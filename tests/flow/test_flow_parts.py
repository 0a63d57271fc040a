"""Parts and the files that hold them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.flow import Bundle, bundle_of, changed, content_digest, part_of, path_of
from flowctl.flow.kinds import NAME

names = st.from_regex(NAME, fullmatch=True).filter(lambda name: "\n" not in name)
parts = st.one_of(
    st.sampled_from(["directory", "settings"]),
    names.filter(lambda name: name not in ("directory", "settings")).map("flow/{}".format),
    names.map("roster/{}".format),
    names.map("object/{}".format),
)
contents = st.sampled_from(["a: 1\n", "a: 2\n", "a: 1 # the same\n", "b: 1\n"])
bundles = st.dictionaries(st.sampled_from(["flow/lead", "roster/emea", "directory"]), contents).map(Bundle)


@given(parts)
def test_a_part_is_found_again_by_the_path_of_its_file(part):
    assert part_of(path_of(part)) == part


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("flows/lead.yaml", "flow/lead"),
        ("flows/rosters/sdr-emea.yaml", "roster/sdr-emea"),
        ("flows/objects/Lead.yaml", "object/Lead"),
        ("flows/directory.yaml", "directory"),
        ("flows/settings.yaml", "settings"),
    ],
)
def test_each_kind_of_part_has_its_file(path, part):
    assert part_of(path) == part
    assert path_of(part) == path


@pytest.mark.parametrize(
    "path",
    [
        "flowctl.yaml",
        "lead.yaml",
        "drafts/2026-11-23-mdf.yaml",
        "flows/lead.yml",
        "flows/lead.yaml.orig",
        "flows/fixtures/lead/first.yaml",
        "flows/policies/pubsec.yaml",
        "flows/rosters/old/emea.yaml",
        "old/flows/lead.yaml",
        "releases/flows/lead.yaml",
    ],
)
def test_other_files_are_no_parts(path):
    assert part_of(path) is None


def test_a_bundle_is_made_of_the_parts_among_the_files():
    bundle = bundle_of({"flows/lead.yaml": "a", "flows/fixtures/lead/x.yaml": "b", "README.md": "c"})

    assert dict(bundle.parts) == {"flow/lead": "a"}


@given(bundles, bundles)
def test_the_parts_that_changed_are_those_whose_content_differs(a, b):
    found = changed(a, b)

    assert found == tuple(sorted(found))
    for part in {*a.parts, *b.parts}:
        digests = [content_digest(part, of.parts[part]) if part in of.parts else None for of in (a, b)]
        assert (part in found) == (digests[0] != digests[1])
    assert changed(a.digests, b.digests) == found
    assert (a.digest == b.digest) == (found == ())


@given(bundles, bundles)
def test_a_bundle_with_the_changes_of_another_is_the_other(a, b):
    changes = {part: b.parts.get(part) for part in changed(a, b)}

    assert changed(a.with_parts(changes), b) == ()
    assert dict(a.with_parts(dict.fromkeys(a.parts)).parts) == {}
