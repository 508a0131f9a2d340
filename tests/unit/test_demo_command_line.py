"""The command line that demo gateways understand."""

import pytest

from gateway_core.demo.gateway import Arguments, UsageError, parse
from tests.products import OPENCLAW


def parsed(version: str, *arguments: str) -> Arguments:
    return parse(OPENCLAW, version, arguments)


def test_what_is_not_given_has_its_usual_value() -> None:
    found = parsed("2026.9.6", "onboard")
    assert (found.profile, found.gateway_bind, found.gateway_port, found.accept_risk) == (
        "default",
        "loopback",
        None,
        False,
    )
    assert (parsed("2026.9.6", "gateway").verb, parsed("2026.9.6", "gateway").port) == (None, None)


def test_the_profile_is_named_before_the_subcommand() -> None:
    assert parsed("2026.2.6", "--profile", "Rescue", "gateway", "--port", "7").profile == "rescue"
    assert parsed("2026.2.6", "--dev", "gateway").profile == "dev"


def test_only_new_versions_take_the_profile_after_the_subcommand() -> None:
    assert parsed("2026.9.6", "gateway", "--profile", "rescue").profile == "rescue"
    assert parsed("2026.9.6", "--profile", "main", "gateway").profile == "main"
    with pytest.raises(UsageError):
        parsed("2026.2.6", "gateway", "--profile", "rescue")


def test_onboarding_flags_depend_on_the_version() -> None:
    parsed("2026.9.6", "onboard", "--skip-search", "--skip-health")
    with pytest.raises(UsageError, match="unknown option '--skip-search'"):
        parsed("2026.2.6", "onboard", "--skip-search", "--skip-health")


@pytest.mark.parametrize(("name", "code"), [("bad name", 2), ("-x", 1), ("x" * 65, 2)])
def test_impossible_profile_names(name: str, code: int) -> None:
    with pytest.raises(UsageError) as caught:
        parsed("2026.9.6", "--profile", name, "gateway")
    assert caught.value.code == code


def test_the_command_that_the_wizard_hands_the_terminal_to_is_there() -> None:
    assert parsed("2026.9.6", "--profile", "spare", "configure").subcommand == "configure"
