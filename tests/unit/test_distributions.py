"""The five products as data, version ranges, and the user's own products."""

from pathlib import Path

import pytest

from gateway_core.distributions.loader import built_in_distributions, load_distributions
from gateway_core.distributions.log_files import log_file
from gateway_core.distributions.model import profile_hash_port
from gateway_core.distributions.versions import VersionRange, version_key
from gateway_core.snapshot import PortValue, Source
from tests.products import product

HOME = Path("/home/user")
OWN_PRODUCT = """
name = "shellclaw"
title = "ShellClaw"
command = "shellclaw"
package = "shellclaw"
install_command = "npm install -g shellclaw"
environment_prefix = "SHELLCLAW_"
process_title = "shellclaw-gateway"
parent_title = "shellclaw"
control_ui_title = "ShellClaw Control"
state_dir_stem = ".shellclaw"
config_names = ["shellclaw.json"]
workspaces = [{ path = "{state_dir}/workspace" }]
locks = [{ dir = "{tmp}/shellclaw-{uid}" }]
logs = [{ path = "/tmp/shellclaw/shellclaw-{date}.log" }]
health = [{ kind = "html" }]
ports = [{ role = "gateway", first = 0, binding = "always", fallback = 28789 }]
[services]
systemd_unit = "shellclaw-gateway{suffix}.service"
launchd_label = "io.shellclaw.gateway"
launchd_profile_label = "io.shellclaw.{profile}"
marker = "shellclaw"
"""
TWO_HEALTHS = """
{ before = "1.0", kind = "html" },
{ since = "1.0", before = "2.0", kind = "json", readiness_path = "/old" },
{ since = "2.0", kind = "json", readiness_path = "/new", startup_path = "/new/start" },
"""


def write_own(config_dir: Path, text: str, name: str = "own.toml") -> Path:
    path = config_dir / "distributions" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_the_five_products_are_built_in() -> None:
    names = {distribution.name for distribution in built_in_distributions()}
    assert names == {"clawdbot", "moltbot", "openclaw", "mazelclaw", "omniclaw"}


@pytest.mark.parametrize(
    ("profile", "version", "expected"),
    [
        ("default", "2026.9.6", PortValue(value=18789, source=Source.DEFAULT)),
        ("dev", "2026.9.6", PortValue(value=19001, source=Source.DEFAULT)),
        ("rescue", "2026.9.6", PortValue(value=23532, source=Source.PROFILE_HASH)),
        ("main", "2026.8.1", PortValue(value=23592, source=Source.PROFILE_HASH)),
        ("main", "2026.7.31", PortValue(value=18789, source=Source.DEFAULT)),
        ("main", None, PortValue(value=23592, source=Source.PROFILE_HASH)),
        (None, "2026.9.6", PortValue(value=18789, source=Source.DEFAULT)),
    ],
)
def test_default_base_ports_of_openclaw(profile: str | None, version: str | None, expected: PortValue) -> None:
    assert product("openclaw").default_base_port(profile, version) == expected


def test_only_openclaw_hashes_profile_names() -> None:
    for name in ("clawdbot", "moltbot", "mazelclaw", "omniclaw"):
        assert product(name).default_base_port("rescue", None).value == 18789


def test_hash_ports_stay_in_their_range() -> None:
    assert all(20000 <= profile_hash_port(f"p{number}") < 60000 for number in range(500))


@pytest.mark.parametrize(
    ("name", "profile", "version", "expected"),
    [
        ("openclaw", "rescue", "2026.9.6", "/home/user/.openclaw-rescue/workspace"),
        ("openclaw", "rescue", "2026.8.1", "/home/user/.openclaw-rescue/workspace"),
        ("openclaw", "rescue", "2026.8.1-beta.1", "/home/user/.openclaw/workspace-rescue"),
        ("openclaw", "rescue", "2026.7.31", "/home/user/.openclaw/workspace-rescue"),
        ("openclaw", "rescue", "2026.2.6", "/home/user/.openclaw/workspace-rescue"),
        ("openclaw", "default", "2026.2.6", "/home/user/.openclaw/workspace"),
        ("clawdbot", "cb", "2026.1.24", "/home/user/clawd-cb"),
        ("moltbot", "default", None, "/home/user/clawd"),
    ],
)
def test_default_workspaces(name: str, profile: str, version: str | None, expected: str) -> None:
    state_dir = HOME / f".{name}-{profile}"
    assert str(product(name).default_workspace(HOME, state_dir, profile, version)) == expected


def usual_log(profile: str | None, version: str) -> str:
    """Where openclaw logs on a machine with nothing in its way, which the home stands for."""
    named = (product("openclaw"), profile, version, "2026-11-20")
    return str(log_file(*named, root=HOME, uid=1000, temporary_dir=HOME)).removeprefix(str(HOME))


