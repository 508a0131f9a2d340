"""Plans: what they say, that making one touches nothing, and that each bad choice has a message of its own."""

from __future__ import annotations

import json
import os
import pwd
import socket
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.demo.onboarding import set_up
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.onboarding.choices import AUTO, Choices, Field, Preset, ProblemCode
from gateway_core.onboarding.commands import InstalledCommand, find_command, find_commands
from gateway_core.onboarding.plan import Plan, TokenRoute
from gateway_core.onboarding.planning import make_plan
from gateway_core.onboarding.rules.place import LEAST_FREE_BYTES, home_problems
from gateway_core.onboarding.run import run
from gateway_core.snapshot import Role
from tests import onboarding
from tests.onboarding import contents, fake_command, planned, problem, problems, write_command

pytestmark = pytest.mark.usual_ports


def choices(**wanted: object) -> Choices:
    """On the port that would be chosen, unless something else is wanted."""
    return onboarding.choices(**({"port": AUTO} | wanted))


KNOWN = InstalledCommand("/bin/openclaw", "2026.9.6")
ALL = ("clawdbot", "moltbot", "openclaw", "mazelclaw", "omniclaw")


@pytest.mark.parametrize("distribution", ALL)
async def test_a_plan_says_all_that_would_be_there(demo_home: DemoHome, distribution: str) -> None:
    plan = await planned(demo_home.host(), choices(distribution=distribution, start=True, service=True))

    stem = ".clawdbot" if distribution == "moltbot" else f".{distribution}"
    assert plan.instance == f"{distribution}:rescue"
    assert Path(plan.state_dir) == demo_home.home / f"{stem}-rescue"
    assert Path(plan.config_path) == Path(plan.state_dir) / f"{distribution}.json"
    assert (plan.block.start, plan.block.end) == (plan.base_port, plan.base_port + 110)
    assert plan.claims[0].role is Role.GATEWAY
    onboard, install, start = plan.commands
    assert onboard.argv[1:4] == ("--profile", "rescue", "onboard")
    assert onboard.argv[onboard.argv.index("--gateway-port") + 1] == str(plan.base_port)
    assert onboard.argv[onboard.argv.index("--workspace") + 1] == plan.workspace
    assert ("--skip-browser" in onboard.argv) is (distribution == "omniclaw")
    assert ("--skip-search" in onboard.argv) is (distribution == "openclaw")
    assert install.shown.endswith("--profile rescue gateway install")
    assert start.shown == f"claw-tui start {plan.instance}"
    created = [Path(item.path).name for item in plan.creates]
    assert created[:2] == [f"{stem}-rescue", f"{distribution}.json"]
    assert created[-1] == f"{distribution}-gateway-rescue.service"
    assert not any(item.exists for item in plan.creates)
    assert any("bot tokens of its own" in reminder for reminder in plan.reminders)


async def test_making_a_plan_touches_nothing(demo_home: DemoHome) -> None:
    demo_home.add_profile("openclaw", "main")
    demo_home.add_profile("clawdbot")
    before = contents(demo_home.base, without=())
    for distribution in ALL:
        await make_plan(demo_home.host(), await take_snapshot(demo_home.host()), choices(distribution=distribution))
    assert contents(demo_home.base, without=()) == before


async def test_the_presets(demo_home: DemoHome) -> None:
    host = demo_home.host()
    main = await planned(host, choices(preset=Preset.MAIN))
    assert (main.profile, main.instance) == ("default", "openclaw:default")
    assert "--profile" not in main.commands[0].argv
    dev = await planned(host, choices(preset=Preset.DEV))
    assert dev.profile == "dev"
    named = await planned(host, choices(preset=Preset.MAIN, profile="main"))
    assert named.instance == "openclaw:main"


