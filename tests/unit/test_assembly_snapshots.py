"""One complete look at a made-up host: what the rooms conclude together."""

import json
from collections.abc import Sequence

import pytest

from gateway_core.distributions.model import profile_hash_port
from gateway_core.host import PortLimits, ProcessInfo, ServiceState
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.snapshot import Binding, Grade, Proof, Role, Source, State
from tests.fixed_gateways import add_profile, fixed, look, run_gateway
from tests.fixed_host import UID, FixedHost

__all__ = ["fixed"]


async def test_a_running_gateway(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "default", 18789), 77, 18789)
    instance = (await look(fixed))["openclaw:default"]
    assert instance.state is State.RUNNING, instance.reason
    assert instance.signals.process is not None
    assert instance.signals.process.proof is Proof.LOCK
    assert instance.signals.socket.addresses == ("127.0.0.1", "::1")
    assert instance.live_port == 18789
    assert instance.version == "2026.9.7", "what runs, not what last wrote the config"
    assert instance.control_url == "http://127.0.0.1:18789/"
    assert instance.log_file == str(fixed.directory / "tmp/openclaw/openclaw-2026-11-20.log")


async def test_after_an_update_everything_is_told_by_the_version_that_runs(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "one", 18789, version="2026.2.6"), 77, 18789)
    add_profile(fixed, "two", 18792, version="2026.9.6")
    snapshot = await take_snapshot(fixed.host())
    one = snapshot.instance("openclaw:one")
    assert one is not None
    relay = one.claim(Role.EXTENSION_RELAY)
    assert relay is not None
    assert (one.version, relay.start, relay.end, relay.binding) == ("2026.9.7", 18792, 18799, Binding.ON_DEMAND)
    assert one.claim(Role.CANVAS) is None
    assert one.workspace == f"{fixed.home}/.openclaw-one/workspace"
    assert Grade.CERTAIN not in {conflict.grade for conflict in snapshot.conflicts}
    fixed.http.answers.clear()
    before = (await look(fixed))["openclaw:one"].claim(Role.EXTENSION_RELAY)
    assert before is not None
    assert before.binding is Binding.ALWAYS, "without an answer, the config's version is the best that is known"


async def test_an_early_gateway_is_judged_by_its_page(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "cb", 18889, "clawdbot"), 77, 18889, "clawdbot")
    assert (await look(fixed))["clawdbot:cb"].state is State.RUNNING


async def test_a_stopped_gateway_is_ready_to_start_on_its_own_port(fixed: FixedHost) -> None:
    add_profile(fixed, "rescue", None)
    instance = (await look(fixed))["openclaw:rescue"]
    assert instance.state is State.STOPPED, instance.reason
    assert instance.base_port is not None
    assert (instance.base_port.value, instance.base_port.source) == (23532, Source.PROFILE_HASH)
    cdp = instance.claim(Role.CDP)
    assert cdp is not None
    assert (cdp.start, cdp.end) == (23543, 23642)
    assert instance.signals.socket.bound is False


async def test_an_early_profile_takes_its_port_from_its_predecessors_variable(fixed: FixedHost) -> None:
    for name, version in (("early", "2026.2.6"), ("late", "2026.9.6")):
        config = add_profile(fixed, name, None, version=version)
        (config.parent / ".env").write_text("CLAWDBOT_GATEWAY_PORT=19500\n")
    ports = {name: item.base_port and item.base_port.value for name, item in (await look(fixed)).items()}
    assert ports == {"openclaw:early": 19500, "openclaw:late": profile_hash_port("late")}


async def test_a_stranger_on_the_base_port_is_named_and_never_asked(fixed: FixedHost) -> None:
    add_profile(fixed, "default", 18789)
    fixed.add_process(77, "python3", "-m", "http.server", "18789")
    fixed.listen(77, 18789)
    instance = (await look(fixed))["openclaw:default"]
    assert instance.state is State.FOREIGN
    assert "python3" in instance.reason
    assert "77" in instance.reason
    assert fixed.http.asked == []


