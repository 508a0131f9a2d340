"""One complete look at a made-up host: what the rooms conclude together."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from claw_tui.instances.rows import InstanceRow, cdp
from gateway_core.distributions.model import profile_hash_port
from gateway_core.host import HttpAnswer, PortLimits, ProcessInfo, ServiceState
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.ports.claimants import claimant_of, derived_claims, relocated
from gateway_core.snapshot import Binding, Grade, Instance, InstanceParty, Proof, Role, Source, State
from tests.fixed_host import UID, FixedHost

EARLY_PAGE = b"<html><title>Clawdbot Control</title></html>"


@pytest.fixture
def fixed(tmp_path: Path) -> FixedHost:
    fixed = FixedHost(tmp_path, environment={"PATH": str(tmp_path / "bin")})
    commands = tmp_path / "bin"
    commands.mkdir()
    for name in ("openclaw", "clawdbot"):
        (commands / name).write_text("#!/bin/sh\n")
        (commands / name).chmod(0o755)
    return fixed


def add_profile(
    fixed: FixedHost,
    name: str,
    port: int | None,
    product: str = "openclaw",
    version: str | None = None,
    **gateway: object,
) -> Path:
    state_dir = fixed.home / (f".{product}" if name == "default" else f".{product}-{name}")
    state_dir.mkdir()
    version = version or ("2026.9.6" if product == "openclaw" else "2026.1.24")
    settings = {"mode": "local"} | ({"port": port} if port else {}) | gateway
    config = state_dir / f"{product}.json"
    config.write_text(json.dumps({"gateway": settings, "meta": {"lastTouchedVersion": version}}))
    return config


def run_gateway(fixed: FixedHost, config: Path, pid: int, port: int, product: str = "openclaw") -> None:
    """What a live gateway of 2026.9 leaves in the tables and on disk."""
    fixed.add_process(pid, f"{product}-gateway")
    fixed.listen(pid, port)
    fixed.listen(pid, port, address="::1")
    directory = config.parent / "tmp" / f"{product}-{UID}"
    if product != "openclaw":
        directory = fixed.directory / "tmp" / f"{product}-{UID}"
    directory.mkdir(parents=True, exist_ok=True)
    lock = {"pid": pid, "startTime": 5000, "configPath": str(config)}
    (directory / "gateway.4eeef61b.lock").write_text(json.dumps(lock))
    if product == "openclaw":
        ready = json.dumps({"ready": True, "failing": [], "uptimeMs": 4178}).encode()
        started = json.dumps({"ok": True, "status": "started", "version": "2026.9.7"}).encode()
        fixed.http.answers |= {(port, "/readyz"): HttpAnswer(200, ready), (port, "/startupz"): HttpAnswer(200, started)}
    else:
        fixed.http.answers |= {(port, path): HttpAnswer(200, EARLY_PAGE) for path in ("/", "/readyz", "/healthz")}


async def look(fixed: FixedHost) -> dict[str, Instance]:
    return {instance.id: instance for instance in (await take_snapshot(fixed.host())).instances}


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


async def test_ports_out_of_range_are_those_of_the_version_that_runs(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "one", 65530, version="2026.2.6"), 77, 65530)
    invalid = [item for item in (await take_snapshot(fixed.host())).conflicts if item.grade is Grade.INVALID]
    roles = {party.role for item in invalid for party in item.parties if isinstance(party, InstanceParty)}
    assert Role.EXTENSION_RELAY in roles


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


async def test_a_port_of_the_next_start_is_claimed_beside_those_that_are_held(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "default", 18789), 77, 19999)
    add_profile(fixed, "rescue", 18789)
    snapshot = await take_snapshot(fixed.host())
    running, stopped = (snapshot.instance(f"openclaw:{name}") for name in ("default", "rescue"))
    assert running is not None
    assert stopped is not None
    coming = {claim.role: (claim.start, claim.end) for claim in running.claims if claim.at_next_start}
    assert coming == {Role.GATEWAY: (18789, 18789), Role.EXTENSION_RELAY: (18792, 18799), Role.CDP: (18800, 18899)}
    (found,) = snapshot.conflicts
    assert (found.grade, found.ports.start, found.ports.end) == (Grade.POSSIBLE, 18789, 18789)
    assert found.why == (
        "openclaw:default's next base port 18789 and openclaw:rescue's base port 18789 are the same port"
        " (bases: openclaw:default 19999 and openclaw:rescue 18789)."
    )
    assert found.remedy == "move openclaw:rescue to base 19789: 19789–19899 is free"
    assert stopped.state is State.STOPPED, "it can start while the other one is elsewhere"


async def test_what_waits_for_a_next_start_hides_nothing_once_the_other_gateway_runs(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "a", 18791), 77, 30000)
    run_gateway(fixed, add_profile(fixed, "c", 18789), 78, 18789)
    fixed.listen(78, 18791)
    found = (await take_snapshot(fixed.host())).conflicts
    assert (Grade.OVERLAP, 18794, 18899) in [(one.grade, one.ports.start, one.ports.end) for one in found]


async def test_a_next_start_in_the_ephemeral_range_is_told_before_it_fails(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "default", 40000), 77, 18789)
    (found,) = (await take_snapshot(fixed.host())).conflicts
    assert (found.grade, found.ports.start) == (Grade.EPHEMERAL, 40000)
    assert "next base port 40000" in found.why


async def test_a_setting_without_effect_is_told_at_the_port_that_is_used_now(fixed: FixedHost) -> None:
    config = add_profile(fixed, "default", None)
    config.write_text('{"gateway": {"mode": "local", "port": "abc"}}')
    (config.parent / ".env").write_text("OPENCLAW_GATEWAY_PORT=19789\n")
    run_gateway(fixed, config, 77, 18789)
    found = [one for one in (await take_snapshot(fixed.host())).conflicts if one.grade is Grade.INVALID]
    assert [(one.ports.start, one.ports.end) for one in found] == [(18789, 18789)]


async def test_what_a_gateway_holds_is_told_apart_from_its_next_start(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "default", 18789), 77, 19999)
    snapshot = await take_snapshot(fixed.host())
    (instance,) = snapshot.instances
    claimant = claimant_of(instance)
    assert {(claim.start, claim.end) for claim in derived_claims(claimant)} == {
        (claim.start, claim.end) for claim in instance.claims if claim.start >= 19999
    }
    assert min(claim.start for claim in relocated(claimant, 30000).claims) == 30000
    turned = instance.model_copy(update={"claims": instance.claims[::-1]})
    assert {cdp(InstanceRow(one, None, snapshot.taken_at)).text for one in (instance, turned)} == {"20010–20109"}


@pytest.mark.parametrize("live", [18800, 18790, 18779])
async def test_what_a_gateway_holds_never_conflicts_with_its_own_next_start(fixed: FixedHost, live: int) -> None:
    run_gateway(fixed, add_profile(fixed, "default", 18789), 77, live)
    assert (await take_snapshot(fixed.host())).conflicts == ()


async def test_a_port_that_nobody_has_set_is_not_claimed_for_the_next_start(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "default", None), 77, 19999)
    assert not any(claim.at_next_start for claim in (await look(fixed))["openclaw:default"].claims)


async def test_a_stranger_on_the_port_of_the_next_start_is_a_squatter(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "default", 18789), 77, 19999)
    fixed.add_process(78, "python3")
    fixed.listen(78, 18789)
    snapshot = await take_snapshot(fixed.host())
    (found,) = snapshot.conflicts
    assert found.grade is Grade.SQUATTER
    assert "(next base port 18789)" in found.why
    assert snapshot.instances[0].state is State.RUNNING


async def test_two_that_would_meet_at_their_next_start_are_one_conflict(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "one", 18789), 77, 19999)
    run_gateway(fixed, add_profile(fixed, "two", 18789), 78, 20999)
    (found,) = (await take_snapshot(fixed.host())).conflicts
    assert (found.grade, found.ports.start) == (Grade.POSSIBLE, 18789)
    assert found.remedy is not None


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


@pytest.mark.parametrize("by_service", [False, True])
async def test_a_browser_control_that_is_switched_on_collides_for_sure(fixed: FixedHost, by_service: bool) -> None:
    config = add_profile(fixed, "one", 18789)
    add_profile(fixed, "two", 18791)
    assert {conflict.grade for conflict in (await take_snapshot(fixed.host())).conflicts} & {Grade.CERTAIN} == set()
    if by_service:
        units = fixed.home / ".config" / "systemd" / "user"
        units.mkdir(parents=True)
        (units / "openclaw-gateway-one.service").write_text(
            "[Service]\nExecStart=/usr/bin/openclaw --profile one gateway\n"
            "Environment=OPENCLAW_EAGER_BROWSER_CONTROL_SERVER=1\n"
        )
    else:
        (config.parent / ".env").write_text("OPENCLAW_EAGER_BROWSER_CONTROL_SERVER=1\n")
    snapshot = await take_snapshot(fixed.host())
    control = next(item for item in snapshot.instances if item.id == "openclaw:one").claim(Role.BROWSER_CONTROL)
    assert control is not None
    assert (control.start, control.binding) == (18791, Binding.ALWAYS)
    assert [conflict.ports.start for conflict in snapshot.conflicts if conflict.grade is Grade.CERTAIN] == [18791]


async def test_two_instances_on_one_port_block_each_other(fixed: FixedHost) -> None:
    add_profile(fixed, "one", 18789)
    add_profile(fixed, "two", 18789)
    snapshot = await take_snapshot(fixed.host())
    assert [conflict.grade for conflict in snapshot.conflicts] == [Grade.CERTAIN]
    assert {instance.state for instance in snapshot.instances} == {State.BLOCKED}
    assert all(instance.conflicts == (snapshot.conflicts[0].id,) for instance in snapshot.instances)


async def test_a_chrome_belongs_to_the_instance_whose_profile_it_uses(fixed: FixedHost) -> None:
    config = add_profile(fixed, "default", 18789)
    user_data = f"--user-data-dir={config.parent}/browser/openclaw/user-data"
    fixed.add_process(99, "/opt/chrome", "--remote-debugging-port=18800", user_data)
    fixed.listen(99, 18800)
    snapshot = await take_snapshot(fixed.host())
    assert [listener.instance for listener in snapshot.listeners] == ["openclaw:default"]
    assert snapshot.conflicts == ()


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


async def test_a_proven_gateway_whose_socket_owner_is_hidden_is_no_conflict_with_itself(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "default", 18789), 77, 18789)
    fixed.sockets.sockets.clear()
    fixed.listen(None, 18789)
    snapshot = await take_snapshot(fixed.host())
    assert snapshot.conflicts == ()
    assert snapshot.instances[0].state is State.RUNNING, snapshot.instances[0].reason


async def test_an_override_that_is_no_port_is_an_invalid_conflict(fixed: FixedHost) -> None:
    config = add_profile(fixed, "default", 18789)
    config.write_text('{"gateway": {"mode": "local"}, "browser": {"profiles": {"work": {"cdpPort": "many"}}}}')
    snapshot = await take_snapshot(fixed.host())
    assert [conflict.grade for conflict in snapshot.conflicts] == [Grade.INVALID]
    assert "browser.profiles.work.cdpPort" in snapshot.conflicts[0].why


async def test_ports_that_no_valid_config_tells_are_said_to_be_a_guess(fixed: FixedHost) -> None:
    add_profile(fixed, "default", 18789)
    add_profile(fixed, "broken", 19789).write_text('{"gateway": {"port": 19789')
    add_profile(fixed, "dev", 18795)
    snapshot = await take_snapshot(fixed.host())
    told = {problem.where: problem.message for problem in snapshot.problems}
    assert told["openclaw:broken"] == "Which ports it would take could not be told: the config is invalid."
    (guessed,) = [item for item in snapshot.conflicts if "openclaw:broken" in item.why]
    assert guessed.why.endswith(" Which ports openclaw:broken would take could not be told; this is a guess.")
    (known,) = [item for item in snapshot.conflicts if item.grade is Grade.OVERLAP and item is not guessed]
    assert "guess" not in known.why
    assert known.remedy is not None
    assert known.remedy.endswith(" is free as far as could be told")


async def test_rather_than_one_whose_ports_are_a_guess_the_other_one_is_moved(fixed: FixedHost) -> None:
    config = add_profile(fixed, "dev", 19001)
    config.write_text(config.read_text().replace('"local"', '"nowhere"'))
    add_profile(fixed, "alpha", 19001)
    snapshot = await take_snapshot(fixed.host())
    (same_base,) = [item for item in snapshot.conflicts if item.grade is Grade.CERTAIN]
    assert same_base.commands == ("openclaw --profile alpha config set gateway.port 19789",)


async def test_a_base_port_that_a_service_or_a_running_gateway_tells_is_no_guess(fixed: FixedHost) -> None:
    config = add_profile(fixed, "default", 18789)
    run_gateway(fixed, config, 77, 18789)
    config.write_text("{")
    passed = add_profile(fixed, "rescue", 19789)
    passed.write_text("{")
    (passed.parent / ".env").write_text("OPENCLAW_GATEWAY_PORT=19789\n")
    assert (await take_snapshot(fixed.host())).problems == ()


async def test_a_base_whose_ports_leave_the_range_is_invalid(fixed: FixedHost) -> None:
    add_profile(fixed, "default", 65500)
    snapshot = await take_snapshot(fixed.host())
    assert Grade.INVALID in [conflict.grade for conflict in snapshot.conflicts]


async def test_a_gateway_of_which_only_the_process_is_known_claims_nothing_before_it_listens(fixed: FixedHost) -> None:
    add_profile(fixed, "default", 18789)
    fixed.add_process(77, "openclaw-gateway", start=1)
    fixed.listen(77, 26800)
    fixed.add_process(78, "clawdbot-gateway", start=1)
    fixed.clock.at += timedelta(minutes=1)
    snapshot = await take_snapshot(fixed.host())
    assert snapshot.conflicts == ()
    stray = snapshot.instance("openclaw@pid-77")
    assert stray is not None
    assert (stray.base_port, stray.live_port) == (None, 26800)
    assert all(instance.claims == () for instance in snapshot.instances if instance.id == "clawdbot@pid-78")


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
