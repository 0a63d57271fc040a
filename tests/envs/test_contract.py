"""What every adapter keeps. The adapters are listed in conftest.py."""

import threading

import pytest

from flowctl.diag import Blocked, FlowctlError, Severity, Stale
from flowctl.envs import StaleEnvironment
from flowctl.flow import Bundle
from tests.envs.small import BUNDLE, DIRECTORY, EMPTY, FLOW, NEXT, ORG, ROSTER, codes, deploy, receipt


def test_nothing_runs_before_the_first_deploy(env):
    live = env.read()

    assert (live.bundle, live.receipt, live.unknown_ids) == (EMPTY, None, ())


def test_what_is_read_is_what_was_deployed_byte_for_byte_with_its_receipt(env):
    deploy(env, BUNDLE, release="2026-11-23", plan="sha256:1", draft="2026-11-23-leads")

    live = env.read()
    assert live.bundle.parts == BUNDLE.parts
    assert live.bundle.digests == live.receipt.digests
    assert live.receipt == receipt(BUNDLE, release="2026-11-23", plan="sha256:1", draft="2026-11-23-leads")
    assert live.unknown_ids == ()


TERRITORY = Bundle(
    {
        **BUNDLE.parts,
        "header/territory": "table: territory\ncolumns:\n  Country: {key: exact, type: text}\n  Owner: {type: owner}\n",
        "table/territory": "\ufeffCountry;Owner\r\nNorway;user/bea.kim\r\nSweden;queue/raw\r\n",
    }
)


def test_a_table_comes_back_as_the_spreadsheet_wrote_it(env):
    deploy(env, TERRITORY)

    assert env.read().bundle.parts == TERRITORY.parts


def test_an_owner_in_a_table_that_is_not_known_is_told_with_its_place(env):
    table = TERRITORY.parts["table/territory"].replace("queue/raw", "queue/rwa")

    found = env.refusals(TERRITORY.with_parts({"table/territory": table}))

    assert [(d.code, str(d.span)) for d in found] == [("FC601", "flows/tables/territory.csv:3:8")]


def test_a_deploy_replaces_everything(env):
    deploy(env, BUNDLE)

    deploy(env, NEXT, onto=BUNDLE)

    assert env.read().bundle.parts == NEXT.parts


def test_environments_with_other_ids_give_the_same_bundle(make):
    staging, production = make("staging"), make("production", ORG.replace("5f0000", "5g0000"))

    deploy(staging, BUNDLE)
    deploy(production, staging.read().bundle)

    assert production.read().bundle == staging.read().bundle
    assert production.directory().entries.keys() == staging.directory().entries.keys()
    assert production.directory() != staging.directory()


@pytest.mark.parametrize("expecting", [EMPTY, NEXT], ids=["nothing", "another"])
def test_a_stale_deploy_changes_nothing(env, expecting):
    deploy(env, BUNDLE)

    with pytest.raises(StaleEnvironment) as stale:
        deploy(env, NEXT, onto=expecting, who="Jo Park")

    assert (stale.value.expecting, stale.value.there) == (expecting.digest, BUNDLE.digest)
    assert isinstance(stale.value, Stale)
    assert env.read().bundle == BUNDLE
    assert env.read().receipt == receipt(BUNDLE)


def test_of_two_deploys_at_once_one_wins_and_the_other_learns_it(env):
    deploy(env, BUNDLE)
    bundles = [BUNDLE.with_parts({"settings": f"time_zone: Etc/GMT+{i}\n"}) for i in range(1, 5)]
    lost = []
    together = threading.Barrier(len(bundles))

    def run(bundle):
        together.wait()
        try:
            deploy(env, bundle, onto=BUNDLE)
        except StaleEnvironment:
            lost.append(bundle)

    threads = [threading.Thread(target=run, args=(bundle,)) for bundle in bundles]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (won,) = [bundle for bundle in bundles if bundle not in lost]
    assert env.read().bundle == won
    assert env.read().receipt == receipt(won)


def test_readers_never_see_half_of_a_deploy(env):
    deploy(env, BUNDLE)
    whole = {bundle.digest: receipt(bundle) for bundle in (BUNDLE, NEXT)}
    seen = []
    done = threading.Event()

    def look():
        while not done.is_set():
            live = env.read()
            seen.append(whole.get(live.bundle.digest) == live.receipt)

    reader = threading.Thread(target=look)
    reader.start()
    try:
        for before, after in [(BUNDLE, NEXT), (NEXT, BUNDLE)] * 5:
            deploy(env, after, onto=before)
    finally:
        done.set()
        reader.join()

    assert seen
    assert all(seen)


# ------------------------------------------------------------------------------------------------ refusals


