"""Services that were left behind, or that start a gateway without a config: what they count for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway_core.host import Placement, ServiceState
from gateway_core.lifecycle.operate import operate
from gateway_core.operations import ErrorCode, Operation
from gateway_core.snapshot import State
from tests.fixed_gateways import add_profile, fixed, look, run_gateway
from tests.fixed_host import UID, FixedHost
from tests.service_files import USER_UNITS, put, unit

__all__ = ["fixed"]


def serve(fixed: FixedHost, name: str, command: str) -> None:
    """A service of the user, whose program is installed."""
    put(fixed.home, f"{USER_UNITS}/{name}", unit(f"ExecStart={command}", "Restart=always"))


def without_mode(config: Path) -> None:
    settings = json.loads(config.read_text())
    del settings["gateway"]["mode"]
    config.write_text(json.dumps(settings))


@pytest.mark.parametrize(
    "named", ["", "env CLAWDBOT_STATE_DIR={home}/.clawdbot CLAWDBOT_CONFIG_PATH={home}/.clawdbot/clawdbot.json "]
)
async def test_a_service_of_the_older_name_is_one_of_the_gateway_that_a_migration_has_moved(
    fixed: FixedHost, named: str
) -> None:
    config = add_profile(fixed, "default", 18789)
    (fixed.home / ".clawdbot").symlink_to(config.parent)
    serve(fixed, "clawdbot-gateway.service", f"{named.format(home=fixed.home)}/opt/bin/clawdbot gateway --port 18789")
    serve(fixed, "openclaw-gateway.service", "/opt/bin/openclaw gateway --port 18789")

    found = await look(fixed)

    assert list(found) == ["openclaw:default"]
    names = [service.name for service in found["openclaw:default"].signals.services]
    assert sorted(names) == ["clawdbot-gateway.service", "openclaw-gateway.service"]
    port = found["openclaw:default"].base_port
    assert port is not None
    assert str(port.file).endswith("openclaw-gateway.service"), "the service of its own product decides"


async def test_a_service_whose_config_is_gone_keeps_nobody_from_its_port(fixed: FixedHost) -> None:
    add_profile(fixed, "default", 18789)
    serve(fixed, "openclaw-gateway-old.service", "/opt/bin/openclaw --profile old gateway --port 18789")

    found = await look(fixed)

    assert (found["openclaw:default"].state, found["openclaw:default"].conflicts) == (State.STOPPED, ())
    assert found["openclaw:old"].state is State.BLOCKED
    assert found["openclaw:old"].claims == ()


@pytest.mark.parametrize(("option", "state"), [("", State.BLOCKED), (" --allow-unconfigured", State.STOPPED)])
@pytest.mark.parametrize("configured", [True, False])
async def test_a_service_may_start_a_gateway_that_is_not_configured(
    fixed: FixedHost, option: str, state: State, configured: bool
) -> None:
    if configured:
        without_mode(add_profile(fixed, "p", 18789))
    serve(fixed, "bot.service", f"/opt/bin/openclaw --profile p gateway{option} --port 21000")

    instance = (await look(fixed))["openclaw:p"]

    assert instance.state is state, instance.reason
    assert bool(instance.claims) is (configured or state is State.STOPPED)


def edit_while_it_runs(fixed: FixedHost, main_pid: int) -> None:
    """A service that was for the profile `old`, whose gateway it runs, and is for `new` now."""
    old, _ = add_profile(fixed, "old", 21000), add_profile(fixed, "new", 22000)
    run_gateway(fixed, old, 900, 21000)
    if main_pid != 900:
        fixed.processes.processes.clear()
        fixed.add_process(main_pid, "openclaw")
        fixed.add_process(900, "openclaw-gateway", parent=main_pid)
    serve(fixed, "bot.service", "/opt/bin/openclaw --profile new gateway")
    active = ServiceState(active="active", enabled=True, main_pid=main_pid)
    fixed.services.known["systemd-user", "bot.service"] = active
    group = f"/user.slice/user-{UID}.slice/user@{UID}.service/app.slice/bot.service"
    fixed.processes.placements[900] = Placement(cgroups=(group,))


@pytest.mark.parametrize("main_pid", [900, 899], ids=["one process", "two processes"])
async def test_a_service_that_was_edited_still_runs_the_gateway_that_it_was_for(
    fixed: FixedHost, main_pid: int
) -> None:
    edit_while_it_runs(fixed, main_pid)

    found = await look(fixed)

    assert (found["openclaw:old"].state, found["openclaw:new"].state) == (State.RUNNING, State.BLOCKED)
    assert "still runs openclaw:old (pid 900)" in found["openclaw:new"].reason
    assert found["openclaw:new"].conflicts == ()


@pytest.mark.parametrize(
    ("operation", "name", "said"),
    [
        (Operation.START, "new", "still runs openclaw:old"),
        (Operation.RESTART, "old", "starts openclaw:new from now on"),
    ],
)
async def test_a_service_that_was_edited_is_not_operated_for_another_than_is_meant(
    fixed: FixedHost, operation: Operation, name: str, said: str
) -> None:
    edit_while_it_runs(fixed, 900)

    result = await operate(fixed.host(), f"openclaw:{name}", operation)

    assert result.error is not None
    assert result.error.code is ErrorCode.RUN_BY_SERVICE
    assert said in result.error.message


async def test_a_service_whose_config_is_gone_is_not_that_of_the_config_beside_it(fixed: FixedHost) -> None:
    """Configs may lie together: only a state dir belongs to one gateway."""
    put(fixed.home, "configs/a.json", '{"gateway": {"mode": "local", "port": 21000}}')
    for name in ("a", "b"):
        serve(fixed, f"{name}.service", f"env OPENCLAW_CONFIG_PATH={fixed.home}/configs/{name}.json openclaw gateway")

    assert len(await look(fixed)) == 2
