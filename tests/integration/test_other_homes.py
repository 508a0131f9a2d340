"""Gateways of other homes, and of a demo that runs elsewhere, as real processes: shown, and touched only by name."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from tests.documents import rows, text
from tests.program import claw_tui
from tests.real_processes import gateways_of


@pytest.fixture
def outside(demo_home: DemoHome, tmp_path: Path) -> Mapping[str, str]:
    """The environment of a user with another home, on the machine on which the demo runs."""
    home, temporary = tmp_path / "home of its own", tmp_path / "tmp"
    for directory in (home, temporary):
        directory.mkdir(mode=0o700)
    kept = {name: value for name, value in demo_home.environment.items() if not name.startswith(("XDG_", "DEMO_"))}
    return kept | {"HOME": str(home), "TMPDIR": str(temporary)}


@pytest.mark.slow
@pytest.mark.parametrize("version", ["2026.9.6", "2026.2.6"])
async def test_a_demo_elsewhere_is_marked_and_belongs_to_no_all(
    demo_home: DemoHome, outside: Mapping[str, str], version: str
) -> None:
    demo = await demo_home.start("openclaw", "rescue", version=version)

    listed = await claw_tui(outside, "ls", "--json")
    mine = [item for item in rows(listed.document["instances"]) if str(demo_home.base) in str(item["state_dir"])]
    (found,) = mine
    assert (found["demo"], found["own"], found["live_port"]) == (True, False, demo.port)
    name = text(found["id"])
    assert "demo" in (await claw_tui(outside, "show", name)).output

    before = gateways_of(demo.profile)
    for operation in ("stop", "restart", "start"):
        every = await claw_tui(outside, operation, "--all", *(() if operation == "start" else ("--yes",)))
        assert name not in every.output
        assert gateways_of(demo.profile) == before, every
        assert (f"{name} (demo)" in every.errors) is (operation != "start")

    inside = await claw_tui(demo_home.environment, "ls", "--json")
    (same,) = rows(inside.document["instances"])
    assert (same["id"], same["demo"], same["own"]) == ("openclaw:rescue", False, True)

    assert (await claw_tui(outside, "stop", name, "--yes")).code == 0
    assert gateways_of(demo.profile) == []


@pytest.mark.slow
async def test_a_registered_gateway_of_a_demo_stays_one_of_the_demo(
    demo_home: DemoHome, outside: Mapping[str, str]
) -> None:
    demo = await demo_home.start("openclaw", "rescue")
    added = await claw_tui(outside, "add", "--config", str(demo.profile.installation.config_path), "--label", "mine")
    assert added.code == 0, added
    stopped = await claw_tui(outside, "stop", "--all", "--yes")
    assert "openclaw@mine (demo)" in stopped.errors
    assert gateways_of(demo.profile) == [demo.pid]
