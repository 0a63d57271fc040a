"""The local adapter as a folder: killed deploys, full disks, links, files edited by hand."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flowctl.diag import Blocked, FlowctlError
from flowctl.envs import Local, create_local, open_environment
from tests.envs.small import BUNDLE, EMPTY, FLOW, NEXT, ORG, PARTNER, RAW, ROSTER, codes, deploy

ROOT = Path(__file__).parents[2]

CHILD = """
import os, resource, signal, sys
from pathlib import Path
from flowctl.envs import Local
from tests.envs.small import BUNDLE, EMPTY, NEXT, deploy

env = Local("staging", Path(sys.argv[1]))
"""

# Deploys into copies of the folder, in processes of which each is killed one step later than the one before, and
# prints what is found afterwards; until one gets through. A step is a call that changes something on the disk.
KILLED_AT_EVERY_STEP = """
import shutil

CHANGES = {"os.mkdir", "os.symlink", "os.rename", "os.remove", "os.rmdir"}
steps = 0

def kill_at(last):
    def watch(event, args):
        global steps
        if event in CHANGES or (event == "open" and args[2] & (os.O_WRONLY | os.O_RDWR)):
            steps += 1
            if steps == last:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(watch)

was, receipt = env.read().bundle, env.read().receipt
step, status = 0, signal.SIGKILL
while status == signal.SIGKILL:
    step += 1
    copy = Local("staging", env.folder.with_name(f"killed at {step}"))
    shutil.copytree(env.folder, copy.folder, symlinks=True)
    pid = os.fork()
    if pid == 0:
        kill_at(step)
        deploy(copy, NEXT, onto=was)
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    now = copy.read()
    expected = {was.digest: receipt, NEXT.digest: NEXT.digests}[now.bundle.digest]
    assert now.receipt == expected or now.receipt.digests == expected
    deploy(copy, BUNDLE, onto=now.bundle)
    assert copy.read().bundle == BUNDLE
    left = set(os.listdir(copy.folder)) - {"lock", "deploy.lock"}, len(os.listdir(copy.folder / "generations"))
    assert left == ({"org.yaml", "live", "generations"}, 2 if now.bundle.parts else 1), left
    print("after" if now.bundle == NEXT else "before")
