"""An installation for the demo: the places of one profile, as its product would find them, and its config."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from gateway_core.demo.faults import Faults
from gateway_core.distributions import log_files
from gateway_core.distributions.homes import gateway_home
from gateway_core.distributions.model import DEFAULT_PROFILE, Distribution, profile_suffix
from gateway_core.distributions.versions import version_key

_BINDS = ("loopback", "lan", "tailnet", "auto", "custom")
_ALIASES = {"0.0.0.0": "lan", "::": "lan", "127.0.0.1": "loopback", "localhost": "loopback"}  # noqa: S104
Port = Annotated[int, Field(ge=1, le=65535)]


class AuthSection(BaseModel):
    """`gateway.auth` of the config."""

    mode: str | None = None


class TailscaleSection(BaseModel):
    """`gateway.tailscale` of the config."""

    mode: str = "off"


class GatewaySection(BaseModel):
    """`gateway` of the config."""

    mode: str | None = None
    port: Port | None = None
    bind: str = "loopback"
    custom_bind_host: str | None = Field(default=None, alias="customBindHost")
    auth: AuthSection = AuthSection()
    tailscale: TailscaleSection = TailscaleSection()


class EnvironmentSection(BaseModel):
    """`env` of the config."""

    vars: dict[str, str] = {}


class BrowserSection(BaseModel):
    """`browser` of the config."""

    enabled: bool = True


class LoggingSection(BaseModel):
    """`logging` of the config."""

    file: str | None = None


class DemoConfig(BaseModel):
    """The settings that a demo gateway reads of its config: JSON5, without includes and `${VAR}`."""

    gateway: GatewaySection = GatewaySection()
    env: EnvironmentSection = EnvironmentSection()
    browser: BrowserSection = BrowserSection()
    logging: LoggingSection = LoggingSection()

    def bound_to(self, bind: str | None) -> "DemoConfig":
        """The config with the bind mode of the command line, if that gives one."""
        gateway = self.gateway.model_copy(update={"bind": bind or self.gateway.bind})
        return self.model_copy(update={"gateway": gateway})


class InvalidConfigError(Exception):
    """The config is there, but it cannot be used."""


@dataclass(frozen=True, slots=True)
class DemoInstallation:
    """A product at a version, together with one profile's state dir and config path."""

    distribution: Distribution
    version: str
    profile: str
    home: Path
    root: Path  # stands for `/` where the product's log dir is looked for
    temporary_dir: Path
    state_dir: Path
    config_path: Path
    environment: Mapping[str, str] = field(repr=False)

    @property
    def suffix(self) -> str:
        return profile_suffix(self.profile)

    @property
    def early(self) -> bool:
        """Whether the version is older than the health answers of 2026.3; such versions differ in many small ways."""
        rule = self.distribution.health_rule(self.version)
        return rule is not None and rule.kind == "html"

    def at_least(self, version: str) -> bool:
        return version_key(self.version) >= version_key(version)

    @property
    def default_workspace(self) -> Path:
        found = self.distribution.default_workspace(self.home, self.state_dir, self.profile, self.version)
        return found or self.state_dir / "workspace"

    def read_config(self) -> DemoConfig | None:
        """The config; `None` if there is none. Raises `InvalidConfigError`."""
        import pyjson5

        try:
            text = self.config_path.read_text("utf-8", "replace")  # as Node reads it
            return self._judged(DemoConfig.model_validate(pyjson5.decode(text)))
        except FileNotFoundError:
            return None
        except (pyjson5.Json5Exception, ValidationError, OSError) as error:
            raise InvalidConfigError(str(error).splitlines()[0]) from error

    def _judged(self, config: DemoConfig) -> DemoConfig:
        """The config as this version takes it: it reads a host as a bind mode, or refuses it. Raises as above."""
        gateway, taken = config.gateway, self.distribution.takes_bind_alias(self.version)
        bind = gateway.bind if gateway.bind in _BINDS or not taken else _ALIASES.get(gateway.bind, gateway.bind)
        if bind not in _BINDS:
            raise InvalidConfigError(f"Invalid --bind. Use {', '.join(_BINDS)}.")
        if gateway.tailscale.mode != "off" and bind not in ("loopback", "auto"):
            raise InvalidConfigError("gateway.bind must resolve to loopback when gateway.tailscale.mode is on")
        if gateway.tailscale.mode == "funnel" and gateway.auth.mode != "password":
            raise InvalidConfigError("tailscale funnel requires gateway auth mode=password")
        return config.bound_to(bind)

    def base_port(self, config: DemoConfig, requested: int | None) -> int:
        """The gateway's own port: `--port` > environment > config > default; an unusable variable is ignored."""
        if requested is not None:
            return requested
        for text in self._port_variables(config):
            if text.isdecimal() and 1 <= int(text) <= 65535:
                return int(text)
        return config.gateway.port or self.distribution.default_base_port(self.profile, self.version).value

    def _port_variables(self, config: DemoConfig) -> Iterator[str]:
        for variables in (self.environment, _dotenv(self.state_dir / ".env"), config.env.vars):
            for name in self.distribution.variables_read("GATEWAY_PORT", self.version):
                if name in variables:
                    yield variables[name]