def refused(env, bundle):
    """The findings with which a deploy is refused, which changes nothing; `refusals` tells them beforehand."""
    before = env.read()
    with pytest.raises(FlowctlError) as error:
        deploy(env, bundle)
    assert env.read() == before
    assert error.value.found == env.refusals(bundle)
    return error.value.found


def test_a_bundle_without_faults_is_not_refused(env):
    assert env.refusals(BUNDLE) == ()
    assert env.refusals(EMPTY) == ()


def test_every_name_that_is_not_known_is_told_at_once_with_its_place(make):
    env = make(org="users: {bea.kim: {id: 0055f000001BeaKAAA}}")

    found = refused(env, BUNDLE)

    assert [str(d.span) for d in found] == [
        "flows/lead.yaml:15:27",
        "flows/lead.yaml:15:40",
        "flows/lead.yaml:17:28",
        "flows/lead.yaml:30:10",
        "flows/rosters/sdr-emea.yaml:6:56",
        "flows/rosters/sdr-emea.yaml:7:12",
    ]
    assert set(codes(found)) == {"FC601"}
    assert found[0].message == "`queue/raw` is not known in `staging`"
    assert found[0].excerpt == """      - when: "Owner IN ('queue/raw', 'user/omar.saleh')\""""


@pytest.mark.parametrize(
    ("part", "right", "wrong", "meant"),
    [
        ("flow/lead", "to: 'queue/partner'", "to: queue/parnter", "queue/partner"),
        ("flow/lead", "'user/bea.kim' AND", "'user/bea.kimm' AND", "user/bea.kim"),
        ("roster/sdr-emea", "{user: noor.haddad}", "{user: nor.haddad}", "noor.haddad"),
    ],
    ids=["target", "text", "member"],
)
def test_a_misspelt_name_is_refused_with_the_right_one(env, part, right, wrong, meant):
    (found,) = refused(env, BUNDLE.with_parts({part: BUNDLE.parts[part].replace(right, wrong)}))

    assert (found.code, found.hint) == ("FC601", f"did you mean `{meant}`?")


def test_a_name_in_other_letters_is_refused_since_an_id_could_not_take_its_place(env):
    flow = FLOW.replace("Owner = 'user/bea.kim'", "Owner = 'User/Bea.Kim '")

    (found,) = refused(env, BUNDLE.with_parts({"flow/lead": flow}))

    assert (found.code, found.hint) == ("FC601", "did you mean `user/bea.kim`?")


@pytest.mark.parametrize(
    ("named", "instead", "place"),
    [("to: 'queue/partner'", "to: queue/old", "30:9"), ("to: user/bea.kim", "to: user/omar.saleh", "24:9")],
    ids=["assign", "notify"],
)
def test_an_inactive_target_is_refused(env, named, instead, place):
    (found,) = refused(env, BUNDLE.with_parts({"flow/lead": FLOW.replace(named, instead)}))

    assert (found.code, str(found.span)) == ("FC602", f"flows/lead.yaml:{place}")


def test_an_inactive_user_in_a_condition_is_fine(env):
    assert "'user/omar.saleh'" in FLOW
    assert env.refusals(BUNDLE) == ()


def test_two_names_with_one_id_are_refused_where_they_are_used(make):
    env = make(org=ORG.replace("0055f000001NooHAAA", "0055f000001BeaK"))  # the same id in its shorter form

    found = refused(env, Bundle({"roster/sdr-emea": ROSTER}))

    assert codes(found) == ["FC603"] * 3
    assert found[0].message == "`user/bea.kim` and `user/noor.haddad` have the same id in `staging`"


def test_an_inactive_member_is_a_warning_while_another_is_active(env):
    bundle = Bundle({"roster/sdr-emea": ROSTER.replace("user: noor.haddad", "user: omar.saleh")})

    (found,) = env.refusals(bundle)
    deploy(env, bundle)

    assert (found.code, found.severity) == ("FC604", Severity.WARNING)
    assert str(found.span) == "flows/rosters/sdr-emea.yaml:7:12"
    assert env.read().bundle == bundle


def test_an_inactive_cover_is_a_warning(env):
    bundle = Bundle({"roster/sdr-emea": ROSTER.replace('"noor.haddad"', '"omar.saleh"')})

    (found,) = env.refusals(bundle)

    assert (found.code, found.severity) == ("FC604", Severity.WARNING)
    assert str(found.span) == "flows/rosters/sdr-emea.yaml:6:55"


def test_a_roster_of_which_nobody_is_active_is_refused(env):
    roster = "roster: sdr-emea\nmembers:\n  - user: omar.saleh\n"

    (found,) = refused(env, Bundle({"roster/sdr-emea": roster}))

    assert (found.code, found.severity) == ("FC604", Severity.ERROR)


