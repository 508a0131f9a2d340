"""Which home an instance's default paths are in: that of its service, its process, its state dir, or the caller's."""

from pathlib import Path

import pytest

from tests.discovered import seen, write_config, write_lock
from tests.fixed_host import FixedHost

OLD = "2026.4.2"  # its default workspace is in the home, not in the state dir


@pytest.fixture
def fixed(tmp_path: Path) -> FixedHost:
    return FixedHost(tmp_path)


def unit(fixed: FixedHost, name: str, *lines: str) -> None:
    path = fixed.home / ".config" / "systemd" / "user" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    start = "ExecStart=/usr/bin/node /opt/node_modules/openclaw/openclaw.mjs gateway"
    path.write_text("\n".join(("[Service]", start, *lines, "")))


def test_a_units_own_variable_for_the_home_comes_before_home(fixed: FixedHost) -> None:
    bot = fixed.directory / "srv" / "bot1"
    default = write_config(fixed.home / ".openclaw" / "openclaw.json", OLD)
    config = write_config(bot / ".openclaw" / "openclaw.json", OLD, port=21000)
    unit(fixed, "anything.service", f"Environment=HOME={fixed.home}", f"Environment=OPENCLAW_HOME={bot}")
    found = seen(fixed)
    assert found[str(default)].signals.service is None
    service = found[str(config)].signals.service
    assert service is not None
    assert service.name == "anything.service"
    assert (found[str(config)].home, found[str(config)].workspace) == (str(bot), str(bot / ".openclaw/workspace"))


@pytest.mark.parametrize("value", ["undefined", " null ", "relative/home", ""])
def test_a_home_that_names_no_directory_counts_as_unset(fixed: FixedHost, value: str) -> None:
    config = write_config(fixed.home / ".openclaw" / "openclaw.json")
    unit(fixed, "bot.service", f'Environment="OPENCLAW_HOME={value}"')
    fixed.environment["OPENCLAW_HOME"] = value
    found = seen(fixed)
    assert found[str(config)].id == "openclaw:default"
    assert found[str(config)].signals.service is not None


def test_a_tilde_in_a_named_home_is_the_units_home(fixed: FixedHost) -> None:
    config = write_config(fixed.directory / "srv" / "ada" / "bots" / ".openclaw" / "openclaw.json")
    unit(fixed, "bot.service", f"Environment=HOME={fixed.directory}/srv/ada", "Environment=OPENCLAW_HOME=~/bots")
    assert seen(fixed)[str(config)].signals.service is not None


@pytest.mark.parametrize("variable", ["HOME", "OPENCLAW_HOME"])
def test_a_running_gateways_own_home_counts_and_not_the_callers(fixed: FixedHost, variable: str) -> None:
    other = fixed.directory / "srv" / "eve"
    config = write_config(other / ".openclaw" / "openclaw.json", OLD)
    fixed.add_process(77, "openclaw-gateway")
    fixed.processes.environments[77] = {"HOME": str(fixed.home), variable: str(other)}
    fixed.processes.files[77] = (other / ".openclaw" / "state" / "main.sqlite",)
    found = seen(fixed)[str(config)]
    assert (found.home, found.workspace) == (str(other), str(other / ".openclaw/workspace"))


@pytest.mark.parametrize("by", ["service", "process"])
def test_a_lock_in_a_gateways_own_temporary_dir_is_found(fixed: FixedHost, by: str) -> None:
    own = fixed.directory / "private"
    config = write_config(fixed.directory / "srv" / "eve" / ".openclaw" / "openclaw.json", OLD)
    lock = write_lock(fixed, own / "openclaw-1000", 77, 5000, config)
    if by == "service":
        unit(fixed, "bot.service", f"Environment=HOME={config.parent.parent}", f"Environment=TMPDIR={own}")
    else:
        fixed.add_process(77, "openclaw-gateway")
        fixed.processes.environments[77] = {"TMPDIR": str(own)}
    assert [item.path for item in seen(fixed)[str(config)].locks] == [str(lock)]


def test_a_registered_place_in_another_home_has_its_workspace_there(fixed: FixedHost) -> None:
    config = write_config(fixed.directory / "srv" / "eve" / ".clawdbot-night" / "clawdbot.json", "2026.1.24")
    registrations = fixed.host().config_dir / "instances.json"
    registrations.parent.mkdir(parents=True)
    entry = {"label": "night", "distribution": "clawdbot", "config_path": str(config)}
    registrations.write_text(f'{{"instances": [{str(entry).replace(chr(39), chr(34))}]}}')
    assert seen(fixed)[str(config)].workspace == str(fixed.directory / "srv" / "eve" / "clawd")


def test_the_callers_own_variable_decides_which_dirs_are_profiles(fixed: FixedHost) -> None:
    """`openclaw:default` is what `openclaw` itself would act on from this shell; the others stay in sight."""
    bots = fixed.directory / "srv" / "bots"
    own = write_config(bots / ".openclaw-rescue" / "openclaw.json")
    at_home = write_config(fixed.home / ".openclaw-rescue" / "openclaw.json")
    other_product = write_config(fixed.home / ".mazelclaw" / "mazelclaw.json")
    fixed.environment["OPENCLAW_HOME"] = str(bots)
    found = seen(fixed)
    assert found[str(own)].id == "openclaw:rescue"
    assert found[str(at_home)].id.startswith("openclaw@")
    assert found[str(other_product)].id == "mazelclaw:default"
