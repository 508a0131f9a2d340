"""A process that looks like a gateway of openclaw, and writes down every signal that it gets instead of obeying it.

Run as `gateway_witness.py RECORD CONFIG_PATH PORT`. It bears the gateway's title, holds its lock and its port. With
`--below` in front, what was started is a stand-in for a supervisor, and the witness its child, which it starts again
whenever that ends. It bears the title that TITLE of the environment names, else that of its file.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

os.environ["SPT_NOENV"] = "1"  # a title must leave the environment in `/proc` alone, as Node does
from setproctitle import setproctitle

GATEWAY_TITLE = "openclaw-gateway"
READY = b'{"ready": true, "failing": []}'


def supervise(arguments: list[str]) -> None:
    if title := os.environ.get("TITLE"):
        setproctitle(title)
    command = [sys.executable, str(Path(__file__)), *arguments]
    while True:
        subprocess.run(command, check=False)
        write_down(Path(arguments[0]), "restarted")


def witness(record: Path, config_path: Path, port: int) -> None:
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
        signal.signal(number, lambda received, _: write_down(record, signal.Signals(received).name))
    setproctitle(GATEWAY_TITLE)
    take_lock(config_path, port)
    server = socket.create_server(("127.0.0.1", port))
    write_down(record, "ready")
    while True:
        answer(server)


def answer(server: socket.socket) -> None:
    """Answer whatever is asked as a gateway that is ready does."""
    connection, _ = server.accept()
    with connection, suppress(OSError):
        connection.recv(65536)
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(READY), READY)
        )


def take_lock(config_path: Path, port: int) -> None:
    """Write the lock of openclaw 2026.9.6 for this process, as that counts pids where it is."""
    state_dir = config_path.parent
    ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    record = {"pid": os.getpid(), "configPath": str(config_path), "stateDir": str(state_dir), "port": port}
    name = f"gateway.{hashlib.sha256(str(config_path).encode()).hexdigest()[:8]}.lock"
    path = state_dir / "tmp" / f"openclaw-{os.getuid()}" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**record, "startTime": ticks, "createdAt": time.strftime("%FT%TZ")}))


def write_down(record: Path, word: str) -> None:
    with record.open("a") as file:
        file.write(f"{word} ")


if __name__ == "__main__":
    if sys.argv[1] == "--below":
        supervise(sys.argv[2:])
    witness(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
