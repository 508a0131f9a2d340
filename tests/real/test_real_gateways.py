"""Two profiles of a real openclaw from onboarding to the end, against what the system and the gateways say themselves.

The tests tell one story and run in this order.
"""

import json
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import psutil
import pytest

from tests.documents import at, fields, number, rows, strings, text
from tests.real import kernel
from tests.real.home import LsWatch, RealHome, RealProfile, in_state
from tests.real.installation import OPENCLAW_VERSION

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

START_DEADLINE_S = 120
STOP_DEADLINE_S = 60


@pytest.fixture(scope="module")
def running(
    real_home: RealHome, profiles: tuple[RealProfile, RealProfile], ls_watch: LsWatch
) -> tuple[RealProfile, ...]:
    """Both gateways, started and ready."""
    ls_watch.wait_for(in_state(profiles, "stopped"), "both stopped", START_DEADLINE_S)
    for profile in profiles:
        real_home.start(profile)
    try:
        ls_watch.wait_for(in_state(profiles, "running"), "both running", START_DEADLINE_S)
    except AssertionError as error:
        outputs = "\n".join(real_home.output_of(profile) for profile in profiles)
        raise AssertionError(f"{error}\nthe gateways said:\n{outputs}") from error
    return profiles


def test_onboarded_profiles_are_found_as_they_are(
    real_home: RealHome, profiles: tuple[RealProfile, RealProfile]
) -> None:
    for profile in profiles:
        instance = real_home.instance(profile)
        assert instance["state"] == "stopped", instance["reason"]
        assert (instance["distribution"], instance["profile"]) == ("openclaw", profile.name)
        assert instance["version"] == OPENCLAW_VERSION == at(profile.config, "meta", "lastTouchedVersion")
        assert Path(text(instance["state_dir"])) == profile.state_dir
        assert Path(text(instance["config_path"])) == profile.config_path
        assert instance["workspace"] == at(profile.config, "agents", "defaults", "workspace")
        assert instance["config"] == {"exists": True, "valid": True, "issues": [], "forbidden": False}
        configured = at(profile.config, "gateway", "port")
        assert instance["base_port"] == {"value": configured, "source": "config", "file": None}
        assert instance["live_port"] is None
        assert instance["command"] == str(real_home.openclaw.command)
        assert kernel.listening(profile.port) == {}


def test_a_start_is_seen_as_it_goes(running: tuple[RealProfile, ...], ls_watch: LsWatch) -> None:
    for profile in running:
        states = ls_watch.states_of(profile)
        assert states[:2] == ["stopped", "starting"], states
        assert states[-1] == "running", states
        assert set(states[2:]) <= {"starting", "degraded", "running"}, states


def test_the_process_is_the_one_that_the_lock_and_the_kernel_name(
    real_home: RealHome, running: tuple[RealProfile, ...]
) -> None:
    for profile in running:
        process = fields(at(real_home.instance(profile), "signals", "process"))
        lock, pid = fields(profile.lock()), number(process["pid"])
        assert pid == lock["pid"] == real_home.gateways[profile.name].pid
        assert process["proof"] == "lock"
        assert kernel.start_ticks(pid) == lock["startTime"]
        told = datetime.fromisoformat(text(process["started_at"])).timestamp()
        assert told == pytest.approx(kernel.started_at(pid), abs=2)
        assert process["rss_bytes"] == pytest.approx(kernel.resident_bytes(pid), rel=0.5)


def test_the_socket_is_the_one_that_the_kernel_lists(real_home: RealHome, running: tuple[RealProfile, ...]) -> None:
    listeners = json.loads(real_home.claw("ports", "--json"))["listeners"]
    for profile in running:
        bound = kernel.listening(profile.port)
        owners = {kernel.holder(inode) for inode in bound.values()}
        instance, lock = real_home.instance(profile), fields(profile.lock())
        seen = fields(at(instance, "signals", "socket"))
        assert instance["live_port"] == profile.port == lock["port"]
        assert seen["bound"] is True
        assert sorted(strings(seen["addresses"])) == sorted(bound) == ["127.0.0.1", "::1"]
        assert owners == {seen["owner_pid"]} == {lock["pid"]}
        (listener,) = [found for found in listeners if found["port"] == profile.port]
        assert (listener["instance"], listener["pid"]) == (profile.id, lock["pid"])
        assert sorted(listener["addresses"]) == sorted(bound)


