"""Services are installed and removed by the products' own commands, and only where their gateway could start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.host import Host
from gateway_core.lifecycle.backend import Options
from gateway_core.lifecycle.operate import operate
from gateway_core.operations import ErrorCode, Failure, Operation
from tests.real_processes import gateways_of, other_process

VENDOR_COMMAND = """\
#!/bin/sh
case "$*" in
  "--profile p gateway install") {install} ;;
  "--profile p gateway uninstall") rm -f "{unit}" ;;
  *) exit 64 ;;
esac
"""


async def test_a_service_is_installed_and_removed_by_the_products_own_command(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    unit = demo_home.write_unit(profile)
    template = unit.rename(demo_home.base / "template")
    command = VENDOR_COMMAND.format(install=f'mkdir -p "{unit.parent}"; cp "{template}" "{unit}"', unit=unit)
    profile.command.write_text(command)

    installed = await operate(demo_home.host(), profile.id, Operation.INSTALL_SERVICE)
    assert (installed.ok, installed.error) == (True, None)
    assert installed.steps[-1].detail == str(unit)
    again = await operate(demo_home.host(), profile.id, Operation.INSTALL_SERVICE)
    assert again.ok

    removed = await operate(demo_home.host(), profile.id, Operation.UNINSTALL_SERVICE)
    assert (removed.ok, removed.error) == (True, None)
    assert not unit.exists()


async def test_the_vendors_word_that_it_installed_something_is_not_enough(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    profile.command.write_text(VENDOR_COMMAND.format(install='echo "Gateway service not loaded."', unit="/nowhere"))

    result = await operate(demo_home.host(), profile.id, Operation.INSTALL_SERVICE)

    assert result.error is not None
    assert result.error.code is ErrorCode.NOT_VERIFIED
    assert "exit code 0" in result.error.message
    assert result.error.last_lines == ("Gateway service not loaded.",)


async def test_no_service_is_installed_beside_a_gateway_that_runs(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "p")

    result = await operate(demo_home.host(), "openclaw:p", Operation.INSTALL_SERVICE)

    assert result.error is not None
    assert result.error.code is ErrorCode.RUNS_DIRECTLY
    assert gateways_of(gateway.profile) == [gateway.pid]


@dataclass(frozen=True)
class Installer:
    """A profile whose command, told to install a service, writes its unit and starts nothing."""

    profile: DemoProfile
    unit: Path

    @property
    def is_installed(self) -> bool:
        return self.unit.exists()

    async def refused(self, host: Host, options: Options | None = None) -> Failure:
        """Why nothing was installed; fails if something was, or anything was run for it."""
        result = await operate(host, self.profile.id, Operation.INSTALL_SERVICE, options)
        assert result.error is not None
        assert not self.is_installed
        assert "install" not in [step.name for step in result.steps]
        assert "The service was not installed, because that starts the gateway." in result.error.message
        assert result.error.hint is not None
        return result.error


def installer(demo_home: DemoHome, distribution: str) -> Installer:
    profile = demo_home.add_profile(distribution, "p")
    unit = demo_home.write_unit(profile)
    template = unit.rename(demo_home.base / "template")
    profile.command.write_text(VENDOR_COMMAND.format(install=f'cp "{template}" "{unit}"', unit=unit))
    return Installer(profile, unit)


@pytest.mark.parametrize("offset", [0, 57, 110])
async def test_no_omniclaw_is_installed_on_a_block_that_is_not_free_and_no_force_lifts_that(
    demo_home: DemoHome, tmp_path: Path, offset: int
) -> None:
    found = installer(demo_home, "omniclaw")
    with other_process(tmp_path, found.profile.port + offset, called="omniclaw-notes") as neighbour:
        for options in (None, Options(force=True)):
            error = await found.refused(demo_home.host(), options)
            assert error.code is ErrorCode.BLOCK_NOT_FREE
            assert str(neighbour.pid) in error.message
        assert neighbour.unharmed

    freed = await operate(demo_home.host(), found.profile.id, Operation.INSTALL_SERVICE)
    assert (freed.ok, freed.error) == (True, None)
    assert found.is_installed


async def test_no_service_is_installed_where_its_gateway_would_fight_over_its_port(
    demo_home: DemoHome, tmp_path: Path
) -> None:
    found = installer(demo_home, "openclaw")
    with other_process(tmp_path, found.profile.port) as squatter:
        error = await found.refused(demo_home.host())
        assert error.code is ErrorCode.CONFLICT
        assert str(squatter.pid) in error.message
        assert squatter.unharmed
    twin = demo_home.add_profile("mazelclaw", "twin", port=found.profile.port)
    error = await found.refused(demo_home.host())
    assert error.code is ErrorCode.CONFLICT
    assert twin.id in error.message


async def test_no_service_is_installed_for_a_config_with_which_it_cannot_start(demo_home: DemoHome) -> None:
    found = installer(demo_home, "openclaw")
    found.profile.config_path.write_text("{")
    assert (await found.refused(demo_home.host())).code is ErrorCode.INVALID_CONFIG
