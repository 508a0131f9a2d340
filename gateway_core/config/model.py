"""The settings that are read from a gateway's config, and what is wrong with it. No field can hold a secret."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway_core.distributions.model import ConfigPortRule
from gateway_core.redaction.terminal import printable
from gateway_core.snapshot import ConfigIssue, ConfigKeys

ConfigPath = tuple[str | int, ...]  # where in a config: keys and list positions from the top
_LONGEST_PATH = 200
USUAL_AUTH = "token"  # how a gateway asks for a proof where `gateway.auth.mode` is not set


class ConfigError(Exception):
    """Makes the whole config invalid. The message never holds a value of the file: it could be a secret."""

    def __init__(self, path: ConfigPath, message: str) -> None:
        super().__init__(message)
        self.issue = issue_at(path, message)


def issue_at(path: ConfigPath, message: str) -> ConfigIssue:
    """An issue with its path as people write it: `agents.list[0].workspace`."""
    return ConfigIssue(path=dotted(path), message=message)


def shortened(issues: Sequence[ConfigIssue], limit: int = 20) -> Iterable[ConfigIssue]:
    """The first issues, and how many more there are: a hostile file can have any number."""
    yield from issues[:limit]
    if len(issues) > limit:
        yield ConfigIssue(path="", message=f"There are {len(issues) - limit} more issues.")


def dotted(path: ConfigPath) -> str:
    """A path as people write it, safe to show and not too long."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{printable(step)}" for step in path)
    return text[:_LONGEST_PATH].removeprefix(".")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The fingerprint of a secret in the config: equal for equal secrets while this process lives, and nothing more."""

    path: str  # of the setting: `channels.telegram.botToken`
    digest: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class BrowserProfile:
    """An entry of `browser.profiles`."""

    name: str
    cdp_port: int | None = None
    cdp_url_port: int | None = None
    """The port of a loopback `cdpUrl`; a remote one claims nothing on this host."""
    remote: bool = False
    driver: str | None = None
    attach_only: bool | None = None  # `None`: as `browser.attachOnly` says


@dataclass(frozen=True, slots=True)
class OpenedPort:
    """A port that the config opens beside the gateway's own."""

    path: str  # of the setting that holds the port, or would
    port: int
    rule: ConfigPortRule | None = None  # `None`: only its name says that this is a port
    address: str = "127.0.0.1"
    configured: bool = True  # else it is the rule's default
    bound: bool = False  # the config has all that it needs to be bound at every start


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """The settings that ports, health, audit and display are derived from. `None`: not configured."""

    mode: str | None = None  # `gateway.mode`; the gateway starts only with `local`
    port: int | None = None
    environment_port: int | None = None
    """`env.vars.<PREFIX>GATEWAY_PORT`, which beats `gateway.port`. `None` if that variable is set outside the config.

    A version may read several prefixes: then the first one that is set anywhere counts, here and in `dotenv_port`.
    """
    dotenv_port: int | None = None
    """`<PREFIX>GATEWAY_PORT` of `<state dir>/.env`: beats both. `None` if the process environment sets it."""
    switched_on: frozenset[str] = frozenset()
    """The `switches` of the distribution that `.env` or the config's `env` turns on."""
    bind: str | None = None
    custom_bind_host: str | None = None
    tls: bool = False
    auth_mode: str | None = None
    auth_secret: bool = False
    """A token or password is set, in `gateway.auth` or by its variable in `.env` or the config."""
    tailscale_mode: str | None = None  # `gateway.tailscale.mode`: `off`, `serve` or `funnel`
    control_ui_path: str = "/"
    version: str | None = None
    """`meta.lastTouchedVersion`, else `wizard.lastRunVersion`: which version last wrote the file."""
    default_workspace: str | None = None
    agent_workspaces: tuple[tuple[str, str], ...] = ()
    agent_dirs: tuple[tuple[str, str], ...] = ()
    """Agent id and `agentDir`, where its logins are kept."""
    channels: tuple[str, ...] = ()
    channel_logins: tuple[Fingerprint, ...] = ()
    remote_browsers: tuple[Fingerprint, ...] = ()
    browser_control_port: int | None = None  # the port of a loopback `browser.controlUrl`
    browser_cdp_port: int | None = None  # the port of a loopback `browser.cdpUrl`
    cdp_range_start: int | None = None
    browser_profiles: tuple[BrowserProfile, ...] = ()
    browser_off: bool = False  # `browser.enabled` is false
    browser_attach_only: bool = False  # the gateway starts no browser; somebody else runs the one that it uses
    canvas_port: int | None = None
    mcp_apps: bool = False
    mcp_sandbox_port: int | None = None
    opened_ports: tuple[OpenedPort, ...] = ()
    """By the rules of all versions, and what else is named like a port."""
    tailscale_service: bool = False  # `serve` publishes a service of its own, not this host's name
    log_file: str | None = None

    @property
    def auth(self) -> str:
        return self.auth_mode or USUAL_AUTH


@dataclass(frozen=True, slots=True)
class ConfigReading:
    """The settings of one config, and all that was wrong with it."""

    exists: bool
    valid: bool
    settings: GatewaySettings = field(default_factory=GatewaySettings)
    """What is certain, also of an invalid config: its gateway takes that once it is mended."""
    issues: tuple[ConfigIssue, ...] = ()
    """Errors, and what the gateway only warns of or ignores: a valid config may have some."""
    files: tuple[Path, ...] = ()
    """Every file that took part (includes, `.env`): what to watch for changes."""
    forbidden: bool = False
    keys: ConfigKeys | None = None
    """Of a valid or an invalid config; `None` if not all of it could be read."""

    @property
    def complete(self) -> bool:
        """Whether all of it could be read, so that a setting that is not there is not set."""
        return self.valid or self.keys is not None
