"""What is wrong with a workspace, or will go wrong, found without routing a lead."""

from __future__ import annotations

import datetime as dt

from flowctl.check.pages import Page, explain, pages
from flowctl.check.registry import load_checks
from flowctl.check.scope import DATES, TITLE, Workspace
from flowctl.diag import Diagnostic, in_order
from flowctl.flow import Model

__all__ = ["DATES", "TITLE", "Page", "check_model", "explain", "pages"]


def check_model(
    model: Model, *, title_pattern: str = TITLE, date_form: str = DATES, today: dt.date | None = None
) -> tuple[Diagnostic, ...]:
    """Everything that can be said against a workspace, by place: what its files' readers found, and all checks.

    Args:
        title_pattern: A regular expression that the whole title of a flow must match; its group `date`, where it has
            one, is the day on which the flow goes live.
        date_form: How that day is written, as `strptime` reads it. Without a year the day of the week is not checked.
        today: The day for which absences are told, in the workspace's time zone. None tells of none.
    """
    workspace = Workspace(model, title_pattern, date_form, today)
    found = (diagnostic for check in load_checks().values() for diagnostic in check.diagnostics(workspace))
    return in_order((*model.problems, *found))
