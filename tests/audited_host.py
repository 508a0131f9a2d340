"""A host of well-kept gateways, made of real files, modes and links, for a test to spoil in one way."""

import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from gateway_core.audit.model import AuditItem, AuditReport, Drift, Result
from gateway_core.audit.run import audit_host
from gateway_core.host import HttpAnswer, ServiceState
from gateway_core.snapshot import Snapshot
from tests.fixed_host import UID, FixedHost

AWAKE = ServiceState(active="active", enabled=True, main_pid=None, restarts=0, exit_status=None)
USER = "ada"


@dataclass
class AuditedHost:
    """Profiles on a made-up host. What a test adds by hand lies below `home` too."""

    fixed: FixedHost
    secrets: list[str] = field(default_factory=list)
    """All that no output may ever hold."""

    @property
    def home(self) -> Path:
        return self.fixed.home

    def secret(self) -> str:
        """A new token, remembered."""
        self.secrets.append(secrets.token_urlsafe(24))
        return self.secrets[-1]

    def add(
        self, profile: str, port: int, product: str = "openclaw", version: str = "2026.9.6", **config: object
    ) -> Path:
        """A profile as onboarding leaves it: its state dir."""
        suffix = "" if profile == "default" else f"-{profile}"
        state_dir = self.home / f".{product}{suffix}"
        state_dir.mkdir(mode=0o700)
        for name in ("credentials", "agents/main/agent", "workspace"):
            (state_dir / name).mkdir(parents=True)
        self.write(state_dir / "credentials" / "pairing.json", json.dumps({"token": self.secret()}))
        self.write(state_dir / "agents" / "main" / "agent" / "auth-profiles.json", json.dumps({"key": self.secret()}))
        settings = {
            "gateway": {
                "mode": "local", "port": port, "bind": "loopback", "auth": {"mode": "token", "token": self.secret()}
            },
            "agents": {"defaults": {"workspace": str(state_dir / "workspace")}},
            "channels": {"telegram": {"botToken": self.secret()}},
            "logging": {"file": str(state_dir / "gateway.log")},
            "meta": {"lastTouchedVersion": version},
        }  # fmt: skip
        self.write(state_dir / f"{product}.json", json.dumps(settings))
        self.configure(state_dir, config)
        return state_dir

    def configure(self, state_dir: Path, changes: dict[str, object]) -> None:
        """Change some settings of that profile's config; dicts are merged."""
        path = next(state_dir.glob("*.json"))
        self.write(path, json.dumps(merged(json.loads(path.read_text()), changes)))

    def serve(self, state_dir: Path, port: int, name: str = "", scope: str = "user", **more: str) -> Path:
        """A systemd unit that starts that profile, enabled and known to the manager."""
        product, _, profile = state_dir.name.lstrip(".").partition("-")
        prefix = product.upper()
        name = name or f"{product}-gateway{'-' + profile if profile else ''}.service"
        variables = {
            f"{prefix}_STATE_DIR": str(state_dir),
            f"{prefix}_CONFIG_PATH": str(next(state_dir.glob("*.json"))),
            f"{prefix}_GATEWAY_PORT": str(port),
            f"{prefix}_GATEWAY_TOKEN": self.secret(),
            f"{prefix}_SERVICE_MARKER": product,
            f"{prefix}_SERVICE_KIND": "gateway",
            f"{prefix}_SERVICE_VERSION": "2026.9.6",
            "HOME": str(self.home),
        } | more
        lines = [f'Environment="{key}={value}"' for key, value in variables.items()]
        text = "\n".join(("[Service]", f"ExecStart={self.program} gateway --port {port}", *lines, ""))
        places = {"user": self.home / ".config/systemd/user", "system": self.fixed.directory / "etc/systemd/system"}
        places[scope].mkdir(parents=True, exist_ok=True)
        self.write(places[scope] / name, text)
        self.fixed.services.known[f"systemd-{scope}", name] = AWAKE
        return places[scope] / name

    @property
    def program(self) -> Path:
        """The command that services start and PATH leads to, in its npm package."""
        package = self.fixed.directory / "lib" / "node_modules" / "openclaw"
        command = package / "openclaw.mjs"
        if not command.exists():
            package.mkdir(parents=True)
            command.write_text("#!/usr/bin/env node\n")
            command.chmod(0o755)
            (package / "package.json").write_text(json.dumps({"name": "openclaw", "version": "2026.9.6"}))
            bin_dir = self.fixed.directory / "bin"
            bin_dir.mkdir()
            (bin_dir / "openclaw").symlink_to(command)
            self.fixed.environment["PATH"] = str(bin_dir)
        return command

    def run(self, state_dir: Path, pid: int, port: int) -> None:
        """Its gateway: a process with its lock and its port."""
        product = state_dir.name.lstrip(".").partition("-")[0]
        self.fixed.add_process(pid, f"{product}-gateway", start=pid * 10)
        self.lock(state_dir, pid, pid * 10)
        self.fixed.listen(pid, port)

    def lock(self, state_dir: Path, pid: int, start: int, config: str | None = None) -> Path:
        """A lock file for that profile."""
        directory = state_dir / "tmp" / f"openclaw-{UID}"
        directory.mkdir(parents=True, exist_ok=True)
        record = {"pid": pid, "startTime": start, "configPath": config or str(next(state_dir.glob("*.json")))}
        path = directory / f"gateway.{pid:08x}.lock"
        path.write_text(json.dumps(record))
        return path

    def answer(self, port: int, version: str) -> None:
        """The gateway on that port is ready, and says which version it is."""
        started = {"ok": True, "status": "started", "version": version, "uptimeMs": 1}
        for path, body in {"/readyz": {"ready": True, "failing": []}, "/startupz": started}.items():
            self.fixed.http.answers[port, path] = HttpAnswer(200, json.dumps(body).encode())

    def name_group(self, name: str, *members: str) -> None:
        """The files in this host are the user's, whose primary group bears that name and has those members, too."""
        status, etc = self.home.stat(), self.fixed.directory / "etc"
        passwd = f"{USER}:x:{status.st_uid}:{status.st_gid}::{self.home}:/bin/sh\n{(etc / 'passwd').read_text()}"
        (etc / "passwd").write_text(passwd)
        (etc / "group").write_text(f"{name}:x:{status.st_gid}:{','.join(members)}\n")

    def linger(self) -> Path:
        """The user's services outlive the login."""
        passwd = self.fixed.directory / "etc" / "passwd"
        passwd.parent.mkdir(exist_ok=True)
        passwd.write_text(f"{USER}:x:{UID}:1000::{self.home}:/bin/sh\n")
        mark = self.fixed.directory / "var" / "lib" / "systemd" / "linger" / USER
        mark.parent.mkdir(parents=True)
        mark.write_text("")
        return mark

    @staticmethod
    def write(path: Path, text: str, mode: int = 0o600) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    async def audit(self) -> "AuditOutcome":
        """What the audit says of all this; that no secret is in it is asserted every time."""
        snapshot, report = await audit_host(self.fixed.host())
        told = report.model_dump_json() + repr(report) + repr(snapshot)
        assert not [secret for secret in self.secrets if secret in told]
        return AuditOutcome(snapshot, report)


