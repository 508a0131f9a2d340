"""From files and processes on a made-up host to instances: ids, places, evidence, configs."""

import os
from pathlib import Path

import pytest

from gateway_core.discovery.installations import FoundBy
from gateway_core.discovery.instances import InstanceFinder
from gateway_core.distributions.loader import load_distributions
from tests.discovered import survey, write_config, write_lock
from tests.fixed_host import FixedHost

SOMEBODY = 1_234_567
"""The uid of nobody who writes files here."""


@pytest.fixture
def fixed(tmp_path: Path) -> FixedHost:
    return FixedHost(tmp_path)


def support_dirs(fixed: FixedHost) -> list[str]:
    host = fixed.host()
    return [
        item.path for item in InstanceFinder(host, load_distributions(host.config_dir)).look_at_files().support_dirs
    ]


def test_each_profile_of_each_product_is_an_instance(fixed: FixedHost) -> None:
    write_config(fixed.home / ".openclaw" / "openclaw.json")
    write_config(fixed.home / ".openclaw-rescue" / "openclaw.json")
    write_config(fixed.home / ".clawdbot-cb" / "clawdbot.json", "2026.1.24")
    write_config(fixed.home / ".clawdbot-molt" / "moltbot.json", "2026.1.27")
    write_config(fixed.home / ".mazelclaw" / "mazelclaw.json")
    write_config(fixed.home / ".omniclaw-dev" / "omniclaw.json")
    found = survey(fixed)
    assert set(found) == {
        "openclaw:default",
        "openclaw:rescue",
        "clawdbot:cb",
        "moltbot:molt",
        "mazelclaw:default",
        "omniclaw:dev",
    }
    assert found["openclaw:rescue"].installation.state_dir == fixed.home / ".openclaw-rescue"
    assert found["openclaw:rescue"].config.settings.port == 18789
    assert found["clawdbot:cb"].version == "2026.1.24"


def test_the_version_that_wrote_the_config_overrules_its_name(fixed: FixedHost) -> None:
    write_config(fixed.home / ".clawdbot-molt" / "clawdbot.json", "2026.1.27")
    assert set(survey(fixed)) == {"moltbot:molt"}


def test_a_link_left_by_a_migration_is_counted_once(fixed: FixedHost) -> None:
    write_config(fixed.home / ".moltbot" / "moltbot.json", "2026.1.27")
    (fixed.home / ".clawdbot").symlink_to(fixed.home / ".moltbot")
    found = survey(fixed)
    assert set(found) == {"moltbot:default"}
    assert found["moltbot:default"].installation.state_dir == fixed.home / ".moltbot"


def test_twin_state_dirs_are_two_instances_with_different_ids(fixed: FixedHost) -> None:
    write_config(fixed.home / ".moltbot" / "moltbot.json", "2026.1.27")
    write_config(fixed.home / ".clawdbot" / "moltbot.json", "2026.1.27")
    found = survey(fixed)
    assert len(found) == 2
    assert "moltbot:default" in found


def test_a_default_dir_without_config_is_no_instance_but_a_named_one_is_incomplete(fixed: FixedHost) -> None:
    (fixed.home / ".openclaw" / "workspace").mkdir(parents=True)
    (fixed.home / ".openclaw-resuce").mkdir()
    found = survey(fixed)
    assert set(found) == {"openclaw:resuce"}
    assert not found["openclaw:resuce"].config.exists
    assert support_dirs(fixed) == [str(fixed.home / ".openclaw")]


def test_only_the_default_profile_reads_a_legacy_config_name(fixed: FixedHost) -> None:
    write_config(fixed.home / ".openclaw" / "clawdbot.json", "2026.1.29")
    write_config(fixed.home / ".openclaw-named" / "clawdbot.json", "2026.1.29")
    found = survey(fixed)
    assert found["openclaw:default"].config.exists
    assert not found["openclaw:named"].config.exists


@pytest.mark.parametrize("name", [".openclaw-", ".openclaw-ä", ".openclaw-" + "x" * 65, ".openclawx", ".openclaw.bak"])
def test_names_that_no_profile_has_are_passed_over(fixed: FixedHost, name: str) -> None:
    write_config(fixed.home / name / "openclaw.json")
    assert survey(fixed) == {}


def test_a_file_in_the_place_of_a_state_dir_is_no_instance(fixed: FixedHost) -> None:
    (fixed.home / ".openclaw-rescue").write_text("")
    assert survey(fixed) == {}


