"""Processes whose title says little: a gateway titled as its product, its launcher, and commands."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gateway_core.discovery.processes import GatewayProcesses
from gateway_core.distributions.loader import load_distributions
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.monitor.observer import Observer
from gateway_core.snapshot import Instance, Proof, State
from tests.fixed_gateways import add_profile, fixed, look
from tests.fixed_host import UID, FixedHost

__all__ = ["fixed"]
VERSION = "2026.5.28"
LAUNCHER = ("node", "/opt/node_modules/openclaw/openclaw.mjs", "--profile", "rescue", "gateway")


def take_lock(fixed: FixedHost, config: Path, pid: int) -> None:
    directory = fixed.directory / "tmp" / f"openclaw-{UID}"
    directory.mkdir(parents=True, exist_ok=True)
    record = {"pid": pid, "startTime": 5000, "configPath": str(config)}
    (directory / "gateway.4eeef61b.lock").write_text(json.dumps(record))


def shown(instance: Instance) -> tuple[int, Proof | None] | None:
    process = instance.signals.process
    return None if process is None else (process.pid, process.proof)


async def test_a_gateway_that_is_titled_as_its_product_is_known_by_its_lock(fixed: FixedHost) -> None:
    take_lock(fixed, add_profile(fixed, "rescue", 18789, version=VERSION), 77)
    fixed.add_process(77, "openclaw")
    fixed.listen(77, 18789)
    assert shown((await look(fixed))["openclaw:rescue"]) == (77, Proof.LOCK)


async def test_without_a_lock_it_is_known_by_its_port(fixed: FixedHost) -> None:
    add_profile(fixed, "rescue", 18789, version=VERSION)
    fixed.add_process(77, "openclaw")
    fixed.listen(77, 18789)
    assert shown((await look(fixed))["openclaw:rescue"]) == (77, Proof.SOCKET)


async def test_what_launched_it_still_names_its_profile(fixed: FixedHost) -> None:
    add_profile(fixed, "rescue", 18789, version=VERSION)
    fixed.add_process(76, *LAUNCHER)
    fixed.add_process(77, "openclaw", parent=76)
    fixed.add_process(78, "openclaw", parent=77)  # a command that the gateway runs
    found = await look(fixed)
    assert set(found) == {"openclaw:rescue"}
    assert found["openclaw:rescue"].state is State.STARTING
    assert shown(found["openclaw:rescue"]) == (77, Proof.ARGUMENTS)


async def test_it_is_the_gateway_and_not_its_launcher_once_it_has_its_port(fixed: FixedHost) -> None:
    take_lock(fixed, add_profile(fixed, "rescue", 18789, version=VERSION), 77)
    fixed.add_process(76, *LAUNCHER)
    fixed.add_process(77, "openclaw", parent=76)
    fixed.listen(77, 18789)
    assert shown((await look(fixed))["openclaw:rescue"]) == (77, Proof.LOCK)


async def test_the_launcher_of_an_early_version_is_no_gateway_of_its_own(fixed: FixedHost) -> None:
    take_lock(fixed, add_profile(fixed, "rescue", 18789, version="2026.2.6"), 77)
    fixed.add_process(76, "openclaw")
    fixed.add_process(77, "openclaw-gateway", parent=76)
    fixed.listen(77, 18789)
    found = await look(fixed)
    assert {name: shown(instance) for name, instance in found.items()} == {"openclaw:rescue": (77, Proof.LOCK)}


@pytest.mark.parametrize(
    "argv",
    [
        ("openclaw",),  # `openclaw status`, `openclaw tui`, `openclaw node run`: the title hides which
        ("openclaw", "status"),
        ("node", "/opt/node_modules/openclaw/openclaw.mjs", "--profile", "rescue", "gateway", "status"),
        ("node", "/opt/node_modules/openclaw/openclaw.mjs", "--profile", "rescue", "gateway", "stop"),
        (
            "node",
            "/opt/node_modules/openclaw/openclaw.mjs",
            "--profile",
            "rescue",
            "config",
            "set",
            "gateway.port",
            "1",
        ),
    ],
)
async def test_a_command_of_the_product_is_no_gateway(fixed: FixedHost, argv: tuple[str, ...]) -> None:
    """Neither its database nor its variables make it one: it has them of the gateway that runs it."""
    config = add_profile(fixed, "rescue", 18789)
    fixed.add_process(77, *argv)
    fixed.processes.environments[77] = {"OPENCLAW_STATE_DIR": str(config.parent), "HOME": str(fixed.home)}
    fixed.processes.files[77] = (config.parent / "state" / "openclaw.sqlite",)
    fixed.processes.working_dirs[77] = config.parent
    fixed.listen(77, 1455)  # a login waits for its answer there
    snapshot = await take_snapshot(fixed.host())
    assert {instance.id: instance.state for instance in snapshot.instances} == {"openclaw:rescue": State.STOPPED}


async def test_a_command_that_a_running_gateway_was_asked_by_is_none(fixed: FixedHost) -> None:
    take_lock(fixed, add_profile(fixed, "rescue", 18789, version=VERSION), 77)
    fixed.add_process(77, "openclaw")
    fixed.listen(77, 18789)
    fixed.add_process(78, "bash", "-c", "openclaw gateway status", parent=77)
    fixed.add_process(79, "openclaw", parent=78)
    found = await look(fixed)
    assert {name: shown(instance) for name, instance in found.items()} == {"openclaw:rescue": (77, Proof.LOCK)}


def test_a_process_of_which_only_the_name_is_known_is_looked_at_until_it_has_a_lock(fixed: FixedHost) -> None:
    config = add_profile(fixed, "rescue", 18789, version=VERSION)
    fixed.add_process(77, "openclaw")
    fixed.processes.environments[77] = {"OPENCLAW_STATE_DIR": str(config.parent)}
    host = fixed.host()
    recogniser = GatewayProcesses(host, load_distributions(host.config_dir))
    [before] = recogniser.among(fixed.processes.scan())
    assert (before.by_name_only, before.state_dir, before.lock_paths) == (True, None, ())
    lock = fixed.directory / "tmp" / f"openclaw-{UID}" / "gateway.4eeef61b.lock"
    fixed.processes.files[77] = (lock,)
    [after] = recogniser.among(fixed.processes.scan())
    assert after.lock_paths == (lock,)


@pytest.mark.parametrize("argv", [(), ("",), ("openclaw --profi",), ("openclaw", "s/.bin/openclaw")])
async def test_one_that_was_seen_to_start_stays_it_while_its_title_is_written(
    fixed: FixedHost, argv: tuple[str, ...]
) -> None:
    add_profile(fixed, "one", 18789)
    info = fixed.add_process(77, "node", "/usr/bin/openclaw", "--profile", "one", "gateway")
    fixed.processes.environments[77] = {"HOME": str(fixed.home)}
    observer = Observer(fixed.host())
    await observer.look_at_system()
    await observer.look_at_disk()
    fixed.processes.processes[-1] = replace(info, argv=argv)
    await observer.look_at_processes()
    instance = observer.snapshot().instance("openclaw:one")
    assert instance is not None
    assert instance.state is State.STARTING


@pytest.mark.parametrize(
    "argv",
    [
        ("openclaw-gateway-exporter",),
        ("openclaw-gatewayd",),
        ("openclaw-gateway", "--metrics"),
        ("/usr/bin/openclaw-gateway",),
        ("openclaw-gateway ",),
    ],
)
async def test_only_the_exact_title_is_that_of_a_gateway(fixed: FixedHost, argv: tuple[str, ...]) -> None:
    """The kernel's short name of all of them is `openclaw-gatewa`."""
    config = add_profile(fixed, "rescue", 18789)
    fixed.processes.processes[:] = [replace(fixed.add_process(77, *argv), name="openclaw-gatewa")]
    fixed.processes.files[77] = (config.parent / "state" / "openclaw.sqlite",)
    assert shown((await look(fixed))["openclaw:rescue"]) is None