async def test_a_socket_table_that_failed_is_said(fixed: FixedHost) -> None:
    add_profile(fixed, "default", 18789)
    fixed.sockets.failure = "the list of sockets could not be read"
    snapshot = await take_snapshot(fixed.host())
    assert snapshot.listeners_unseen == "the list of sockets could not be read"
    assert [problem.message for problem in snapshot.problems] == ["the list of sockets could not be read"]
    assert snapshot.instances[0].state is State.UNKNOWN
    assert snapshot.instances[0].signals.socket.bound is None


async def test_a_process_table_that_failed_is_said(fixed: FixedHost, monkeypatch: pytest.MonkeyPatch) -> None:
    run_gateway(fixed, add_profile(fixed, "default", 18789), 77, 18789)

    def fail() -> Sequence[ProcessInfo]:
        raise OSError("no /proc here")

    monkeypatch.setattr(fixed.processes, "scan", fail)
    instance = (await look(fixed))["openclaw:default"]
    assert instance.state is State.UNKNOWN
    assert (instance.signals.process, instance.signals.process_unseen) == (None, "no /proc here")
    assert [lock.stale for lock in instance.locks] == [None]


async def test_an_unseen_owner_is_never_called_free(fixed: FixedHost) -> None:
    add_profile(fixed, "default", 18789)
    fixed.listen(None, 18789)
    assert (await look(fixed))["openclaw:default"].state is State.UNKNOWN


async def test_a_dead_process_behind_a_lock_is_stopped_with_a_stale_lock(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "default", 18789), 77, 18789)
    fixed.processes.processes.clear()
    fixed.sockets.sockets.clear()
    instance = (await look(fixed))["openclaw:default"]
    assert instance.state is State.STOPPED
    assert [lock.stale for lock in instance.locks] == [True]


async def test_a_live_port_that_differs_from_the_configured_one(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "default", 18789), 77, 19999)
    instance = (await look(fixed))["openclaw:default"]
    assert (instance.live_port, instance.base_port and instance.base_port.value) == (19999, 18789)
    assert instance.claim(Role.GATEWAY).start == 19999  # type: ignore[union-attr]  # the claim is always there


async def test_a_gateway_without_lock_is_tied_by_the_port_that_only_it_can_mean(fixed: FixedHost) -> None:
    add_profile(fixed, "default", 18789)
    fixed.add_process(77, "openclaw-gateway")
    fixed.listen(77, 18789)
    found = await look(fixed)
    assert set(found) == {"openclaw:default"}
    assert found["openclaw:default"].signals.process.proof is Proof.SOCKET  # type: ignore[union-attr]  # it has one


async def test_a_service_definition_decides_the_port_and_ties_the_process(fixed: FixedHost) -> None:
    add_profile(fixed, "rescue", 19001)
    units = fixed.home / ".config" / "systemd" / "user"
    units.mkdir(parents=True)
    (units / "openclaw-gateway-rescue.service").write_text(
        "[Service]\nExecStart=/opt/node /opt/node_modules/openclaw/dist/index.js gateway --port 19008\n"
        "Environment=OPENCLAW_SERVICE_MARKER=openclaw\nEnvironment=OPENCLAW_SERVICE_KIND=gateway\n"
        f"Environment=OPENCLAW_PROFILE=rescue\nEnvironment=OPENCLAW_STATE_DIR={fixed.home}/.openclaw-rescue\n"
    )
    fixed.services.known["systemd-user", "openclaw-gateway-rescue.service"] = ServiceState("active", True, 88, 0, 0)
    fixed.add_process(88, "node")
    fixed.listen(88, 19008)
    instance = (await look(fixed))["openclaw:rescue"]
    assert instance.base_port is not None
    assert (instance.base_port.value, instance.base_port.source) == (19008, Source.SERVICE)
    assert instance.configured_port is not None
    assert instance.configured_port.value == 19001
    assert instance.signals.process is not None
    assert (instance.signals.process.pid, instance.signals.process.proof) == (88, Proof.SERVICE)