assert status == 0
"""


def child(env, code, **kwargs):
    """Starts a process that runs `code` on an environment."""
    command = [sys.executable, "-c", CHILD + code, str(env.folder)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kwargs)


@pytest.fixture
def env(tmp_path):
    create_local(tmp_path / "staging", ORG)
    return Local("staging", tmp_path / "staging")


@pytest.fixture
def live(env):
    """The folder of what runs, after one deploy."""
    deploy(env, BUNDLE)
    return env.folder / "live"


def tree(env):
    """What there is in the folder, without the lock files."""
    found = (path.relative_to(env.folder).as_posix() for path in env.folder.rglob("*"))
    return sorted(path for path in found if not path.endswith("lock"))


# ------------------------------------------------------------------------------------------------ killed


@pytest.mark.slow
@pytest.mark.parametrize("before", [EMPTY, BUNDLE], ids=["first", "later"])
def test_a_deploy_that_is_killed_at_any_step_has_happened_whole_or_not_at_all_and_the_next_one_tidies_up(env, before):
    if before is BUNDLE:  # with one that ran before it, for the deploy to remove
        deploy(env, NEXT)
        deploy(env, BUNDLE, onto=NEXT)

    answers, errors = child(env, KILLED_AT_EVERY_STEP).communicate(timeout=300)

    assert errors == ""
    found = answers.split()
    assert found == sorted(found, reverse=True)  # "before" up to the rename, "after" from there on
    assert (found.count("before") > 8, found.count("after") > 0) == (True, True)


def test_the_lease_of_a_process_that_is_killed_is_free_again(env):
    process = child(env, "with env.lease('Mia Chen', 0):\n    print('held', flush=True)\n    signal.pause()")
    assert process.stdout.readline() == "held\n"
    with pytest.raises(Blocked, match=f"Mia Chen, process {process.pid}, "), env.lease("Jo Park", 0):
        pass

    process.kill()
    process.communicate()

    with env.lease("Jo Park", 0):
        pass


def test_of_two_processes_that_deploy_at_once_one_wins(env):
    deploy(env, BUNDLE)
    code = "print('ready', flush=True)\nsys.stdin.readline()\ndeploy(env, NEXT, onto=BUNDLE)"
    both = [child(env, code, stdin=subprocess.PIPE) for _ in range(2)]
    for process in both:
        process.stdout.readline()

    answers = [process.communicate("go\n", timeout=60) for process in both]

    assert sorted(process.returncode for process in both) == [0, 1]
    assert sum("StaleEnvironment" in errors for _, errors in answers) == 1
    assert env.read().bundle == NEXT


# ------------------------------------------------------------------------------------------------ the disk


def test_a_full_disk_is_an_error_and_changes_nothing(env):
    deploy(env, BUNDLE)
    before = tree(env)
    full = "resource.setrlimit(resource.RLIMIT_FSIZE, (900, 900))\n"  # more than a lock, less than the flow

    process = child(env, full + "deploy(env, NEXT, onto=BUNDLE)")
    _, errors = process.communicate(timeout=60)

    assert "FlowctlError: cannot write `staging`" in errors
    assert env.read().bundle == BUNDLE
    assert tree(env) == before


@pytest.mark.parametrize("blocked", ["generations", "deploy.lock"])
def test_a_folder_that_cannot_be_written_is_an_error_and_changes_nothing(env, blocked):
    (env.folder / blocked).write_text("") if blocked == "generations" else (env.folder / blocked).mkdir()
    before = tree(env)

    with pytest.raises(FlowctlError, match="cannot write `staging`"):
        deploy(env, BUNDLE)

    assert env.read().bundle == EMPTY
    assert tree(env) == before


def test_a_disk_that_fails_at_the_rename_leaves_what_was_there(env, monkeypatch):
    deploy(env, BUNDLE)
    before = tree(env)

    def fails(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(FlowctlError, match=r"cannot write `staging` in `.*`: input/output error"):
        deploy(env, NEXT, onto=BUNDLE)

    assert env.read().bundle == BUNDLE
    assert tree(env) == before


def test_the_one_before_is_kept_and_older_ones_are_removed(env):
    deploy(env, BUNDLE)
    deploy(env, NEXT, onto=BUNDLE)
    deploy(env, BUNDLE, onto=NEXT)

    assert os.readlink(env.folder / "live") == "generations/0003"
    assert sorted(os.listdir(env.folder / "generations")) == ["0002", "0003"]


def test_a_file_edited_by_hand_during_a_deploy_makes_it_stale(env, live, monkeypatch):
    real = os.fsync

    def edit(fd):
        (live / "flows/settings.yaml").write_text("time_zone: UTC\n")
        real(fd)

    monkeypatch.setattr(os, "fsync", edit)
    with pytest.raises(FlowctlError, match="has changed; nothing was deployed"):
        deploy(env, NEXT, onto=BUNDLE)

    assert env.read().bundle == BUNDLE.with_parts({"settings": "time_zone: UTC\n"})


# ------------------------------------------------------------------------------------------------ edited by hand


def test_the_files_hold_ids(live):
    assert f"to: '{PARTNER}'" in (live / "flows/lead.yaml").read_text()
    assert "bea.kim:" in (live / "flows/directory.yaml").read_text()


def test_a_node_edited_by_hand_is_read_as_that_one_change_and_the_receipt_still_says_what_was_deployed(env, live):
    path = live / "flows/lead.yaml"
    path.write_text(path.read_text().replace(PARTNER, RAW))

    now = env.read()

    assert now.bundle == BUNDLE.with_parts({"flow/lead": FLOW.replace("to: 'queue/partner'", "to: 'queue/raw'")})
    assert now.receipt.digests == BUNDLE.digests


def test_an_id_that_nobody_has_is_told_and_stays(env, live):
    path = live / "flows/lead.yaml"
    path.write_text(path.read_text().replace(PARTNER, "00G5f000001ZoeZAAA"))

    now = env.read()

    assert now.bundle.parts["flow/lead"] == FLOW.replace("queue/partner", "00G5f000001ZoeZAAA")
    assert [(d.code, str(d.span)) for d in now.unknown_ids] == [("FC605", "flows/lead.yaml:30:10")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"flow: [",
        b"\xff\xfe",
        "title: Z\u00fcrich".encode("latin-1"),
        b"flow: lead\r\n",
        b"a: &x 1\nb: *x\n",
        b"a: 1\na: 2\n",
        b"\0",
    ],
    ids=["empty", "open", "utf-16", "latin-1", "crlf", "alias", "twice", "nul"],
)
def test_a_file_that_cannot_be_read_is_a_change_of_that_part_alone(env, live, content):
    (live / "flows/lead.yaml").write_bytes(content)

    now = env.read().bundle

    assert [part for part in BUNDLE.parts if now.digests[part] != BUNDLE.digests[part]] == ["flow/lead"]
    deploy(env, BUNDLE, onto=now)
    assert env.read().bundle == BUNDLE


def test_files_put_there_and_taken_away_are_read_as_parts(env, live):
    (live / "flows/rosters/us.yaml").write_text(ROSTER.replace("sdr-emea", "us"))
    (live / "flows/rosters/sdr-emea.yaml").unlink()
    (live / "flows/lead.yaml~").write_text("of an editor")
    (live / "flows/.#lead.yaml").symlink_to("mia@example.com.4711")

    assert set(env.read().bundle.parts) == {*BUNDLE.parts, "roster/us"} - {"roster/sdr-emea"}


@pytest.mark.parametrize("text", ["", "kind: [", "kind: weekly", "- x"])
def test_a_receipt_that_was_tampered_with_is_none(env, live, text):
    (live / "receipt.yaml").write_text(text)

    assert env.read().receipt is None


def test_a_link_among_the_files_is_refused(env, live, tmp_path):
    (tmp_path / "secret").write_text("of somebody else")
    (live / "flows/case.yaml").symlink_to(tmp_path / "secret")

    with pytest.raises(FlowctlError, match=r"case\.yaml` is a link"):
        env.read()


def test_a_linked_folder_is_refused(env, live, tmp_path):
    (live / "flows/tables").symlink_to(tmp_path)

    with pytest.raises(FlowctlError, match="tables` is a link"):
        env.read()


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("/etc", "leads out"),
        ("../../etc", "leads out"),
        ("generations/../..", "leads out"),
        ("generations/0099", "to nothing"),
    ],
)
def test_a_live_link_that_leads_elsewhere_is_refused(env, live, target, message):
    live.unlink()
    live.symlink_to(target)

    with pytest.raises(FlowctlError, match=message):
        env.read()
    with pytest.raises(FlowctlError, match=message):
        deploy(env, NEXT, onto=BUNDLE)


def test_a_live_folder_that_is_no_link_is_refused(env):
    (env.folder / "live").mkdir()

    with pytest.raises(FlowctlError, match="is no link to a generation"):
        env.read()


# ------------------------------------------------------------------------------------------------ turns.json


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"{", "is no JSON"), (b"\xff", "is no JSON"), (b"[" * 100_000, "is no JSON"), (b"[]", "holds no turns")],
    ids=["cut off", "bytes", "nested", "a list"],
)
def test_a_broken_file_of_turns_is_told_by_its_path(env, content, message):
    (env.folder / "turns.json").write_bytes(content)

    with pytest.raises(FlowctlError, match=rf"staging/turns\.json` {message}") as error:
        env.turns()

    assert error.value.hint == "put back a copy of it; without the file all turns begin anew"


def test_turns_that_cannot_be_written_leave_those_that_were_kept(env):
    env.keep_turns({"schema": "flowctl/turns/1", "rosters": {}})
    (env.folder / "turns.json.next").mkdir()

    with pytest.raises(FlowctlError, match="cannot write `staging`"):
        env.keep_turns({"schema": "flowctl/turns/1", "rosters": {"sales": {}}})

    assert env.turns() == {"schema": "flowctl/turns/1", "rosters": {}}


def test_turns_that_are_kept_leave_nothing_else_behind(env, live):
    before = set(tree(env))

    env.keep_turns({})

    assert set(tree(env)) - before == {"turns.json"}


# ------------------------------------------------------------------------------------------------ org.yaml


def test_a_folder_without_an_org_is_no_environment_and_nothing_is_written_there(tmp_path):
    env = open_environment("staging", "local", tmp_path)
    uses = [
        env.read,
        env.directory,
        lambda: env.refusals(BUNDLE),
        lambda: deploy(env, BUNDLE),
        lambda: env.lease("Mia", 0).__enter__(),
        env.turns,
        lambda: env.keep_turns({}),
    ]

    for use in uses:
        with pytest.raises(FlowctlError, match="is not an environment: no such file or directory"):
            use()

    assert list(tmp_path.iterdir()) == []


def test_everything_wrong_with_an_org_is_told_and_no_folder_is_made(tmp_path):
    org = "users:\n  bea kim: {id: 0055f000001BeaKAAA}\n  omar: {id: 42, activ: no}\nqueue: {}\n"

    with pytest.raises(FlowctlError, match="has errors") as error:
        create_local(tmp_path / "staging", org)

    assert [(d.code, d.span.line) for d in error.value.found] == [
        ("FC005", 2),
        ("FC005", 3),
        ("FC003", 3),
        ("FC003", 4),
    ]
    assert not (tmp_path / "staging").exists()


def test_an_environment_is_not_made_over_another(env):
    with pytest.raises(FlowctlError, match=r"org\.yaml` is there already"):
        create_local(env.folder, "")

    assert (env.folder / "org.yaml").read_text() == ORG


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(FlowctlError, match="cannot write"):
        create_local(tmp_path / "file" / "staging", ORG)


def test_an_unknown_adapter_is_refused_with_the_right_one():
    with pytest.raises(FlowctlError) as error:
        open_environment("staging", "locale", Path("x"))

    assert (str(error.value), error.value.hint) == (
        "environment `staging` has the unknown adapter `locale`",
        "did you mean `local`?",
    )


def test_a_user_who_left_the_org_leaves_an_id_behind(env, live):
    (env.folder / "org.yaml").write_text(ORG.replace("  noor.haddad", "  noor.h"))

    assert "user: noor.h}" in env.read().bundle.parts["roster/sdr-emea"]
    assert codes(env.refusals(BUNDLE)) == ["FC601"] * 3