@dataclass
class AuditOutcome:
    snapshot: Snapshot
    report: AuditReport

    def item(self, check: str, instance: str | None) -> AuditItem:
        """The one item of that check and instance."""
        (found,) = [item for item in self.report.items if (item.check, item.instance) == (check, instance)]
        return found

    def drift(self, instance: str) -> dict[str, Drift]:
        return {item.what: item for item in self.report.drift if item.instance == instance}

    @property
    def wrong(self) -> dict[tuple[str, str | None], Result]:
        """Every check that did not pass."""
        return {
            (item.check, item.instance): item.result for item in self.report.items if item.result is not Result.PASS
        }


def well_kept(fixed: FixedHost) -> AuditedHost:
    """A main and a rescue bot as they should be, each with its service, one of them running; and a moltbot."""
    host = AuditedHost(fixed)
    host.linger()
    main = host.add("main", 18789)
    rescue = host.add("rescue", 19001)
    molt = host.add("molt", 19289, product="moltbot", version="2026.1.27")
    molt.rename(host.home / ".clawdbot")
    host.configure(
        host.home / ".clawdbot",
        {"agents": {"defaults": {"workspace": "~/clawd"}}, "logging": {"file": "/tmp/molt.log"}},
    )
    host.serve(main, 18789)
    host.serve(rescue, 19001)
    host.run(main, 77, 18789)
    return host


def merged(one: dict[str, object], other: dict[str, object]) -> dict[str, object]:
    """Both, the second over the first."""
    result = dict(one)
    for key, value in other.items():
        before = result.get(key)
        result[key] = merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return result
