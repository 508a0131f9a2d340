"""The audit of homes with real gateways, mounts and permissions; and what users suffered from most, found and named."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Sequence

import pytest

from gateway_core.audit.model import Result
from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from tests.documents import rows, text
from tests.program import CLAW_TUI, CompletedRun, claw_tui

pytestmark = pytest.mark.slow

FAIL, WARN, UNKNOWN, PASS = Result.FAIL, Result.WARN, Result.UNKNOWN, Result.PASS
DEADLINE_S = 60


class Told:
    """The audit's document, of some instances."""

    def __init__(self, ended: CompletedRun) -> None:
        assert "Traceback" not in ended.errors
        self.code = ended.code
        self.items = rows(ended.document["items"])
        self.drifts = rows(ended.document["drift"])

    def result(self, check: str, instance: str | None) -> tuple[Result, str]:
        (found,) = [item for item in self.items if (item["check"], item["instance"]) == (check, instance)]
        assert (found["result"] == PASS) is (found["remedy"] is None)
        return Result(text(found["result"])), text(found["evidence"])

    def drift(self, instance: str, what: str) -> tuple[object, object, object]:
        (found,) = [item for item in self.drifts if (item["what"], item["instance"]) == (what, instance)]
        return found["configured"], found["service"], found["live"]


async def audit(home: DemoHome, *ids: str) -> Told:
    return Told(await claw_tui(home.environment, "audit", "--json", *ids))