def test_everything_that_the_gateways_bind_is_claimed(real_home: RealHome, running: tuple[RealProfile, ...]) -> None:
    for profile in running:
        tree = psutil.Process(number(fields(profile.lock())["pid"]))
        pids = {tree.pid, *(child.pid for child in tree.children(recursive=True))}
        bound = {
            connection.laddr.port
            for connection in psutil.net_connections("tcp")
            if connection.laddr and connection.status == psutil.CONN_LISTEN and connection.pid in pids
        }
        claims = rows(real_home.instance(profile)["claims"])
        assert profile.port in bound
        assert all(any(number(claim["start"]) <= port <= number(claim["end"]) for claim in claims) for port in bound), (
            bound
        )
        always = {number(claim["start"]) for claim in claims if claim["binding"] == "always"}
        assert always <= bound, "what is said to be always bound is bound"


def test_the_http_signal_is_what_the_gateway_answers(real_home: RealHome, running: tuple[RealProfile, ...]) -> None:
    for profile in running:
        with urllib.request.urlopen(f"http://127.0.0.1:{profile.port}/readyz", timeout=10) as answer:
            said = json.load(answer)
        http = fields(at(real_home.instance(profile), "signals", "http"))
        assert (http["live"], http["ready"], http["failing"]) == (True, said["ready"], said["failing"])
        assert http["uptime_s"] == pytest.approx(said["uptimeMs"] / 1000, abs=10)
        assert http["version"] == OPENCLAW_VERSION


def test_the_log_file_is_the_one_that_the_gateway_writes(real_home: RealHome, running: tuple[RealProfile, ...]) -> None:
    for profile in running:
        log_file = text(real_home.instance(profile)["log_file"])
        assert f"log file: {log_file}" in real_home.output_of(profile)
        assert Path(log_file).stat().st_size > 0


def test_the_two_do_not_mix(real_home: RealHome, running: tuple[RealProfile, ...]) -> None:
    picture = json.loads(real_home.claw("ls", "--json"))
    ours = [
        instance for instance in picture["instances"] if (instance["state_dir"] or "").startswith(str(real_home.home))
    ]
    assert sorted(instance["id"] for instance in ours) == sorted(profile.id for profile in running)
    assert len({instance["signals"]["process"]["pid"] for instance in ours}) == 2


def test_no_secret_of_theirs_is_in_any_output(real_home: RealHome, running: tuple[RealProfile, ...]) -> None:
    canary = "canary-in-dotenv-1b9d6bcd"
    variables = running[0].state_dir / ".env"
    variables.touch(0o600)  # the audit of another test looks at this real_home, too
    variables.write_text(f"ANTHROPIC_API_KEY={canary}\n")
    secrets = {canary, *(secret for profile in running for secret in _secrets_of(profile))}
    assert len(secrets) >= 5
    commands = [["ls"], ["ports"], *(["show", profile.id] for profile in running)]
    for command in (*commands, *([*command, "--json"] for command in commands)):
        output = real_home.claw(*command)
        assert output
        assert not [secret for secret in secrets if secret in output], command


def _secrets_of(profile: RealProfile) -> Iterator[str]:
    yield text(at(profile.config, "gateway", "auth", "token"))
    yield (profile.state_dir / "config-journal-fingerprint.key").read_bytes().hex()


def test_a_stop_is_seen_and_the_other_lives_on(
    real_home: RealHome, running: tuple[RealProfile, ...], ls_watch: LsWatch
) -> None:
    main, rescue = running
    gateway = real_home.gateways[main.name]
    gateway.send_signal(signal.SIGTERM)
    gateway.wait(timeout=STOP_DEADLINE_S)
    picture = ls_watch.wait_for(in_state([main], "stopped"), "main stopped", STOP_DEADLINE_S)
    assert kernel.listening(main.port) == {}
    assert at(picture[main.id], "signals", "process") is None
    assert picture[main.id]["live_port"] is None
    assert at(picture[rescue.id], "signals", "process", "pid") == fields(rescue.lock())["pid"]
    assert real_home.instance(rescue)["state"] in ("running", "degraded")
    states = ls_watch.states_of(main)
    assert set(states[states.index("running") :]) <= {"running", "degraded", "stopping", "stopped"}, states


def test_a_kill_is_seen_and_its_lock_is_called_stale(
    real_home: RealHome, running: tuple[RealProfile, ...], ls_watch: LsWatch
) -> None:
    _, rescue = running
    gateway: subprocess.Popen[bytes] = real_home.gateways[rescue.name]
    gateway.kill()
    gateway.wait(timeout=STOP_DEADLINE_S)
    picture = ls_watch.wait_for(in_state([rescue], "stopped"), "rescue stopped", STOP_DEADLINE_S)
    assert at(picture[rescue.id], "signals", "process") is None
    assert rescue.lock() is not None, "a killed gateway leaves its lock behind"
    locks = rows(real_home.instance(rescue)["locks"])
    assert locks
    assert all(lock["stale"] is True for lock in locks), locks