async def test_a_rescue_bot_is_far_from_the_main_one_and_shares_nothing_with_it(demo_home: DemoHome) -> None:
    main = demo_home.add_profile("openclaw", port=18789)
    plan = await planned(demo_home.host(), choices(port="auto"))
    assert abs(plan.base_port - main.port) >= 1000
    assert Path(plan.workspace) != main.installation.default_workspace
    early = await planned(demo_home.host(), choices(distribution="clawdbot", port="auto"))
    assert Path(early.workspace) == demo_home.home / "clawd-rescue"


async def test_a_copy_has_the_same_product_bind_auth_and_service_and_nothing_of_the_credentials(
    demo_home: DemoHome,
) -> None:
    write_command(demo_home, "systemctl", "#!/bin/sh\nexit 1\n")
    profile = demo_home.add_profile("openclaw", "work", bind="lan")
    copy = {"distribution": None, "preset": Preset.COPY_OF, "copy_of": "openclaw:work"}
    plan = await planned(demo_home.host(), choices(**copy))
    assert (plan.instance, plan.profile) == ("openclaw:work-copy", "work-copy")
    assert (plan.bind, plan.auth, plan.service) == ("lan", "token", False)
    assert not any("auth mode" in warning for warning in plan.warnings)
    demo_home.write_unit(profile)
    assert (await planned(demo_home.host(), choices(**copy))).service
    without = await planned(demo_home.host(), choices(service=False, bind="loopback", **copy))
    assert (without.service, without.bind) == (False, "loopback")
    assert any("Credentials are not copied" in warning for warning in plan.warnings)
    missing = choices(preset=Preset.COPY_OF, copy_of="openclaw:nobody")
    found = await problem(demo_home.host(), missing, Field.COPY_OF, ProblemCode.COPY_OF_UNKNOWN)
    assert "openclaw:work" in (found.hint or "")


async def test_a_copy_gets_a_token_where_the_original_has_what_onboarding_does_not_set_up(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "work")
    _set(profile, auth={"mode": "password", "password": "CANARY"})
    plan = await planned(demo_home.host(), choices(preset=Preset.COPY_OF, copy_of="openclaw:work"))
    assert plan.auth == "token"
    assert any("The auth mode of openclaw:work is password" in warning for warning in plan.warnings)
    assert "CANARY" not in plan.model_dump_json()


async def test_a_gateway_of_another_product_is_no_copy(demo_home: DemoHome) -> None:
    demo_home.add_profile("openclaw", "work")
    wanted = choices(distribution="clawdbot", preset=Preset.COPY_OF, copy_of="openclaw:work")
    found = await problem(demo_home.host(), wanted, Field.COPY_OF, ProblemCode.COPY_OF_OTHER)
    assert "openclaw:work is a gateway of openclaw; one of clawdbot" in found.message


NAMES = [
    ("", ProblemCode.NAME_EMPTY, "needs a name"),
    ("   ", ProblemCode.NAME_EMPTY, "needs a name"),
    ("x" * 65, ProblemCode.NAME_TOO_LONG, "65 characters"),
    ("../x", ProblemCode.NAME_CHARACTERS, "“.”, “/” cannot be in it"),
    ("bücher", ProblemCode.NAME_CHARACTERS, "“ü” cannot be in it"),
    ("two words", ProblemCode.NAME_CHARACTERS, "“ ” cannot be in it"),
    ("-rf", ProblemCode.NAME_CHARACTERS, "begins with a letter or a digit: not with “-”"),
    ("name\n", ProblemCode.NAME_CHARACTERS, "a–z, 0–9"),
    ("default", ProblemCode.NAME_DEFAULT, "stands for the one without a name"),
    ("taken", ProblemCode.NAME_EXISTS, "openclaw:taken is there already"),
    ("Taken", ProblemCode.NAME_CASE, "differs only in upper and lower case"),
    ("Unheard", ProblemCode.NAME_CASE, "“unheard”"),
    ("half", ProblemCode.NAME_EXISTS, "unfinished"),
    ("file", ProblemCode.STATE_DIR_UNUSABLE, "not a directory"),
]


