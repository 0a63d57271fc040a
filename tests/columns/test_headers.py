"""Columns are found by API name, by label, by path, or as a mapping says; what is missing or may be two is told."""

import pytest

from flowctl.columns import open_records, read_mapping
from flowctl.diag import FlowctlError
from tests.columns.leads import OBJECTS, file, object_type, read, values, wanted


def opened(folder, header, wants):
    with open_records([str(file(folder, header + "\n"))], wants) as found:
        return found


def test_columns_are_called_by_api_name_or_label_in_upper_or_lower_case(tmp_path):
    path = file(tmp_path, " lead score ,EMAIL,Account.name,PRIOR.Company\n7,a@b.c,Acme,Old\n")

    batches, _ = read(path, wanted("Score__c", "Email", "account.Name", prior=["Company"]))

    assert values(batches, "Score__c") == [7.0]
    assert values(batches, "account.Name") == ["Acme"]
    assert batches[0].record(0).prior["Company"] == "Old"


def test_what_nobody_asked_for_is_listed_and_not_read(tmp_path):
    header = ",".join(["Email", *(f"Extra {n}" for n in range(10_000))])
    path = file(tmp_path, header + "\n" + "a@b.c" + "," * 10_000 + "\n")

    batches, found = read(path, wanted("Email"))

    assert len(found.ignored) == 10_000
    assert list(batches[0].columns) == [("Email",)]


def test_a_column_that_is_read_and_missing_is_told_with_the_nodes_that_read_it(tmp_path):
    with pytest.raises(FlowctlError) as error:
        opened(
            tmp_path,
            "Email,Lead Scor,Owner ID",
            wanted("Email", "Score__c", "Owner", "account.Name", prior=["Company"]),
        )

    assert error.value.message.endswith("leads.csv` has no column `Score__c`, which the flow reads")
    assert "--missing-as-blank" in error.value.hint
    (told,) = error.value.found
    assert told.message == "there is no column `Score__c` (`Lead Score`); read by `lead/by_score__c`"
    assert told.hint == "did you mean `Lead Scor`?"
    assert opened(tmp_path, "Email", wanted("Email", "Score__c", missing_as_blank=True)).has == {("Email",)}


def test_a_label_of_two_fields_is_no_name_for_either_unless_nobody_asks(tmp_path):
    lead = object_type("Lead", {"Score__c": "number", "Email": "email", "Score_Old__c": "number"})
    fields = {**lead.fields, "Score_Old__c": lead.fields["Score__c"]}
    objects = OBJECTS | {"Lead": type(lead)(object="Lead", fields=fields)}

    with pytest.raises(FlowctlError, match="may be `Score__c` and `Score_Old__c`"):
        opened(tmp_path, "Lead Score", wanted("Score__c", objects=objects))
    assert opened(tmp_path, "Lead Score,Email", wanted("Email", objects=objects)).ignored == ("Lead Score",)


def test_two_columns_of_one_field_are_told_and_twins_that_nobody_reads_are_not(tmp_path):
    with pytest.raises(FlowctlError, match="columns 1 and 3 are both called `Email`"):
        opened(tmp_path, "Email,Country,Email", wanted("Email"))
    with pytest.raises(FlowctlError, match="columns `Score__c` and `Lead Score` are both `Score__c`"):
        opened(tmp_path, "Score__c,Lead Score", wanted("Score__c"))
    assert opened(tmp_path, "Email,Country,Country", wanted("Email")).has == {("Email",)}


def test_a_mapping_goes_before_names(tmp_path):
    mapping = read_mapping("map.yaml", b"Punkte: Score__c\nE-Mail: Email\nFirma: account.Name\nalt: prior.Company\n")
    path = file(tmp_path, "punkte,Score__c,E-Mail,Firma,alt\n1,2,a@b.c,Acme,Old\n")

    batches, found = read(path, wanted("Score__c", "Email", "account.Name", prior=["Company"], mapping=mapping))

    assert values(batches, "Score__c") == [1.0]
    assert values(batches, "account.Name") == ["Acme"]
    assert batches[0].record(0).prior["Company"] == "Old"
    assert found.ignored == ("Score__c",)
    with pytest.raises(FlowctlError, match="the mapping names `Skore__c`, which is no field of Lead"):
        opened(tmp_path, "punkte,Email", wanted("Email", mapping={"Punkte": "Skore__c"}))
    for data in (b"- a\n", b"a: {b: c}\n"):
        with pytest.raises(FlowctlError, match="is no mapping"):
            read_mapping("map.yaml", data)


