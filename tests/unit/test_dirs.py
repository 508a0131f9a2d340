"""Home and config directory come from the given environment, as the platform lays them out."""

import os
import pwd
from pathlib import Path

import pytest

from gateway_core.dirs import config_dir, expand_home, home_dir
from gateway_core.host import Platform

ACCOUNT_HOME = Path(pwd.getpwuid(os.getuid()).pw_dir)


@pytest.mark.parametrize(
    ("environment", "home"),
    [
        ({"HOME": "/srv/ada"}, Path("/srv/ada")),
        ({"HOME": ""}, ACCOUNT_HOME),
        ({"HOME": "relative"}, ACCOUNT_HOME),
        ({}, ACCOUNT_HOME),
    ],
)
def test_home(environment: dict[str, str], home: Path) -> None:
    assert home_dir(environment, os.getuid()) == home


def test_a_user_without_an_account_is_at_home_at_the_root() -> None:
    nobody = max(account.pw_uid for account in pwd.getpwall()) + 1
    assert home_dir({}, nobody) == Path("/")


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {}, "/srv/ada/.config/claw-tui"),
        ("linux", {"XDG_CONFIG_HOME": "/etc/ada"}, "/etc/ada/claw-tui"),
        ("linux", {"XDG_CONFIG_HOME": "relative"}, "/srv/ada/.config/claw-tui"),
        ("darwin", {"XDG_CONFIG_HOME": "/etc/ada"}, "/srv/ada/Library/Application Support/claw-tui"),
    ],
)
def test_config_dir(platform: Platform, environment: dict[str, str], expected: str) -> None:
    assert config_dir(environment, Path("/srv/ada"), platform) == Path(expected)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("~", "/srv/ada"),
        ("~/.openclaw", "/srv/ada/.openclaw"),
        ("~bob/.openclaw", "~bob/.openclaw"),
        ("/etc/~", "/etc/~"),
    ],
)
def test_a_tilde_is_the_home(written: str, meant: str) -> None:
    assert expand_home(written, Path("/srv/ada")) == Path(meant)
