"""Directories that bear the names of state dirs: which are instances, and which are backups or parents of some."""

import json
import shutil
from pathlib import Path

import pytest

from gateway_core.dirs import operations_file
from gateway_core.discovery.instances import InstanceFinder
from gateway_core.discovery.operation_records import LockRecord, ProcessMark
from gateway_core.discovery.registrations import ignore, register
from gateway_core.distributions.loader import load_distributions
from gateway_core.lifecycle.locking import operation_lock
from gateway_core.operations import Operation
from tests.discovered import survey, write_config, write_lock
from tests.fixed_host import FixedHost


@pytest.fixture
def fixed(tmp_path: Path) -> FixedHost:
    return FixedHost(tmp_path)


def left_out(fixed: FixedHost) -> dict[str, str]:
    """The kinds of what may be left out, by name."""
    host = fixed.host()
    facts = InstanceFinder(host, load_distributions(host.config_dir)).look_at_files()
    return {Path(item.path).name: item.kind for item in facts.support_dirs}


@pytest.mark.parametrize(
    "name",
    [
        ".openclaw-backup-20260215", ".openclaw.bak", ".openclaw_old", ".openclaw-old", ".openclaw-2026-02-15",
        ".openclaw.pre-migration", ".openclaw-rescue.bak2", ".openclaw~", ".openclaw-backup",
        ".openclaw-pre-2026.8", ".openclaw.20260215T101500", ".openclaw-20260215-1015", ".openclaw-old-2026-02-15",
        ".openclaw copy", ".openclaw copy 2", ".openclaw (copy)", ".openclaw.save", ".openclaw.broken",
        ".openclaw.20260215.tar", ".openclaw_before_update",
    ],
)  # fmt: skip
def test_a_backup_of_a_state_dir_is_no_instance_but_is_told(fixed: FixedHost, name: str) -> None:
    write_config(fixed.home / ".openclaw" / "openclaw.json")
    write_config(fixed.home / name / "openclaw.json")
    assert set(survey(fixed)) == {"openclaw:default"}
    assert left_out(fixed) == {name: "copy"}


@pytest.mark.parametrize(
    "name",
    [
        "copy", "older", "olduvai", "2026", "prelude", "backend", "bot-20",
        "pre-prod", "before-update", "archive", "saved", "orig",
    ],
)  # fmt: skip
def test_a_profile_whose_name_only_resembles_a_backups_is_an_instance(fixed: FixedHost, name: str) -> None:
    write_config(fixed.home / ".openclaw" / "openclaw.json")
    write_config(fixed.home / f".openclaw-{name}" / "openclaw.json")
    assert set(survey(fixed)) == {"openclaw:default", f"openclaw:{name}"}


AUTH = {"token": "the-token-of-the-original"}
HINTS = ["before-update", "old-broken", "work-pre-2026-8", "copy", "saved", "backup-feb15", "orig"]


@pytest.mark.parametrize("name", HINTS)
def test_a_name_that_hints_at_a_backup_is_one_with_the_secret_and_port_of_another(fixed: FixedHost, name: str) -> None:
    original = {"gateway": {"mode": "local", "port": 18789, "auth": AUTH}}
    write_config(fixed.home / ".openclaw" / "openclaw.json").write_text(json.dumps(original))
    config = write_config(fixed.home / f".openclaw-{name}" / "openclaw.json")
    config.write_text(json.dumps(original))
    assert set(survey(fixed)) == {"openclaw:default"}
    assert left_out(fixed) == {config.parent.name: "copy"}
    for own in (
        {"port": 19789, "auth": AUTH},
        {"auth": AUTH},
        {"port": 18789, "auth": {"token": "another-token-of-its-own"}},
    ):
        config.write_text(json.dumps({"gateway": {"mode": "local"} | own}))
        assert set(survey(fixed)) == {"openclaw:default", f"openclaw:{name}"}


@pytest.mark.parametrize("evidence", ["lock", "service", "process"])
def test_what_hints_at_a_backup_and_runs_or_has_a_service_is_an_instance(fixed: FixedHost, evidence: str) -> None:
    original = json.dumps({"gateway": {"mode": "local", "port": 18789, "auth": AUTH}})
    for name in (".openclaw", ".openclaw-before-update"):
        config = write_config(fixed.home / name / "openclaw.json")
        config.write_text(original)
    show(fixed, evidence, config)
    assert set(survey(fixed)) == {"openclaw:default", "openclaw:before-update"}


