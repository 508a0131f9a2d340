"""What the dashboard is made with: what can be done to which kind of host."""

import pytest

from claw_tui.hosts.local import DEMO_EXIT_MESSAGE, demo_gateway_host, local_gateway_host, read_only_gateway_host
from claw_tui.settings import save_theme
from gateway_core.dirs import settings_file
from gateway_core.host import Host
from gateway_core.local_host import user_config_dir


def never() -> Host:
    pytest.fail("the host is not needed before the first paint")


def test_to_the_local_host_everything_can_be_done() -> None:
    host = local_gateway_host(never)
    assert host.badges == ()
    for part in (host.operator, host.onboarder, host.recovery, host.registrar, host.open_logs, host.open_events):
        assert part is not None


def test_a_read_only_host_says_so_and_has_nothing_to_act_with() -> None:
    host = read_only_gateway_host(local_gateway_host(never))
    assert host.badges == ("read-only",)
    assert (host.operator, host.onboarder, host.registrar) == (None, None, None)
    assert host.open_logs is not None


def test_a_demo_begins_with_the_settings_of_the_user_and_keeps_none() -> None:
    file = settings_file(user_config_dir())
    save_theme(file, "claw-light")
    host = demo_gateway_host(never)
    assert (host.badges, host.exit_message) == (("demo",), DEMO_EXIT_MESSAGE)
    kept = local_gateway_host(never).settings()
    assert host.settings().settings.theme == kept.settings.theme == "claw-light"
    assert (host.settings().path, kept.path) == (None, file)