async def test_each_bad_name_has_its_own_message(demo_home: DemoHome) -> None:
    demo_home.add_profile("openclaw", "taken")
    (demo_home.home / ".openclaw-half").mkdir()
    (demo_home.home / ".openclaw-file").touch()
    messages = {}
    for name, code, words in NAMES:
        found = await problem(demo_home.host(), choices(profile=name), Field.PROFILE, code, KNOWN)
        assert words in found.message
        messages[name.strip() or "empty"] = found.message
    assert len(set(messages.values())) == len(messages)


async def test_a_name_of_64_characters_will_do(demo_home: DemoHome) -> None:
    assert (await planned(demo_home.host(), choices(profile="x" * 64))).profile == "x" * 64


PORTS = [
    ("0", ProblemCode.PORT_RANGE, "There is no port 0: ports are 1–65535"),
    ("70000", ProblemCode.PORT_RANGE, "There is no port 70000"),
    ("-5", ProblemCode.PORT_RANGE, "There is no port -5"),
    ("80", ProblemCode.PORT_PRIVILEGED, "needs privileges"),
    ("65500", ProblemCode.PORT_TOO_HIGH, "reach 65610"),
    ("40000", ProblemCode.PORT_EPHEMERAL, "ephemeral"),
    ("eighteen", ProblemCode.PORT_TEXT, "“eighteen” is not a port number"),
    ("", ProblemCode.PORT_TEXT, "not a port number"),
    ("12.5", ProblemCode.PORT_TEXT, "not a port number"),
]


async def test_each_bad_port_has_its_own_message(demo_home: DemoHome) -> None:
    messages = set()
    for port, code, words in PORTS:
        found = await problem(demo_home.host(), choices(port=port), Field.PORT, code, KNOWN)
        assert words in found.message
        messages.add(found.message)
    assert len(messages) == len(PORTS)


async def test_a_port_in_use_and_one_in_anothers_cdp_range_name_the_other_and_the_nearest_free_base(
    demo_home: DemoHome,
) -> None:
    other = demo_home.add_profile("openclaw", "other")
    host = demo_home.host()
    inside = await problem(host, choices(port=other.port + 20), Field.PORT, ProblemCode.PORT_IN_RANGE)
    assert "openclaw:other" in inside.message
    same = await problem(host, choices(port=other.port), Field.PORT, ProblemCode.PORT_CLAIMED)
    assert "openclaw:other" in same.message
    assert same.suggestion is not None
    await planned(host, choices(port=same.suggestion))
    base = demo_home.ports.take()
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", base))
        squatter.listen()
        used = await problem(host, choices(port=base), Field.PORT, ProblemCode.PORT_IN_USE)
    assert str(base) in used.message


async def test_an_omniclaw_needs_its_whole_block_free(demo_home: DemoHome) -> None:
    base = demo_home.ports.take()
    with socket.socket() as bystander:
        bystander.bind(("127.0.0.1", base + 50))
        bystander.listen()
        wanted = choices(distribution="omniclaw", port=base)
        found = await problem(demo_home.host(), wanted, Field.PORT, ProblemCode.PORT_IN_USE)
    assert "ends every listener" in found.message


async def test_twins_and_older_products_keep_their_state_dirs(demo_home: DemoHome) -> None:
    demo_home.add_profile("clawdbot", "rescue")
    demo_home.add_profile("clawdbot")
    host = demo_home.host()
    twin = choices(distribution="moltbot")
    found = await problem(host, twin, Field.PROFILE, ProblemCode.STATE_DIR_TAKEN)
    assert "the state dir of clawdbot:rescue" in found.message
    default = choices(distribution="moltbot", preset=Preset.MAIN)
    await problem(host, default, Field.PROFILE, ProblemCode.STATE_DIR_TAKEN)
    for distribution in ("openclaw", "mazelclaw", "omniclaw"):
        older = choices(distribution=distribution, preset=Preset.MAIN)
        found = await problem(host, older, Field.PROFILE, ProblemCode.ADOPTS_OLDER)
        assert "clawdbot:default" in found.message
    named = await planned(host, choices(distribution="mazelclaw"))
    assert any("may copy the config" in warning for warning in named.warnings)