def show(fixed: FixedHost, evidence: str, config: Path) -> None:
    """Something that tells that a gateway of that config is more than a backup."""
    if evidence == "lock":
        write_lock(fixed, fixed.directory / "tmp" / "openclaw-1", 77, 5000, config)
    elif evidence == "process":
        fixed.add_process(77, "openclaw-gateway")
        fixed.processes.environments[77] = {"OPENCLAW_STATE_DIR": str(config.parent)}
    else:
        unit = fixed.home / ".config" / "systemd" / "user" / "bot.service"
        unit.parent.mkdir(parents=True)
        profile = config.parent.name.removeprefix(".openclaw-")
        unit.write_text(f"[Service]\nExecStart=/usr/bin/openclaw --profile {profile} gateway\n")


OWN_WORKSPACE = '{"agents": {"defaults": {"workspace": "~/.openclaw-old/workspace"}}}'
SAME_WORKSPACE = '{"agents": {"defaults": {"workspace": "~/.openclaw/workspace/../workspace"}}}'


@pytest.mark.parametrize(
    ("config", "is_instance"),
    [
        ("{}", True),
        ('{"gateway": {"port": 19789}}', True),
        ('{"gateway": {"auth": {"mode": "token", "token": "another-token-of-its-own"}}}', True),
        (OWN_WORKSPACE, True),
        (SAME_WORKSPACE, False),
        ('{"gateway": {"port": 18789}}', False),
        ('{"gateway": {"port": 19789, "auth": {"token": "the-token-of-the-original"}}}', False),
    ],
)
def test_a_backup_shares_something_with_its_original(fixed: FixedHost, config: str, is_instance: bool) -> None:
    original = write_config(fixed.home / ".openclaw" / "openclaw.json")
    workspace = f'"agents": {{"defaults": {{"workspace": "{original.parent}/workspace"}}}}'
    auth = '"auth": {"mode": "token", "token": "the-token-of-the-original"}'
    original.write_text(f'{{"gateway": {{"port": 18789, {auth}}}, {workspace}}}')
    write_config(fixed.home / ".openclaw-old" / "openclaw.json").write_text(config)
    assert ("openclaw:old" in survey(fixed)) is is_instance


def test_what_has_no_original_is_no_backup(fixed: FixedHost) -> None:
    write_config(fixed.home / ".openclaw" / "openclaw.json")
    write_config(fixed.home / ".openclaw-work-old" / "openclaw.json")
    assert set(survey(fixed)) == {"openclaw:default", "openclaw:work-old"}
    write_config(fixed.home / ".openclaw-work" / "openclaw.json")
    assert set(survey(fixed)) == {"openclaw:default", "openclaw:work"}


NOTES = [
    {"launched": ProcessMark(pid=77, start=5000)},
    {"asked_to_stop": ProcessMark(pid=77, start=5000)},
    {"took_s": 2},
]


@pytest.mark.parametrize("note", [*NOTES, {"to_end_it": Operation.KILL}])
def test_what_was_operated_from_here_is_never_taken_for_a_backup(fixed: FixedHost, note: dict[str, object]) -> None:
    write_config(fixed.home / ".openclaw" / "openclaw.json")
    config = write_config(fixed.home / ".openclaw-old" / "openclaw.json")
    assert set(survey(fixed)) == {"openclaw:default"}
    with operation_lock(fixed.host(), config, "openclaw:old", Operation.START):
        pass
    assert set(survey(fixed)) == {"openclaw:default"}
    record = operations_file(fixed.host(), config)
    record.write_text(LockRecord.model_validate(note).model_dump_json())
    assert set(survey(fixed)) == {"openclaw:default", "openclaw:old"}


@pytest.mark.parametrize("evidence", ["lock", "service", "process", "workspace"])
def test_a_profile_that_is_really_called_backup_is_an_instance(fixed: FixedHost, evidence: str) -> None:
    write_config(fixed.home / ".openclaw" / "openclaw.json")
    config = write_config(fixed.home / ".openclaw-backup" / "openclaw.json")
    if evidence != "workspace":
        show(fixed, evidence, config)
    else:
        config.write_text('{"agents": {"defaults": {"workspace": "~/.openclaw/workspace-backup"}}}')
    assert set(survey(fixed)) == {"openclaw:default", "openclaw:backup"}


