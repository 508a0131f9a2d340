"""The names, paths, ports and versions of one product of the family: data, and questions that the data answers."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, Field

from gateway_core.dirs import expand_home
from gateway_core.distributions.serving import Serving
from gateway_core.distributions.versions import VersionRange, first_covering, version_key
from gateway_core.snapshot import Binding, Model, PortValue, Role, Source

DEFAULT_PROFILE = "default"
DEV_PROFILE = "dev"
PROFILE_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,63}$"
"""Profiles as `--profile` accepts them; gateways compare them without regard to case."""
_FNV_OFFSET_BASIS = 2166136261
_FNV_PRIME = 16777619
UrlPath = Annotated[str, Field(pattern=r"^/[^?#\s]*$")]


def _template(*placeholders: str) -> AfterValidator:
    """Accepts text in which braces hold nothing but these placeholders."""

    def check(text: str) -> str:
        try:
            text.format(**dict.fromkeys(placeholders, ""))
        except (KeyError, IndexError, ValueError) as error:
            known = ", ".join(f"{{{name}}}" for name in placeholders)
            raise ValueError(f"“{text}” may hold the placeholders {known} and no other braces") from error
        return text

    return AfterValidator(check)


class WorkspaceRule(VersionRange):
    """The default workspace. Placeholders: `~`, `{state_dir}`, `{suffix}` (`-<profile>` or empty)."""

    path: Annotated[str, _template("state_dir", "suffix")]


class TitleRule(VersionRange):
    """The title that a running gateway of these versions shows instead of its command line."""

    title: str


class ParentRule(VersionRange):
    """The process that a start from a shell leaves above the gateway in these versions.

    `titled` has the brand as its title, `visible` keeps its command line.
    """

    kind: Literal["titled", "visible"]


class RunPortRule(VersionRange):
    """Whether `gateway run --port N` of these versions takes the port, or goes on with the config's."""

    taken: bool


class BindAliasRule(VersionRange):
    """Whether these versions read a host in `gateway.bind` as the mode that it stands for, or refuse to start."""

    taken: bool


class LockRule(VersionRange):
    """The directory of the lock file `gateway.<8 hex>.lock`. Placeholders: `{tmp}`, `{uid}`, `{state_dir}`."""

    dir: Annotated[str, _template("tmp", "uid", "state_dir")]
    records_port: bool = False  # the lock names the port
    records_state_dir: bool = False
    """The lock also names the state dir, padding follows its JSON, and a lock of the state dir lies beside it."""


class LogRule(VersionRange):
    """The log file. Placeholders: `{profile}` (see `log_profile_segment`), `{date}` (YYYY-MM-DD)."""

    path: Annotated[str, _template("profile", "date")]
    private: Annotated[str, _template("tmp", "uid", "profile", "date")] | None = None
    """Where it goes if the directory of `path` is another user's. Besides: `{tmp}` (follows TMPDIR), `{uid}`."""


class SharedRule(VersionRange):
    """A file or directory that all profiles use together, whatever their state dir. Placeholder: `~`."""

    what: Literal["device identity", "exec approvals", "canvas"]
    path: Annotated[str, _template()]


class PortRule(VersionRange):
    """A port, or a range of ports, derived from the base port."""

    role: Role
    first: int  # offset from the base port
    last: int | None = None  # offset of the end of a range; `None` for a single port
    binding: Binding
    loopback: bool = False  # bound on loopback whatever the gateway's own bind address is
    when: Literal["mcp-apps"] | None = None  # claimed only if the config turns this on
    bound_with: Literal["EAGER_BROWSER_CONTROL_SERVER"] | None = None
    """The variable, behind the distribution's prefix, that has it bound at every start, whatever `binding` says."""
    left_out_with: Literal["SKIP_BROWSER_CONTROL_SERVER"] | None = None
    """The variable, behind the distribution's prefix, that keeps it from being bound at all."""
    moved_by: (
        Literal["browser.controlUrl", "browser.cdpPortRangeStart", "canvasHost.port", "mcp.apps.sandboxPort"] | None
    ) = None
    """The config path that names another port. Rules that share one move together, by the distance of the first."""
    fallback: int  # taken when base + `first` leaves 1–65535

    @property
    def of_browsers(self) -> bool:
        """Whether it is for browsers: no version binds it with `browser.enabled: false` (from the sources)."""
        return self.role in (Role.BROWSER_CONTROL, Role.EXTENSION_RELAY, Role.CDP)


