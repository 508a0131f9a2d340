"""Log lines in the family's JSON format."""

import json
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

from gateway_core.demo.installation import DemoConfig, DemoInstallation

_LEVELS = {"DEBUG": 2, "INFO": 3, "WARN": 4, "ERROR": 5}


class VendorLog:
    """Appends to the log file of a product, and writes the same for people to standard output."""

    def __init__(self, path: Path, product: str, *, named_message: bool) -> None:
        self.path = path
        self._product = product
        self._named_message = named_message
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def write(self, message: str, *, subsystem: str = "gateway", level: str = "INFO", data: object = None) -> None:
        """One line; `data` becomes a message part of its own before the text."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        source = json.dumps({"subsystem": subsystem}, separators=(",", ":"))
        parts = [source, message] if data is None else [source, data, message]
        line: dict[str, object] = {str(index): part for index, part in enumerate(parts)}
        line["_meta"] = {
            "runtime": "node",
            "hostname": socket.gethostname(),
            "name": source,
            "parentNames": [self._product],
            "date": now.replace("+00:00", "Z"),
            "logLevelId": _LEVELS[level],
            "logLevelName": level,
        }
        line["time"] = now if self._named_message else now.replace("+00:00", "Z")
        if self._named_message:
            line |= {"hostname": socket.gethostname(), "message": message}
        self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
        print(f"{now} [{subsystem}] {message}", file=sys.stdout, flush=True)


def open_log(installation: DemoInstallation, config: DemoConfig) -> VendorLog:
    """The log where the config says, else where this version logs today."""
    distribution = installation.distribution
    today = datetime.now(UTC).date().isoformat()
    usual = distribution.log_file(installation.root, installation.profile, installation.version, today)
    path = Path(config.logging.file) if config.logging.file else usual or installation.state_dir / "gateway.log"
    return VendorLog(path, distribution.name, named_message=not installation.early)