@pytest.mark.parametrize("argv", [("sleep", "60"), ("openclaw-gatewayd",), ("node", "/opt/other.js")])
async def test_what_has_become_another_program_is_no_gateway_any_more(fixed: FixedHost, argv: tuple[str, ...]) -> None:
    add_profile(fixed, "one", 18789)
    info = fixed.add_process(77, "node", "/usr/bin/openclaw", "--profile", "one", "gateway")
    host = fixed.host()
    recogniser = GatewayProcesses(host, load_distributions(host.config_dir))
    assert [found.info.pid for found in recogniser.among([info])] == [77]
    recogniser.among([replace(info, argv=argv)])
    fixed.clock.seconds += 3  # a title would be written by now
    assert recogniser.among([replace(info, argv=argv)]) == ()


async def test_a_database_shows_where_a_gateway_works_and_proves_nothing(fixed: FixedHost) -> None:
    config = add_profile(fixed, "rescue", 18789)
    fixed.add_process(77, "openclaw-gateway")
    fixed.processes.files[77] = (config.parent / "state" / "openclaw.sqlite",)
    assert shown((await look(fixed))["openclaw:rescue"]) == (77, Proof.WORKING_PLACE)


async def test_a_command_that_reads_the_lock_of_a_gateway_is_not_proven_by_it(fixed: FixedHost) -> None:
    """The title of some versions is also that of their commands."""
    config = add_profile(fixed, "rescue", 18789, version=VERSION)
    take_lock(fixed, config, 12345)
    fixed.add_process(77, "openclaw")
    fixed.processes.files[77] = (fixed.directory / "tmp" / f"openclaw-{UID}" / "gateway.4eeef61b.lock",)
    assert shown((await look(fixed))["openclaw:rescue"]) in (None, (77, None))