async def test_a_clawdbot_does_not_hide_a_moltbot(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("moltbot")
    profile.state_dir.rename(demo_home.home / ".moltbot")
    default = choices(distribution="clawdbot", preset=Preset.MAIN)
    found = await problem(demo_home.host(), default, Field.PROFILE, ProblemCode.STATE_DIR_TAKEN)
    assert "Moltbot would not find" in found.message


async def test_an_existing_profile_is_changed_only_with_the_users_word_and_the_plan_says_what_changes(
    demo_home: DemoHome,
) -> None:
    early = demo_home.add_profile("clawdbot", "work")
    late = demo_home.add_profile("openclaw", "work")
    host = demo_home.host()
    for profile, token in ((early, "Its token is replaced"), (late, "Its token stays")):
        name = profile.installation.distribution.name
        wanted = {"distribution": name, "profile": "work", "port": profile.port}
        unconfirmed = await problem(host, choices(**wanted), Field.PROFILE, ProblemCode.NAME_EXISTS)
        assert token in unconfirmed.message
        plan = await planned(host, choices(confirm_existing=True, **wanted))
        assert plan.existing
        assert plan.changes[0].startswith(token)
    elsewhere = demo_home.ports.take()
    moved = await planned(host, choices(profile="work", confirm_existing=True, port=elsewhere))
    assert any("base port changes" in change for change in moved.changes)
    kept = await planned(host, choices(profile="work", confirm_existing=True))
    assert (kept.base_port, kept.bind) == (late.port, "loopback")
    opened = await planned(host, choices(profile="work", confirm_existing=True, bind="lan"))
    assert "Its bind changes from loopback to lan." in opened.changes


async def test_a_running_profile_is_not_onboarded(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "busy")
    wanted = choices(profile="busy", port=gateway.port, confirm_existing=True)
    found = await problem(demo_home.host(), wanted, Field.PROFILE, ProblemCode.RUNS)
    assert str(gateway.pid) in found.message


async def test_each_bad_workspace_has_its_own_message(demo_home: DemoHome) -> None:
    other = demo_home.add_profile("openclaw", "other")
    file = demo_home.home / "file"
    file.touch()
    shared = str(other.installation.default_workspace)
    cases = {
        " ": ProblemCode.WORKSPACE_EMPTY,
        "work": ProblemCode.WORKSPACE_RELATIVE,
        str(file): ProblemCode.WORKSPACE_IS_FILE,
        shared: ProblemCode.WORKSPACE_SHARED,
        f"{shared}/inner": ProblemCode.WORKSPACE_SHARED,
        str(other.state_dir / "elsewhere"): ProblemCode.WORKSPACE_SHARED,
        "~/": ProblemCode.WORKSPACE_SHARED,
        str(demo_home.home / ".openclaw-rescue"): ProblemCode.WORKSPACE_SHARED,
    }
    for text, code in cases.items():
        await problem(demo_home.host(), choices(workspace=text), Field.WORKSPACE, code, KNOWN)
    plan = await planned(demo_home.host(), choices(workspace="~/agents/rescue"))
    assert Path(plan.workspace) == demo_home.home / "agents" / "rescue"


async def test_bind_and_auth(demo_home: DemoHome) -> None:
    host = demo_home.host()
    await problem(host, choices(bind="everywhere"), Field.BIND, ProblemCode.BIND_UNKNOWN)
    await problem(host, choices(bind="custom"), Field.BIND, ProblemCode.BIND_CUSTOM)
    found = await problem(host, choices(auth="password"), Field.AUTH, ProblemCode.AUTH_PASSWORD)
    assert "command line" in found.message
    await problem(host, choices(auth="none"), Field.AUTH, ProblemCode.AUTH_UNKNOWN)
    plan = await planned(host, choices(bind="lan"))
    assert any("network" in warning for warning in plan.warnings)


async def test_a_password_or_an_address_that_is_there_already_can_stay(demo_home: DemoHome) -> None:
    host = demo_home.host()
    for distribution, stays in (("openclaw", True), ("clawdbot", False)):
        profile = demo_home.add_profile(distribution, "work")
        _set(profile, auth={"mode": "password", "password": "CANARY"}, bind="custom", customBindHost="127.0.0.1")
        wanted = {"distribution": distribution, "profile": "work", "confirm_existing": True, "port": profile.port}
        plan = await planned(host, choices(**wanted))
        assert plan.bind == "custom"
        assert plan.auth == ("password" if stays else "token")
        assert plan.changes[0].startswith("Its password stays" if stays else "Its auth changes from password to token")
        assert "CANARY" not in plan.model_dump_json()
        if not stays:
            await problem(host, choices(auth="password", **wanted), Field.AUTH, ProblemCode.AUTH_PASSWORD)
        result = await run(host, plan)
        assert (result.ok, result.error) == (True, None)
        auth = json.loads(profile.config_path.read_text())["gateway"]["auth"]
        assert auth["mode"] == plan.auth
        assert (auth.get("password") == "CANARY") is stays


@pytest.mark.parametrize(
    ("version", "auth", "route", "kept", "change"),
    [
        ("2026.9.6", {"mode": "token", "token": "CANARY"}, TokenRoute.KEPT, "token", "Its token stays"),
        ("2026.9.6", {"mode": "token"}, TokenRoute.ENVIRONMENT, None, "It gets a token"),
        ("2026.9.6", {"mode": "none"}, TokenRoute.ENVIRONMENT, None, "Its auth changes from none to token"),
        ("2026.2.6-3", {"mode": "token", "token": "CANARY"}, TokenRoute.DISTRIBUTION, None, "Its token is replaced"),
        ("2026.2.6-3", {"mode": "token"}, TokenRoute.DISTRIBUTION, None, "It gets a token"),
    ],
)
async def test_a_plan_says_whether_a_token_is_there_that_stays(
    demo_home: DemoHome, version: str, auth: dict[str, str], route: TokenRoute, kept: str | None, change: str
) -> None:
    demo_home.command("openclaw", version).replace(demo_home.bin / "openclaw")
    profile = demo_home.add_profile("openclaw", "work", version=version)
    _set(profile, auth=auth)
    own = version == "2026.9.6"
    wanted = choices(profile="work", confirm_existing=True, port=profile.port, own_token=own)
    plan = await planned(demo_home.host(), wanted)
    assert (plan.token, plan.kept_auth) == (route, kept)
    assert plan.changes[0].startswith(change)


async def test_a_password_that_would_stay_can_give_way_to_a_token(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "work")
    _set(profile, auth={"mode": "password", "password": "CANARY"})
    wanted = choices(profile="work", confirm_existing=True, port=profile.port, auth="token", own_token=True)
    plan = await planned(demo_home.host(), wanted)
    assert (plan.auth, plan.token, plan.kept_auth) == ("token", TokenRoute.ENVIRONMENT, "password")


def _set(profile: DemoProfile, **gateway: object) -> None:
    config = json.loads(profile.config_path.read_text())
    config["gateway"] |= gateway
    profile.config_path.write_text(json.dumps(config))


async def test_an_auth_that_goes_without_saying_is_as_planned(demo_home: DemoHome) -> None:
    genuine = demo_home.command("openclaw").rename(demo_home.base / "genuine")
    config = demo_home.home / ".openclaw-rescue" / "openclaw.json"
    fake_command(demo_home, "openclaw", f'{genuine} "$@" && sed -i \'/"mode": "token"/d\' {config}')
    result = await run(demo_home.host(), await planned(demo_home.host(), choices(port=demo_home.ports.take())))
    assert '"mode": "token"' not in config.read_text()
    assert (result.ok, result.error) == (True, None)


async def test_an_auth_that_the_command_leaves_behind_is_not_as_planned(demo_home: DemoHome) -> None:
    genuine = demo_home.command("openclaw").rename(demo_home.base / "genuine")
    config = demo_home.home / ".openclaw-rescue" / "openclaw.json"
    edit = f'sed -i \'s/"mode": "token"/"mode": "none"/\' {config}'
    fake_command(demo_home, "openclaw", f'{genuine} "$@" && {edit}')
    result = await run(demo_home.host(), await planned(demo_home.host(), choices()))
    assert result.error is not None
    assert "gateway.auth.mode is none, not token" in result.error.message


async def test_the_token_goes_where_nobody_sees_it(demo_home: DemoHome) -> None:
    late = await planned(demo_home.host(), choices(own_token=True))
    assert late.token is TokenRoute.ENVIRONMENT
    assert late.commands[0].environment == ("OPENCLAW_GATEWAY_TOKEN",)
    unable = choices(distribution="clawdbot", own_token=True)
    found = await problem(demo_home.host(), unable, Field.OWN_TOKEN, ProblemCode.TOKEN_NOT_TAKEN)
    assert "Clawdbot 2026.1.24-3 takes a token only on its command line" in found.message
    early = await planned(demo_home.host(), choices(distribution="clawdbot"))
    assert early.token is TokenRoute.DISTRIBUTION
    assert "--gateway-token" not in early.commands[0].argv


async def test_several_problems_are_told_at_once_each_at_its_field(demo_home: DemoHome) -> None:
    found = await problems(demo_home.host(), choices(profile="../x", port="x", bind="y", workspace="z"))
    assert {field for field, _ in found} == {Field.PROFILE, Field.PORT, Field.BIND, Field.WORKSPACE}


async def test_each_bad_command_has_its_own_message(demo_home: DemoHome) -> None:
    host, wanted = demo_home.host(), choices()
    product = next(item for item in demo_home.distributions if item.name == "openclaw")

    async def fails_with(code: ProblemCode, words: str) -> None:
        found = await problem(host, wanted, Field.DISTRIBUTION, code)
        assert words in found.message

    unknown = choices(distribution="opneclaw")
    found = await problem(host, unknown, Field.DISTRIBUTION, ProblemCode.UNKNOWN_DISTRIBUTION)
    assert found.suggestion == "openclaw"
    (demo_home.bin / "openclaw").unlink()
    await fails_with(ProblemCode.COMMAND_MISSING, "nowhere on PATH")
    fake_command(demo_home, "openclaw", "exit 0", version="2025.12.1")
    await fails_with(ProblemCode.VERSION_TOO_OLD, "2025.12.1")
    fake_command(demo_home, "openclaw", "exit 0", version="I am no gateway")
    await fails_with(ProblemCode.VERSION_UNREADABLE, "I am no gateway")
    write_command(demo_home, "openclaw", "#!/nowhere/at/all\n")
    await fails_with(ProblemCode.COMMAND_SILENT, "not installed")
    write_command(demo_home, "openclaw", "#!/bin/sh\nsleep 60\n")
    slow = await find_command(host, product, deadline_s=0.3)
    assert not isinstance(slow, InstalledCommand)
    assert slow.code is ProblemCode.COMMAND_SILENT
    write_command(demo_home, "openclaw", "#!/bin/sh\nhead -c 200000 /dev/urandom\n")
    garbage = await problems(host, wanted)
    assert all("\x1b" not in item.message and len(item.message) < 400 for item in garbage.values())


async def test_what_is_installed_is_told_for_all_products_at_once(demo_home: DemoHome) -> None:
    (demo_home.bin / "moltbot").unlink()
    found = await find_commands(demo_home.host(), demo_home.distributions)
    assert found["clawdbot"] == InstalledCommand(str(demo_home.bin / "clawdbot"), "2026.1.24-3")
    missing = found["moltbot"]
    assert not isinstance(missing, InstalledCommand)
    assert missing.hint == "Install Moltbot: npm install -g moltbot"


async def test_the_node_that_a_version_needs(demo_home: DemoHome) -> None:
    host, wanted = demo_home.host(), choices()
    node = demo_home.bin / "node"
    write_command(demo_home, "openclaw", "#!/usr/bin/env node\n")
    for version, words in (("v22.1.0", "needs Node.js 24.16"), ("v24.15.9", "needs Node.js 24.16")):
        node.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo {version} || echo 2026.9.6\n')
        node.chmod(0o755)
        found = await problem(host, wanted, Field.DISTRIBUTION, ProblemCode.NODE_TOO_OLD)
        assert words in found.message
    node.write_text('#!/bin/sh\n[ "$1" = --version ] && echo v24.16.0 || echo 2026.9.6\n')
    assert (await planned(host, wanted)).version == "2026.9.6"


async def test_a_newer_version_than_was_ever_tried_is_no_obstacle_but_said(demo_home: DemoHome) -> None:
    fake_command(demo_home, "openclaw", "exit 0", version="OpenClaw 2027.1.3 (abcdef0)")
    plan = await planned(demo_home.host(), choices())
    assert any("newer than 2026.9.6" in warning for warning in plan.warnings)


def test_an_unwritable_home_is_said(tmp_path: Path) -> None:
    """Asked by a child that gives up the rights which the tests may run with."""
    home = Path("/usr")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        if os.getuid() == 0:
            os.setuid(pwd.getpwnam("nobody").pw_uid)
        found = home_problems(home / ".openclaw", home / "work")
        os.write(writer, "\n".join(f"{item.field} {item.code} {item.message}" for item in found).encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    told = os.read(reader, 4096).decode()
    os.close(reader)
    assert f"home not-writable {home / '.openclaw'} cannot be created: this user may not write to {home}." in told
    assert "workspace not-writable" in told


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    mount = tmp_path / "full"
    mount.mkdir()
    mounted = subprocess.run(("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount), capture_output=True)
    if mounted.returncode:
        pytest.skip("this user may not mount a small disk")
    try:
        found = list(home_problems(mount / ".openclaw", tmp_path / "work"))
    finally:
        subprocess.run(("umount", mount), check=True)
    assert [(item.field, item.code) for item in found] == [(Field.HOME, ProblemCode.DISK_FULL)]
    assert f"{LEAST_FREE_BYTES >> 20} MB are needed" in found[0].message


async def test_a_service_needs_a_manager(demo_home: DemoHome) -> None:
    host = demo_home.host()
    bare = replace(host, environment={**host.environment, "PATH": str(demo_home.bin)})
    wanted = choices(service=True, distribution="clawdbot")
    command = InstalledCommand(str(demo_home.bin / "clawdbot"), "2026.1.24")
    found = await make_plan(bare, await take_snapshot(host), wanted, command)
    assert not isinstance(found, Plan)
    assert [item.code for item in found] == [ProblemCode.NO_SERVICE_MANAGER]


async def test_a_dir_that_only_holds_what_profiles_share_is_no_obstacle(demo_home: DemoHome) -> None:
    (demo_home.home / ".mazelclaw" / "workspace-rescue").mkdir(parents=True)
    plan = await planned(demo_home.host(), choices(distribution="mazelclaw", preset=Preset.MAIN))
    assert not plan.existing


async def test_a_profile_that_was_only_set_up_can_be_finished(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "early")
    profile.config_path.unlink()
    set_up(profile.installation)
    wanted = choices(profile="early", confirm_existing=True)
    assert (await planned(demo_home.host(), wanted)).existing


def test_choices_are_plain_data() -> None:
    assert Choices("openclaw") == Choices(distribution="openclaw")
