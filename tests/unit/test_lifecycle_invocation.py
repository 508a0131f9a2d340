"""What a child inherits: nothing of another instance, whatever the caller's environment holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_core.demo.home import DemoHome
from gateway_core.discovery.installations import Installation
from gateway_core.distributions.loader import built_in_distributions
from gateway_core.host import Host
from gateway_core.lifecycle.invocation import PASSED_ON, child_environment, invocation, start_command
from tests.products import product
from tests.snapshots import instance
from tests.unseen import UNSEEN

PREFIXES = sorted({prefix for product in built_in_distributions() for prefix in product.variables("")} | {"MOLTBOT_"})
MEANINGS = ("PROFILE", "STATE_DIR", "CONFIG_PATH", "GATEWAY_PORT", "GATEWAY_TOKEN", "SERVICE_KIND", "NO_RESPAWN")
HOSTILE = st.one_of(
    st.builds("{}{}".format, st.sampled_from(PREFIXES), st.sampled_from(MEANINGS)),
    st.sampled_from(("NODE_OPTIONS", "NODE_EXTRA_CA_CERTS", "OPENAI_API_KEY", "LC_OPENCLAW_PROFILE", "LD_PRELOAD")),
    st.text(alphabet=st.characters(codec="ascii", categories=("Lu", "Nd")), min_size=1, max_size=12),
)
VALUES = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


def host_with(environment: dict[str, str], home: Path = Path("/home/me")) -> Host:
    return replace(DemoHome(Path("/nowhere")).host(), home=home, environment=environment)


def installed(
    name: str,
    state_dir: Path,
    config: Path,
    profile: str | None = None,
    *,
    in_scheme: bool = True,
    home: Path = Path("/home/me"),
) -> Installation:
    return Installation(product(name), profile, state_dir, config, home, in_scheme, ())


@given(st.dictionaries(HOSTILE, VALUES))
def test_only_what_any_program_needs_is_passed_on(caller: dict[str, str]) -> None:
    child = child_environment(host_with(caller), {"OPENCLAW_STATE_DIR": "/own"})

    allowed = {"HOME", "PATH", "OPENCLAW_STATE_DIR", *PASSED_ON}
    assert child.keys() <= allowed
    assert child["OPENCLAW_STATE_DIR"] == "/own"
    assert child["HOME"] == "/home/me"
    for name in child.keys() - {"HOME", "PATH", "OPENCLAW_STATE_DIR"}:
        assert child[name] == caller[name]
        assert not name.startswith(tuple(PREFIXES))


@pytest.mark.parametrize("name", [item.name for item in built_in_distributions()])
def test_a_profile_is_named_by_its_flag_alone(tmp_path: Path, name: str) -> None:
    state_dir = tmp_path / f"{product(name).state_dir_stem}-rescue"
    state_dir.mkdir()
    own = installed(name, state_dir, state_dir / product(name).config_names[0], "rescue")

    called = invocation(host_with({}, tmp_path), own, "/bin/x", "gateway", "--port", "19001")

    assert called.argv == ("/bin/x", "--profile", "rescue", "gateway", "--port", "19001")
    assert called.own_variables == {}
    assert called.directory == state_dir


def test_the_default_profile_needs_neither_flag_nor_variable(tmp_path: Path) -> None:
    own = installed("openclaw", tmp_path / ".openclaw", tmp_path / ".openclaw" / "openclaw.json", "default")

    called = invocation(host_with({}, tmp_path), own, "/bin/openclaw", "gateway")

    assert (called.argv, called.own_variables) == (("/bin/openclaw", "gateway"), {})


def test_outside_the_scheme_the_places_are_named_and_nothing_else() -> None:
    own = installed("openclaw", Path("/srv/a"), Path("/srv/main.json"), in_scheme=False)

    called = invocation(host_with({}), own, "/bin/openclaw", "gateway")

    assert called.argv == ("/bin/openclaw", "gateway")
    assert called.own_variables == {"OPENCLAW_STATE_DIR": "/srv/a", "OPENCLAW_CONFIG_PATH": "/srv/main.json"}
    assert called.shown == "OPENCLAW_STATE_DIR=/srv/a OPENCLAW_CONFIG_PATH=/srv/main.json /bin/openclaw gateway"


def test_a_state_dir_that_may_not_be_looked_at_is_no_working_directory() -> None:
    state_dir = Path("/srv", UNSEEN)
    own = installed("openclaw", state_dir, state_dir / "openclaw.json", in_scheme=False)
    assert invocation(host_with({}), own, "/bin/openclaw", "gateway").directory == Path("/")


def test_a_profile_of_another_home_is_started_in_that_home() -> None:
    """Its workspace and its log follow HOME and the profile; openclaw's own services name it by a variable, too."""
    state_dir = Path("/srv/alice/.openclaw-night")
    config = state_dir / "openclaw.json"
    own = installed("openclaw", state_dir, config, "night", in_scheme=False, home=state_dir.parent)

    called = invocation(host_with({"OPENCLAW_PROFILE": "other"}), own, "/bin/openclaw", "gateway")

    assert called.own_variables == {
        "HOME": "/srv/alice",
        "OPENCLAW_PROFILE": "night",
        "OPENCLAW_STATE_DIR": str(state_dir),
        "OPENCLAW_CONFIG_PATH": str(config),
    }
    assert called.environment["HOME"] == "/srv/alice"


