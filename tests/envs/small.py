"""A small routing that names people in every way, and the org that it is put into."""

import datetime as dt

from flowctl.envs import Receipt
from flowctl.flow import Bundle

BEA, OMAR, NOOR = "0055f000001BeaKAAA", "0055f000001OmaSAAA", "0055f000001NooHAAA"
PARTNER, RAW, OLD = "00G5f000001PartAAA", "00G5f000001RawQAAA", "00G5f000001OldQAAA"

ORG = f"""\
users:
  bea.kim: {{id: {BEA}}}
  omar.saleh: {{id: {OMAR}, active: false}}     # has left
  noor.haddad: {{id: {NOOR}, active: true}}
queues:
  partner: {{id: {PARTNER}}}
  raw: {{id: {RAW}}}
  old: {{id: {OLD}, active: false}}
"""

FLOW = """\
# user/bea.kim asked for this
flow: lead
object: Lead
title: "Live on 2026-11-23: leads of user/bea.kim"
triggers: [created, updated]
start: mine
nodes:
  mine:
    type: decision
    label: user/bea.kim
    branches:
      - when: Owner = 'user/bea.kim' AND Company != 'queue/raw or so'
        label: bea's
        then: mark
      - when: "Owner IN ('queue/raw', 'user/omar.saleh')"
        then: tell
      - when: 'Company = ''user/noor.haddad'' OR AccountId = ''0015f000001AcmeAAA'''
        then: turn
    otherwise: to_partner
  mark:  {type: set, values: {Reviewer__c: "'user/bea.kim'", Company: Owner.Name}, then: tell}
  tell:
    type: notify
    channel: email
    to: user/bea.kim      # and not user/omar.saleh
    message: user/bea.kim has a lead
    then: turn
  turn: {type: rotate, roster: sdr-emea, then: done, nobody: to_partner}
  to_partner:
    type: assign
    to: 'queue/partner'
    then: done
  done: {type: end, result: user/bea.kim}
"""

ROSTER = """\
roster: sdr-emea
label: bea.kim and noor.haddad
members:
  - user: bea.kim         # bea.kim
    weight: 2
    leave: [{from: 2026-12-21, to: 2027-01-03, cover: "noor.haddad"}]
  - {user: noor.haddad}
"""

OBJECT = """\
object: Lead
fields:
  Company: {type: text}
  AccountId: {type: id}
  Owner: {type: owner}
  Reviewer__c: {type: user}
"""

DIRECTORY = """\
users:
  bea.kim: {name: Bea Kim}
  omar.saleh: {name: Omar Saleh, active: false}
  noor.haddad: {name: Noor Haddad}
queues:
  partner: {name: Partner Queue}
"""

EMPTY = Bundle({})
BUNDLE = Bundle(
    {
        "flow/lead": FLOW,
        "roster/sdr-emea": ROSTER,
        "object/Lead": OBJECT,
        "directory": DIRECTORY,
        "settings": "time_zone: Europe/Berlin\n",
    }
)
NEXT = BUNDLE.with_parts(
    {
        "settings": None,
        "roster/sdr-emea": ROSTER.replace("weight: 2", "weight: 3"),
        "flow/case": FLOW.replace("flow: lead", "flow: case"),
    }
)
WHEN = dt.datetime(2026, 11, 20, 16, tzinfo=dt.UTC)


def receipt(bundle, **values):
    values = {"kind": "weekly", "who": "Mia Chen", "when": WHEN, "digests": bundle.digests} | values
    return Receipt(**values)


def deploy(env, bundle, onto=EMPTY, **values):
    env.deploy(bundle, expecting=onto.digest, receipt=receipt(bundle, **values))


def codes(found):
    return [diagnostic.code for diagnostic in found]
