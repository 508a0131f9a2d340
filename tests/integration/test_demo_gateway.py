"""Demo gateways behave as the real ones were seen to."""

import asyncio
import json
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest
from websockets.asyncio.client import connect

from gateway_core.demo.faults import Faults
from gateway_core.demo.home import DemoHome, DidNotStartError, RunningGateway
from tests.log_files import take_from_user

EARLY = ("clawdbot", "2026.1.24-3")
NEW = ("openclaw", "2026.9.6")


async def get(gateway: RunningGateway, path: str, offset: int = 0) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(f"http://127.0.0.1:{gateway.port + offset}{path}", timeout=20)


async def until(condition: Callable[[], bool], deadline: float = 20) -> None:
    async with asyncio.timeout(deadline):
        while not condition():  # noqa: ASYNC110  other processes set no asyncio.Event
            await asyncio.sleep(0.01)


async def until_ready(gateway: RunningGateway) -> None:
    await until(lambda: "ready\n" in gateway.output)
    assert (await get(gateway, "/readyz")).json()["ready"]


async def run(home: DemoHome, *command: str | Path) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        *command,
        env=home.environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 20)
    return process.returncode, out.decode(), err.decode()


def listening(pid: int) -> set[tuple[str, int]]:
    sockets = psutil.Process(pid).net_connections(kind="tcp")
    return {(found.laddr.ip, found.laddr.port) for found in sockets if found.status == psutil.CONN_LISTEN}


