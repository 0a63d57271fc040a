"""Both orgs of a sample know every name of its directory, each under an id of its own."""

import pytest

from flowctl import document as yaml
from flowctl.expr import is_id
from flowctl.flow import load_model
from tests.sample.states import SAMPLE, STARTER, states

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes

WORKSPACES = {"gitlab": [state.files for state in states()], "starter": [STARTER]}
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def org(sample, name):
    document = yaml.read(f"{name}.yaml", (SAMPLE / sample / "orgs" / f"{name}.yaml").read_text("utf-8"))
    assert document.problems == []
    found = yaml.data(document.root)
    return {f"{kind[:-1]}/{name}": who for kind in ("users", "queues") for name, who in found[kind].items()}


@pytest.mark.parametrize("environment", ["staging", "production"])
@pytest.mark.parametrize("sample", WORKSPACES)
def test_every_name_of_every_state_has_an_id(sample, environment):
    known = org(sample, environment)

    for files in WORKSPACES[sample]:
        assert set(load_model(files).directory.names()) <= set(known)
    assert set(load_model(WORKSPACES[sample][-1]).directory.names()) == set(known)


@pytest.mark.parametrize("sample", WORKSPACES)
def test_ids_are_ids_of_users_and_queues_and_no_two_are_alike(sample):
    ids = [(name, who["id"]) for place in ("staging", "production") for name, who in org(sample, place).items()]

    assert len({id_[:15] for _, id_ in ids}) == len(ids)
    for name, id_ in ids:
        assert is_id(id_)
        assert len(id_) == 18
        assert id_.startswith("005" if name.startswith("user/") else "00G")


def test_the_last_three_characters_of_an_id_are_the_sum_that_salesforce_makes_of_the_others():
    for place in ("staging", "production"):
        for who in org("gitlab", place).values():
            assert who["id"][15:] == suffix(who["id"][:15])


def suffix(id_):
    """One character for each five of the id: which of them are upper case."""
    chunks = [id_[at : at + 5] for at in (0, 5, 10)]
    return "".join(ALPHABET[sum(char.isupper() << bit for bit, char in enumerate(chunk))] for chunk in chunks)


@pytest.mark.parametrize("sample", WORKSPACES)
def test_the_same_people_have_other_ids_in_staging_and_in_production(sample):
    staging, production = org(sample, "staging"), org(sample, "production")

    assert set(staging) == set(production)
    assert all(staging[name]["id"][:15] != production[name]["id"][:15] for name in staging)


@pytest.mark.parametrize("environment", ["staging", "production"])
@pytest.mark.parametrize("sample", WORKSPACES)
def test_an_org_and_the_directory_agree_on_who_is_active(sample, environment):
    directory = load_model(WORKSPACES[sample][-1]).directory

    active = {name: who["active"] == "true" for name, who in org(sample, environment).items() if "active" in who}

    assert active == {f"user/{name}": user.active for name, user in directory.users.items()}