def test_a_running_gateway_in_an_unusual_place_is_found_through_its_lock(fixed: FixedHost) -> None:
    config = write_config(fixed.directory / "srv" / "bot" / "main.json")
    write_lock(fixed, fixed.directory / "tmp" / "openclaw-1000", 77, 5000, config)
    fixed.add_process(77, "openclaw-gateway", start=5000)
    found = survey(fixed)
    assert set(found) == {"openclaw@main"}
    assert found["openclaw@main"].installation.found_by == (FoundBy.PROCESS, FoundBy.LOCK)
    assert found["openclaw@main"].installation.state_dir == config.parent


def test_a_gateway_is_found_by_the_lock_it_holds_open_in_an_unknown_state_dir(fixed: FixedHost) -> None:
    state_dir = fixed.directory / "srv" / "state"
    config = write_config(fixed.directory / "srv" / "main.json")
    lock = write_lock(fixed, state_dir / "tmp" / "openclaw-1000", 77, 5000, config, stateDir=str(state_dir), port=18789)
    fixed.add_process(77, "openclaw-gateway", start=5000)
    fixed.processes.files[77] = (lock,)
    found = survey(fixed)
    assert set(found) == {"openclaw@main"}
    assert found["openclaw@main"].installation.state_dir == state_dir


def test_a_lock_in_a_temporary_dir_of_another_name_is_in_no_state_dir(fixed: FixedHost) -> None:
    fixed.add_process(77, "mazelclaw-gateway")
    fixed.processes.files[77] = (Path("/srv/tmp/mazelclaw-0/gateway.3ad0be4c.lock"),)
    assert [item.installation.state_dir for item in survey(fixed).values()] == [None]


def test_a_gateway_without_lock_is_found_by_its_environment(fixed: FixedHost) -> None:
    state_dir = fixed.directory / "srv" / "state"
    config = write_config(state_dir / "openclaw.json")
    fixed.add_process(77, "openclaw-gateway")
    fixed.processes.environments[77] = {"OPENCLAW_STATE_DIR": str(state_dir)}
    found = survey(fixed)
    assert [item.installation.config_path for item in found.values()] == [config]
    assert [process.info.pid for item in found.values() for process in item.installation.processes] == [77]


def test_a_gateway_that_nothing_places_is_still_shown(fixed: FixedHost) -> None:
    fixed.add_process(77, "openclaw-gateway")
    found = survey(fixed)
    assert set(found) == {"openclaw@pid-77"}
    assert found["openclaw@pid-77"].installation.state_dir is None


def test_a_lock_whose_pid_was_reused_ties_nobody(fixed: FixedHost) -> None:
    config = write_config(fixed.home / ".openclaw-rescue" / "openclaw.json")
    write_lock(fixed, fixed.directory / "tmp" / "openclaw-1000", 77, 4711, config)
    fixed.add_process(77, "openclaw-gateway", start=5000)
    found = survey(fixed)
    assert found["openclaw:rescue"].installation.processes == ()
    assert "openclaw@pid-77" in found


def test_a_lock_that_holds_the_path_of_a_link_joins_the_real_dir(fixed: FixedHost) -> None:
    write_config(fixed.home / ".moltbot" / "moltbot.json", "2026.1.27")
    (fixed.home / ".clawdbot").symlink_to(fixed.home / ".moltbot")
    lock_path = fixed.home / ".clawdbot" / "moltbot.json"
    write_lock(fixed, fixed.directory / "tmp" / "moltbot-1000", 77, 5000, lock_path)
    fixed.add_process(77, "moltbot-gateway")
    found = survey(fixed)
    assert set(found) == {"moltbot:default"}
    assert found["moltbot:default"].installation.processes[0].info.pid == 77


def test_a_lock_left_behind_for_a_removed_config_is_no_instance(fixed: FixedHost) -> None:
    gone = fixed.directory / "srv" / "gone.json"
    write_lock(fixed, fixed.directory / "tmp" / "clawdbot-1000", 77, 5000, gone)
    assert survey(fixed) == {}


def test_the_calling_environment_names_an_instance(fixed: FixedHost) -> None:
    config = write_config(fixed.directory / "srv" / "rescue.json")
    (fixed.home / ".openclaw-rescue").mkdir()
    fixed.environment |= {
        "OPENCLAW_CONFIG_PATH": str(config),
        "OPENCLAW_STATE_DIR": str(fixed.home / ".openclaw-rescue"),
    }
    found = survey(fixed)
    assert set(found) == {"openclaw@rescue"}, "the config-less state dir is a half of it, not an instance of its own"
    assert found["openclaw@rescue"].installation.state_dir == fixed.home / ".openclaw-rescue"


