"""Whose a gateway is: of this home, registered, of another home or user, or of a demo that runs elsewhere."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from gateway_core.discovery.registrations import register
from gateway_core.distributions.loader import load_distributions
from gateway_core.host import DEMO_VARIABLE
from gateway_core.snapshot import Instance
from tests.discovered import seen, write_config, write_lock
from tests.fixed_host import UID, FixedHost

UNIT = "[Service]\nExecStart=/usr/bin/openclaw gateway\n"


@pytest.fixture
def fixed(tmp_path: Path) -> FixedHost:
    return FixedHost(tmp_path)


def run(fixed: FixedHost, config: Path, pid: int = 77, uid: int = UID, **variables: str) -> Path:
    """A gateway of that config runs, with its home around its state dir unless `HOME` is among the variables."""
    fixed.add_process(pid, "openclaw-gateway", uid=uid)
    state_dir = config.parent
    fixed.processes.environments[pid] = {
        "HOME": str(state_dir.parent), "OPENCLAW_STATE_DIR": str(state_dir), **variables
    }  # fmt: skip
    return config


def only(fixed: FixedHost) -> Instance:
    (found,) = seen(fixed).values()
    return found


def in_the_home(fixed: FixedHost) -> None:
    write_config(fixed.home / ".openclaw-rescue" / "openclaw.json")


def linked_from_the_home(fixed: FixedHost) -> None:
    config = write_config(fixed.directory / "srv" / "data" / "openclaw.json")
    (fixed.home / ".openclaw-data").symlink_to(config.parent)


def registered(fixed: FixedHost) -> None:
    config = run(fixed, write_config(fixed.directory / "srv" / "bot" / "openclaw.json"))
    host = fixed.host()
    register(host, load_distributions(host.config_dir), config)


def named_by_the_environment(fixed: FixedHost) -> None:
    config = write_config(fixed.directory / "srv" / "bot" / "openclaw.json")
    fixed.environment = {"OPENCLAW_STATE_DIR": str(config.parent)}


def run_by_a_service_of_the_home(fixed: FixedHost) -> None:
    config = write_config(fixed.directory / "srv" / "bot" / "openclaw.json")
    unit = fixed.home / ".config" / "systemd" / "user" / "openclaw-gateway.service"
    unit.parent.mkdir(parents=True)
    unit.write_text(f"{UNIT}Environment=OPENCLAW_STATE_DIR={config.parent}\n")


def in_the_home_by_its_process_alone(fixed: FixedHost) -> None:
    run(fixed, write_config(fixed.home / "bots" / "one" / "openclaw.json"), HOME=str(fixed.home))


def that_nothing_places(fixed: FixedHost, uid: int = UID, home: Path | None = None) -> None:
    """Such as one whose state dir was deleted."""
    fixed.home.mkdir(exist_ok=True)
    fixed.add_process(77, "openclaw-gateway", uid=uid)
    fixed.clock.at += timedelta(hours=1)  # before, it might still be about to open its files
    fixed.processes.environments[77] = {"HOME": str(home or fixed.home)}


@pytest.mark.parametrize(
    "make",
    [
        that_nothing_places,
        in_the_home,
        linked_from_the_home,
        registered,
        named_by_the_environment,
        run_by_a_service_of_the_home,
        in_the_home_by_its_process_alone,
    ],
)
def test_what_is_of_this_home_or_registered_is_ones_own(fixed: FixedHost, make: Callable[[FixedHost], None]) -> None:
    make(fixed)
    found = only(fixed)
    assert (found.own, found.demo) == (True, False), found


def of_another_home(fixed: FixedHost) -> None:
    run(fixed, write_config(fixed.directory / "other" / ".openclaw" / "openclaw.json"))


def of_a_home_in_the_home(fixed: FixedHost) -> None:
    run(fixed, write_config(fixed.home / "work" / "other" / ".openclaw" / "openclaw.json"))


def of_a_lock_alone(fixed: FixedHost) -> None:
    config = write_config(fixed.directory / "other" / ".openclaw" / "openclaw.json")
    fixed.home.mkdir(exist_ok=True)
    write_lock(fixed, fixed.directory / "tmp" / f"openclaw-{UID}", 4321, 1, config)


def outside_of_every_home(fixed: FixedHost) -> None:
    run(fixed, write_config(fixed.directory / "tmp" / "test-1" / "state" / "openclaw.json"), HOME=str(fixed.home))


def of_another_user(fixed: FixedHost) -> None:
    run(fixed, write_config(fixed.directory / "home" / ".." / "alice" / ".openclaw" / "openclaw.json"), uid=4242)


def of_another_user_and_placed_by_nothing(fixed: FixedHost) -> None:
    that_nothing_places(fixed, uid=4242)


def of_another_home_and_placed_by_nothing(fixed: FixedHost) -> None:
    that_nothing_places(fixed, home=fixed.directory / "other")


def of_another_users_service(fixed: FixedHost) -> None:
    (fixed.directory / "etc" / "systemd" / "system").mkdir(parents=True)
    line = f"alice:x:4242:4242::{fixed.directory}/alice:/bin/sh\n"
    (fixed.directory / "etc" / "passwd").write_text(line)
    (fixed.directory / "etc" / "systemd" / "system" / "bot.service").write_text(f"{UNIT}User=alice\n")
    write_config(fixed.directory / "alice" / ".openclaw" / "openclaw.json")


@pytest.mark.parametrize(
    "make",
    [
        of_another_user_and_placed_by_nothing,
        of_another_home_and_placed_by_nothing,
        of_another_home,
        of_a_home_in_the_home,
        of_a_lock_alone,
        outside_of_every_home,
        of_another_user,
        of_another_users_service,
    ],
)
def test_what_is_of_another_home_or_user_is_not(fixed: FixedHost, make: Callable[[FixedHost], None]) -> None:
    fixed.home.mkdir(exist_ok=True)
    make(fixed)
    found = only(fixed)
    assert (found.own, found.demo) == (False, False), found


def demo_config(fixed: FixedHost, profile: str = "") -> Path:
    return write_config(fixed.directory / "tmp" / "demo-x" / "home" / f".openclaw{profile}" / "openclaw.json")


def test_a_gateway_of_a_demo_elsewhere_is_known_by_its_environment(fixed: FixedHost) -> None:
    base = fixed.directory / "tmp" / "demo-x"
    run(fixed, demo_config(fixed), DEMO_GATEWAY_HOME=str(base))
    found = only(fixed)
    assert (found.own, found.demo) == (False, True)


def test_what_lies_in_the_home_of_such_a_demo_is_of_it_also_while_it_is_down(fixed: FixedHost) -> None:
    base = fixed.directory / "tmp" / "demo-x"
    run(fixed, demo_config(fixed), DEMO_GATEWAY_HOME=str(base), TMPDIR=str(base / "root" / "tmp"))
    write_lock(fixed, base / "root" / "tmp" / f"openclaw-{UID}", 4321, 1, demo_config(fixed, "-rescue"))
    down = {name: item.demo for name, item in seen(fixed).items() if item.signals.process is None}
    assert down == {str(demo_config(fixed, "-rescue")): True}


def test_a_name_like_a_demos_is_no_demo(fixed: FixedHost) -> None:
    config = write_config(fixed.directory / "tmp" / "claw-tui-demo-0badcafe" / "home" / ".openclaw" / "openclaw.json")
    run(fixed, config)
    assert not only(fixed).demo


@pytest.mark.parametrize("base", ["/", "/nowhere"])
def test_a_variable_alone_takes_no_gateway_away_from_its_home(fixed: FixedHost, base: str) -> None:
    """As one that a shell of a demo, or somebody else's process, was given."""
    config = run(fixed, write_config(fixed.home / ".openclaw" / "openclaw.json"), DEMO_GATEWAY_HOME=base)
    elsewhere = write_config(fixed.directory / "other" / ".openclaw" / "openclaw.json")
    other = run(fixed, elsewhere, pid=78, uid=4242, DEMO_GATEWAY_HOME=base)
    found = seen(fixed)
    assert (found[str(config)].own, found[str(config)].demo) == (True, False)
    assert found[str(other)].demo is (base != "/")


def test_inside_of_a_demo_its_gateways_are_its_own(fixed: FixedHost) -> None:
    base = str(fixed.directory)
    fixed.environment = {DEMO_VARIABLE: base}
    run(fixed, write_config(fixed.home / ".openclaw" / "openclaw.json"), DEMO_GATEWAY_HOME=base)
    found = only(fixed)
    assert (found.own, found.demo) == (True, False)
