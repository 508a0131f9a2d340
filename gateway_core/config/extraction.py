"""Config tree → the few settings that this project uses. Whatever else is in the tree stays behind."""

from gateway_core.config.model import BrowserProfile, GatewaySettings
from gateway_core.config.tree import SettingsTree

BINDS = ("auto", "lan", "loopback", "custom", "tailnet")
MODES = ("local", "remote")


def extract_settings(tree: SettingsTree) -> GatewaySettings:
    """The settings; what is wrong with them is in `tree.errors` and `tree.remarks` afterwards."""
    control = tree.endpoint("browser", "controlUrl")
    cdp = tree.endpoint("browser", "cdpUrl")
    return GatewaySettings(
        mode=tree.choice(MODES, "gateway", "mode"),
        port=tree.port("gateway", "port"),
        bind=tree.choice(BINDS, "gateway", "bind"),
        custom_bind_host=tree.text("gateway", "customBindHost"),
        tls=tree.flag("gateway", "tls", "enabled"),
        auth_mode=tree.text("gateway", "auth", "mode"),
        tailscale_mode=tree.text("gateway", "tailscale", "mode"),
        control_ui_path=_base_path(tree.text("gateway", "controlUi", "basePath")),
        version=tree.text("meta", "lastTouchedVersion") or tree.text("wizard", "lastRunVersion"),
        default_workspace=tree.text("agents", "defaults", "workspace"),
        agent_workspaces=_by_agent(tree, "workspace"),
        agent_dirs=_by_agent(tree, "agentDir"),
        browser_control_port=control.local_port if control else None,
        browser_cdp_port=cdp.local_port if cdp else None,
        browser_cdp_remote=cdp is not None and cdp.remote,
        cdp_range_start=tree.port("browser", "cdpPortRangeStart"),
        browser_profiles=tuple(_browser_profile(tree, name) for name in tree.names("browser", "profiles")),
        canvas_port=tree.port("canvasHost", "port"),
        mcp_apps=tree.flag("mcp", "apps", "enabled"),
        mcp_sandbox_port=tree.port("mcp", "apps", "sandboxPort"),
        log_file=tree.text("logging", "file"),
    )


def _by_agent(tree: SettingsTree, key: str) -> tuple[tuple[str, str], ...]:
    """By name under `agents.entries` (2026.9), in a list under `agents.list` (early 2026)."""
    entries = ((name, tree.text("agents", "entries", name, key)) for name in tree.names("agents", "entries"))
    listed = (
        (tree.text("agents", "list", index, "id"), tree.text("agents", "list", index, key))
        for index in tree.positions("agents", "list")
    )
    return tuple((name, value) for name, value in (*entries, *listed) if name and value)


def _browser_profile(tree: SettingsTree, name: str) -> BrowserProfile:
    place = ("browser", "profiles", name)
    cdp = tree.endpoint(*place, "cdpUrl")
    return BrowserProfile(
        name=name,
        cdp_port=tree.port(*place, "cdpPort"),
        cdp_url_port=cdp.local_port if cdp else None,
        remote=cdp is not None and cdp.remote,
        driver=tree.text(*place, "driver"),
    )


def _base_path(configured: str | None) -> str:
    """As the gateways normalise it: one leading slash, none at the end. A query, which may hold a token, is cut off."""
    path, _, _ = (configured or "").partition("#")[0].partition("?")
    return "/" + path.strip().strip("/")