def test_the_callers_variables_decide_for_no_instance_but_the_one_they_name(fixed: FixedHost) -> None:
    for product, profile in (("openclaw", "named"), ("openclaw", "other"), ("clawdbot", "early")):
        config = write_config(fixed.home / f".{product}-{profile}" / f"{product}.json", port=None)
        (config.parent / ".env").write_text(f"{product.upper()}_GATEWAY_PORT=19500\n")
    fixed.environment |= {
        "OPENCLAW_STATE_DIR": str(fixed.home / ".openclaw-named"),
        "OPENCLAW_GATEWAY_PORT": "19999",
        "CLAWDBOT_GATEWAY_PORT": "19999",
    }
    ports = {name: item.config.settings.dotenv_port for name, item in survey(fixed).items()}
    assert ports == {"openclaw:named": None, "openclaw:other": 19500, "clawdbot:early": 19500}


@pytest.mark.parametrize("name", ["PLACE", "OPENCLAW_PLACE"])
def test_other_variables_of_the_caller_still_count(fixed: FixedHost, name: str) -> None:
    config = write_config(fixed.home / ".openclaw" / "openclaw.json")
    config.write_text('{"agents": {"defaults": {"workspace": "/srv/${NAME}"}}}'.replace("NAME", name))
    fixed.environment[name] = "work"
    assert survey(fixed)["openclaw:default"].config.settings.default_workspace == "/srv/work"


@pytest.mark.parametrize(
    ("config", "version", "expected"),
    [
        ("moltbot.json", "2026.1.27", "moltbot"),
        ("clawdbot.json", "2026.1.24", "clawdbot"),
        ("clawdbot.json", "2026.1.27", "moltbot"),
        (None, None, "clawdbot"),
    ],
)
@pytest.mark.parametrize("elsewhere", [False, True])
def test_of_products_that_share_variables_the_config_there_tells_which_is_meant(
    fixed: FixedHost, config: str | None, version: str | None, expected: str, elsewhere: bool
) -> None:
    state_dir = fixed.directory / "srv" / "state" if elsewhere else fixed.home / ".clawdbot-p"
    state_dir.mkdir(parents=True)
    if config and version:
        write_config(state_dir / config, version)
    fixed.environment["CLAWDBOT_STATE_DIR"] = str(state_dir)
    found = survey(fixed)
    assert [item.installation.distribution.name for item in found.values()] == [expected]
    assert elsewhere or set(found) == {f"{expected}:p"}


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("moltbot.json", "2026.1.27", "moltbot"),
        ("clawdbot.json", "2026.1.27", "moltbot"),
        ("bot.json", "2026.1.24", "clawdbot"),
        ("bot.json", "2026.1.27", "moltbot"),
    ],
)
def test_a_config_that_shared_variables_name_is_one_instance(
    fixed: FixedHost, name: str, version: str, expected: str
) -> None:
    fixed.environment["CLAWDBOT_CONFIG_PATH"] = str(write_config(fixed.directory / "srv" / name, version))
    assert [item.installation.distribution.name for item in survey(fixed).values()] == [expected]


def test_variables_that_name_different_places_are_two_instances(fixed: FixedHost) -> None:
    for product, version in (("clawdbot", "2026.1.24"), ("moltbot", "2026.1.27")):
        config = write_config(fixed.directory / "srv" / product / f"{product}.json", version)
        fixed.environment[f"{product.upper()}_STATE_DIR"] = str(config.parent)
    assert sorted(item.installation.distribution.name for item in survey(fixed).values()) == ["clawdbot", "moltbot"]


def test_a_starting_gateway_shows_its_profile_in_its_arguments(fixed: FixedHost) -> None:
    write_config(fixed.home / ".openclaw-rescue" / "openclaw.json")
    fixed.add_process(
        77, "node", "/opt/node_modules/openclaw/openclaw.mjs", "--profile", "rescue", "gateway", "--port", "19001"
    )
    process = survey(fixed)["openclaw:rescue"].installation.processes[0]
    assert (process.profile, process.port, process.titled) == ("rescue", 19001, False)