def proc_file(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text()


def start_ticks(pid: int) -> int:
    return int(proc_file(pid, "stat").rpartition(")")[2].split()[19])


@pytest.mark.parametrize(
    ("distribution", "version", "loopback_offsets"),
    [
        ("clawdbot", "2026.1.24-3", {2, 3}),
        ("clawdbot", "2026.1.16", {1, 2, 3}),
        ("moltbot", "2026.1.27-1", {3}),
        ("openclaw", "2026.2.6-3", {3}),
        ("openclaw", "2026.9.6", set()),
        ("mazelclaw", "2026.3.2", {3}),
        ("omniclaw", "2026.2.14", {3}),
    ],
)
async def test_it_binds_what_its_version_binds(
    demo_home: DemoHome, distribution: str, version: str, loopback_offsets: set[int]
) -> None:
    gateway = await demo_home.start(distribution, "p", version=version)

    derived = {("127.0.0.1", gateway.port + offset) for offset in loopback_offsets}
    assert listening(gateway.pid) == {("127.0.0.1", gateway.port), ("::1", gateway.port)} | derived


async def test_a_lan_gateway_binds_every_interface_but_keeps_its_relay_on_loopback(demo_home: DemoHome) -> None:
    gateway = await demo_home.start(*EARLY[:1], "p", bind="lan")

    assert listening(gateway.pid) == {
        ("0.0.0.0", gateway.port),
        ("127.0.0.1", gateway.port + 2),
        ("127.0.0.1", gateway.port + 3),
    }


async def test_without_browsers_it_binds_no_port_for_them(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile(*EARLY[:1], "p")
    config = json.loads(profile.config_path.read_text())
    profile.config_path.write_text(json.dumps(config | {"browser": {"enabled": False}}))
    gateway = await demo_home.launch(profile)

    assert {port for _, port in listening(gateway.pid)} == {gateway.port}


async def test_early_versions_answer_every_path_with_the_control_page(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("clawdbot", "cb")

    for path in ("/healthz", "/startupz", "/readyz", "/", "/nope"):
        answer = await get(gateway, path)
        assert answer.status_code == 200
        assert "<title>Clawdbot Control" in answer.text
    assert (await get(gateway, "/extension/status", offset=3)).json() == {"connected": False}
    assert (await get(gateway, "/", offset=3)).text == "OK"


async def test_new_versions_tell_starting_ready_and_draining_apart(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", faults=Faults(ready_delay_s=30))
    starting = await get(gateway, "/startupz")
    assert (starting.status_code, starting.json()["pendingReason"]) == (503, "startup-sidecars")
    assert (await get(gateway, "/readyz")).json()["failing"] == ["startup-sidecars"]
    await gateway.stop()

    gateway.profile.set_faults(Faults(stop_delay_s=30))
    gateway = await demo_home.launch(gateway.profile)
    await until_ready(gateway)
    started = await get(gateway, "/startupz")
    assert started.json() | {"uptimeMs": 0} == {"ok": True, "status": "started", "version": "2026.9.6", "uptimeMs": 0}
    assert (await get(gateway, "/healthz")).json() == {"ok": True, "status": "live"}

    with pytest.raises(TimeoutError):
        await gateway.stop(deadline=0.5)
    assert (await get(gateway, "/startupz")).json()["status"] == "draining"


@pytest.mark.parametrize("product", [EARLY, NEW])
async def test_a_websocket_gets_a_challenge_and_leaves_a_warning(demo_home: DemoHome, product: tuple[str, str]) -> None:
    gateway = await demo_home.start(product[0], "p", version=product[1])
    async with connect(f"ws://127.0.0.1:{gateway.port}/any", proxy=None) as websocket:
        frame = json.loads(await asyncio.wait_for(websocket.recv(), 5))
    assert frame["event"] == "connect.challenge"
    assert set(frame["payload"]) == {"nonce", "ts"}

    await until(lambda: "closed before connect" in gateway.profile.log_file.read_text())
    lines = gateway.profile.log_file.read_text().splitlines()
    warning = next(json.loads(line) for line in lines if "closed before" in line)
    assert warning["_meta"]["logLevelName"] == "WARN"
    assert json.loads(warning["0"]) == {"subsystem": "gateway/ws"}


async def test_locks_have_the_place_and_format_of_their_version(demo_home: DemoHome) -> None:
    early = await demo_home.start("clawdbot", "cb")
    new = await demo_home.start("openclaw", "rescue")

    (early_lock,) = (demo_home.root / "tmp").glob("clawdbot-*/gateway.*.lock")
    (new_lock,) = new.profile.state_dir.glob("tmp/openclaw-*/gateway.????????.lock")
    assert set(json.loads(early_lock.read_text())) == {"pid", "createdAt", "configPath", "startTime"}
    record, end = json.JSONDecoder().raw_decode(new_lock.read_text())
    assert new_lock.read_text()[end:].strip(" \t\n") == ""
    assert len(new_lock.read_text()[end:]) > 100
    assert (record["pid"], record["port"], record["stateDir"]) == (new.pid, new.port, str(new.profile.state_dir))
    assert stat.S_IMODE(new_lock.stat().st_mode) == 0o600
    for gateway, lock in ((early, early_lock), (new, new_lock)):
        record, _ = json.JSONDecoder().raw_decode(lock.read_text())
        assert (record["pid"], record["startTime"]) == (gateway.pid, start_ticks(gateway.pid))
        assert str(lock) in {file.path for file in psutil.Process(gateway.pid).open_files()}

    assert (await early.stop(), await new.stop()) == (0, 0)
    assert early_lock.exists()
    assert not new_lock.exists()


async def test_a_stale_lock_does_not_keep_it_from_starting(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("clawdbot", "cb")
    await gateway.kill()
    again = await demo_home.launch(gateway.profile)
    assert again.pid != gateway.pid


async def test_a_lock_whose_pid_was_reused_counts_as_stale(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("clawdbot", "cb", faults=Faults(lock_timeout_s=0.1))
    await gateway.stop()
    (lock,) = (demo_home.root / "tmp").glob("clawdbot-*/gateway.*.lock")
    left = json.loads(lock.read_text())
    lock.write_text(json.dumps(left | {"pid": os.getpid(), "startTime": start_ticks(os.getpid())}))
    with pytest.raises(DidNotStartError, match="already running"):
        await demo_home.launch(gateway.profile)

    lock.write_text(json.dumps(left | {"pid": os.getpid()}))
    assert await (await demo_home.launch(gateway.profile)).stop() == 0


async def test_it_logs_below_its_temporary_dir_where_the_usual_one_is_another_users(demo_home: DemoHome) -> None:
    take_from_user(demo_home.root / "tmp" / "openclaw")
    gateway = await demo_home.start("openclaw", "rescue")
    assert gateway.profile.log_file.parent == demo_home.root / "tmp" / f"openclaw-{os.getuid()}"
    await until(lambda: "gateway" in gateway.profile.log_file.read_text())


async def test_it_runs_without_a_log_that_it_cannot_write(demo_home: DemoHome) -> None:
    (demo_home.root / "tmp" / "clawdbot").touch()
    gateway = await demo_home.start("clawdbot", "cb")
    assert "Control" in (await get(gateway, "/")).text


async def test_a_second_start_of_a_profile_gives_up_after_the_lock_timeout(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", faults=Faults(lock_timeout_s=0.2))
    with pytest.raises(DidNotStartError, match=rf"ended with 1:[^$]*gateway already running \(pid {gateway.pid}\)"):
        await demo_home.launch(gateway.profile)
    assert (await get(gateway, "/healthz")).status_code == 200


async def test_another_profile_on_the_same_port_is_refused(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw")
    with pytest.raises(DidNotStartError, match=r"another gateway instance is already listening on ws://127.0.0.1"):
        await demo_home.start("openclaw", "rescue", port=gateway.port)


async def test_a_taken_relay_port_costs_only_the_relay(demo_home: DemoHome) -> None:
    first = await demo_home.start("openclaw")
    second = await demo_home.start("mazelclaw", port=first.port - 3)
    assert listening(second.pid) == {("127.0.0.1", second.port), ("::1", second.port)}
    assert "extension-relay failed to bind" in second.output


@pytest.mark.parametrize("product", [EARLY, NEW])
async def test_processes_look_like_the_products_own(demo_home: DemoHome, product: tuple[str, str]) -> None:
    gateway = await demo_home.start(product[0], "p", version=product[1])
    title = f"{product[0]}-gateway"
    assert proc_file(gateway.pid, "cmdline").rstrip("\0") == title
    assert proc_file(gateway.pid, "comm").strip() == title[:15]
    environment = psutil.Process(gateway.pid).environ()
    assert environment["HOME"] == str(demo_home.home)
    assert not [name for name in environment if name.endswith(("_PROFILE", "_STATE_DIR"))]
    assert (gateway.pid == gateway.started_pid) == (product == NEW), "early versions are two processes"
    if product == EARLY:
        assert psutil.Process(gateway.started_pid).cmdline()[0] == product[0]


async def test_sigterm_to_the_parent_of_an_early_gateway_ends_both(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("clawdbot", "cb")
    psutil.Process(gateway.started_pid).terminate()
    assert await gateway.wait(5) == 0
    assert not psutil.pid_exists(gateway.pid)


async def test_the_port_comes_from_argument_environment_config_and_default_in_that_order(
    demo_home: DemoHome,
) -> None:
    profile = demo_home.add_profile("openclaw")
    from_argument = demo_home.ports.take()
    gateway = await demo_home.launch(profile, "--port", str(from_argument))
    assert listening(gateway.pid) == {("127.0.0.1", from_argument), ("::1", from_argument)}
    await gateway.stop()

    from_config_environment = demo_home.ports.take()
    config = json.loads(profile.config_path.read_text())
    config["env"] = {"vars": {"OPENCLAW_GATEWAY_PORT": str(from_config_environment)}}
    profile.config_path.write_text(json.dumps(config))
    gateway = await demo_home.launch(profile)
    assert ("127.0.0.1", from_config_environment) in listening(gateway.pid)


async def test_run_ignores_the_port_in_early_versions_only(demo_home: DemoHome) -> None:
    other = demo_home.ports.take()
    for name, version, expected in (("omniclaw", "2026.2.14", None), ("openclaw", "2026.9.6", other)):
        profile = demo_home.add_profile(name, version=version)
        gateway = await demo_home.launch(profile, "run", "--port", str(other))
        assert ("127.0.0.1", expected or profile.port) in listening(gateway.pid)


async def test_it_starts_only_with_a_usable_config_in_local_mode(demo_home: DemoHome) -> None:
    command = demo_home.command("openclaw")
    code, _, err = await run(demo_home, command, "--profile", "x", "gateway")
    assert (code, "Missing config" in err) == (78, True)

    assert (await run(demo_home, command, "--profile", "x", "setup"))[0] == 0
    code, _, err = await run(demo_home, command, "--profile", "x", "gateway")
    assert (code, "gateway.mode=local" in err) == (78, True)

    profile = demo_home.add_profile("openclaw", "y")
    profile.config_path.write_text("{ gateway: { port: 'many' } }")
    code, _, err = await run(demo_home, *profile.arguments)
    assert (code, "Config invalid" in err) == (78, True)


@pytest.mark.parametrize("product", [EARLY, NEW])
async def test_onboarding_writes_what_the_real_one_does(demo_home: DemoHome, product: tuple[str, str]) -> None:
    name, version = product
    flags = ("--non-interactive", "--accept-risk", "--mode", "local", "--auth-choice", "skip", "--json")
    port = str(demo_home.ports.take())
    code, out, _ = await run(
        demo_home, demo_home.command(name), "--profile", "main", "onboard", *flags, "--gateway-port", port
    )
    assert code == 0
    report = json.loads(out[out.index("{") :])
    assert ("ok" in report) == (product == NEW)
    assert (report["mode"], report["gateway"]["port"], report["gateway"]["bind"]) == ("local", int(port), "loopback")
    state_dir = demo_home.home / f".{name}-main"
    config = state_dir / f"{name}.json"
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert json.loads(config.read_text())["meta"]["lastTouchedVersion"] == version
    assert (state_dir / "agents" / "main" / "sessions").is_dir()
    workspace = {"clawdbot": demo_home.home / "clawd-main", "openclaw": state_dir / "workspace"}[name]
    assert {path.name for path in workspace.iterdir()} >= {"AGENTS.md", "SOUL.md", "IDENTITY.md", "USER.md"}


async def test_onboarding_refuses_unknown_flags_and_a_missing_consent(demo_home: DemoHome) -> None:
    clawdbot = demo_home.command("clawdbot")
    code, _, err = await run(demo_home, clawdbot, "onboard", "--non-interactive", "--accept-risk", "--skip-search")
    assert (code, err) == (1, "error: unknown option '--skip-search'\n")
    code, _, err = await run(demo_home, clawdbot, "onboard", "--non-interactive")
    assert (code, "risk" in err) == (1, True)
    assert list(demo_home.home.iterdir()) == [demo_home.home / ".config"]
    code, out, _ = await run(demo_home, demo_home.command("openclaw"), "onboard", "--help")
    assert code == 0
    assert "--skip-search" in out


async def test_versions_and_profile_names(demo_home: DemoHome) -> None:
    assert (await run(demo_home, demo_home.command("clawdbot"), "--version"))[1] == "2026.1.24-3\n"
    code, out, _ = await run(demo_home, demo_home.command("openclaw"), "--version")
    told = re.search(r"[\d.]+", out)
    assert told is not None
    assert (code, told[0]) == (0, "2026.9.6")
    code, _, err = await run(demo_home, demo_home.command("openclaw"), "--profile", "bad name", "gateway")
    assert (code, "Invalid --profile" in err) == (2, True)


async def test_interactive_onboarding_asks_in_a_terminal_and_only_there(demo_home: DemoHome) -> None:
    openclaw = demo_home.command("openclaw")
    code, _, err = await run(demo_home, openclaw, "onboard")
    assert (code, "interactive TTY" in err) == (1, True)

    ours, theirs = os.openpty()
    process = await asyncio.create_subprocess_exec(
        openclaw, "onboard", env=demo_home.environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    os.write(ours, b"y\n")
    assert await asyncio.wait_for(process.wait(), 10) == 0
    os.close(ours)
    assert (demo_home.home / ".openclaw" / "openclaw.json").exists()
