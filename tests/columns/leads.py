"""Objects and files for reading records by the column."""

import datetime as dt
from zoneinfo import ZoneInfo

from flowctl.columns import Wanted, open_records
from flowctl.flow.objects import Field, ObjectType

NOW = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)
BERLIN = ZoneInfo("Europe/Berlin")
KINDS = {
    "Id": "id",
    "Email": "email",
    "Company": "text",
    "Country": "picklist",
    "Interests__c": "multipicklist",
    "Score__c": "number",
    "Opted_In__c": "checkbox",
    "Birthday__c": "date",
    "Seen__c": "datetime",
    "CreatedDate": "datetime",
    "Partner__c": "user",
    "Owner": "owner",
}
LABELS = {"Score__c": "Lead Score", "Opted_In__c": "Opted In", "Birthday__c": "Birthday", "CreatedDate": "Created Date"}


def object_type(name, kinds, relations=None):
    fields = {field: Field(label=LABELS.get(field, field), type=kind) for field, kind in kinds.items()}
    return ObjectType(object=name, fields=fields, relations=relations or {})


ACCOUNT = object_type("Account", {"Name": "text", "Size__c": "number", "Is_Customer__c": "checkbox"})
LEAD = object_type("Lead", KINDS, {"account": "Account"})
OBJECTS = {"Lead": LEAD, "Account": ACCOUNT}


def wanted(*names, prior=(), now=None, zone=BERLIN, **others):
    """What is to be read; paths with dots, `prior` without."""
    reads = {tuple(name.split(".")): (f"lead/by_{name.lower()}",) for name in names}
    before = {(name,): ("lead/start",) for name in prior}
    settings = {"object": "Lead", "objects": OBJECTS, "zone": zone, "moment": now or NOW} | others
    return Wanted(now=reads, prior=before, **settings)


def read(files, wants, **options):
    """The batches of files, and the input."""
    names = [str(file) for file in (files if isinstance(files, list) else [files])]
    with open_records(names, wants, **options) as found:
        return [chunk() for chunk in found.chunks()], found


def values(batches, name):
    path = tuple(name.split("."))
    return [batch.columns[path].value(row) for batch in batches for row in range(len(batch))]


def file(folder, text, name="leads.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path
