"""Whether a version starts with the address that its config asks for, as far as that is known."""

from dataclasses import replace
from ipaddress import ip_address

from gateway_core.config.model import GatewaySettings, issue_at
from gateway_core.config.settings import SettingsTree
from gateway_core.distributions.model import Distribution

_LOOPBACK, _LAN, _CUSTOM = "loopback", "lan", "custom"
BINDS = ("auto", _LAN, _LOOPBACK, _CUSTOM, "tailnet")
_ALIASES = {
    **dict.fromkeys(("0.0.0.0", "::", "[::]", "*"), _LAN),  # noqa: S104  compared, never bound
    **dict.fromkeys(("127.0.0.1", "localhost", "::1", "[::1]"), _LOOPBACK),
}
"""Hosts that people write instead of a mode, and the mode that openclaw 2026.9.6 reads in them."""
_BIND = ("gateway", "bind")
_PASSWORD = "password"  # noqa: S105  an auth mode


def with_start_rules(tree: SettingsTree, settings: GatewaySettings, distribution: Distribution) -> GatewaySettings:
    """The settings with the bind mode that the version makes of `gateway.bind`.

    What keeps it from starting is in `tree.errors` afterwards, what nobody has tried in `tree.remarks`.
    """
    settings = replace(settings, bind=_mode(tree, settings, distribution))
    obstacle = _tailscale_obstacle(tree, settings)
    if obstacle is not None and distribution.checks_tailscale(settings.version):
        tree.errors.append(issue_at(*obstacle))
    elif obstacle is not None:
        path, message = obstacle
        tree.remarks.append(issue_at(path, f"{message} Whether this version starts without could not be told."))
    return settings


def _mode(tree: SettingsTree, settings: GatewaySettings, distribution: Distribution) -> str | None:
    bind = settings.bind
    if bind is None or bind in BINDS:
        return bind
    mode, wrong = _ALIASES.get(bind.strip().lower()), f"Must be one of {', '.join(BINDS)}"
    if mode is None:
        tree.errors.append(issue_at(_BIND, f"{wrong}."))
        return None
    match distribution.takes_bind_alias(settings.version):
        case True:
            tree.remarks.append(issue_at(_BIND, f"Is read as {mode}."))
        case False:
            tree.errors.append(issue_at(_BIND, f"{wrong}: this version does not start with a host. Set it to {mode}."))
        case None:
            unsure = "Whether this version starts with a host could not be told"
            tree.remarks.append(issue_at(_BIND, f"{unsure}; {mode} is what it would mean."))
    return mode


def _tailscale_obstacle(tree: SettingsTree, settings: GatewaySettings) -> tuple[tuple[str, ...], str] | None:
    """What `gateway.tailscale.mode` does not go with: where it stands, and what it must be."""
    mode = settings.tailscale_mode
    if mode not in ("serve", "funnel"):
        return None
    if not _is_on_loopback(settings):
        return _BIND, f"Must be loopback while gateway.tailscale.mode is {mode}."
    implied = settings.auth_mode is None and tree.has("gateway", "auth", "password")
    if mode == "funnel" and settings.auth_mode != _PASSWORD and not implied:
        return ("gateway", "auth", "mode"), "Must be password while gateway.tailscale.mode is funnel."
    return None


def _is_on_loopback(settings: GatewaySettings) -> bool:
    if settings.bind != _CUSTOM:
        return settings.bind in (None, "auto", _LOOPBACK)
    try:
        return ip_address((settings.custom_bind_host or "").strip()).is_loopback
    except ValueError:
        return False
