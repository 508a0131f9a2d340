"""Gateways on a cold start, which show nothing but their title: whose they are, and whose they could be."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from gateway_core.dirs import operations_file
from gateway_core.discovery.processes import GatewayProcesses
from gateway_core.discovery.registrations import ignore
from gateway_core.distributions.loader import load_distributions
from gateway_core.host import Identity, ServiceState
from gateway_core.monitor.observer import Observer
from gateway_core.snapshot import Instance, Proof, State
from tests.fixed_gateways import add_profile, fixed, look, run_gateway
from tests.fixed_host import FixedHost

__all__ = ["fixed"]
VERSION = "2026.3.13"
CALL = "openclaw --profile one gateway"


def note_launch(fixed: FixedHost, config: Path, pid: int, start: int = 5000, *, asked_to_stop: bool = False) -> None:
    """What an operation of claw-tui writes down when it has started a process."""
    path = operations_file(fixed.host(), config)
    path.parent.mkdir(parents=True, exist_ok=True)
    mark = {"pid": pid, "start": start}
    record = {"holder": 1, "operation": "start", "launched": mark, "asked_to_stop": mark if asked_to_stop else None}
    path.write_text(json.dumps(record))


def told(found: dict[str, Instance]) -> dict[str, tuple[State, int | None, Proof | None]]:
    """State, pid and proof of each instance."""
    return {name: (instance.state, *_process(instance)) for name, instance in found.items()}


def _process(instance: Instance) -> tuple[int, Proof | None] | tuple[None, None]:
    process = instance.signals.process
    return (None, None) if process is None else (process.pid, process.proof)


@pytest.fixture
def two(fixed: FixedHost) -> tuple[Path, Path]:
    return add_profile(fixed, "one", 18789, version=VERSION), add_profile(fixed, "two", 19789, version=VERSION)


STOPPED = (State.STOPPED, None, None)


async def test_each_stopped_instance_that_it_could_be_is_unknown(fixed: FixedHost, two: tuple[Path, Path]) -> None:
    fixed.add_process(62, "openclaw-gateway")
    fixed.add_process(63, "openclaw-gateway")
    add_profile(fixed, "cb", 20789, "clawdbot")
    found = await look(fixed)
    assert set(found) == {"openclaw:one", "openclaw:two", "clawdbot:cb"}
    for name in ("openclaw:one", "openclaw:two"):
        assert found[name].state is State.UNKNOWN
        assert found[name].reason == "pid 62 and pid 63 are starting and could be this one"
    assert found["clawdbot:cb"].state is State.STOPPED


async def test_a_gateway_that_the_user_ignores_is_not_taken_for_another(fixed: FixedHost) -> None:
    """On the very port that the other one is to take."""
    config = add_profile(fixed, "hidden", 18789)
    run_gateway(fixed, config, 62, 18789)
    add_profile(fixed, "shown", 18789)
    ignore(fixed.host(), "openclaw", config, config.parent)

    found = await look(fixed)

    assert set(found) == {"openclaw:shown"}
    assert found["openclaw:shown"].state is State.FOREIGN
    assert found["openclaw:shown"].signals.process is None


async def test_one_that_it_alone_could_be_is_not_said_to_start(fixed: FixedHost) -> None:
    add_profile(fixed, "one", 18789, version=VERSION)
    fixed.add_process(62, "openclaw-gateway")
    instance = (await look(fixed))["openclaw:one"]
    assert (instance.state, instance.reason) == (State.UNKNOWN, "pid 62 is starting and could be this one")


async def test_past_its_time_it_has_a_row_and_is_still_no_reason_to_start(
    fixed: FixedHost, two: tuple[Path, Path]
) -> None:
    fixed.add_process(62, "openclaw-gateway")
    fixed.clock.at += timedelta(seconds=70)
    found = await look(fixed)
    assert set(found) == {"openclaw:one", "openclaw:two", "openclaw@pid-62"}
    assert found["openclaw:one"].state is State.UNKNOWN
    fixed.clock.at += timedelta(minutes=10)
    found = await look(fixed)
    assert set(found) == {"openclaw:one", "openclaw:two", "openclaw@pid-62"}
    assert told(found)["openclaw:one"] == STOPPED


async def test_its_port_tells_whose_it_is(fixed: FixedHost, two: tuple[Path, Path]) -> None:
    fixed.add_process(62, "openclaw-gateway")
    fixed.listen(62, 19789)
    found = told(await look(fixed))
    assert found["openclaw:one"] == STOPPED
    assert found["openclaw:two"][1:] == (62, Proof.SOCKET)


async def test_a_port_that_is_only_a_guess_tells_nothing(fixed: FixedHost) -> None:
    """A gateway of another home may hold the usual port of an instance whose config tells none."""
    add_profile(fixed, "default", 18789).write_text("{")
    fixed.add_process(62, "openclaw-gateway")
    fixed.processes.environments[62] = {"HOME": "/srv/other"}
    fixed.listen(62, 18789)
    found = await look(fixed)
    assert found["openclaw:default"].signals.process is None


async def test_one_of_another_home_could_be_none_of_this(fixed: FixedHost, two: tuple[Path, Path]) -> None:
    fixed.add_process(62, "openclaw-gateway")
    fixed.processes.environments[62] = {"HOME": "/srv/other"}
    found = told(await look(fixed))
    assert found == {"openclaw:one": STOPPED, "openclaw:two": STOPPED}


@pytest.mark.parametrize("argv", [("openclaw-gateway",), ("openclaw",), ("/bin/sh", "/opt/bin/openclaw", "gateway")])
async def test_what_claw_tui_has_started_is_starting(
    fixed: FixedHost, two: tuple[Path, Path], argv: tuple[str, ...]
) -> None:
    note_launch(fixed, two[0], 62)
    fixed.add_process(62, *argv)
    found = told(await look(fixed))
    assert found == {"openclaw:one": (State.STARTING, 62, Proof.LAUNCH), "openclaw:two": STOPPED}


async def test_the_child_of_what_claw_tui_has_started_is_the_gateway(fixed: FixedHost, two: tuple[Path, Path]) -> None:
    note_launch(fixed, two[0], 61)
    fixed.add_process(61, "openclaw")
    fixed.add_process(62, "openclaw-gateway", parent=61)
    found = told(await look(fixed))
    assert found == {"openclaw:one": (State.STARTING, 62, Proof.LAUNCH), "openclaw:two": STOPPED}


async def test_what_claw_tui_has_asked_to_stop_is_not_said_to_start(fixed: FixedHost, two: tuple[Path, Path]) -> None:
    note_launch(fixed, two[0], 62, asked_to_stop=True)
    fixed.add_process(62, "openclaw-gateway")
    instance = (await look(fixed))["openclaw:one"]
    assert (instance.state, instance.reason) == (
        State.STOPPING,
        "pid 62 was asked to stop, and port 18789 is not bound any more",
    )


async def test_what_that_gateway_starts_is_not_its_own(fixed: FixedHost, two: tuple[Path, Path]) -> None:
    note_launch(fixed, two[0], 61)
    fixed.add_process(61, "openclaw-gateway")
    fixed.listen(61, 18789)
    fixed.add_process(62, "openclaw-gateway", parent=61)
    found = told(await look(fixed))
    assert found["openclaw:one"][1:] == (61, Proof.LAUNCH)
    assert found["openclaw:two"] == (State.UNKNOWN, None, None)


async def test_a_record_of_an_earlier_process_with_that_pid_says_nothing(
    fixed: FixedHost, two: tuple[Path, Path]
) -> None:
    note_launch(fixed, two[0], 62, start=4999)
    fixed.add_process(62, "openclaw-gateway")
    assert {state for state, _, _ in told(await look(fixed)).values()} == {State.UNKNOWN}


async def test_the_child_of_a_services_main_process_is_the_services(fixed: FixedHost, two: tuple[Path, Path]) -> None:
    units = fixed.home / ".config" / "systemd" / "user"
    units.mkdir(parents=True)
    (units / "openclaw-gateway-one.service").write_text(f"[Service]\nExecStart=/opt/bin/{CALL}\n")
    fixed.services.known["systemd-user", "openclaw-gateway-one.service"] = ServiceState("active", True, 61, 0, 0)
    fixed.add_process(61, "openclaw")
    fixed.add_process(62, "openclaw-gateway", parent=61)
    found = told(await look(fixed))
    assert found == {"openclaw:one": (State.STARTING, 62, Proof.SERVICE), "openclaw:two": STOPPED}


@pytest.mark.parametrize(
    "launcher",
    [
        ("sh", "-c", f"cd /opt && {CALL} >log"),
        ("bash", "-c", f"while true; do {CALL}; sleep 1; done"),
        ("/bin/sh", "/usr/local/bin/openclaw", "--profile", "one", "gateway"),
        ("npm exec openclaw --profile one gateway",),
        ("sudo", "-u", "me", "openclaw", "--profile", "one", "gateway", "run"),
    ],
)
async def test_what_launched_it_names_its_profile(
    fixed: FixedHost, two: tuple[Path, Path], launcher: tuple[str, ...]
) -> None:
    fixed.add_process(60, *launcher)
    fixed.add_process(61, "openclaw", parent=60)
    fixed.add_process(62, "openclaw-gateway", parent=61)
    found = told(await look(fixed))
    assert found == {"openclaw:one": (State.STARTING, 62, Proof.ARGUMENTS), "openclaw:two": STOPPED}


@pytest.mark.parametrize(
    "launcher",
    [
        ("sh", "-c", f"{CALL} & openclaw --profile two gateway"),
        ("tmux", "new-session", "-d", *CALL.split()),
        ("vim", *CALL.split()),
        ("bash", "start-all.sh"),
    ],
)
async def test_what_may_have_launched_others_too_names_nothing(
    fixed: FixedHost, two: tuple[Path, Path], launcher: tuple[str, ...]
) -> None:
    fixed.add_process(60, *launcher)
    fixed.add_process(62, "openclaw-gateway", parent=60)
    assert {state for state, _, _ in told(await look(fixed)).values()} == {State.UNKNOWN}


@pytest.mark.parametrize("where", ["working dir", "open file"])
async def test_where_it_works_tells_whose_it_is(fixed: FixedHost, two: tuple[Path, Path], where: str) -> None:
    fixed.add_process(62, "openclaw-gateway")
    if where == "working dir":
        fixed.processes.working_dirs[62] = two[1].parent
    else:
        fixed.processes.files[62] = (two[1].parent / "agents" / "main" / "sessions.json",)
    found = told(await look(fixed))
    assert found == {"openclaw:one": STOPPED, "openclaw:two": (State.STARTING, 62, Proof.WORKING_PLACE)}


def test_arguments_that_were_seen_are_kept_while_the_process_lives(fixed: FixedHost) -> None:
    host = fixed.host()
    recogniser = GatewayProcesses(host, load_distributions(host.config_dir))
    seen = [("node", "/opt/node_modules/openclaw/openclaw.mjs", *CALL.split()[1:], "--port", "1234"), ("openclaw",)]
    for argv in (*seen, ("openclaw-gateway",)):
        fixed.processes.processes.clear()
        fixed.add_process(62, *argv)
        [gateway] = recogniser.among(fixed.processes.scan())
        assert (gateway.profile, gateway.port, gateway.by_name_only) == ("one", 1234, False), argv
    fixed.processes.processes.clear()
    later = fixed.add_process(62, "openclaw-gateway", start=6000)
    [gateway] = recogniser.among(fixed.processes.scan())
    assert later.identity == Identity(62, 6000)
    assert gateway.profile is None


async def test_what_was_started_since_the_last_look_is_shown_at_once(fixed: FixedHost, two: tuple[Path, Path]) -> None:
    observer = Observer(fixed.host())
    await observer.look_at_system()
    fixed.add_process(62, "sh", "/opt/bin/openclaw", "gateway")
    note_launch(fixed, two[0], 62)
    await observer.look_at_disk()
    instance = observer.snapshot().instance("openclaw:one")
    assert instance is not None
    assert instance.state is State.STARTING
