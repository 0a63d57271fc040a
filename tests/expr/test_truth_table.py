"""Conditions mean what the hand-written table says."""

from pathlib import Path

import pytest
import yaml

from flowctl.expr import evaluate, parse, parse_value, to_text, value_of
from tests.expr.record import NOW, Record

TABLE = yaml.load((Path(__file__).parent / "truth.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
ROWS = [
    pytest.param(row, condition, wanted == "true", id=f"{row['why']}: {condition} is {wanted}")
    for row in TABLE
    for wanted in ("true", "false")
    for condition in row[wanted].splitlines()
]


@pytest.mark.parametrize(("row", "condition", "wanted"), ROWS)
def test_a_condition_means_what_the_table_says(row, condition, wanted):
    record = Record(row["lead"], row.get("before", {}), is_new="new" in row)

    assert evaluate(parse(condition), record) is wanted


def test_reading_stops_where_the_answer_is_known():
    read = []
    condition = parse("Score > 1 AND Score > 5 AND Score > 3 OR Blocked")

    evaluate(condition, Record({"Score": "4"}), lambda atom, holds: read.append((to_text(atom), holds)))

    assert read == [("Score > 1", True), ("Score > 5", False), ("Blocked", False)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("BLANK", None),
        ("Score + 1", 5.0),
        ("'MQL'", "MQL"),
        ("NOW", NOW),
        ("MAX(Employees, account.Seats)", None),
        ("'  padded '", "  padded "),
    ],
)
def test_a_value_is_what_it_says(text, value):
    assert value_of(parse_value(text), Record({"Score": "4"})) == value
