"""Which conflicts one complete look at a made-up host finds, and which it does not make up."""

from datetime import timedelta

import pytest

from gateway_core.monitor.monitor import take_snapshot
from gateway_core.snapshot import Binding, Grade, InstanceParty, Role, State
from tests.fixed_gateways import add_profile, fixed, run_gateway
from tests.fixed_host import FixedHost

__all__ = ["fixed"]


async def test_ports_out_of_range_are_those_of_the_version_that_runs(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "one", 65530, version="2026.2.6"), 77, 65530)
    invalid = [item for item in (await take_snapshot(fixed.host())).conflicts if item.grade is Grade.INVALID]
    roles = {party.role for item in invalid for party in item.parties if isinstance(party, InstanceParty)}
    assert Role.EXTENSION_RELAY in roles


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


async def test_a_tunnel_to_a_gateway_elsewhere_is_in_the_way_of_nobody(fixed: FixedHost) -> None:
    """The config is for the use of that gateway, so none starts with it here."""
    add_profile(fixed, "default", 18789, mode="remote")
    add_profile(fixed, "near", 18889)
    fixed.add_process(99, "ssh", "-N", "-L", "18789:127.0.0.1:18789", "nas")
    fixed.listen(99, 18789)
    snapshot = await take_snapshot(fixed.host())
    states = {instance.id: instance.state for instance in snapshot.instances}
    assert states == {"openclaw:default": State.BLOCKED, "openclaw:near": State.STOPPED}
    assert [one.control_url for one in snapshot.instances] == [None, "http://127.0.0.1:18889/"]
    assert snapshot.conflicts == ()


async def test_a_chrome_belongs_to_the_instance_whose_profile_it_uses(fixed: FixedHost) -> None:
    config = add_profile(fixed, "default", 18789)
    user_data = f"--user-data-dir={config.parent}/browser/openclaw/user-data"
    fixed.add_process(99, "/opt/chrome", "--remote-debugging-port=18800", user_data)
    fixed.listen(99, 18800)
    snapshot = await take_snapshot(fixed.host())
    assert [listener.instance for listener in snapshot.listeners] == ["openclaw:default"]
    (conflict,) = snapshot.conflicts  # its gateway does not run
    assert "which outlived the gateway of openclaw:default" in conflict.why


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
    (conflict,) = snapshot.conflicts
    setting = "browser.profiles.work.cdpPort of openclaw:default"
    assert conflict.why == f"{setting} holds no port number, and no gateway starts with that."
    assert conflict.remedy == f"set {setting} to a port number, or remove it"


async def test_two_faults_of_one_override_are_one_conflict(fixed: FixedHost) -> None:
    config = add_profile(fixed, "default", 18789)
    config.write_text('{"gateway": {"mode": "local", "port": "${NOBODY_SET_THIS}"}}')
    assert [conflict.grade for conflict in (await take_snapshot(fixed.host())).conflicts] == [Grade.INVALID]


async def test_a_workspace_that_may_stand_in_the_unread_part_is_not_known(fixed: FixedHost) -> None:
    config = add_profile(fixed, "default", 18789)
    assert (await take_snapshot(fixed.host())).instances[0].workspace is not None
    config.write_text('{"gateway": {"port": 18789}, "agents": {"defaults": {"work')
    assert (await take_snapshot(fixed.host())).instances[0].workspace is None


@pytest.mark.parametrize("text", ['{"gateway": {"port": 190', "{}}", "", '{"gateway": {"port": "19001"}}', "\0\0"])
async def test_a_port_that_is_only_a_guess_makes_no_conflict(fixed: FixedHost, text: str) -> None:
    add_profile(fixed, "dev", 19001).write_text(text)
    add_profile(fixed, "alpha", 19001)
    add_profile(fixed, "near", 19005)
    fixed.listen(99, 19003)
    snapshot = await take_snapshot(fixed.host())
    told = {problem.where: problem.message for problem in snapshot.problems}
    assert told["openclaw:dev"] == "Which ports it would take could not be told: the config is invalid."
    assert [one.control_url for one in snapshot.instances if one.id == "openclaw:dev"] == [None]
    others = [conflict for conflict in snapshot.conflicts if conflict.grade is not Grade.INVALID]
    assert {
        party.instance for conflict in others for party in conflict.parties if isinstance(party, InstanceParty)
    } == {
        "openclaw:alpha",
        "openclaw:near",
    }
    assert any((conflict.remedy or "").endswith("is free as far as could be told") for conflict in others)


@pytest.mark.parametrize(("text", "grade"), [('{"gateway": {"port": 19002}', Grade.CERTAIN), ("{", None)])
async def test_a_port_that_a_broken_config_tells_makes_a_conflict(
    fixed: FixedHost, text: str, grade: Grade | None
) -> None:
    add_profile(fixed, "broken", 19002).write_text(text)
    add_profile(fixed, "alpha", 19002)
    grades = [conflict.grade for conflict in (await take_snapshot(fixed.host())).conflicts]
    assert grades == ([grade] if grade else [])


async def test_a_pinned_port_that_a_broken_config_tells_makes_a_conflict(fixed: FixedHost) -> None:
    add_profile(fixed, "broken", 18789).write_text('{"browser": {"cdpUrl": "http://127.0.0.1:19005"}')
    add_profile(fixed, "near", 19005)
    (conflict,) = (await take_snapshot(fixed.host())).conflicts
    assert (conflict.grade, conflict.remedy is not None) == (Grade.POSSIBLE, True)
    assert str(conflict.remedy).startswith("move openclaw:near")
    assert "(bases:" not in conflict.why


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


async def test_the_address_that_a_service_passes_beats_that_of_the_config(fixed: FixedHost) -> None:
    add_profile(fixed, "one", 18789)
    fixed.add_process(90, "python3")
    fixed.listen(90, 18789, address="127.0.0.2")
    before = (await take_snapshot(fixed.host())).instances[0]
    assert before.state is not State.FOREIGN
    units = fixed.home / ".config" / "systemd" / "user"
    units.mkdir(parents=True)
    (units / "openclaw-gateway-one.service").write_text(
        "[Service]\nExecStart=/usr/bin/openclaw --profile one gateway --bind lan --port 18789\n"
    )
    (after,) = (await take_snapshot(fixed.host())).instances
    assert (after.state, after.claims[0].address) == (State.FOREIGN, "0.0.0.0")


async def test_the_port_of_a_webhook_is_not_taken_for_the_gateways_own(fixed: FixedHost) -> None:
    config = add_profile(fixed, "one", 18789)
    text = config.read_text()
    run_gateway(fixed, config, 77, 20000)
    fixed.listen(77, 8787)
    config.write_text(
        text.rstrip().removesuffix("}") + ', "channels": {"telegram": {"webhookUrl": "https://a.example"}}}'
    )
    (instance,) = (await take_snapshot(fixed.host())).instances
    assert instance.live_port == 20000, instance.reason
