"""Each bad choice has a message of its own: names, ports, state dirs, workspaces, binds, and what the host lacks."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.discovery.registrations import ignore
from gateway_core.distributions.loader import Distributions, built_in_distributions
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.onboarding.choices import Choices, Field, Preset, ProblemCode
from gateway_core.onboarding.commands import InstalledCommand
from gateway_core.onboarding.plan import Plan
from gateway_core.onboarding.planning import make_plan
from gateway_core.onboarding.proposals import FreeNames
from gateway_core.onboarding.rules.place import LEAST_FREE_BYTES, home_problems
from tests.fixed_host import FixedHost
from tests.onboarding import auto_choices, begin_onboarding, planned, problem, problems
from tests.unseen import UNSEEN

pytestmark = pytest.mark.usual_ports

KNOWN = InstalledCommand("/bin/openclaw", "2026.9.6")
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
        found = await problem(demo_home.host(), auto_choices(profile=name), Field.PROFILE, code, KNOWN)
        assert words in found.message
        messages[name.strip() or "empty"] = found.message
    assert len(set(messages.values())) == len(messages)


@pytest.mark.parametrize("name", ["", "rescue!", "default"])
async def test_a_name_that_will_not_do_comes_with_one_that_is_free(demo_home: DemoHome, name: str) -> None:
    demo_home.add_profile("openclaw", "rescue")
    wanted = auto_choices(profile=name, preset=Preset.RESCUE)
    found = await problems(demo_home.host(), wanted, KNOWN)
    (found_name,) = (problem for (field, _), problem in found.items() if field is Field.PROFILE)
    assert found_name.suggestion == "rescue2"
    assert "rescue”" not in f"{found_name.message} {found_name.hint}"


async def test_the_name_of_a_run_that_left_nothing_on_the_disk_is_not_free(tmp_path: Path) -> None:
    fixed = FixedHost(tmp_path)
    await begin_onboarding(fixed, 19789)
    known = built_in_distributions()
    openclaw = next(one for one in known if one.name == "openclaw")
    snapshot = await take_snapshot(fixed.host())
    names = FreeNames(fixed.host(), Distributions(known), openclaw, snapshot, Choices("openclaw"), None)
    assert (names.is_free("coming"), names.is_free("coming2")) == (False, True)


async def test_a_name_of_64_characters_will_do(demo_home: DemoHome) -> None:
    assert (await planned(demo_home.host(), auto_choices(profile="x" * 64))).profile == "x" * 64


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
        found = await problem(demo_home.host(), auto_choices(port=port), Field.PORT, code, KNOWN)
        assert words in found.message
        messages.add(found.message)
    assert len(messages) == len(PORTS)


async def test_a_port_in_use_and_one_in_anothers_cdp_range_name_the_other_and_the_nearest_free_base(
    demo_home: DemoHome,
) -> None:
    other = demo_home.add_profile("openclaw", "other")
    host = demo_home.host()
    inside = await problem(host, auto_choices(port=other.port + 20), Field.PORT, ProblemCode.PORT_IN_RANGE)
    assert "openclaw:other" in inside.message
    same = await problem(host, auto_choices(port=other.port), Field.PORT, ProblemCode.PORT_CLAIMED)
    assert "openclaw:other" in same.message
    assert same.suggestion is not None
    await planned(host, auto_choices(port=same.suggestion))
    base = demo_home.ports.take()
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", base))
        squatter.listen()
        used = await problem(host, auto_choices(port=base), Field.PORT, ProblemCode.PORT_IN_USE)
    assert str(base) in used.message


async def test_an_omniclaw_needs_its_whole_block_free(demo_home: DemoHome) -> None:
    base = demo_home.ports.take()
    with socket.socket() as bystander:
        bystander.bind(("127.0.0.1", base + 50))
        bystander.listen()
        wanted = auto_choices(distribution="omniclaw", port=base)
        found = await problem(demo_home.host(), wanted, Field.PORT, ProblemCode.PORT_IN_USE)
    assert "ends every listener" in found.message


async def test_twins_and_older_products_keep_their_state_dirs(demo_home: DemoHome) -> None:
    demo_home.add_profile("clawdbot", "rescue")
    demo_home.add_profile("clawdbot")
    host = demo_home.host()
    twin = auto_choices(distribution="moltbot")
    found = await problem(host, twin, Field.PROFILE, ProblemCode.STATE_DIR_TAKEN)
    assert "the state dir of clawdbot:rescue" in found.message
    default = auto_choices(distribution="moltbot", preset=Preset.MAIN)
    await problem(host, default, Field.PROFILE, ProblemCode.STATE_DIR_TAKEN)
    for distribution in ("openclaw", "mazelclaw", "omniclaw"):
        older = auto_choices(distribution=distribution, preset=Preset.MAIN)
        found = await problem(host, older, Field.PROFILE, ProblemCode.ADOPTS_OLDER)
        assert "clawdbot:default" in found.message
    named = await planned(host, auto_choices(distribution="mazelclaw"))
    assert any("may copy the config" in warning for warning in named.warnings)


async def test_a_clawdbot_does_not_hide_a_moltbot(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("moltbot")
    profile.state_dir.rename(demo_home.home / ".moltbot")
    default = auto_choices(distribution="clawdbot", preset=Preset.MAIN)
    found = await problem(demo_home.host(), default, Field.PROFILE, ProblemCode.STATE_DIR_TAKEN)
    assert "Moltbot would not find" in found.message


async def test_a_running_profile_is_not_onboarded(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "busy")
    wanted = auto_choices(profile="busy", port=gateway.port, confirm_existing=True)
    found = await problem(demo_home.host(), wanted, Field.PROFILE, ProblemCode.RUNS)
    assert str(gateway.pid) in found.message


@pytest.mark.parametrize("runs", [False, True])
async def test_a_profile_that_is_left_out_of_the_list_is_not_onboarded(demo_home: DemoHome, runs: bool) -> None:
    if runs:
        await demo_home.start("openclaw", "quiet")
    else:
        demo_home.add_profile("openclaw", "quiet")
    state_dir = demo_home.home / ".openclaw-quiet"
    host = demo_home.host()
    ignore(host, "openclaw", state_dir / "openclaw.json", state_dir)
    wanted = auto_choices(profile="quiet", confirm_existing=True)
    found = await problem(host, wanted, Field.PROFILE, ProblemCode.STATE_DIR_TAKEN)
    assert f"claw-tui add --config {state_dir}/openclaw.json" in str(found.hint)
    (state_dir / "openclaw.json").unlink()
    await problem(host, wanted, Field.PROFILE, ProblemCode.STATE_DIR_TAKEN)


async def test_what_is_taken_for_a_backup_is_not_onboarded(demo_home: DemoHome) -> None:
    demo_home.add_profile("openclaw", "work")
    shutil.copytree(demo_home.home / ".openclaw-work", demo_home.home / ".openclaw-work-old")
    wanted = auto_choices(profile="work-old", confirm_existing=True)
    found = await problem(demo_home.host(), wanted, Field.PROFILE, ProblemCode.STATE_DIR_TAKEN)
    assert "a gateway that is not listed" in found.message


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
        await problem(demo_home.host(), auto_choices(workspace=text), Field.WORKSPACE, code, KNOWN)
    await planned(demo_home.host(), auto_choices(workspace=f"~/{UNSEEN}/rescue"))
    plan = await planned(demo_home.host(), auto_choices(workspace="~/agents/rescue"))
    assert Path(plan.workspace) == demo_home.home / "agents" / "rescue"


async def test_bind_and_auth(demo_home: DemoHome) -> None:
    host = demo_home.host()
    await problem(host, auto_choices(bind="everywhere"), Field.BIND, ProblemCode.BIND_UNKNOWN)
    await problem(host, auto_choices(bind="custom"), Field.BIND, ProblemCode.BIND_CUSTOM)
    found = await problem(host, auto_choices(auth="password"), Field.AUTH, ProblemCode.AUTH_PASSWORD)
    assert "command line" in found.message
    await problem(host, auto_choices(auth="none"), Field.AUTH, ProblemCode.AUTH_UNKNOWN)
    plan = await planned(host, auto_choices(bind="lan"))
    assert any("network" in warning for warning in plan.warnings)


async def test_several_problems_are_told_at_once_each_at_its_field(demo_home: DemoHome) -> None:
    found = await problems(demo_home.host(), auto_choices(profile="../x", port="x", bind="y", workspace="z"))
    assert {field for field, _ in found} == {Field.PROFILE, Field.PORT, Field.BIND, Field.WORKSPACE}


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
    wanted = auto_choices(service=True, distribution="clawdbot")
    command = InstalledCommand(str(demo_home.bin / "clawdbot"), "2026.1.24")
    found = await make_plan(bare, await take_snapshot(host), wanted, command)
    assert not isinstance(found, Plan)
    assert [item.code for item in found] == [ProblemCode.NO_SERVICE_MANAGER]


async def test_a_dir_that_only_holds_what_profiles_share_is_no_obstacle(demo_home: DemoHome) -> None:
    (demo_home.home / ".mazelclaw" / "workspace-rescue").mkdir(parents=True)
    plan = await planned(demo_home.host(), auto_choices(distribution="mazelclaw", preset=Preset.MAIN))
    assert not plan.existing
