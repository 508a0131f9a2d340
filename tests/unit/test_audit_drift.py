"""What config, service and running gateway state differently, side by side, with what to do."""

import json
from pathlib import Path

import pytest

from gateway_core.audit.context import bound_at
from gateway_core.audit.drift import program_at
from gateway_core.audit.model import Drift
from gateway_core.system.mounts import parse_mounts
from tests.audited_host import AuditedHost, well_kept
from tests.fixed_host import FixedHost
from tests.products import OPENCLAW
from tests.service_files import put, unit

MAIN, RESCUE = "openclaw:main", "openclaw:rescue"


@pytest.fixture
def host(tmp_path: Path) -> AuditedHost:
    return well_kept(FixedHost(tmp_path))


def values(drift: Drift) -> tuple[object, object, object]:
    return (drift.configured, drift.service, drift.live)


async def test_a_service_keeps_the_port_that_the_config_had(host: AuditedHost) -> None:
    host.configure(host.home / ".openclaw-rescue", {"gateway": {"port": 19101}})
    drift = (await host.audit()).drift(RESCUE)
    assert set(drift) == {"base port"}
    assert values(drift["base port"]) == (19101, 19001, None)
    assert "openclaw --profile rescue gateway install --force" in drift["base port"].remedy
    assert "to keep 19001: set gateway.port" in drift["base port"].remedy


async def test_a_running_gateway_keeps_the_port_that_it_was_started_with(host: AuditedHost) -> None:
    host.configure(host.home / ".openclaw-main", {"gateway": {"port": 19301}})
    host.serve(host.home / ".openclaw-main", 19301)
    drift = (await host.audit()).drift(MAIN)
    assert values(drift["base port"]) == (19301, 19301, 18789)
    assert drift["base port"].remedy.endswith("claw-tui restart openclaw:main")


async def test_three_ports_for_one_gateway(host: AuditedHost) -> None:
    host.configure(host.home / ".openclaw-main", {"gateway": {"port": 19301}})
    host.serve(host.home / ".openclaw-main", 19501)
    assert values((await host.audit()).drift(MAIN)["base port"]) == (19301, 19501, 18789)


async def test_a_service_with_another_port_in_its_environment(host: AuditedHost) -> None:
    host.serve(host.home / ".openclaw-rescue", 19001, OPENCLAW_GATEWAY_PORT="19008")
    drift = (await host.audit()).drift(RESCUE)
    assert values(drift["port variable of the service"]) == (19001, 19008, None)


async def test_a_port_of_a_drop_in_is_changed_in_the_drop_in(host: AuditedHost) -> None:
    drop_in = put(
        host.home,
        ".config/systemd/user/openclaw-gateway-rescue.service.d/override.conf",
        unit("ExecStart=", "ExecStart=/usr/bin/openclaw gateway --port 19201"),
    )
    drift = (await host.audit()).drift(RESCUE)["base port"]
    assert values(drift) == (19001, 19201, None)
    assert f"to use 19001: change it in {drop_in}, then claw-tui restart {RESCUE}" in drift.remedy
    assert "gateway install" not in drift.remedy


async def test_a_state_dir_of_an_environment_file_is_changed_there(host: AuditedHost) -> None:
    file = put(host.home, "rescue.env", f"OPENCLAW_STATE_DIR={host.home}/other\n")
    put(
        host.home,
        ".config/systemd/user/openclaw-gateway-rescue.service.d/env.conf",
        unit(f"EnvironmentFile={file}"),
    )
    drift = (await host.audit()).drift(RESCUE)["state dir"]
    assert drift.service == f"{host.home}/other"
    assert str(file) in drift.remedy


async def test_a_service_with_another_state_dir(host: AuditedHost) -> None:
    other = host.home / "elsewhere"
    host.serve(host.home / ".openclaw-rescue", 19001, OPENCLAW_STATE_DIR=str(other))
    drift = (await host.audit()).drift(RESCUE)["state dir"]
    assert values(drift) == (str(host.home / ".openclaw-rescue"), str(other), None)


async def test_a_state_dir_behind_a_link_is_no_other(host: AuditedHost) -> None:
    link = host.home / "link"
    link.symlink_to(host.home / ".openclaw-rescue")
    host.serve(host.home / ".openclaw-rescue", 19001, OPENCLAW_STATE_DIR=str(link))
    assert (await host.audit()).drift(RESCUE) == {}


async def test_a_gateway_that_was_started_with_another_state_dir(host: AuditedHost) -> None:
    rescue = host.home / ".openclaw-rescue"
    host.fixed.add_process(99, "openclaw-gateway")
    host.fixed.processes.environments[99] = {
        "OPENCLAW_STATE_DIR": "/srv/old",
        "OPENCLAW_CONFIG_PATH": str(rescue / "openclaw.json"),
    }
    host.fixed.listen(99, 19001)
    drift = (await host.audit()).drift(RESCUE)["state dir"]
    assert (drift.live, drift.remedy) == ("/srv/old", "claw-tui restart openclaw:rescue")


