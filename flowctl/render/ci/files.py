"""All reports of a run, as files."""

from __future__ import annotations

from collections.abc import Sequence

from flowctl.ops.ci.report import CiReport
from flowctl.render import jsonout
from flowctl.render.ci.comment import FILE, comment
from flowctl.render.ci.counts import terraform
from flowctl.render.ci.data import data
from flowctl.render.ci.findings import codequality, sarif
from flowctl.render.ci.junit import junit
from flowctl.render.safe import lines


def files(report: CiReport, drawn: Sequence[str]) -> dict[str, str]:
    """Their texts, by the names of the files; `drawn` are the pictures."""
    return {
        FILE: lines(comment(report, drawn)) + "\n",
        "ci.json": jsonout.document("ci", data(report)) + "\n",
        "junit.xml": junit(report),
        "codequality.json": codequality(report),
        "terraform.json": terraform(report),
        "flowctl.sarif": sarif(report),
    }
