"""Two versions of a small flow, leads of all kinds, and what becomes of them in batches of any size."""

import datetime as dt

from hypothesis import strategies as st

from flowctl.engine.bulk import engine_of
from flowctl.flow import Record, load_model
from flowctl.ops.impact import few
from flowctl.ops.impact.explained import Explainer
from flowctl.ops.impact.report import Input
from flowctl.ops.impact.setting import Setting
from flowctl.ops.impact.simulate import counted
from flowctl.ops.simulate import Arrival
from tests.ops.small import FILES, flow

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
FILES = {
    **FILES,
    "flows/settings.yaml": "time_zone: America/Los_Angeles\n",
    "flows/objects/Lead.yaml": FILES["flows/objects/Lead.yaml"]
    + "  Name: {label: Name, type: text}\n  CreatedDate: {label: Created, type: datetime}\n",
    "flows/rosters/emea.yaml": "roster: emea\nmembers:\n  - user: bea.kim\n  - user: lars.holm\n",
}
BEFORE = """
start:
  type: decision
  branches:
    - {when: Country = 'Peru', label: peru, then: peru}
    - {when: Score > 50, label: hot, then: hot}
  otherwise: rest
peru: {type: rotate, roster: emea, then: note, nobody: rest}
note: {type: set, values: {Source: "'a'"}, then: say}
say: {type: notify, channel: email, to: owner, message: "hello {{Company}}", then: done}
hot: {type: assign, to: queue/hot, then: done}
rest: {type: assign, to: queue/raw, then: done}
"""
AFTER = """
start:
  type: decision
  branches:
    - {when: Country = 'Peru', label: peru, then: peru}
    - {when: Score > 20, label: hot, then: hot}
    - {when: Country = 'Chile', label: chile, then: lost}
  otherwise: rest
peru: {type: rotate, roster: emea, then: note, nobody: rest}
note: {type: set, values: {Source: "'b'"}, then: say}
say: {type: notify, channel: email, to: owner, message: "hello {{Company}}", then: done}
hot: {type: decision, branches: [{when: Score > 80, label: very, then: amer}], otherwise: warm}
warm: {type: assign, to: queue/hot, then: done}
amer: {type: rotate, roster: amer, then: make, nobody: rest}
make: {type: create, object: Account, values: {Name: Company}, then: done}
rest: {type: assign, to: queue/raw, then: done}
lost: {type: end, result: Lost}
"""


def model(nodes, **files):
    return load_model({**FILES, "flows/lead.yaml": flow(nodes), **files})


MODELS = model(BEFORE), model(AFTER)

LEADS = st.lists(
    st.builds(
        lambda at, **fields: (at, {name: value for name, value in fields.items() if value is not None}),
        at=st.integers(0, 60 * 24 * 40),
        Name=st.sampled_from(["Ana", "Bo", None]),
        Company=st.sampled_from(["Acme", "Globex", None]),
        Country=st.sampled_from(["Peru", "peru ", "Chile", "Norway", None]),
        Score=st.sampled_from([10.0, 20.0, 21.0, 50.0, 51.0, 80.0, 81.0, None]),
        Owner=st.sampled_from(["user/bea.kim", "queue/raw", None]),
        Status=st.sampled_from(["Raw", None]),
    ),
    min_size=1,
    max_size=60,
)


def arrivals(leads, updated=()):
    found = []
    for position, (minutes, fields) in enumerate(sorted(leads, key=lambda lead: lead[0]), 1):
        prior = {**fields, "Score": 1.0} if position in updated else None
        name = next((fields[name] for name in ("Name", "Company") if name in fields), f"row {position}")
        now = NOW - dt.timedelta(minutes=60 * 24 * 40 - minutes)
        found.append(Arrival(name, Record("Lead", fields, prior), now, position))
    return found


def setting(before, after, data=None):
    return Setting(
        "lead", ("draft", after), ("live", before) if before else None, "live" if before else None, data or {}
    )


def impact(leads, before, after, size=10_000, full_paths=False):
    """What becomes of leads that come in batches of a size."""
    made = setting(before, after)
    worlds = made.worlds()
    engine = engine_of(worlds, "lead", full_paths)
    records = Sized(leads, after, size)
    return counted(made, engine, worlds, records, Explainer(engine, made.models))


class Sized:
    """Leads in batches of a size."""

    def __init__(self, leads, model, size):
        self.leads, self.model, self.size = leads, model, size

    def chunks(self, *, in_order):
        for at in range(0, len(self.leads), self.size):
            batch = few.batch_of(self.leads[at : at + self.size], self.model.objects)
            yield lambda batch=batch: batch

    def total(self, done):
        return len(self.leads)

    def told(self):
        return Input()