async def test_an_empty_host_is_an_empty_snapshot(fixed: FixedHost) -> None:
    snapshot = await take_snapshot(fixed.host())
    assert (snapshot.instances, snapshot.conflicts, snapshot.problems) == ((), (), ())


async def test_a_missing_command_blocks_a_start(fixed: FixedHost) -> None:
    add_profile(fixed, "default", 18789)
    fixed.environment["PATH"] = ""
    instance = (await look(fixed))["openclaw:default"]
    assert instance.state is State.BLOCKED
    assert "openclaw" in instance.reason


async def test_the_kernels_port_limits_are_part_of_the_picture(fixed: FixedHost) -> None:
    fixed.sockets.port_limits = PortLimits(ephemeral_start=20000, ephemeral_end=30000)
    assert (await take_snapshot(fixed.host())).port_limits == PortLimits(20000, 30000)


async def test_a_hidden_owner_is_a_problem_only_where_somebody_claims_its_port(fixed: FixedHost) -> None:
    add_profile(fixed, "default", 18789)
    fixed.sockets.problems = ("The owners of 1 of 1 listening sockets could not be seen.",)
    fixed.listen(None, 22)
    assert (await take_snapshot(fixed.host())).problems == ()
    fixed.listen(None, 18850)
    assert [problem.where for problem in (await take_snapshot(fixed.host())).problems] == ["socket table"]


async def test_a_process_that_took_the_lock_and_has_no_title_yet_is_the_starting_gateway(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "default", 18789), 77, 18789)
    fixed.processes.processes.clear()
    fixed.sockets.sockets.clear()
    fixed.add_process(77, "openclaw")
    instance = (await look(fixed))["openclaw:default"]
    assert instance.state is State.STARTING, instance.reason
    assert instance.signals.process is not None
    assert instance.signals.process.proof is Proof.LOCK


async def test_a_process_that_two_instances_claim_is_said_so(fixed: FixedHost) -> None:
    one, other = add_profile(fixed, "one", 18789), add_profile(fixed, "other", 19001)
    run_gateway(fixed, one, 77, 18789)
    assert (await take_snapshot(fixed.host())).problems == ()
    lock = one.parent / "tmp" / f"openclaw-{UID}" / "gateway.4eeef61b.lock"
    copied = other.parent / "tmp" / f"openclaw-{UID}" / "gateway.99999999.lock"
    copied.parent.mkdir(parents=True)
    copied.write_text(lock.read_text().replace(str(one), str(other)))
    [problem] = (await take_snapshot(fixed.host())).problems
    assert problem.where == "pid 77"
    assert "openclaw:one and openclaw:other" in problem.message


IMPOSSIBLE_PATHS = ("/x\0y/clawdbot.json", "/x/\ud800.json")
"""JSON can hold what no file can be called."""


@pytest.mark.parametrize("path", IMPOSSIBLE_PATHS)
async def test_an_impossible_path_in_anybodys_lock_hides_nothing(fixed: FixedHost, path: str) -> None:
    run_gateway(fixed, add_profile(fixed, "cb", 18789, "clawdbot"), 77, 18789, "clawdbot")
    directory = fixed.directory / "tmp" / "clawdbot-4242"
    directory.mkdir()
    usable = str(fixed.home / ".clawdbot-cb" / "clawdbot.json")
    for number, places in enumerate([{"configPath": path}, {"configPath": usable, "stateDir": path}]):
        (directory / f"gateway.{number:08x}.lock").write_text(json.dumps({"pid": 4711, "startTime": 1} | places))
    assert (await look(fixed))["clawdbot:cb"].state is State.RUNNING
