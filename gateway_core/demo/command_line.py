"""The command line of the family, as far as the demo understands it."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from gateway_core.distributions import DEFAULT_PROFILE, PROFILE_PATTERN, Distribution
from gateway_core.distributions.model import DEV_PROFILE, first_covering, version_key

ONBOARD_FLAGS = ("--non-interactive", "--accept-risk", "--json")
ONBOARD_VALUES = ("--mode", "--auth-choice", "--gateway-token")
_PROFILE_ANYWHERE_SINCE = "2026.9"
_TITLED_SINCE = "2026.3"
GATEWAY_FLAGS = ("--allow-unconfigured", "--verbose", "--force")

_ABSENT = argparse.SUPPRESS
"""Options that are not given leave the defaults of `Arguments` alone."""


class UsageError(Exception):
    """The command line is wrong; what is printed, and the exit code."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


class Arguments(argparse.Namespace):
    """A command line taken apart."""

    profile: str = DEFAULT_PROFILE
    version: bool = False
    subcommand: str | None = None
    verb: str | None = None
    port: int | None = None
    allow_unconfigured: bool = False
    non_interactive: bool = False
    accept_risk: bool = False
    json: bool = False
    gateway_port: int | None = None
    gateway_bind: str = "loopback"
    gateway_auth: str = "token"
    workspace: Path | None = None


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"error: {message}")


def parse(distribution: Distribution, version: str, arguments: Sequence[str]) -> Arguments:
    """Take the arguments apart. Raises `UsageError`; prints help and exits where the product would.

    As in the products, `--profile` counts only before the subcommand; openclaw 2026.9.6 takes it anywhere.
    """
    parser = _parser(distribution, version)
    found, unknown = parser.parse_known_args(arguments, Arguments())
    if unknown:
        raise UsageError(f"error: unknown option '{unknown[0]}'")
    if not re.match(PROFILE_PATTERN, found.profile, re.IGNORECASE):
        raise UsageError(f'[{distribution.command}] Invalid --profile (use letters, numbers, "_", "-" only)', 2)
    found.profile = found.profile.lower()
    return found


def version_line(distribution: Distribution, version: str) -> str:
    """What `--version` prints."""
    titled = version_key(version) >= version_key(_TITLED_SINCE)
    return f"{distribution.title} {version}" if titled else version


def _parser(distribution: Distribution, version: str) -> argparse.ArgumentParser:
    parser = _Parser(prog=distribution.command, allow_abbrev=False, argument_default=_ABSENT)
    parser.add_argument("-V", "--version", action="store_true")
    subcommands = parser.add_subparsers(dest="subcommand", metavar="COMMAND", parser_class=_Parser)
    gateway = subcommands.add_parser("gateway", help="run the gateway", allow_abbrev=False, argument_default=_ABSENT)
    gateway.add_argument("verb", nargs="?", choices=["run", "install", "uninstall"], default=None)
    gateway.add_argument("--port", type=int, metavar="N")
    _add_flags(gateway, GATEWAY_FLAGS)
    onboard = subcommands.add_parser("onboard", help="set everything up", allow_abbrev=False, argument_default=_ABSENT)
    _add_onboarding(onboard, distribution, version)
    setup = subcommands.add_parser("setup", help="create workspace and config", allow_abbrev=False)
    anywhere = version_key(version) >= version_key(_PROFILE_ANYWHERE_SINCE)
    for accepting in (parser, gateway, onboard, setup) if anywhere else (parser,):
        accepting.add_argument("--profile", metavar="NAME", default=_ABSENT)
        accepting.add_argument("--dev", dest="profile", action="store_const", const=DEV_PROFILE, default=_ABSENT)
    return parser


def _add_onboarding(parser: argparse.ArgumentParser, distribution: Distribution, version: str) -> None:
    rule = first_covering(distribution.onboarding, version)
    _add_flags(parser, ONBOARD_FLAGS + (rule.flags if rule else ()))
    for name in ONBOARD_VALUES:
        parser.add_argument(name)
    parser.add_argument("--gateway-port", type=int, metavar="N")
    parser.add_argument("--gateway-bind", metavar="MODE")
    parser.add_argument("--gateway-auth", metavar="MODE")
    parser.add_argument("--workspace", type=Path, metavar="DIR")


def _add_flags(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    for name in names:
        parser.add_argument(name, action="store_true")
