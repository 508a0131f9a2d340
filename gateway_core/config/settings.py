"""Config tree → the few settings that this project uses. Whatever else is in the tree stays behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from gateway_core.config.model import BrowserProfile, ConfigPath, GatewaySettings, issue_at
from gateway_core.config.parsing import LAST_PORT, Endpoint, JsonValue, endpoint, valid_port
from gateway_core.snapshot import ConfigIssue

MODES = ("local", "remote")
LONGEST_TEXT = 4096
MOST_ENTRIES = 500  # more browser profiles or agents than anybody has; a hostile file shall not fill the memory


def extract_settings(tree: SettingsTree) -> GatewaySettings:
    """Read the settings; what is wrong with them is in `tree.errors` and `tree.remarks` afterwards."""
    control = tree.endpoint("browser", "controlUrl")
    cdp = tree.endpoint("browser", "cdpUrl")
    return GatewaySettings(
        mode=tree.choice(MODES, "gateway", "mode"),
        port=tree.port("gateway", "port"),
        bind=tree.text("gateway", "bind"),
        custom_bind_host=tree.text("gateway", "customBindHost"),
        tls=tree.flag("gateway", "tls", "enabled"),
        auth_mode=tree.text("gateway", "auth", "mode"),
        tailscale_mode=tree.text("gateway", "tailscale", "mode"),
        tailscale_service=bool(tree.text("gateway", "tailscale", "serviceName")),
        control_ui_path=_base_path(tree.text("gateway", "controlUi", "basePath")),
        version=tree.text("meta", "lastTouchedVersion") or tree.text("wizard", "lastRunVersion"),
        default_workspace=tree.text("agents", "defaults", "workspace"),
        agent_workspaces=_by_agent(tree, "workspace"),
        agent_dirs=_by_agent(tree, "agentDir"),
        browser_control_port=control.local_port if control else None,
        browser_cdp_port=cdp.local_port if cdp else None,
        cdp_range_start=tree.port("browser", "cdpPortRangeStart"),
        browser_off=_stated_flag(tree, "browser", "enabled") is False,
        browser_attach_only=tree.flag("browser", "attachOnly"),
        browser_profiles=tuple(_browser_profile(tree, name) for name in tree.names("browser", "profiles")),
        canvas_port=tree.port("canvasHost", "port"),
        mcp_apps=tree.flag("mcp", "apps", "enabled"),
        mcp_sandbox_port=tree.port("mcp", "apps", "sandboxPort"),
        log_file=tree.text("logging", "file"),
    )


def _by_agent(tree: SettingsTree, key: str) -> tuple[tuple[str, str], ...]:
    """A setting of each agent: by name under `agents.entries` (2026.9), in a list under `agents.list` (early 2026)."""
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
        attach_only=_stated_flag(tree, *place, "attachOnly"),
    )


def _stated_flag(tree: SettingsTree, *path: str) -> bool | None:
    return tree.flag(*path) if path[-1] in tree.names(*path[:-1]) else None


def _base_path(configured: str | None) -> str:
    """The path as gateways normalise it: one leading slash, none at the end, and no query, which may hold a token."""
    path, _, _ = (configured or "").partition("#")[0].partition("?")
    return "/" + path.strip().strip("/")


class SettingsTree:
    """Typed questions to a config tree; an answer of the wrong type is an issue that never quotes the value.

    `errors` make the config invalid for its gateway; `remarks` do not.
    """

    def __init__(self, root: dict[str, JsonValue], substitute: Callable[[str], str]) -> None:
        self.errors: list[ConfigIssue] = []
        self.remarks: list[ConfigIssue] = []
        self._root = root
        self._substitute = substitute

    def text(self, *path: str | int) -> str | None:
        value, present = self._find(path)
        if not isinstance(value, str):
            if present:
                self._wrong(path, "Must be a string.")
            return None
        text = self._substitute(value[: LONGEST_TEXT + 1])
        if len(text) <= LONGEST_TEXT and text.isprintable():
            return text
        self._ignored(path, "Was ignored: it is very long or holds control characters.")
        return None

    def choice(self, allowed: tuple[str, ...], *path: str | int) -> str | None:
        text = self.text(*path)
        if text is None or text in allowed:
            return text
        self._wrong(path, f"Must be one of {', '.join(allowed)}.")
        return None

    def has(self, *path: str | int) -> bool:
        return self._find(path)[1]

    def flag(self, *path: str | int) -> bool:
        value, present = self._find(path)
        if present and not isinstance(value, bool):
            self._wrong(path, "Must be true or false.")
        return value is True

    def port(self, *path: str | int) -> int | None:
        value, present = self._find(path)
        number = valid_port(value) if isinstance(value, (int, float)) else None
        if present and number is None:
            self._wrong(path, f"Must be a whole number from 1 to {LAST_PORT}.")
        return number

    def endpoint(self, *path: str | int) -> Endpoint | None:
        url = self.text(*path)
        found = endpoint(url) if url else None
        if url and found is None:
            self._ignored(path, "Was ignored: it is not an http or ws URL.")
        return found

    def names(self, *path: str | int) -> Iterator[str]:
        value, present = self._find(path)
        if present and not isinstance(value, dict):
            self._wrong(path, "Must be an object.")
        if isinstance(value, dict):
            self._warn_of_many(path, len(value))
            yield from islice((name for name in value if name.isprintable()), MOST_ENTRIES)

    def positions(self, *path: str | int) -> Iterator[int]:
        value, present = self._find(path)
        if present and not isinstance(value, list):
            self._wrong(path, "Must be a list.")
        if isinstance(value, list):
            self._warn_of_many(path, len(value))
            yield from range(min(len(value), MOST_ENTRIES))

    def _find(self, path: ConfigPath) -> tuple[JsonValue, bool]:
        """The value at that path, and whether there is one; an obstacle on the way is an error."""
        value: JsonValue = self._root
        for depth, step in enumerate(path):
            if isinstance(value, dict) and isinstance(step, str):
                if step not in value:
                    return None, False
                value = value[step]
            elif isinstance(value, list) and isinstance(step, int):
                value = value[step]
            else:
                self._wrong(path[:depth], "Must be an object.")
                return None, False
        return value, True

    def _wrong(self, path: ConfigPath, message: str) -> None:
        issue = issue_at(path, message)
        if issue not in self.errors:
            self.errors.append(issue)

    def _ignored(self, path: ConfigPath, message: str) -> None:
        self.remarks.append(issue_at(path, message))

    def _warn_of_many(self, path: ConfigPath, count: int) -> None:
        if count > MOST_ENTRIES:
            self._ignored(path, f"Only the first {MOST_ENTRIES} of {count} entries were read.")
