"""Where a demo gateway finds its things: the same places as the product it stands for."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway_core.demo.installation import DemoConfig, DemoInstallation, InvalidConfigError, locate
from tests.products import product

Find = Callable[..., DemoInstallation]


@pytest.fixture
def find(tmp_path: Path) -> Find:
    def locate_in(
        name: str, profile: str = "default", version: str = "2026.9.6", **environment: str
    ) -> DemoInstallation:
        return locate(product(name), version, profile, {"HOME": str(tmp_path), **environment})

    return locate_in


def test_profiles_have_state_dirs_of_their_own(find: Find, tmp_path: Path) -> None:
    assert find("openclaw").config_path == tmp_path / ".openclaw/openclaw.json"
    assert find("openclaw", "rescue").config_path == tmp_path / ".openclaw-rescue/openclaw.json"
    assert find("moltbot", "rescue").config_path == tmp_path / ".clawdbot-rescue/moltbot.json"


def test_only_the_default_profile_reads_legacy_names(find: Find, tmp_path: Path) -> None:
    for name in (".openclaw", ".openclaw-p"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "clawdbot.json").touch()
    (tmp_path / ".moltbot").mkdir()
    assert find("openclaw").config_path.name == "clawdbot.json"
    assert find("openclaw", "p").config_path.name == "openclaw.json"
    assert find("moltbot").state_dir == tmp_path / ".moltbot"
    assert find("moltbot", "p").state_dir == tmp_path / ".clawdbot-p"


def test_variables_move_it_but_a_profile_variable_does_not(find: Find, tmp_path: Path) -> None:
    assert find("openclaw", OPENCLAW_PROFILE="rescue").state_dir == tmp_path / ".openclaw"
    assert find("openclaw", OPENCLAW_STATE_DIR="/a", OPENCLAW_CONFIG_PATH="/b/c.json").config_path == Path("/b/c.json")
    assert find("openclaw", CLAWDBOT_STATE_DIR="/old").state_dir == Path("/old")
    both = find("moltbot", CLAWDBOT_STATE_DIR="/weak", MOLTBOT_STATE_DIR="/strong")
    assert both.state_dir == Path("/strong")


@pytest.mark.parametrize(("named", "home"), [("alt", "alt"), ("undefined", "."), ("null", "."), ("", ".")])
def test_the_products_own_home_stands_before_home(find: Find, tmp_path: Path, named: str, home: str) -> None:
    value = str(tmp_path / named) if named == "alt" else named
    assert find("openclaw", OPENCLAW_HOME=value).state_dir == tmp_path / home / ".openclaw"


def test_the_base_port_follows_the_precedence_of_the_products(find: Find) -> None:
    configured = DemoConfig.model_validate({"gateway": {"port": 3000}, "env": {"vars": {"OPENCLAW_GATEWAY_PORT": "4"}}})
    installation = find("openclaw", OPENCLAW_GATEWAY_PORT="2000")
    assert installation.base_port(configured, 1000) == 1000
    assert installation.base_port(configured, None) == 2000
    assert find("openclaw").base_port(configured, None) == 4
    assert find("clawdbot").base_port(configured, None) == 3000
    assert find("openclaw", OPENCLAW_GATEWAY_PORT="x99").base_port(DemoConfig(), None) == 18789
    assert find("openclaw", "rescue").base_port(DemoConfig(), None) == 23532
    assert find("openclaw", "rescue", "2026.2.6").base_port(DemoConfig(), None) == 18789


def test_a_dotenv_file_of_the_state_dir_counts_as_environment(find: Find) -> None:
    installation = find("openclaw")
    installation.state_dir.mkdir()
    (installation.state_dir / ".env").write_text("# ports\nOPENCLAW_GATEWAY_PORT=5000\n")
    assert installation.base_port(DemoConfig(), None) == 5000


@pytest.mark.parametrize("text", ["{", "[]", "{gateway: {port: 'x'}}", "{gateway: {bind: 'moon'}}", "{gateway: 1}"])
def test_a_broken_config_is_refused(find: Find, text: str) -> None:
    installation = find("openclaw")
    installation.state_dir.mkdir()
    installation.config_path.write_text(text)
    with pytest.raises(InvalidConfigError):
        installation.read_config()


def test_bytes_that_are_not_utf8_do_not_matter(find: Find) -> None:
    installation = find("openclaw")
    installation.state_dir.mkdir()
    installation.config_path.write_bytes(b"{gateway: {port: 4}, ui: {name: 'Zo\xeb'}}")
    assert installation.base_port(installation.read_config() or DemoConfig(), None) == 4


def test_json5_is_read(find: Find) -> None:
    installation = find("openclaw")
    installation.state_dir.mkdir()
    installation.config_path.write_text("{ // mine\n gateway: { mode: 'local', port: 0x1000, }, }")
    config = installation.read_config()
    assert config is not None
    assert (config.gateway.mode, config.gateway.port) == ("local", 4096)


def test_its_environment_never_shows(find: Find) -> None:
    assert "CANARY" not in repr(find("openclaw", OPENCLAW_GATEWAY_TOKEN="CANARY"))
