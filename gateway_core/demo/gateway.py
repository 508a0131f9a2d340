"""The command of one product at one version: `python -m gateway_core.demo.gateway NAME VERSION ARGUMENT…`.

The wrappers in the `bin` of a `DemoHome` call it; it runs only there. `DEMO_GATEWAY_HOME` names that home, by which
the home's cleanup finds the process, `DEMO_GATEWAY_ROOT` what stands for `/` where a product uses absolute paths, and
`DEMO_GATEWAY_COMMAND` the wrapper itself, which a service runs.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from gateway_core.demo.faults import Faults
from gateway_core.demo.installation import DemoConfig, DemoInstallation, InvalidConfigError, locate
from gateway_core.distributions.loader import load_distributions
from gateway_core.distributions.model import DEFAULT_PROFILE, DEV_PROFILE, PROFILE_PATTERN, Distribution
from gateway_core.distributions.versions import first_covering, version_key
from gateway_core.host import DEMO_VARIABLE

EXIT_CONFIG = 78  # units of systemd do not restart after this
ONBOARD_FLAGS = ("--non-interactive", "--accept-risk", "--json")
ONBOARD_VALUES = ("--mode", "--auth-choice", "--gateway-token")
_PROFILE_ANYWHERE_SINCE = "2026.9"
_TITLED_SINCE = "2026.3"
GATEWAY_FLAGS = ("--allow-unconfigured", "--verbose", "--force")

_ABSENT = argparse.SUPPRESS  # options that are not given leave the defaults of `Arguments` alone


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
    bind: str | None = None
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
    titled = version_key(version) >= version_key(_TITLED_SINCE)
    return f"{distribution.title} {version}" if titled else version


def _parser(distribution: Distribution, version: str) -> argparse.ArgumentParser:
    parser = _Parser(prog=distribution.command, allow_abbrev=False, argument_default=_ABSENT)
    parser.add_argument("-V", "--version", action="store_true")
    subcommands = parser.add_subparsers(dest="subcommand", metavar="COMMAND", parser_class=_Parser)
    gateway = subcommands.add_parser("gateway", help="run the gateway", allow_abbrev=False, argument_default=_ABSENT)
    gateway.add_argument("verb", nargs="?", choices=["run", "install", "uninstall"], default=None)
    gateway.add_argument("--port", type=int, metavar="N")
    gateway.add_argument("--bind", metavar="MODE")
    _add_flags(gateway, GATEWAY_FLAGS)
    onboard = subcommands.add_parser("onboard", help="set everything up", allow_abbrev=False, argument_default=_ABSENT)
    _add_onboarding(onboard, distribution, version)
    setup = subcommands.add_parser("setup", help="create workspace and config", allow_abbrev=False)
    configure = subcommands.add_parser("configure", help="provider and channels", allow_abbrev=False)
    anywhere = version_key(version) >= version_key(_PROFILE_ANYWHERE_SINCE)
    for accepting in (parser, gateway, onboard, setup, configure) if anywhere else (parser,):
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


def main(arguments: Sequence[str]) -> int:
    """Act as the product that the first two arguments name; returns the exit code."""
    name, version, *command_line = arguments
    if not Path(os.environ[DEMO_VARIABLE]).is_dir():
        return _fail("This demo home is gone.")
    distribution = load_distributions(Path(os.environ["DEMO_GATEWAY_CONFIG_DIR"])).named(name)
    if distribution is None:
        return _fail(f"There is no distribution {name}.")
    try:
        found = parse(distribution, version, command_line)
    except UsageError as error:
        return _fail(str(error), error.code)
    return _dispatch(distribution, version, found)


def _dispatch(distribution: Distribution, version: str, found: Arguments) -> int:
    if found.version:
        print(version_line(distribution, version))
        return 0
    installation = locate(distribution, version, found.profile, dict(os.environ))
    match found.subcommand:
        case "gateway" if found.verb in ("install", "uninstall"):
            return _service(installation, found)
        case "gateway":
            return _gateway(installation, found)
        case "onboard":
            return _onboard(installation, found)
        case "setup":
            return _setup(installation)
        case "configure":
            return _configure(installation)
        case _:
            return _fail(f"Try: {distribution.command} --help")


def _configure(installation: DemoInstallation) -> int:
    """Say what the product would ask for: its own conversation needs accounts that a demo has not."""
    print(
        f"This is the demo's {installation.distribution.title}. The real one asks here for a provider and its key,\n"
        f"and for channels such as Telegram or Discord, and writes them to\n{installation.config_path}.\n"
        "The demo stores nothing."
    )
    return 0


def _onboard(installation: DemoInstallation, found: Arguments) -> int:
    from gateway_core.demo.onboarding import Answers, onboard

    refusal = _refusal(found)
    if refusal:
        return _fail(refusal)
    port = found.gateway_port or installation.base_port(DemoConfig(), None)
    report = onboard(installation, Answers(port, found.gateway_bind, found.gateway_auth, found.workspace))
    plain = sys.stdout if installation.early else sys.stderr
    print(f"Updated {installation.config_path}\nWorkspace OK: {report['workspace']}", file=plain, flush=True)
    if found.json:
        print(json.dumps(report, indent=2))
    return 0


def _refusal(found: Arguments) -> str | None:
    """Return why onboarding may not go on; ask the user in a terminal."""
    if found.non_interactive:
        return None if found.accept_risk else "Non-interactive setup requires explicit risk acknowledgement."
    if not sys.stdin.isatty():
        return "Onboarding needs an interactive TTY. Use `onboard --non-interactive --accept-risk ...` for automation."
    consent = input("I understand that agents can do harm. Continue? [y/N] ")
    return None if consent.strip().lower() in ("y", "yes") else "Setup cancelled."


def _setup(installation: DemoInstallation) -> int:
    from gateway_core.demo.onboarding import set_up

    set_up(installation)
    print(f"Wrote {installation.config_path}")
    return 0


def _service(installation: DemoInstallation, found: Arguments) -> int:
    """Install or uninstall the service. Where nothing is installed, `uninstall` ends well, as the products' does."""
    from gateway_core.demo.installation import DemoProfile
    from gateway_core.demo.onboarding import NoManagerError, install, uninstall

    try:
        if found.verb == "uninstall":
            removed = uninstall(installation, os.environ)
            print(f"Removed systemd service: {removed}" if removed else "Gateway service not installed.")
            return 0
        port = installation.base_port(installation.read_config() or DemoConfig(), found.port)
        command = Path(os.environ["DEMO_GATEWAY_COMMAND"])
        print(f"Installed systemd service: {install(DemoProfile(installation, port, command), os.environ)}")
    except (InvalidConfigError, NoManagerError) as error:
        return _fail(f"Gateway {found.verb} failed: systemctl --user unavailable: {error}")
    return 0


