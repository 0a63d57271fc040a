"""A merge that is asked for its conflicts alone, as git's driver asks, comes to the same."""

import pytest
from hypothesis import given

from flowctl.diff import merge_text
from tests.diff.test_merge_laws import sides

pytestmark = pytest.mark.slow


@given(sides)
def test_the_text_and_the_conflicts_are_those_of_the_whole_merge(texts):
    whole, brief = merge_text(*texts), merge_text(*texts, only_conflicts=True)

    assert brief.text == whole.text
    assert brief.conflicts == whole.conflicts
