"""The ports that an instance holds or may take, its base port first, for its product, version and config."""

from collections.abc import Iterable, Iterator, Sequence

from gateway_core.config.model import BrowserProfile, GatewaySettings, OpenedPort
from gateway_core.distributions.model import Distribution, PortRule
from gateway_core.ports.addresses import EVERY_INTERFACE, LOOPBACK, TAILNET, bind_address
from gateway_core.snapshot import Binding, Claim, PortRange, PortValue, Role, Source

LAST_PORT = 65535
UNSTATED = (Source.DEFAULT, Source.PROFILE_HASH)  # sources of a base port that nobody has set


def configured_base_port(
    distribution: Distribution, profile: str | None, version: str | None, settings: GatewaySettings
) -> PortValue:
    """Return what `.env` file, config or default say; a process may have its own `--port` or `<PREFIX>GATEWAY_PORT`.

    The `.env` file adds to the environment what is not in it yet, then the config's `env.vars`; a port from either
    beats `gateway.port`.
    """
    for port in (settings.dotenv_port, settings.environment_port):
        if port is not None:
            return PortValue(value=port, source=Source.ENV)
    if settings.port is not None:
        return PortValue(value=settings.port, source=Source.CONFIG)
    return distribution.default_base_port(profile, version)


def claims_of(
    distribution: Distribution, version: str | None, settings: GatewaySettings, base: PortValue
) -> tuple[Claim, ...]:
    """Return every port of an instance, the gateway's own first and explicitly configured browser ports last.

    A port that cannot be derived because it would leave 1–65535 is the product's constant instead, with source
    `default`. A port that the config moves is claimed as configured, even if no such port exists.
    """
    rules = [rule for rule in distribution.port_rules(version) if _is_wanted(rule, settings)]
    derived = [_claim(rule, rules, settings, base) for rule in rules]
    if _starts_no_browser(settings):
        derived = [_attached(claim) if claim.role is Role.CDP else claim for claim in derived]
    opened = _opened_ports(version, settings)
    pinned = () if settings.browser_off else _pinned_browser_ports(settings)
    return (*derived, *pinned, *_tailnet_route(distribution, settings), *opened)


def _is_wanted(rule: PortRule, settings: GatewaySettings) -> bool:
    return (rule.when is None or settings.mcp_apps) and not (rule.of_browsers and settings.browser_off)


def _tailnet_route(distribution: Distribution, settings: GatewaySettings) -> Iterator[Claim]:
    """Yield the port of this host's tailnet address that Tailscale leads to the gateway: the last to start has it."""
    own_service = settings.tailscale_mode == "serve" and settings.tailscale_service
    if distribution.tailnet_route and settings.tailscale_mode in ("serve", "funnel") and not own_service:
        yield Claim(
            role=Role.TAILNET_ROUTE,
            start=443,
            end=443,
            binding=Binding.ALWAYS,
            source=Source.CONFIG,
            address=TAILNET,
            pinned_by="gateway.tailscale.mode",
        )


def _opened_ports(version: str | None, settings: GatewaySettings) -> Iterator[Claim]:
    """Yield the ports that channels, hooks and plugins open; of several rules for one setting the first counts."""
    covered = (opened for opened in settings.opened_ports if opened.rule is None or opened.rule.covers(version))
    by_setting: dict[str, OpenedPort] = {}
    for opened in covered:
        by_setting.setdefault(opened.path, opened)
    for opened in by_setting.values():
        rule = opened.rule
        bound = rule.binding if opened.bound and rule is not None else Binding.ON_DEMAND
        yield Claim(
            role=Role.OTHER if rule is None else rule.role,
            start=opened.port,
            end=opened.port,
            binding=Binding.POSSIBLE if rule is None else bound,
            source=Source.CONFIG if opened.configured else Source.DEFAULT,
            address=EVERY_INTERFACE if opened.address in ("", "::") else opened.address,
            pinned_by=opened.path,
        )


def derived_out_of_range(distribution: Distribution, version: str | None, base: int) -> tuple[PortRule, ...]:
    """The ports, features off by default aside, that would leave 1–65535 with that base."""
    return tuple(rule for rule in distribution.port_rules(version) if rule.when is None and not _fits(rule, base))


def is_port(number: int) -> bool:
    return 1 <= number <= LAST_PORT


def block_of(distribution: Distribution, version: str | None, base: int) -> PortRange:
    """Return the range from the base port to the last port that derives from it in that version."""
    return PortRange(start=base, end=base + _reach(distribution.port_rules(version)))


