"""Gateways of other accounts: whose they are, and what they are called where their places may not be seen."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from gateway_core.host import Placement
from gateway_core.snapshot import Instance
from tests.discovered import seen, survey, write_config
from tests.fixed_host import FixedHost

ALICE = 4242
STARTING = ("node", "/opt/node_modules/openclaw/openclaw.mjs")


@pytest.fixture
def other(tmp_path: Path) -> FixedHost:
    """A host with the account of alice."""
    host = FixedHost(tmp_path)
    (host.directory / "etc").mkdir()
    line = f"alice:x:{ALICE}:{ALICE}::{host.directory}/srv/alice:/bin/sh\n"
    (host.directory / "etc" / "passwd").write_text(line)
    return host


def by_id(fixed: FixedHost) -> dict[str, Instance]:
    return {item.id: item for item in seen(fixed).values()}


def test_the_account_of_another_user_is_told_beside_the_instance(other: FixedHost) -> None:
    config = write_config(other.directory / "srv" / "alice" / ".openclaw" / "openclaw.json")
    other.add_process(77, "openclaw-gateway", uid=ALICE)
    other.processes.environments[77] = {"OPENCLAW_STATE_DIR": str(config.parent)}
    write_config(other.home / ".openclaw" / "openclaw.json")
    assert {item.id: item.account for item in seen(other).values()} == {
        "openclaw@alice": "alice",
        "openclaw:default": None,
    }


def test_a_unit_tells_the_account_whoever_owns_the_state_dir(other: FixedHost) -> None:
    """Both homes hold a default state dir: only the caller's is called so."""
    config = write_config(other.directory / "srv" / "alice" / ".openclaw" / "openclaw.json")
    write_config(other.home / ".openclaw" / "openclaw.json")
    unit = other.directory / "etc" / "systemd" / "system" / "openclaw-gateway.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("[Service]\nUser=alice\nExecStart=/usr/bin/openclaw gateway\n")
    assert config.stat().st_uid == os.getuid()
    assert {name: item.account for name, item in by_id(other).items()} == {
        "openclaw@alice": "alice",
        "openclaw:default": None,
    }


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a directory away")
def test_without_unit_and_process_the_owner_of_the_state_dir_is_the_account(other: FixedHost) -> None:
    config = write_config(other.home / ".openclaw-work" / "openclaw.json")
    os.chown(config.parent, ALICE, ALICE)
    assert by_id(other)["openclaw:work"].account == "alice"


@pytest.mark.parametrize(
    ("argv", "unit", "name"),
    [
        (("openclaw-gateway",), None, "openclaw@alice"),
        (
            ("node", "/opt/node_modules/openclaw/openclaw.mjs", "--profile", "rescue", "gateway"),
            None,
            "openclaw@alice-rescue",
        ),
        (("openclaw-gateway",), "openclaw-gateway-rescue.service", "openclaw@alice-rescue"),
        (("openclaw-gateway",), "openclaw@alice.service", "openclaw@alice"),
        (("openclaw-gateway",), "openclaw-gateway.service", "openclaw@alice"),
        (("openclaw-gateway",), "xdg-desktop-portal.service", "openclaw@alice"),
    ],
)
def test_a_gateway_that_may_not_be_looked_into_is_called_by_what_lasts(
    other: FixedHost, argv: tuple[str, ...], unit: str | None, name: str
) -> None:
    for pid in (77, 78):
        other.processes.processes.clear()
        other.add_process(pid, *argv, uid=ALICE)
        other.processes.placements[pid] = Placement(
            cgroups=(f"/user.slice/user-4242.slice/user@4242.service/app.slice/{unit}",) if unit else ()
        )
        assert set(survey(other)) == {name}


def test_an_account_that_is_not_listed_is_its_number(other: FixedHost) -> None:
    other.add_process(77, "openclaw-gateway", uid=ALICE + 1)
    assert set(survey(other)) == {f"openclaw@uid-{ALICE + 1}"}


def test_two_that_may_not_be_looked_into_and_show_nothing_have_two_ids(other: FixedHost) -> None:
    for pid in (77, 78):
        other.add_process(pid, "openclaw-gateway", uid=ALICE)
    assert len(survey(other)) == 2


def test_no_control_ui_is_made_up_for_a_gateway_whose_port_is_not_known(other: FixedHost) -> None:
    other.add_process(77, "openclaw-gateway", uid=ALICE)
    other.clock.at += timedelta(hours=1)
    [found] = by_id(other).values()
    assert (found.base_port, found.control_url) == (None, None)


@pytest.mark.parametrize(
    ("unit", "name"),
    [
        ("openclaw-gateway.service", "openclaw@alice"),
        ("openclaw-gateway@north.service", "openclaw@north"),
    ],
)
def test_a_place_that_tells_nothing_is_called_as_its_unit_or_account_is(other: FixedHost, unit: str, name: str) -> None:
    file = other.directory / "etc" / "systemd" / "system" / unit
    file.parent.mkdir(parents=True)
    lines = ("[Service]", "User=alice", "Environment=OPENCLAW_STATE_DIR=/var/lib/openclaw")
    file.write_text("\n".join((*lines, "ExecStart=/usr/bin/openclaw gateway")))
    assert set(survey(other)) == {name}