@pytest.mark.parametrize(
    ("version", "profile"), [("2026.2.6", ""), ("2026.7.1", ""), ("2026.8.1", "-main"), ("2026.9.6", "-main")]
)
def test_log_files_by_version(version: str, profile: str) -> None:
    assert usual_log("main", version) == f"/tmp/openclaw/openclaw{profile}-2026-11-20.log"


@pytest.mark.parametrize(
    ("version", "title", "parent"),
    [
        ("2026.1.30", "openclaw-gateway", "titled"),
        ("2026.4.15", "openclaw-gateway", "titled"),
        ("2026.4.29", "openclaw", "visible"),
        ("2026.5.28", "openclaw", "visible"),
        ("2026.6.33", "openclaw", "visible"),
        ("2026.7.1", "openclaw-gateway", None),
        ("2026.9.6", "openclaw-gateway", None),
        (None, "openclaw-gateway", None),
    ],
)
def test_titles_and_parents_by_version(version: str | None, title: str, parent: str | None) -> None:
    openclaw = product("openclaw")
    assert (openclaw.title_of(version), openclaw.parent_kind(version)) == (title, parent)
    assert openclaw.all_titles == ("openclaw-gateway", "openclaw")
    assert product("moltbot").all_titles == ("moltbot-gateway",)


@pytest.mark.parametrize(
    ("version", "accepted", "refused"),
    [
        ("2026.2.22", ("22.12.0", "25.0.0"), ("22.11.9", "20.19.0")),
        ("2026.4.15", ("22.14.0",), ("22.13.1",)),
        ("2026.5.28", ("22.19.0", "24.0.0"), ("22.18.0",)),
        ("2026.8.2", ("22.22.3", "24.15.0", "25.9.0", "26.0.0"), ("22.22.2", "23.1.0", "24.14.9", "25.8.1")),
        ("2026.9.6", ("24.16.0", "26.1.0", "27.0.0"), ("24.15.9", "25.9.9", "26.0.9")),
    ],
)
def test_the_node_that_a_version_starts_with(version: str, accepted: tuple[str, ...], refused: tuple[str, ...]) -> None:
    (rule,) = (rule for rule in product("openclaw").node if rule.covers(version))
    assert [rule.accepts(node) for node in (*accepted, *refused)] == [True] * len(accepted) + [False] * len(refused)


@pytest.mark.parametrize(
    ("version", "late"),
    [("2026.1.30", True), ("2026.2.22", False), ("2026.3.13", True), ("2026.4.15", True), ("2026.5.28", False)],
)
def test_which_versions_take_their_lock_late(version: str, late: bool) -> None:
    assert product("openclaw").locks_late(version) is late


@pytest.mark.parametrize(
    ("version", "from_environment", "kept", "flag"),
    [
        ("2026.2.6", False, False, None),
        ("2026.3.13", True, False, "--skip-search"),
        ("2026.5.28", True, True, "--skip-hooks"),
        ("2026.9.6", True, True, "--suppress-gateway-token-output"),
    ],
)
def test_onboarding_by_version(version: str, from_environment: bool, kept: bool, flag: str | None) -> None:
    rule = product("openclaw").onboard_rule(version)
    assert (rule.token_from_environment, rule.keeps_token) == (from_environment, kept)
    assert flag is None or flag in rule.flags


@pytest.mark.parametrize(
    ("profile", "segment"),
    [(None, ""), ("default", ""), ("rescue", "-rescue"), ("my-bot", "-my--bot"), ("my_bot", "-my-0bot")],
)
def test_late_log_files_name_the_profile_as_openclaw_encodes_it(profile: str | None, segment: str) -> None:
    assert usual_log(profile, "2026.9.6") == f"/tmp/openclaw/openclaw{segment}-2026-11-20.log"


def test_locks_of_every_version_are_looked_for() -> None:
    dirs = product("openclaw").lock_dirs(HOME, [Path("/tmp")], HOME / ".openclaw", 1000)
    assert dirs == (Path("/tmp/openclaw-1000"), HOME / ".openclaw/tmp/openclaw-1000")


def test_moltbot_prefers_its_own_variables_for_places_only() -> None:
    moltbot = product("moltbot")
    assert moltbot.variables("STATE_DIR") == ("MOLTBOT_STATE_DIR", "CLAWDBOT_STATE_DIR")
    assert moltbot.variables("GATEWAY_PORT") == ("CLAWDBOT_GATEWAY_PORT",)