def longest_reach(distribution: Distribution) -> int:
    """Return how far above its base the last port lies, in the version that reaches furthest."""
    return _reach(distribution.ports)


def _claim(rule: PortRule, rules: Sequence[PortRule], settings: GatewaySettings, base: PortValue) -> Claim:
    moved_to = _moved_to(rule, rules, settings)
    start, source = (moved_to, Source.CONFIG) if moved_to is not None else _derived(rule, base)
    replaced = source is Source.DEFAULT and rule.role is not Role.GATEWAY
    return Claim(
        role=rule.role,
        start=start,
        end=start + _length(rule) - 1,
        binding=_binding(rule, settings),
        source=source,
        address=LOOPBACK if rule.loopback else bind_address(settings),
        pinned_by=rule.moved_by if moved_to is not None else None,
        needed_start=base.value + rule.first if replaced else None,
    )


def _binding(rule: PortRule, settings: GatewaySettings) -> Binding:
    if rule.left_out_with in settings.switched_on:
        return Binding.RESERVED
    return Binding.ALWAYS if rule.bound_with in settings.switched_on else rule.binding


def _derived(rule: PortRule, base: PortValue) -> tuple[int, Source]:
    if rule.role is Role.GATEWAY:
        return base.value, base.source
    if _fits(rule, base.value):
        return base.value + rule.first, Source.DERIVED
    return rule.fallback, Source.DEFAULT


def _moved_to(rule: PortRule, rules: Sequence[PortRule], settings: GatewaySettings) -> int | None:
    """Return where the config moves the port; of several that a setting moves, it names the first."""
    configured = _configured_port(rule, settings)
    if configured is None:
        return None
    named = next(other for other in rules if other.moved_by == rule.moved_by)
    return configured + rule.first - named.first


def _configured_port(rule: PortRule, settings: GatewaySettings) -> int | None:
    match rule.moved_by:
        case "browser.controlUrl":
            return settings.browser_control_port
        case "browser.cdpPortRangeStart":
            return settings.cdp_range_start
        case "canvasHost.port":
            return settings.canvas_port
        case "mcp.apps.sandboxPort":
            return settings.mcp_sandbox_port
        case None:
            return None


def _starts_no_browser(settings: GatewaySettings) -> bool:
    """Whether the gateway only attaches to browsers, none of its profiles excepted."""
    return settings.browser_attach_only and all(item.attach_only is not False for item in settings.browser_profiles)


def _attached(claim: Claim) -> Claim:
    """Return a range of browsers as the one port at which the built-in profile looks for somebody else's."""
    return claim.model_copy(update={"end": claim.start, "attached": True})


def _pinned_browser_ports(settings: GatewaySettings) -> Iterator[Claim]:
    if settings.browser_cdp_port is not None:
        attached = settings.browser_attach_only
        yield _pinned(Role.CDP, settings.browser_cdp_port, "browser.cdpUrl", attached=attached)
    for profile in settings.browser_profiles:
        role = Role.EXTENSION_RELAY if profile.driver == "extension" else Role.CDP
        attached = settings.browser_attach_only if profile.attach_only is None else profile.attach_only
        attached = role is Role.CDP and (attached or profile.driver == "existing-session")
        port, setting = _profile_port(profile)
        if port is not None:
            yield _pinned(role, port, f"browser.profiles.{profile.name}.{setting}", attached=attached)


def _profile_port(profile: BrowserProfile) -> tuple[int | None, str]:
    """A URL wins over a port; one that names another host means that nothing is taken on this one."""
    if profile.remote or profile.cdp_url_port is not None:
        return (None if profile.remote else profile.cdp_url_port), "cdpUrl"
    return profile.cdp_port, "cdpPort"


def _pinned(role: Role, port: int, setting: str, *, attached: bool) -> Claim:
    return Claim(
        role=role,
        start=port,
        end=port,
        binding=Binding.ON_DEMAND,
        source=Source.CONFIG,
        address=LOOPBACK,
        pinned_by=setting,
        attached=attached,
    )


def _length(rule: PortRule) -> int:
    return 1 if rule.last is None else rule.last - rule.first + 1


def _fits(rule: PortRule, base: int) -> bool:
    """A range must fit as a whole: openclaw moves all of it to the constants if only its end leaves 1–65535."""
    start = base + rule.first
    return is_port(start) and is_port(start + _length(rule) - 1)


def _reach(rules: Iterable[PortRule]) -> int:
    return max((rule.last or rule.first for rule in rules), default=0)