def test_a_mapping_of_a_column_that_is_not_there_is_told_where_its_field_is_read(tmp_path):
    mapping = {"Punkt": "Score__c", "Fax": "Country"}

    with pytest.raises(FlowctlError, match="has no column `Punkt`, which the mapping names") as error:
        opened(tmp_path, "Punkte,Email", wanted("Email", "Score__c", mapping=mapping, missing_as_blank=True))
    with pytest.raises(FlowctlError, match="has no column `Score__c`, which the flow reads") as missing:
        opened(tmp_path, "Punkte,Email", wanted("Email", "Score__c", mapping=mapping))

    assert error.value.hint == missing.value.found[0].hint == "did you mean `Punkte`?"
    assert "`Punkt`, which the mapping names" in missing.value.found[0].message
    assert opened(tmp_path, "Email", wanted("Email", mapping=mapping)).has == {("Email",)}


def test_one_of_several_files_may_lack_a_column_of_a_mapping(tmp_path):
    wants = wanted("Email", "Score__c", mapping={"Punkte": "Score__c", "Mail": "Email"}, missing_as_blank=True)
    file(tmp_path, "Email,Punkte\na@b.c,1\n", "a.csv")
    file(tmp_path, "Mail,Score__c\nb@b.c,2\n", "b.csv")

    assert values(read(tmp_path, wants)[0], "Score__c") == [1.0, 2.0]
    (tmp_path / "b.csv").unlink()
    with pytest.raises(FlowctlError, match="`Mail`"):
        read(tmp_path, wants)


def test_records_of_json_may_have_a_column_of_a_mapping_later(tmp_path):
    wants = wanted("Email", "Score__c", mapping={"Punkte": "Score__c"}, missing_as_blank=True)
    path = file(tmp_path, '{"Email": "a@b.c"}\n{"Email": "a@b.c"}\n', "a.ndjson")

    assert [len(batch) for batch in read(path, wants)[0]] == [2]


def test_extra_columns_come_along_as_they_are(tmp_path):
    path = file(tmp_path, 'Email,Routed To,Lead Score\na@b.c," user/x ",01\n')

    batches, _ = read(path, wanted("Email", extra=("Routed To", "Score__c")))

    assert {name: column.to_pylist() for name, column in batches[0].extra.items()} == {
        "Routed To": [" user/x "],
        "Score__c": ["01"],
    }
    with pytest.raises(FlowctlError, match="has no column `Routd To`") as error:
        opened(tmp_path, "Email,Routed To", wanted("Email", extra=("Routd To",)))
    assert error.value.hint == "did you mean `Routed To`?"


def test_what_lies_behind_a_person_is_in_no_file(tmp_path):
    assert opened(tmp_path, "Email,Owner.Name", wanted("Email", "Owner", "Owner.Name")).has == {("Email",)}


def test_no_column_that_is_a_field_itself_is_proposed_for_one_that_is_missing(tmp_path):
    lead = object_type("Lead", {"Lead_Scored__c": "checkbox", "Person_Scored__c": "number"})
    wants = wanted("Lead_Scored__c", objects=OBJECTS | {"Lead": lead})

    with pytest.raises(FlowctlError) as taken:
        opened(tmp_path, "Person_Scored__c,Email", wants)
    with pytest.raises(FlowctlError) as free:
        opened(tmp_path, "Person_Scored__c,Lead_Scord__c", wants)

    assert taken.value.found[0].hint is None
    assert free.value.found[0].hint == "did you mean `Lead_Scord__c`?"
