"""What a gateway answers to an unauthenticated GET, by version. Pure functions."""

import json
from dataclasses import dataclass
from enum import StrEnum

from gateway_core.demo.faults import Faults
from gateway_core.demo.installation import DemoInstallation


class Phase(StrEnum):
    """Where a gateway is in its life, in the words of `/startupz`."""

    STARTING = "starting"
    STARTED = "started"
    DRAINING = "draining"


@dataclass(frozen=True, slots=True)
class DemoAnswer:
    """One HTTP answer."""

    body: bytes
    status: int = 200
    content_type: str = "application/json; charset=utf-8"
    location: str | None = None


def gateway_answer(
    path: str, installation: DemoInstallation, phase: Phase, uptime_ms: int, faults: Faults
) -> DemoAnswer:
    """The answer on the gateway's own port: JSON on the health paths of that version, the Control UI elsewhere."""
    rule = installation.distribution.health_rule(installation.version)
    if rule is not None and rule.kind == "json":
        if path == "/healthz":
            return _json({"ok": True, "status": "live"})
        if path == rule.readiness_path:
            return _readiness(phase, uptime_ms, faults)
        if path == rule.startup_path:
            return _startup(installation.version, phase, uptime_ms)
    return _page(f"<title>{installation.distribution.control_ui_title}</title>")


def broken_answer(faults: Faults) -> DemoAnswer:
    """The answer of a gateway with `faults.answer`, for those misbehaviours that are still HTTP."""
    if faults.answer == "redirect":
        return DemoAnswer(b"", 302, location="/healthz")
    if faults.answer == "not-live":
        return _json({"ok": False, "status": "failed"}, 503)
    return DemoAnswer(_page("<h1>Internal Server Error</h1>").body, 500, "text/html; charset=utf-8")


def relay_answer(path: str) -> DemoAnswer:
    """The answer of the extension relay's port."""
    if path == "/extension/status":
        return _json({"connected": False})
    return DemoAnswer(b"OK", content_type="text/plain; charset=utf-8")


def control_answer(path: str) -> DemoAnswer:
    """The answer of the browser control's port, whatever the path."""
    return _json({"enabled": True, "running": False, "path": path})


def _startup(version: str, phase: Phase, uptime_ms: int) -> DemoAnswer:
    record: dict[str, object] = {"ok": phase is Phase.STARTED, "status": phase, "version": version}
    record["uptimeMs"] = uptime_ms
    if phase is Phase.STARTING:
        record["pendingReason"] = "startup-sidecars"
    return _json(record, 200 if phase is Phase.STARTED else 503)


def _readiness(phase: Phase, uptime_ms: int, faults: Faults) -> DemoAnswer:
    unfinished = {Phase.STARTING: ["startup-sidecars"], Phase.STARTED: [], Phase.DRAINING: ["gateway-draining"]}[phase]
    failing = [*unfinished, *faults.failing]
    event_loop = {
        "degraded": faults.event_loop_degraded,
        "degradedSinceMs": 0 if faults.event_loop_degraded else None,
        "reasons": ["cpu"] if faults.event_loop_degraded else [],
        "intervalMs": 1000.0,
        "delayP99Ms": 393.2 if faults.event_loop_degraded else 20.4,
        "utilization": 0.905 if faults.event_loop_degraded else 0.003,
    }
    record = {"ready": not failing, "failing": failing, "uptimeMs": uptime_ms, "eventLoop": event_loop}
    return _json(record, 503 if failing else 200)


def _json(record: dict[str, object], status: int = 200) -> DemoAnswer:
    return DemoAnswer(json.dumps(record, separators=(",", ":")).encode(), status)


def _page(inner: str) -> DemoAnswer:
    body = f'<!doctype html>\n<html lang="en">\n  <head>{inner}</head>\n  <body></body>\n</html>\n'
    return DemoAnswer(body.encode(), content_type="text/html; charset=utf-8")