def test_only_early_openclaw_reads_its_predecessors_variables() -> None:
    openclaw = product("openclaw")
    assert openclaw.variables_read("GATEWAY_PORT", "2026.2.6") == ("OPENCLAW_GATEWAY_PORT", "CLAWDBOT_GATEWAY_PORT")
    assert openclaw.variables_read("GATEWAY_PORT", "2026.9.6") == ("OPENCLAW_GATEWAY_PORT",)
    assert openclaw.variables_read("GATEWAY_PORT", None) == ("OPENCLAW_GATEWAY_PORT",)
    assert product("moltbot").variables_read("STATE_DIR", None) == product("moltbot").variables("STATE_DIR")


@pytest.mark.parametrize(
    ("since", "before", "version", "covered"),
    [
        ("2026.8.1", None, "2026.8.1", True),
        ("2026.8.1", None, "2026.8.0", False),
        ("2026.8", None, "2026.10.1", True),
        (None, "2026.2.17", "2026.2.17", False),
        (None, "2026.2.17", "2026.2.6-3", True),
        (None, "2026.2.17", None, False),
        ("2026.8.1", None, None, True),
    ],
)
def test_version_ranges(since: str | None, before: str | None, version: str | None, covered: bool) -> None:
    assert VersionRange(since=since, before=before).covers(version) is covered


def test_versions_sort_by_number() -> None:
    versions = ["2026.1.24", "2026.1.24-3", "2026.8.1-beta.1", "2026.8.1-beta.2", "2026.8.1", "2026.9.6", "2026.10.1"]
    assert sorted(dict.fromkeys(versions[::-1]), key=version_key) == versions
    assert version_key("2026.8.0-7") < version_key("2026.8.1-beta.1")


def test_a_user_adds_a_product_without_code(tmp_path: Path) -> None:
    write_own(tmp_path, OWN_PRODUCT)
    loaded = load_distributions(tmp_path)
    assert loaded.problems == ()
    assert loaded.named("shellclaw") is not None


@pytest.mark.parametrize(
    ("health", "version", "paths"),
    [
        ('{ kind = "html" }', None, ("/readyz", "/startupz")),
        ('{ kind = "json" }', None, ("/readyz", None)),
        ('{ kind = "json", readiness_path = "/up", startup_path = "/up/start" }', "1.0", ("/up", "/up/start")),
        (TWO_HEALTHS, "1.9", ("/old", "/new/start")),
        (TWO_HEALTHS, "2.0", ("/new", "/new/start")),
        (TWO_HEALTHS, None, ("/new", "/new/start")),
        (TWO_HEALTHS, "0.9", ("/new", "/new/start")),
    ],
)
def test_where_a_users_product_is_asked(
    tmp_path: Path, health: str, version: str | None, paths: tuple[str, str | None]
) -> None:
    write_own(tmp_path, OWN_PRODUCT.replace('{ kind = "html" }', health))
    own = load_distributions(tmp_path).named("shellclaw")
    assert own is not None
    assert own.health_paths(version) == paths


def test_a_user_replaces_a_built_in_product(tmp_path: Path) -> None:
    write_own(tmp_path, OWN_PRODUCT.replace('name = "shellclaw"', 'name = "openclaw"', 1))
    loaded = load_distributions(tmp_path)
    assert len(loaded.known) == 5
    assert loaded.named("openclaw").title == "ShellClaw"  # type: ignore[union-attr]  # it is there, or the test fails


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = ", "Invalid value"),
        ('name = "x"', "title"),
        (OWN_PRODUCT + "colour = 1", "colour"),
        (OWN_PRODUCT.replace('"SHELLCLAW_"', '"shellclaw"'), "environment_prefix"),
        (OWN_PRODUCT.replace("{state_dir}/workspace", "{statedir}/workspace"), "{statedir}"),
        (OWN_PRODUCT.replace("{tmp}/shellclaw-{uid}", "{tmp}/shellclaw-{"), "locks"),
        (OWN_PRODUCT.replace('kind = "html"', 'kind = "json", readiness_path = "ready?x"'), "readiness_path"),
    ],
)
def test_a_broken_file_is_a_problem_and_the_others_still_load(tmp_path: Path, text: str, told: str) -> None:
    path = write_own(tmp_path, text)
    write_own(tmp_path, OWN_PRODUCT, "right.toml")
    loaded = load_distributions(tmp_path)
    assert len(loaded.known) == 6
    assert [problem.where for problem in loaded.problems] == [str(path)]
    assert told in loaded.problems[0].message


def test_a_file_that_is_no_text_is_a_problem(tmp_path: Path) -> None:
    path = write_own(tmp_path, "")
    path.write_bytes(b"\xff\xfe\x00")
    assert len(load_distributions(tmp_path).problems) == 1


def test_a_directory_in_the_place_of_a_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "distributions" / "x.toml").mkdir(parents=True)
    assert len(load_distributions(tmp_path).problems) == 1