class ConfigPortRule(VersionRange):
    """A port that a part of the config opens beside the gateway's own. Paths are dotted, `*` stands for every name."""

    role: Role
    at: str
    """The path of that part, such as `channels.telegram`; the paths below begin there. `enabled: false` in it, or on
    the way to it or to the port, switches it off."""
    port: str
    default: int | None = None  # the port if the config names none
    host: str | None = None  # the path of the bind address
    default_host: str = "127.0.0.1"
    needs: tuple[str, ...] = ()
    """What has to be set (`webhookUrl`) or to have a value (`connectionMode=webhook`) for it to be bound at every
    start. Otherwise a port that the config names may be bound on demand."""
    unless: tuple[str, ...] = ()  # conditions under which it is never bound
    accounts: bool = False  # each entry of `accounts` opens one, with the part's settings where it has none
    binding: Binding = Binding.ALWAYS  # once all that it needs is there


class DefaultPortRule(VersionRange):
    """The base port of profiles for which nothing is configured."""

    scheme: Literal["fixed", "profile-hash"]
    """`profile-hash`: named profiles other than `dev` get 20000 + FNV-1a-32(name) % 40000."""


class HealthRule(VersionRange):
    """The unauthenticated answers of a gateway: `html` (a single-page-app fallback on every path) or `json`."""

    kind: Literal["html", "json"]
    readiness_path: UrlPath = "/readyz"
    """With `json`: where the gateway says whether it is ready, and what is failing."""
    startup_path: UrlPath | None = None
    """With `json`: where the gateway says its version, and that it starts or drains; `None` if nowhere."""
    event_loop: bool = True  # with `json`: readiness also tells how busy the event loop is


_USUAL_HEALTH = HealthRule(kind="json", startup_path="/startupz")


class ReadinessCheck(Model):
    """What keeps a gateway from being ready beside its channels: as it lists it, and in words."""

    name: str
    means: str


class HealthPaths(NamedTuple):
    """The paths at which a gateway is asked whether it is ready, and whether it starts or drains."""

    readiness: str
    startup: str | None


class OnboardRule(VersionRange):
    """The flags of `onboard --non-interactive` in these versions, and what it does with the token."""

    flags: tuple[str, ...]  # besides those that all versions have
    token_from_environment: bool = False
    """A config without a token takes over `<PREFIX>GATEWAY_TOKEN` of the environment."""
    keeps_token: bool = False
    """A second run leaves the token of the config alone; otherwise every run replaces it."""


class NodeRule(VersionRange):
    """The Node.js that these versions start with: `minimum` and newer, but for the gaps that `without` names."""

    minimum: str
    without: tuple[VersionRange, ...] = ()

    def accepts(self, node: str) -> bool:
        new_enough = version_key(node) >= version_key(self.minimum)
        return new_enough and not any(gap.covers(node) for gap in self.without)

    def __str__(self) -> str:
        """In words: `24.16 or newer, but not from 25 to before 26.1`."""
        gaps = " or ".join(f"from {gap.since} to before {gap.before}" for gap in self.without)
        return f"{self.minimum} or newer" + (f", but not {gaps}" if gaps else "")


class ServiceRule(Model):
    """Names of service definitions. Placeholders: `{suffix}`, `{profile}`."""

    systemd_unit: Annotated[str, _template("suffix", "profile")]
    launchd_label: str  # the label of the default profile
    launchd_profile_label: Annotated[str, _template("profile")]
    legacy_launchd_labels: tuple[str, ...] = ()
    marker: str  # the value of `<PREFIX>SERVICE_MARKER`


class StartHazard(Model):
    """A product that kills what it finds on its ports when it starts."""

    explanation: str