def test_an_id_in_the_place_of_a_name_is_refused_since_it_would_come_back_as_one(env):
    flow = FLOW.replace("Owner = 'user/bea.kim'", "Owner = '0055f000001BeaKAAA'")

    (found,) = refused(env, BUNDLE.with_parts({"flow/lead": flow}))

    assert (found.code, str(found.span)) == ("FC606", "flows/lead.yaml:12:24")
    assert found.hint == "write the name, `user/bea.kim`: an id belongs to one environment"


def test_a_name_in_escapes_is_refused_since_it_would_come_back_without_them(env):
    roster = ROSTER.replace('"noor.haddad"', r'"noor\x2ehaddad"')

    (found,) = refused(env, Bundle({"roster/sdr-emea": roster}))

    assert (found.code, str(found.span)) == ("FC607", "flows/rosters/sdr-emea.yaml:6:55")


def test_a_part_that_cannot_be_read_is_refused(env):
    found = refused(env, BUNDLE.with_parts({"flow/lead": "flow: [", "settings": "time_zone: Mars\n"}))

    assert codes(found) == ["FC001", "FC005"]


def test_a_refusal_comes_before_staleness(env):
    deploy(env, BUNDLE)

    with pytest.raises(FlowctlError) as error:
        deploy(env, BUNDLE.with_parts({"directory": DIRECTORY, "flow/lead": "nodes: ["}), onto=EMPTY)

    assert not isinstance(error.value, StaleEnvironment)


# ------------------------------------------------------------------------------------------------ turns


TURNS = {
    "schema": "flowctl/turns/1",
    "rosters": {"sdr-emea": {"turns": "order", "members": {"bea.kim": {"score": -1}}}},
}


def test_there_are_no_turns_before_the_first(env):
    assert env.turns() == {}


def test_turns_are_kept_as_they_are_given(env):
    env.keep_turns(TURNS)
    env.keep_turns(TURNS | {"rosters": {"vente-é": {}}})

    assert env.turns() == TURNS | {"rosters": {"vente-é": {}}}


def test_turns_are_no_part_of_what_runs_and_no_deploy_touches_them(env):
    env.keep_turns(TURNS)

    deploy(env, BUNDLE)
    deploy(env, NEXT, onto=BUNDLE)
    deploy(env, BUNDLE, onto=NEXT, kind="rollback")

    assert env.read().bundle == BUNDLE
    assert env.turns() == TURNS


def test_turns_can_be_kept_by_whoever_holds_the_lease(env):
    with env.lease("Mia Chen", 0):
        env.keep_turns(TURNS)

    assert env.turns() == TURNS


def test_readers_never_see_half_of_the_turns(env):
    many = TURNS | {"rosters": {"sdr-emea": {"companies": {f"acme-{n}.example": "bea.kim" for n in range(5000)}}}}
    env.keep_turns(TURNS)
    seen = []
    done = threading.Event()

    def look():
        while not done.is_set():
            seen.append(env.turns() in (TURNS, many))

    reader = threading.Thread(target=look)
    reader.start()
    try:
        for _ in range(10):
            env.keep_turns(many)
            env.keep_turns(TURNS)
    finally:
        done.set()
        reader.join()

    assert seen
    assert all(seen)


# ------------------------------------------------------------------------------------------------ the lease


def test_a_lease_is_held_by_one_at_a_time_and_says_by_whom(env):
    with (
        env.lease("Mia Chen", 0),
        pytest.raises(Blocked, match=r"^a promotion into `staging` is running: Mia Chen, process \d+, since 20"),
        env.lease("Jo Park", 0.1),
    ):
        pass


def test_a_lease_can_be_taken_again_and_leaves_the_content_alone(env):
    deploy(env, BUNDLE)
    before = env.read()

    with env.lease("Mia Chen", 0):
        pass
    with env.lease("Jo Park", 0):
        pass

    assert env.read() == before


def test_who_waits_long_enough_gets_the_lease(env):
    taken, done = threading.Event(), threading.Event()

    def first():
        with env.lease("Mia Chen", 0):
            taken.set()
            done.wait()

    holder = threading.Thread(target=first)
    holder.start()
    taken.wait()
    threading.Timer(0.1, done.set).start()

    with env.lease("Jo Park", 30):
        holder.join()


def test_whoever_holds_the_lease_can_deploy_and_what_goes_wrong_meanwhile_is_passed_on(env):
    def promote():
        with env.lease("Mia Chen", 0):
            deploy(env, BUNDLE)
            raise OSError("of mine")

    with pytest.raises(OSError, match="of mine"):
        promote()

    assert env.read().bundle == BUNDLE