async def wrapped(home: DemoHome, *command: str) -> CompletedRun:
    """Run the audit behind another command."""
    process = await asyncio.create_subprocess_exec(
        *command, env=home.environment, cwd=home.home, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(DEADLINE_S):
        output, errors = await process.communicate()
    return CompletedRun(process.returncode or 0, output.decode(), errors.decode())


def configure(profile: DemoProfile, section: str, **settings: object) -> None:
    config = json.loads(profile.config_path.read_text("utf-8"))
    config.setdefault(section, {}).update(settings)
    profile.config_path.write_text(json.dumps(config), "utf-8")


def cannot(reason: str, *, could: bool) -> None:
    """Skip, and say what is missing; in CI a machine that could do it has to."""
    if could and os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


# --- real gateways ----------------------------------------------------------------------------------------------


async def test_what_onboarding_makes_passes_and_goes_on_passing_while_it_runs(demo_home: DemoHome) -> None:
    await demo_home.start("openclaw", "main")
    await demo_home.start("clawdbot", "cb")
    demo_home.add_profile("openclaw", "rescue")
    told = await audit(demo_home, "openclaw:main", "openclaw:rescue", "clawdbot:cb")
    assert [item for item in told.items if item["result"] != PASS] == []
    assert (told.code, told.drifts) == (0, [])


async def test_config_service_and_gateway_with_three_ports(demo_home: DemoHome) -> None:
    """105109: the port was changed in the config, and the service keeps the old one."""
    gateway = await demo_home.start("openclaw", "main")
    unit = demo_home.write_unit(gateway.profile)
    unit.write_text(unit.read_text("utf-8").replace(str(gateway.port), "29001"), "utf-8")
    configure(gateway.profile, "gateway", port=29101)
    told = await audit(demo_home, "openclaw:main")
    assert told.drift("openclaw:main", "base port") == (29101, 29001, gateway.port)
    table = await claw_tui(demo_home.environment, "audit", "main")
    assert f"base port  configured 29101, service 29001, live {gateway.port}" in table.output


async def test_a_running_gateway_that_is_older_than_its_config(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "main")
    configure(gateway.profile, "meta", lastTouchedVersion="2026.10.2")
    told = await audit(demo_home, "openclaw:main")
    assert told.drift("openclaw:main", "version") == ("2026.10.2", None, "2026.9.6")


async def test_a_gateway_that_was_killed_leaves_a_lock(demo_home: DemoHome) -> None:
    """15970, 49036: “already running”, because of a lock that nobody sees."""
    gateway = await demo_home.start("clawdbot", "cb")
    assert (await audit(demo_home, "clawdbot:cb")).result("locks", "clawdbot:cb")[0] is PASS
    await gateway.kill()
    result, evidence = (await audit(demo_home, "clawdbot:cb")).result("locks", "clawdbot:cb")
    assert result is WARN
    assert f"pid {gateway.pid}, which is gone" in evidence
    gateway.profile.config_path.unlink()
    shutil.rmtree(gateway.profile.state_dir)
    result, evidence = (await audit(demo_home)).result("locks", None)
    assert result is WARN
    assert f"{gateway.profile.config_path}, which is not there any more" in evidence


async def test_a_gateway_that_is_open_to_the_network(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "lan", bind="lan")
    assert (await audit(demo_home, "lan")).result("bind", "openclaw:lan")[0] is PASS
    configure(gateway.profile, "gateway", auth={"mode": "none"})
    told = await audit(demo_home, "lan")
    result, evidence = told.result("bind", "openclaw:lan")
    assert (result, told.code) == (FAIL, 1)
    assert "gateway.bind is lan, it listens on " in evidence


# --- links, mounts, permissions ---------------------------------------------------------------------------------


async def test_a_bind_mount_makes_two_state_dirs_one(demo_home: DemoHome) -> None:
    main, rescue = demo_home.add_profile("openclaw", "main"), demo_home.add_profile("openclaw", "rescue")
    dirs = [profile.state_dir / "credentials" for profile in (main, rescue)]
    for path in dirs:
        path.mkdir()
    namespace = await mount_namespace(demo_home)
    script = f"mount --bind {dirs[0]} {dirs[1]} && exec {CLAW_TUI} audit --json main rescue"
    told = Told(await wrapped(demo_home, *namespace, "sh", "-c", script))
    result, evidence = told.result("credentials", "openclaw:rescue")
    assert (result, told.code) == (FAIL, 1)
    assert evidence.endswith(f"are the same through a bind mount at {dirs[1]}")
    assert (await audit(demo_home, "rescue")).result("credentials", "openclaw:rescue")[0] is PASS


async def mount_namespace(home: DemoHome) -> Sequence[str]:
    """The command that runs another where it may mount; skips where there is none."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        cannot("no bind mounts: there is no unshare (util-linux) here", could=sys.platform == "linux")
    for options in (("--mount",), ("--mount", "--map-root-user")):
        trial = ("unshare", *options, "sh", "-c", f"mount --bind {home.base / 'bin'} {home.base / 'bin'}")
        if (await wrapped(home, *trial)).code == 0:
            return ("unshare", *options)
    cannot("no bind mounts: this user may not create a mount namespace here", could=os.geteuid() == 0)
    raise AssertionError


async def test_what_may_not_be_looked_at_is_unknown_and_never_fine(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "main")
    profile.state_dir.chmod(0o000)
    without_privileges: tuple[str, ...] = ()
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            cannot("root sees everything, and there is no setpriv (util-linux) to change that", could=True)
        without_privileges = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
    told = Told(await wrapped(demo_home, *without_privileges, str(CLAW_TUI), "audit", "--json", "main"))
    profile.state_dir.chmod(0o700)
    assert told.code == 3
    for check in ("credentials", "secret files", "config name"):
        result, evidence = told.result(check, "openclaw:main")
        assert result is UNKNOWN, check
        assert "Permission denied" in evidence


# --- what users suffered from -----------------------------------------------------------------------------------


async def test_whatsapp_logins_that_leak_across_profiles(demo_home: DemoHome) -> None:
    """64555: a profile's login lands in the default profile's credentials."""
    demo_home.add_profile("openclaw")
    rescue = demo_home.add_profile("openclaw", "rescue", version="2026.4.9")
    configure(rescue, "channels", whatsapp={})
    leaked = demo_home.home / ".openclaw" / "credentials" / "whatsapp" / "default"
    leaked.mkdir(parents=True)
    assert (await audit(demo_home, "rescue")).result("credentials", "openclaw:rescue")[0] is WARN
    (rescue.state_dir / "credentials" / "whatsapp").mkdir(parents=True)
    assert (await audit(demo_home, "rescue")).result("credentials", "openclaw:rescue")[0] is PASS


async def test_approvals_of_all_profiles_in_one_file(demo_home: DemoHome) -> None:
    """102846: approvals given to the default profile hold for the others."""
    demo_home.add_profile("openclaw")
    demo_home.add_profile("openclaw", "rescue", version="2026.2.6")
    approvals = demo_home.home / ".openclaw" / "exec-approvals.json"
    assert (await audit(demo_home, "rescue")).result("shared files", "openclaw:rescue")[0] is PASS
    approvals.write_text("{}", "utf-8")
    told = await audit(demo_home, "openclaw:rescue", "openclaw:default")
    result, evidence = told.result("shared files", "openclaw:rescue")
    assert result is WARN
    assert evidence == f"{approvals} (exec approvals) is also used by openclaw:default"
    result, evidence = told.result("shared files", "openclaw:default")
    assert result is WARN
    assert evidence == f"{approvals} (exec approvals) is also used by openclaw:rescue"


async def test_workspaces_of_profiles_inside_the_default_state_dir(demo_home: DemoHome) -> None:
    """122733: before 2026.9 a profile's workspace lies in the default profile's state dir."""
    demo_home.add_profile("openclaw")
    early = demo_home.add_profile("openclaw", "early", version="2026.2.6")
    early.installation.default_workspace.mkdir(parents=True, exist_ok=True)
    late = demo_home.add_profile("openclaw", "late")
    told = await audit(demo_home, early.id, late.id)
    result, evidence = told.result("workspace", early.id)
    assert result is WARN
    assert "lies in the state dir of openclaw:default" in evidence
    assert told.result("workspace", late.id)[0] is PASS


async def test_an_old_unit_beside_the_new_one(demo_home: DemoHome) -> None:
    """28191: after a migration the old product's unit starts a gateway on the same port."""
    new = demo_home.add_profile("openclaw")
    unit = demo_home.write_unit(new)
    (demo_home.home / ".clawdbot").symlink_to(new.state_dir)
    text = unit.read_text("utf-8").replace("OPENCLAW_", "CLAWDBOT_").replace("openclaw.json", "clawdbot.json")
    text = text.replace("MARKER=openclaw", "MARKER=clawdbot").replace(str(new.state_dir), f"{demo_home.home}/.clawdbot")
    unit.with_name("clawdbot-gateway.service").write_text(text, "utf-8")
    told = await audit(demo_home, "openclaw:default")
    result, evidence = told.result("services", "openclaw:default")
    assert result is WARN
    assert "clawdbot-gateway.service (systemd-user)" in evidence
    targets = [item for item in told.items if item["check"] == "service target"]
    assert [item["result"] for item in targets] == [WARN, PASS]
    assert f"{demo_home.home}/.clawdbot/clawdbot.json, which is not there" in str(targets[0]["evidence"])


async def test_a_user_unit_and_a_second_one_for_the_same_gateway(demo_home: DemoHome) -> None:
    """79375: two units for one gateway kill each other's."""
    profile = demo_home.add_profile("openclaw", "main")
    unit = demo_home.write_unit(profile)
    assert (await audit(demo_home, "main")).result("services", "openclaw:main")[0] is PASS
    shutil.copy(unit, unit.with_name("my-bot.service"))
    result, evidence = (await audit(demo_home, "main")).result("services", "openclaw:main")
    assert result is WARN
    assert "my-bot.service (systemd-user)" in evidence


async def test_two_names_of_one_state_dir(demo_home: DemoHome) -> None:
    """3533: `.clawdbot` and `.moltbot` are both there."""
    profile = demo_home.add_profile("moltbot")
    other = demo_home.home / ".moltbot"
    other.symlink_to(profile.state_dir)
    assert (await audit(demo_home, "moltbot:default")).result("twin state dirs", profile.id)[0] is PASS
    other.unlink()
    other.mkdir()
    result, evidence = (await audit(demo_home, "moltbot:default")).result("twin state dirs", profile.id)
    assert result is WARN
    assert f"{profile.state_dir} and {other} are both there" in evidence


async def test_a_config_under_the_wrong_name(demo_home: DemoHome) -> None:
    """54200: a config under an older product's name is ignored."""
    profile = demo_home.add_profile("openclaw", "main")
    profile.config_path.rename(profile.state_dir / "clawdbot.json")
    result, evidence = (await audit(demo_home, "main")).result("config name", "openclaw:main")
    assert result is FAIL
    assert "clawdbot.json is never read" in evidence


async def test_a_mistyped_profile(demo_home: DemoHome) -> None:
    """122970: a mistyped `--profile` leaves a junk dir behind."""
    demo_home.add_profile("openclaw", "rescue")
    (demo_home.home / ".openclaw-resuce" / "agents" / "main" / "sessions").mkdir(parents=True)
    result, evidence = (await audit(demo_home, "resuce")).result("profile", "openclaw:resuce")
    assert result is WARN
    assert "did somebody mean rescue?" in evidence