class Distribution(Model):
    """A product of the OpenClaw family, or one that the user describes."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    command: str
    package: str
    """The npm package; recognises an untitled process by `node_modules/<package>/` in its arguments."""
    serving: Serving = Serving()
    install_command: str
    environment_prefix: str = Field(pattern=r"^[A-Z][A-Z0-9_]*_$")
    override_prefixes: tuple[str, ...] = ()
    """Prefixes that win over `environment_prefix` for state dir and config path."""
    fallback_prefixes: tuple[str, ...] = ()
    """Prefixes that are read where `environment_prefix` is not set."""
    fallbacks_read: tuple[VersionRange, ...] = (VersionRange(),)
    """Versions that read `fallback_prefixes`."""
    process_title: str
    titles: tuple[TitleRule, ...] = ()
    """Versions whose title is another one than `process_title`."""
    parent_title: str
    parents: tuple[ParentRule, ...] = ()
    """Versions whose start from a shell is two processes; the others are one."""
    control_ui_title: str  # the beginning of the Control UI's `<title>`
    state_dir_stem: str = Field(pattern=r"^\.[a-z0-9]+$")
    legacy_state_dir_stems: tuple[str, ...] = ()
    """Used by the default profile only, when the own one is absent."""
    config_names: tuple[str, ...] = Field(min_length=1)
    """The own name first; the others are read by the default profile only."""
    adopted_state_dir_stems: tuple[str, ...] = ()
    """Older products' dirs that its default profile renames to its own name when it has none yet."""
    adopts_under_profiles: bool = False
    """A command under a profile, too, then copies the older product's config into a default instance of its own."""
    open_state_dirs: tuple[VersionRange, ...] = ()
    """Versions that create their state dirs so that every user may look into them."""
    first_version: str | None = None
    last_version: str | None = None
    newest_tried: str | None = None  # the newest version whose onboarding was seen at work
    default_port: int = 18789
    dev_port: int = 19001
    start_budget_s: float = 60
    """Seconds that a healthy start may take before the gateway counts as wedged, and before a start is given up."""
    stop_budget_s: float = 330
    """Seconds that a graceful stop may take before SIGKILL may be offered."""
    start_hazard: StartHazard | None = None
    default_ports: tuple[DefaultPortRule, ...] = (DefaultPortRule(scheme="fixed"),)
    workspaces: tuple[WorkspaceRule, ...]
    locks: tuple[LockRule, ...]
    late_lock: tuple[VersionRange, ...] = ()
    """Versions that take their lock only just before they bind their port, up to a minute into a cold start."""
    logs: tuple[LogRule, ...]
    shared: tuple[SharedRule, ...] = ()
    ports: tuple[PortRule, ...]
    run_port: tuple[RunPortRule, ...] = ()
    """What `gateway run --port N` does, as far as it is known; `gateway --port N` is taken by all."""
    bind_aliases: tuple[BindAliasRule, ...] = ()
    """What `gateway.bind = "0.0.0.0"` and the like do, as far as it is known."""
    tailscale_checks: tuple[VersionRange, ...] = ()
    """Versions known not to start with `gateway.tailscale.mode` beside a bind other than loopback, or with `funnel`
    and another auth mode than a password."""
    health: tuple[HealthRule, ...]
    channels: tuple[str, ...] = ()
    """The ids of its channels: those that are not connected keep a gateway from being ready."""
    readiness_checks: tuple[ReadinessCheck, ...] = ()
    onboarding: tuple[OnboardRule, ...] = ()
    node: tuple[NodeRule, ...] = ()
    config_ports: tuple[ConfigPortRule, ...] = ()
    ports_elsewhere: tuple[str, ...] = ()
    """Config paths of ports of other machines, which look like ports of this one."""
    tailnet_route: bool = True
    """`gateway.tailscale.mode` `serve` and `funnel` lead port 443 of this host's tailnet address to the gateway."""
    config_set: tuple[VersionRange, ...] = ()
    """Versions whose `COMMAND config set PATH NUMBER` was seen to put that number into the config."""
    services: ServiceRule

    def default_base_port(self, profile: str | None, version: str | None) -> PortValue:
        if profile == DEV_PROFILE:
            return PortValue(value=self.dev_port, source=Source.DEFAULT)
        rule = first_covering(self.default_ports, version)
        if rule is not None and rule.scheme == "profile-hash" and profile not in (None, DEFAULT_PROFILE):
            return PortValue(value=profile_hash_port(str(profile)), source=Source.PROFILE_HASH)
        return PortValue(value=self.default_port, source=Source.DEFAULT)

    def is_shared_title(self, title: str) -> bool:
        """Whether the launchers and commands of the product bear that title, too."""
        return title in (self.command, self.parent_title)

    def port_rules(self, version: str | None) -> tuple[PortRule, ...]:
        return tuple(rule for rule in self.ports if rule.covers(version))

    @property
    def switches(self) -> frozenset[str]:
        """The variables, without prefix, that decide over a port in any version."""
        return frozenset(name for rule in self.ports for name in (rule.bound_with, rule.left_out_with) if name)

    def title_of(self, version: str | None) -> str:
        """The title of a running gateway of that version."""
        rule = first_covering(self.titles, version)
        return rule.title if rule else self.process_title

    @property
    def all_titles(self) -> tuple[str, ...]:
        """The titles of running gateways in any version, the usual one first."""
        return tuple(dict.fromkeys((self.process_title, *(rule.title for rule in self.titles))))

    def parent_kind(self, version: str | None) -> Literal["titled", "visible"] | None:
        """What stands above a gateway that was started from a shell; `None` if nothing of its own."""
        rule = first_covering(self.parents, version)
        return rule.kind if rule else None

    def takes_run_port(self, version: str | None) -> bool | None:
        """Whether `gateway run --port N` gives that version its port; `None` if that is not known."""
        rule = first_covering(self.run_port, version)
        return rule.taken if rule else None

    def takes_bind_alias(self, version: str | None) -> bool | None:
        """Whether that version starts with `gateway.bind = "0.0.0.0"`; `None` if that is not known."""
        rule = first_covering(self.bind_aliases, version)
        return rule.taken if rule else None

    def checks_tailscale(self, version: str | None) -> bool:
        return any(versions.covers(version) for versions in self.tailscale_checks)

    def opens_state_dirs(self, version: str | None) -> bool:
        return any(versions.covers(version) for versions in self.open_state_dirs)

    def locks_late(self, version: str | None) -> bool:
        return any(versions.covers(version) for versions in self.late_lock)

    def health_rule(self, version: str | None) -> HealthRule | None:
        return first_covering(self.health, version)

    def health_paths(self, version: str | None) -> HealthPaths:
        """The paths to ask a gateway that may be of that version; where they are unknown, the newest's."""
        rules = [rule for rule in self.health if rule.kind == "json"]
        newest = first_covering(rules, None) or _USUAL_HEALTH
        rule = first_covering(rules, version) or newest
        return HealthPaths(rule.readiness_path, rule.startup_path or newest.startup_path)

    def onboard_rule(self, version: str | None) -> OnboardRule:
        """The rule for `onboard` of that version; without any flag, where nothing is known."""
        return (first_covering(self.onboarding, version) if version else None) or OnboardRule(flags=())

    def default_workspace(self, home: Path, state_dir: Path, profile: str | None, version: str | None) -> Path | None:
        """The workspace of that version if the config names none."""
        rule = first_covering(self.workspaces, version)
        if rule is None:
            return None
        return _expand(rule.path, home, state_dir=str(state_dir), suffix=profile_suffix(profile))

    def lock_dirs(self, home: Path, temporary_dirs: Iterable[Path], state_dir: Path, uid: int) -> tuple[Path, ...]:
        """Every directory in which any version keeps the lock of an instance with that state dir."""
        dirs = (
            _expand(rule.dir, home, tmp=str(tmp), uid=str(uid), state_dir=str(state_dir))
            for tmp in temporary_dirs
            for rule in self.locks
        )
        return tuple(dict.fromkeys(dirs))

    def variables(self, name: str) -> tuple[str, ...]:
        """The environment variables that may carry `name` (`STATE_DIR`, `CONFIG_PATH`, …), strongest first.

        The variables of all versions, for a version that is not known yet.
        """
        return (*self.own_variables(name), *(prefix + name for prefix in self.fallback_prefixes))

    def variables_read(self, name: str, version: str | None) -> tuple[str, ...]:
        """The `variables` that this version reads."""
        reads_fallbacks = any(versions.covers(version) for versions in self.fallbacks_read)
        return self.variables(name) if reads_fallbacks else self.own_variables(name)

    def own_variables(self, name: str) -> tuple[str, ...]:
        """The `variables` that no other product has named first."""
        overrides = self.override_prefixes if name in ("STATE_DIR", "CONFIG_PATH") else ()
        return tuple(prefix + name for prefix in (*overrides, self.environment_prefix))


def profile_suffix(profile: str | None) -> str:
    """`-rescue` for `rescue`; empty for the default profile and outside the naming scheme."""
    return "" if profile in (None, DEFAULT_PROFILE) else f"-{profile}"


def profile_options(profile: str | None) -> tuple[str, ...]:
    """The options that make a product's command act on that profile."""
    return () if profile is None or profile == DEFAULT_PROFILE else ("--profile", profile)


def log_profile_segment(profile: str | None) -> str:
    """`-rescue`, `-my--bot`, `-my-0bot`: a profile in a log file's name, as openclaw 2026.9.6 encodes it.

    The default profile is not named at all.
    """
    return profile_suffix(profile and profile.replace("-", "--").replace("_", "-0"))


def profile_hash_port(profile: str) -> int:
    """The base port that openclaw from 2026.8.1 derives from a profile's name: 20000 + FNV-1a-32 % 40000."""
    digest = _FNV_OFFSET_BASIS
    for byte in profile.encode("utf-8", "surrogatepass"):
        digest = (digest ^ byte) * _FNV_PRIME & 0xFFFFFFFF
    return 20000 + digest % 40000


def _expand(template: str, home: Path, **values: str) -> Path:
    return expand_home(template.format(**values), home)