async def test_a_config_that_a_newer_version_wrote(host: AuditedHost) -> None:
    host.configure(host.home / ".openclaw-main", {"meta": {"lastTouchedVersion": "2026.10.1"}})
    host.answer(18789, "2026.9.6")
    drift = (await host.audit()).drift(MAIN)["version"]
    assert values(drift) == ("2026.10.1", "2026.9.6", "2026.9.6")
    assert drift.remedy.startswith("a newer version wrote the config than the one that runs")


async def test_an_update_that_the_running_gateway_has_not_seen(host: AuditedHost) -> None:
    package = host.program.parent / "package.json"
    package.write_text(json.dumps({"name": "openclaw", "version": "2026.9.9"}))
    host.answer(18789, "2026.9.6")
    drift = (await host.audit()).drift(MAIN)["installed version"]
    assert values(drift) == ("2026.9.9", "2026.9.9", "2026.9.6")
    assert drift.remedy == "the running one is not the installed one: claw-tui restart openclaw:main"


async def test_two_installations_of_one_product(host: AuditedHost) -> None:
    other = host.fixed.directory / "opt" / "openclaw"
    (other / "dist").mkdir(parents=True)
    (other / "dist" / "index.js").write_text("")
    (other / "package.json").write_text(json.dumps({"name": "openclaw", "version": "2026.8.2"}))
    unit = host.home / ".config/systemd/user/openclaw-gateway-rescue.service"
    host.write(unit, unit.read_text().replace(str(host.program), f"/usr/bin/node {other}/dist/index.js"))
    drift = (await host.audit()).drift(RESCUE)
    assert values(drift["program"]) == (str(host.program.parent), str(other), None)
    assert values(drift["installed version"]) == ("2026.9.6", "2026.8.2", None)


async def test_a_gateway_whose_title_still_shows_its_program(host: AuditedHost) -> None:
    other = host.fixed.directory / "opt" / "openclaw" / "openclaw.mjs"
    other.parent.mkdir(parents=True)
    other.write_text("")
    (other.parent / "package.json").write_text(json.dumps({"name": "openclaw", "version": "2026.8.2"}))
    host.fixed.processes.processes.clear()
    host.fixed.add_process(77, "/usr/bin/node", str(other), "--profile", "main", "gateway", start=770)
    drift = (await host.audit()).drift(MAIN)["program"]
    assert values(drift) == (str(host.program.parent), str(host.program.parent), str(other.parent))


async def test_nothing_is_made_up_for_a_gateway_without_a_config(host: AuditedHost) -> None:
    host.fixed.add_process(99, "openclaw-gateway")
    host.fixed.listen(99, 31000)
    outcome = await host.audit()
    assert "openclaw@pid-99" in {instance.id for instance in outcome.snapshot.instances}
    assert outcome.drift("openclaw@pid-99") == {}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"name": "other", "version": "1"}', '{"name": "openclaw"}'])
def test_a_program_outside_the_package_is_only_itself(tmp_path: Path, content: str) -> None:
    (tmp_path / "openclaw").write_text("")
    (tmp_path / "package.json").write_text(content)
    found = program_at(str(tmp_path / "openclaw"), OPENCLAW)
    assert found is not None
    assert (found.path, found.package, found.version) == (str(tmp_path / "openclaw"), None, None)


@pytest.mark.parametrize("path", [None, "openclaw", "/nowhere/openclaw"])
def test_no_program(path: str | None) -> None:
    assert program_at(path, OPENCLAW) is None


MOUNTS = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
23 22 0:21 / /proc rw - proc proc rw
60 22 254:0 /home/ada/.openclaw /srv/open\\040claw rw,relatime - ext4 /dev/vda rw
61 22 0:40 / /home/ada/disk rw - ext4 /dev/vdb rw
62 22 254:0 /home/ada/x /srv/one\u2028line rw,relatime - ext4 /dev/vda rw
broken
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/srv/open claw/credentials", "/srv/open claw"),
        ("/srv/open claw", "/srv/open claw"),
        ("/home/ada/disk/x", None),
        ("/home/ada/.openclaw", None),
        ("/srv/open clawx", None),
        ("/srv/one\u2028line/credentials", "/srv/one\u2028line"),
    ],
)
def test_where_only_a_part_of_a_file_system_is_seen(path: str, expected: str | None) -> None:
    found = bound_at(Path(path), list(parse_mounts(MOUNTS)))
    assert found == (Path(expected) if expected else None)


async def test_two_instances_of_a_template_for_one_gateway_are_two_services(host: AuditedHost) -> None:
    rescue = host.home / ".openclaw-rescue"
    units = ".config/systemd/user"
    text = unit("ExecStart=/usr/bin/openclaw gateway", f"Environment=HOME={host.home} OPENCLAW_STATE_DIR={rescue}")
    template = put(host.home, f"{units}/bot@.service", text)
    for name in ("a", "b"):
        put(host.home, f"{units}/x.target.wants/bot@{name}.service", "")
    audit = await host.audit()
    finding = audit.item("services", RESCUE)
    assert f"bot@a.service of {template}" in finding.evidence
    assert f"bot@b.service of {template}" in finding.evidence
    targets = [item for item in audit.report.items if item.check == "service target" and item.instance == RESCUE]
    assert len(targets) == 3
    assert all(f"remove {template}" not in (item.remedy or "") for item in targets)