def _gateway(installation: DemoInstallation, found: Arguments) -> int:
    try:
        config = installation.read_config()
    except InvalidConfigError as error:
        return _fail(f"Config invalid: {installation.config_path}\n{error}", EXIT_CONFIG)
    local = config is not None and config.gateway.mode == "local"
    if not local and not found.allow_unconfigured:
        return _fail(_not_configured(installation, exists=config is not None), EXIT_CONFIG)
    faults = Faults.read(installation.state_dir)
    if faults.exit_code is not None:
        return _fail("Gateway failed to start.", faults.exit_code)
    ignored = installation.distribution.takes_run_port(installation.version) is False
    requested = None if found.verb == "run" and ignored else found.port
    return _run(installation, (config or DemoConfig()).bound_to(found.bind), requested)


def _not_configured(installation: DemoInstallation, *, exists: bool) -> str:
    command, profile = installation.distribution.command, installation.profile
    if exists:
        return "Gateway start blocked: set gateway.mode=local (current: unset) or pass --allow-unconfigured."
    return (
        f"Missing config. Run `{command} --profile {profile} setup` or set gateway.mode=local"
        " (or pass --allow-unconfigured)."
    )


def _run(installation: DemoInstallation, config: DemoConfig, requested: int | None) -> int:
    child = _respawn(installation)
    if child is not None:
        return _wait_for(child)
    _set_title(installation.distribution.title_of(installation.version))

    import asyncio

    from gateway_core.demo.files import AlreadyRunningError, open_log
    from gateway_core.demo.server import Gateway, PortTakenError

    port = installation.base_port(config, requested)
    log = open_log(installation, config)
    try:
        return asyncio.run(Gateway(installation, config, port, log).run())
    except (AlreadyRunningError, PortTakenError) as error:
        log.write(f"Gateway failed to start: {error}", level="ERROR")
        return _fail(f"Gateway failed to start: {error}")


def _respawn(installation: DemoInstallation) -> int | None:
    """Many versions run the gateway in a child unless `<PREFIX>NO_RESPAWN` is set; its pid, in the parent."""
    kind = installation.distribution.parent_kind(installation.version)
    if kind is None or installation.environment.get(f"{installation.distribution.environment_prefix}NO_RESPAWN"):
        return None
    child = os.fork()
    if child and kind == "titled":
        _set_title(installation.distribution.parent_title)
    elif child:
        show_command_line("node", os.environ["DEMO_GATEWAY_COMMAND"], *sys.argv[3:])
    return child or None


def _wait_for(child: int) -> int:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: _pass_on(child, received))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) % 256


def _pass_on(child: int, number: int) -> None:
    """Pass a signal on to a child that may have ended by the same one: a service manager sends it to both."""
    with suppress(ProcessLookupError):
        os.kill(child, number)


def show_command_line(program: str, command: str, *arguments: str) -> None:
    """Let the command line of this process be that of a Node.js script, where Linux and the room for it allow that."""
    with suppress(OSError):
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        start, end = int(fields[45]), int(fields[46])  # where the kernel finds the arguments
        texts = ((program, path, *arguments) for path in (command, Path(command).name))
        shown = (b"\0".join(map(os.fsencode, text)) + b"\0" for text in texts)
        fitting = next((text for text in shown if len(text) <= end - start), None)
        if fitting is not None:
            with Path("/proc/self/mem").open("r+b", buffering=0) as memory:
                memory.seek(start)
                memory.write(fitting.ljust(end - start, b"\0"))
            Path("/proc/self/comm").write_text(program)


def _set_title(title: str) -> None:
    """Overwrite the command line as Node does; the environment stays readable in `/proc`."""
    os.environ["SPT_NOENV"] = "1"
    import setproctitle

    setproctitle.setproctitle(title)


def _fail(message: str, code: int = 1) -> int:
    print(message, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
