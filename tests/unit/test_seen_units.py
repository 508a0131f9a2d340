"""Services that were seen to run an instance, as claw-tui remembers them."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway_core.dirs import seen_units_file
from gateway_core.discovery.seen_units import SeenUnits
from tests.fixed_gateways import fixed
from tests.fixed_host import FixedHost

__all__ = ["fixed"]


def test_a_service_is_remembered_while_its_file_is_the_same(fixed: FixedHost, tmp_path: Path) -> None:
    one, two, config, link = (tmp_path / name for name in ("one.service", "two.service", "config.json", "link.json"))
    one.write_text("[Service]\nExecStart=/opt/run.sh\n")
    two.write_text("[Service]\nExecStart=/opt/two.sh\n")
    link.symlink_to(config)
    memory = SeenUnits(fixed.host())

    memory.add(link, ("systemd-user", "one.service"), str(one))
    memory.add(tmp_path / "other.json", ("systemd-system", "two.service"), str(two))
    odd = tmp_path / os.fsdecode(b"odd\xff.service")
    odd.touch()
    memory.add(tmp_path / "odd.json", ("systemd-user", "odd.service"), str(odd))
    memory.add(tmp_path / "gone.json", ("systemd-user", "gone.service"), str(tmp_path / "gone.service"))
    assert SeenUnits(fixed.host()).recall() == {
        str(config): ("systemd-user", "one.service"),
        str(tmp_path / "odd.json"): ("systemd-user", "odd.service"),
        str(tmp_path / "other.json"): ("systemd-system", "two.service"),
    }

    memory.add(config, ("systemd-user", "two.service"), str(two))
    assert memory.recall()[str(config)] == ("systemd-user", "two.service")
    two.write_text("[Service]\nExecStart=/opt/three.sh\n")
    odd.unlink()
    assert memory.recall() == {}


def test_a_memory_that_cannot_be_read_is_empty(fixed: FixedHost, tmp_path: Path) -> None:
    path = seen_units_file(fixed.host())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"units": [{"config"')
    memory = SeenUnits(fixed.host())
    assert memory.recall() == {}
    path.unlink()
    path.mkdir()
    memory.add(tmp_path / "c.json", ("systemd-user", "a.service"), str(tmp_path / "a.service"))
    assert memory.recall() == {}


def test_two_that_remember_at_once_lose_nothing(fixed: FixedHost, tmp_path: Path) -> None:
    units = [tmp_path / f"{number}.service" for number in range(40)]
    for unit in units:
        unit.touch()

    def remember(unit: Path) -> None:
        SeenUnits(fixed.host()).add(unit.with_suffix(".json"), ("systemd-user", unit.name), str(unit))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(remember, units))
    assert set(SeenUnits(fixed.host()).recall().values()) == {("systemd-user", unit.name) for unit in units}


@pytest.mark.parametrize("name", ["*.service", "--host=evil.service", "a\\u001b[2J.service", "a b.service", "a.timer"])
def test_what_no_service_can_be_called_was_not_seen(fixed: FixedHost, tmp_path: Path, name: str) -> None:
    definition = tmp_path / "a.service"
    definition.touch()
    memory = SeenUnits(fixed.host())
    memory.add(tmp_path / "c.json", ("systemd-user", "a.service"), str(definition))
    path = seen_units_file(fixed.host())
    path.write_text(path.read_text().replace('"name":"a.service"', f'"name":"{name}"'))
    assert memory.recall() == {}