def test_a_product_whose_home_the_caller_names_is_called_for_a_profile_in_there(tmp_path: Path) -> None:
    state_dir = tmp_path / "bots" / ".openclaw-rescue"
    own = installed("openclaw", state_dir, state_dir / "openclaw.json", "rescue", home=state_dir.parent)
    caller = host_with({"OPENCLAW_HOME": str(state_dir.parent)}, tmp_path)

    called = invocation(caller, own, "/bin/openclaw", "gateway")

    assert called.argv[1:3] == ("--profile", "rescue")
    assert called.own_variables == {"OPENCLAW_HOME": str(state_dir.parent)}
    assert called.environment["HOME"] == str(tmp_path)


def test_moltbot_gets_its_places_under_both_prefixes_that_it_reads() -> None:
    own = installed("moltbot", Path("/srv/a"), Path("/srv/main.json"), in_scheme=False)

    called = invocation(host_with({}), own, "/bin/moltbot", "gateway")

    assert called.own_variables == {
        "MOLTBOT_STATE_DIR": "/srv/a",
        "MOLTBOT_CONFIG_PATH": "/srv/main.json",
        "CLAWDBOT_STATE_DIR": "/srv/a",
        "CLAWDBOT_CONFIG_PATH": "/srv/main.json",
    }


def test_a_default_dir_that_the_command_would_not_choose_is_named(tmp_path: Path) -> None:
    """After a half-done migration `moltbot gateway` takes `~/.clawdbot`, whatever lies in `~/.moltbot`."""
    for name in (".clawdbot", ".moltbot"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "moltbot.json").touch()
    left_behind = installed("moltbot", tmp_path / ".moltbot", tmp_path / ".moltbot" / "moltbot.json", "default")

    called = invocation(host_with({}, tmp_path), left_behind, "/bin/moltbot", "gateway")

    assert called.own_variables["MOLTBOT_STATE_DIR"] == str(tmp_path / ".moltbot")


def test_the_command_of_a_start_is_known_from_the_snapshot_alone(tmp_path: Path) -> None:
    host = host_with({}, tmp_path)
    state_dir = tmp_path / ".openclaw-rescue"
    config_path = state_dir / "openclaw.json"
    known = instance("rescue", 19001, state_dir=str(state_dir), config_path=str(config_path), command="/bin/openclaw")
    elsewhere = known.model_copy(update={"config_path": "/srv/own.json", "profile": None})
    products = built_in_distributions()
    assert start_command(host, products, known) == "/bin/openclaw --profile rescue gateway --port 19001"
    shown = start_command(host, products, elsewhere) or ""
    assert "OPENCLAW_CONFIG_PATH=/srv/own.json" in shown
    assert shown.endswith("/bin/openclaw gateway --port 19001")
    assert start_command(host, products, known.model_copy(update={"command": None})) is None
