"""Rows from files that people have: YAML, JSON and CSV, as texts with their places."""

from flowctl.tables.rows import Row, read_rows

__all__ = ["Row", "read_rows"]