def locate(distribution: Distribution, version: str, profile: str, environment: Mapping[str, str]) -> DemoInstallation:
    """Find the installation that a command of this product, called with that profile and environment, acts on."""
    home = gateway_home(distribution, environment, Path(environment["HOME"]))
    root = Path(environment.get("DEMO_GATEWAY_ROOT", "/"))
    state_dir = _from_variable(distribution, "STATE_DIR", environment) or _state_dir(distribution, profile, home)
    config_path = _from_variable(distribution, "CONFIG_PATH", environment)
    return DemoInstallation(
        distribution=distribution,
        version=version,
        profile=profile,
        home=home,
        root=root,
        temporary_dir=Path(environment.get("TMPDIR") or root / "tmp"),
        state_dir=state_dir,
        config_path=config_path or _config_path(distribution, profile, state_dir),
        environment=environment,
    )


def _from_variable(distribution: Distribution, name: str, environment: Mapping[str, str]) -> Path | None:
    values = (environment.get(variable, "").strip() for variable in distribution.variables(name))
    return next((Path(value) for value in values if value), None)


def _state_dir(distribution: Distribution, profile: str, home: Path) -> Path:
    own = home / (distribution.state_dir_stem + profile_suffix(profile))
    if profile != DEFAULT_PROFILE or own.exists():
        return own
    legacy = (home / stem for stem in distribution.legacy_state_dir_stems)
    return next((path for path in legacy if path.exists()), own)


def _config_path(distribution: Distribution, profile: str, state_dir: Path) -> Path:
    names = distribution.config_names if profile == DEFAULT_PROFILE else distribution.config_names[:1]
    candidates = [state_dir / name for name in names]
    return next((path for path in candidates if path.exists()), candidates[0])


def _dotenv(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    pairs = (line.partition("=") for line in path.read_text("utf-8").splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def log_file(installation: DemoInstallation) -> Path:
    today = datetime.now(UTC).date().isoformat()
    named = (installation.distribution, installation.profile, installation.version, today)
    usual = log_files.log_file(
        *named, root=installation.root, uid=os.getuid(), temporary_dir=installation.temporary_dir
    )
    return usual or installation.state_dir / "gateway.log"


@dataclass(frozen=True, slots=True)
class DemoProfile:
    """An onboarded profile. Nothing needs to run."""

    installation: DemoInstallation
    port: int
    command: Path  # the product's command, which runs the demo gateway in this version

    @property
    def id(self) -> str:
        """The instance id under which the profile should be found, such as `openclaw:rescue`."""
        return f"{self.installation.distribution.name}:{self.installation.profile}"

    @property
    def state_dir(self) -> Path:
        return self.installation.state_dir

    @property
    def config_path(self) -> Path:
        return self.installation.config_path

    @property
    def log_file(self) -> Path:
        """The log file that the onboarding wrote into the config."""
        return log_file(self.installation)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The command line that starts the gateway in the foreground."""
        return (str(self.command), "--profile", self.installation.profile, "gateway")

    def set_faults(self, faults: Faults) -> None:
        faults.write(self.state_dir)