@pytest.mark.parametrize(
    "argv",
    [
        ("vim", "/home/user/.openclaw/openclaw.json"),
        ("node", "/opt/node_modules/openclaw/openclaw.mjs", "gateway-report"),
        ("node", "/opt/node_modules/openclaw/openclaw.mjs", "--profile", "gateway", "status"),
        ("openclaw",),
        ("bash", "-c", "openclaw gateway --port 1"),
        ("tail", "-f", "/tmp/openclaw-gateway.log"),
    ],
)
def test_what_only_mentions_a_gateway_is_none(fixed: FixedHost, argv: tuple[str, ...]) -> None:
    fixed.add_process(77, *argv)
    assert survey(fixed) == {}


def test_every_lock_of_a_shared_temporary_dir_is_read_whoever_owns_it(fixed: FixedHost) -> None:
    config = write_config(fixed.home / ".clawdbot-cb" / "clawdbot.json", "2026.1.24")
    write_lock(fixed, fixed.directory / "tmp" / "clawdbot-501", 77, 5000, config)
    fixed.add_process(77, "clawdbot-gateway")
    assert survey(fixed)["clawdbot:cb"].installation.locks[0].pid == 77


def test_only_a_number_stands_for_a_user_in_the_name_of_a_lock_dir(fixed: FixedHost) -> None:
    write_config(fixed.home / ".clawdbot-cb" / "clawdbot.json", "2026.1.24")
    for name in ("clawdbot-", "clawdbot-backup", "clawdbot-1000.old", "my-clawdbot-1"):
        write_lock(fixed, fixed.directory / "tmp" / name, 77, 5000, fixed.home / ".clawdbot-cb" / "clawdbot.json")
    assert survey(fixed)["clawdbot:cb"].installation.locks == ()


def test_a_lock_that_another_user_wrote_says_nothing_about_a_gateway(fixed: FixedHost) -> None:
    own = write_config(fixed.home / ".clawdbot-cb" / "clawdbot.json", "2026.1.24")
    other = write_config(fixed.home / ".clawdbot" / "clawdbot.json", "2026.1.24")
    fixed.add_process(77, "clawdbot-gateway", uid=SOMEBODY)
    fixed.processes.environments[77] = {"CLAWDBOT_STATE_DIR": str(own.parent)}
    planted = write_lock(fixed, fixed.directory / "tmp" / "clawdbot-4242", 77, 5000, other)
    give_to_somebody_else(planted)

    found = survey(fixed)

    assert [process.info.pid for process in found["clawdbot:cb"].installation.processes] == [77]
    assert found["clawdbot:default"].installation.locks == ()
    host = fixed.host()
    [problem] = InstanceFinder(host, load_distributions(host.config_dir)).look_at_files().problems
    assert problem.where == str(planted)
    assert f"names pid 77 of uid {SOMEBODY}" in problem.message


def test_a_lock_left_behind_is_stale_whoever_has_its_pid_now(fixed: FixedHost) -> None:
    config = write_config(fixed.home / ".clawdbot" / "clawdbot.json", "2026.1.24")
    fixed.add_process(77, "cron", uid=SOMEBODY)
    directory = fixed.directory / "tmp"
    stale = [
        write_lock(fixed, directory / "clawdbot-1", 77, 4000, config),
        write_lock(fixed, directory / "clawdbot-2", 77, 0, config),
    ]
    for path in stale:
        give_to_somebody_else(path)
    locks = survey(fixed)["clawdbot:default"].installation.locks
    assert {lock.path for lock in locks} == set(stale)
    assert all(lock.is_stale(fixed.processes.find(77)) for lock in locks)


def give_to_somebody_else(path: Path) -> None:
    """Let it belong neither to root nor to `SOMEBODY`."""
    if os.getuid() == 0:
        os.chown(path, 4242, -1)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"pid": "1"}', '{"pid": true, "configPath": "/x"}', "[" * 9999]
)
def test_a_lock_that_makes_no_sense_is_passed_over(fixed: FixedHost, text: str) -> None:
    write_config(fixed.home / ".clawdbot-cb" / "clawdbot.json", "2026.1.24")
    directory = fixed.directory / "tmp" / "clawdbot-1000"
    directory.mkdir()
    (directory / "gateway.3ad0be4c.lock").write_text(text)
    assert survey(fixed)["clawdbot:cb"].installation.locks == ()


def test_a_home_that_cannot_be_listed_is_a_problem(fixed: FixedHost) -> None:
    host = fixed.host()
    host.home.rmdir()
    facts = InstanceFinder(host, load_distributions(host.config_dir)).look_at_files()
    assert [problem.where for problem in facts.problems] == [str(host.home)]
