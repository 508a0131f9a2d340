"""What the dashboard is made with: which kind of session can do what."""

import pytest

from claw_tui.hosts.gateway_host import DEMO_FAREWELL, DemoServices, LocalServices, ReadOnlyServices
from claw_tui.settings import save_theme
from gateway_core.dirs import settings_file
from gateway_core.host import Host
from gateway_core.local_host import user_config_dir


def never() -> Host:
    pytest.fail("the host is not needed before the first paint")


def test_the_usual_session_can_do_everything() -> None:
    services = LocalServices(never)
    assert services.badges == ()
    for part in (services.operator, services.onboarder, services.recovery, services.open_logs, services.open_events):
        assert part is not None


def test_a_read_only_session_says_so_and_has_nothing_to_act_with() -> None:
    services = ReadOnlyServices(never)
    assert services.badges == ("read-only",)
    assert (services.operator, services.onboarder) == (None, None)
    assert services.open_logs is not None


def test_a_demo_begins_with_the_settings_of_the_user_and_keeps_none() -> None:
    save_theme(settings_file(user_config_dir()), "claw-light")
    services = DemoServices(never)
    assert (services.badges, services.farewell) == (("demo",), DEMO_FAREWELL)
    assert services.settings().settings.theme == LocalServices(never).settings().settings.theme == "claw-light"
    assert (services.settings().path, LocalServices(never).settings().path) == (None, settings_file(user_config_dir()))
