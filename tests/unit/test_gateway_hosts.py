"""What the dashboard is made with: what can be done to which kind of host."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from claw_tui.cli.main import run
from claw_tui.hosts.local import DEMO_EXIT_MESSAGE, demo_gateway_host, local_gateway_host, read_only_gateway_host
from claw_tui.hosts.onboarding import OnboardingRuns
from claw_tui.settings import save_theme
from gateway_core.dirs import settings_file
from gateway_core.distributions import loader
from gateway_core.host import Host
from gateway_core.local_host import user_config_dir
from tests.fixed_host import NOW, FixedHost
from tests.onboarding import begin_onboarding, contents
from tests.snapshots import instance


def never() -> Host:
    pytest.fail("the host is not needed before the first paint")


def test_to_the_local_host_everything_can_be_done() -> None:
    host = local_gateway_host(never)
    assert host.badges == ()
    for part in (host.operator, host.onboarder, host.onboarding_runs, host.registrar, host.open_logs, host.open_events):
        assert part is not None


def test_time_user_and_home_are_those_of_the_host(tmp_path: Path) -> None:
    machine = replace(FixedHost(tmp_path).host(), uid=4711)
    host = local_gateway_host(lambda: machine)
    assert (host.now(), host.uid(), host.home()) == (NOW, 4711, machine.home)


def test_a_read_only_host_says_so_and_has_nothing_to_act_with() -> None:
    host = read_only_gateway_host(local_gateway_host(never))
    assert host.badges == ("read-only",)
    assert (host.operator, host.onboarder, host.registrar) == (None, None, None)
    assert host.open_logs is not None
    assert host.look_back is not None, "somebody who only looks has looked, too"
    assert isinstance(host.onboarding_runs, OnboardingRuns), "unfinished runs are listed"
    assert {name for name in dir(OnboardingRuns) if not name.startswith("_")} == {"unfinished", "journals"}


def test_once_there_is_a_monitor_no_key_reads_the_distributions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = FixedHost(tmp_path).host()
    host = local_gateway_host(lambda: machine)
    host.monitor()
    monkeypatch.setattr(loader, "load_distributions", lambda _: pytest.fail("they are read again"))
    assert host.distributions().named("openclaw")
    assert host.start_command(instance(home=str(machine.home)))


@pytest.mark.parametrize("option", ["--resume", "--undo"])
def test_no_command_goes_on_with_a_run_of_a_read_only_host_or_takes_it_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    fixed = FixedHost(tmp_path)
    asyncio.run(begin_onboarding(fixed, 19989))
    before = contents(tmp_path)
    host = read_only_gateway_host(local_gateway_host(fixed.host))
    assert run(["new", option, "coming", "--yes"], host) == 1
    assert capsys.readouterr().err == "claw-tui: that cannot be done on this host\n"
    assert contents(tmp_path) == before
    assert host.onboarding_runs is not None
    assert [found.instance for found in asyncio.run(host.onboarding_runs.unfinished())] == ["openclaw:coming"]


def test_a_demo_begins_with_the_settings_of_the_user_and_keeps_none() -> None:
    file = settings_file(user_config_dir())
    save_theme(file, "claw-light")
    host = demo_gateway_host(never)
    assert (host.badges, host.exit_message) == (("demo",), DEMO_EXIT_MESSAGE)
    assert host.look_back is None, "no demo is seen twice"
    kept = local_gateway_host(never).settings()
    assert host.settings().settings.theme == kept.settings.theme == "claw-light"
    assert (host.settings().path, kept.path) == (None, file)