@pytest.mark.parametrize("parent", [".openclaw-experiments", ".openclaw_lab", ".openclaw"])
def test_of_a_parent_of_state_dirs_those_inside_are_the_instances(fixed: FixedHost, parent: str) -> None:
    one = write_config(fixed.home / parent / "x1" / "openclaw.json")
    two = write_config(fixed.home / parent / "x2" / ".openclaw" / "openclaw.json")
    (fixed.home / parent / "notes").mkdir()
    found = survey(fixed)
    assert {name: item.installation.config_path for name, item in found.items()} == {
        "openclaw@x1": one,
        "openclaw@x2": two,
    }
    assert left_out(fixed) == {parent: "parent"}


def test_a_config_in_a_dir_whose_name_no_profile_has_is_told(fixed: FixedHost) -> None:
    write_config(fixed.home / ".openclaw_work" / "openclaw.json")
    assert survey(fixed) == {}
    assert left_out(fixed) == {".openclaw_work": "unnamed"}


def test_a_gateway_that_the_user_ignores_is_marked_and_told_until_it_is_added_again(fixed: FixedHost) -> None:
    config = write_config(fixed.home / ".openclaw-rescue" / "openclaw.json")
    fixed.add_process(77, "openclaw-gateway")
    fixed.processes.environments[77] = {"OPENCLAW_STATE_DIR": str(config.parent)}
    host = fixed.host()

    ignore(host, "openclaw", config, config.parent)

    assert {name: item.ignored for name, item in survey(fixed).items()} == {"openclaw:rescue": True}
    assert left_out(fixed) == {"openclaw.json": "ignored"}
    register(host, load_distributions(host.config_dir), config)
    assert {name: item.ignored for name, item in survey(fixed).items()} == {"openclaw:rescue": False}
    assert left_out(fixed) == {}


def test_a_registration_of_an_unknown_product_is_a_problem(fixed: FixedHost) -> None:
    host = fixed.host()
    host.config_dir.mkdir(parents=True)
    entry = '{"label": "x", "distribution": "nobodys", "config_path": "/srv/x.json"}'
    (host.config_dir / "instances.json").write_text(f'{{"instances": [{entry}]}}')
    [problem] = InstanceFinder(host, load_distributions(host.config_dir)).look_at_files().problems
    assert "nobodys" in problem.message


@pytest.mark.parametrize("link", [".openclaw-a", ".openclaw-a/openclaw.json", ".openclaw-z/openclaw.json"])
def test_a_second_profile_that_links_to_a_config_is_told(fixed: FixedHost, link: str) -> None:
    config = write_config(fixed.home / ".openclaw-main" / "openclaw.json")
    place = fixed.home / link
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(config if link.endswith(".json") else config.parent)
    found = survey(fixed)
    assert set(found) == {"openclaw:main"}
    assert found["openclaw:main"].installation.aliases == (fixed.home / link.partition("/")[0],)


def test_a_link_that_a_migration_left_is_not_told(fixed: FixedHost) -> None:
    write_config(fixed.home / ".moltbot" / "moltbot.json", "2026.1.27")
    (fixed.home / ".clawdbot").symlink_to(fixed.home / ".moltbot")
    assert [item.installation.aliases for item in survey(fixed).values()] == [()]


@pytest.mark.parametrize("name", [".openclaw-l", ".openclaw", ".other"])
def test_a_link_to_itself_hides_nothing_else(fixed: FixedHost, name: str) -> None:
    write_config(fixed.home / ".openclaw-main" / "openclaw.json")
    (fixed.home / name).symlink_to(name)
    assert "openclaw:main" in survey(fixed)
    host = fixed.host()
    assert InstanceFinder(host, load_distributions(host.config_dir)).look_at_files().problems == ()


def test_a_variable_relative_to_a_directory_that_is_gone_names_no_place(
    fixed: FixedHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixed.environment = {"OPENCLAW_STATE_DIR": "rel"}
    write_config(tmp_path / "cwd" / "rel" / "openclaw.json")
    monkeypatch.chdir(tmp_path / "cwd")
    assert [item.installation.state_dir for item in survey(fixed).values()] == [tmp_path / "cwd" / "rel"]
    shutil.rmtree(tmp_path / "cwd")
    assert survey(fixed) == {}
