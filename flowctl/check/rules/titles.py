"""Titles: which day a flow goes live, and what it brings."""

from __future__ import annotations

import datetime as dt
import re

from flowctl.check.registry import Found, check
from flowctl.check.scope import FlowScope, flows
from flowctl.diag import Severity

MONDAY = 0


def _day(scope: FlowScope) -> dt.date | str | None:
    """The day that a title names: None when it names none that has a year, the text when it is no day."""
    named = re.fullmatch(scope.workspace.title_pattern, scope.flow.title)
    text, form = named.groupdict().get("date") if named else None, scope.workspace.date_form
    if text is None:
        return None
    has_year = bool(re.search("%[YyGcxD]", form))
    dated = (text, form) if has_year else (f"2000 {text}", f"%Y {form}")  # a leap year: 02/29 is a day
    try:
        day = dt.datetime.strptime(*dated).replace(tzinfo=dt.UTC).date()
    except ValueError:
        return text
    return day if has_year else None


@check(
    "FC501",
    Severity.WARNING,
    flows,
    bad="""
    flow: lead
    object: Lead
    title: MDF campaigns first
    triggers: [created]
    start: done
    nodes:
      done: {type: end, result: Handled}
    """,
    good="""
    flow: lead
    object: Lead
    title: "Live on 2026-11-23: MDF campaigns first"
    triggers: [created]
    start: done
    nodes:
      done: {type: end, result: Handled}
    """,
)
def title_off_pattern(scope: FlowScope) -> Found:
    """A title that does not say when the flow goes live and what it brings.

    ## Why it matters
    In the list of clones, the title is all that tells this week's draft from the one before it.

    ## What to do
    Write it as `flowctl clone` does: `Live on <date>: <summary>`. Another pattern is set in `flowctl.yaml`.
    """
    title = scope.flow.title
    if title and (not re.fullmatch(scope.workspace.title_pattern, title) or isinstance(_day(scope), str)):
        example = dt.date(2026, 11, 23).strftime(scope.workspace.date_form)
        hint = f"as in `Live on {example}: MDF campaigns first`; `titles` in flowctl.yaml says how"
        yield scope.flow.document.where("title"), "the title does not say on which day this goes live, and what", hint


@check(
    "FC502",
    Severity.INFO,
    flows,
    bad="""
    flow: lead
    object: Lead
    title: "Live on 2026-11-24: MDF campaigns first"
    triggers: [created]
    start: done
    nodes:
      done: {type: end, result: Handled}
    """,
    good="""
    flow: lead
    object: Lead
    title: "Live on 2026-11-23: MDF campaigns first"
    triggers: [created]
    start: done
    nodes:
      done: {type: end, result: Handled}
    """,
)
def title_off_monday(scope: FlowScope) -> Found:
    """A title whose day is not a Monday.

    ## Why it matters
    The week's draft goes live on a Monday; another day is mostly a slip. A hotfix has the day on which it ships.

    ## What to do
    Correct the day, or leave it, if the flow really goes live then.
    """
    day = _day(scope)
    if isinstance(day, dt.date) and day.weekday() != MONDAY:
        monday = day + dt.timedelta(days=7 - day.weekday())
        named = monday.strftime(scope.workspace.date_form)
        message = f"{day} is a {day:%A}, and drafts go live on Mondays"
        yield scope.flow.document.where("title"), message, f"the following Monday is {named}"
