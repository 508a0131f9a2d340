"""Services that were seen to run an instance, as claw-tui remembers them."""

from pathlib import Path

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
    memory.add(tmp_path / "gone.json", ("systemd-user", "gone.service"), str(tmp_path / "gone.service"))
    assert SeenUnits(fixed.host()).recall() == {
        str(config): ("systemd-user", "one.service"),
        str(tmp_path / "other.json"): ("systemd-system", "two.service"),
    }

    memory.add(config, ("systemd-user", "two.service"), str(two))
    assert memory.recall()[str(config)] == ("systemd-user", "two.service")
    two.write_text("[Service]\nExecStart=/opt/three.sh\n")
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
