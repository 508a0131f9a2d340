"""A process that is no gateway, but has much of one: any command line, open files, a port. It writes down all signals.

Run as `impostor.py` with one JSON object: `record`, `argv` (of one word: a title), `files` that it holds open, `port`,
`lock`: a lock file that is to name it, and `exec`: the program that it becomes at SIGUSR2, all that it ever obeys.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from pathlib import Path


def main() -> None:
    told = json.loads(sys.argv[1])
    record = Path(told["record"])

    def write_down(number: int, _frame: object) -> None:
        with record.open("a") as file:
            file.write(f" {signal.Signals(number).name}")

    for known in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
        signal.signal(known, write_down)
    if told.get("exec"):
        signal.signal(signal.SIGUSR2, lambda *_: os.execv(told["exec"][0], told["exec"]))
    for name in told.get("files", ()):
        os.open(name, os.O_RDONLY)
    server = socket.create_server(("127.0.0.1", told["port"])) if told.get("port") else None
    show(told["argv"])
    if told.get("lock"):
        take_lock(Path(told["lock"]))
    record.write_text("ready")
    while True:
        if server is None:
            time.sleep(60)
            continue
        connection, _ = server.accept()
        connection.close()


def show(argv: list[str]) -> None:
    """Let the command line be that, as far as the room of the first one goes."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = int(fields[45]), int(fields[46])  # where the kernel finds the arguments
    text = b"".join(os.fsencode(word) + b"\0" for word in argv)
    assert len(text) < end - start, argv
    with Path("/proc/self/mem").open("r+b", buffering=0) as memory:
        memory.seek(start)
        memory.write(text.ljust(end - start, b"\0"))
    Path("/proc/self/comm").write_text(argv[0].rpartition("/")[2])


def take_lock(path: Path) -> None:
    """Put this very process into a lock file."""
    ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    path.write_text(json.dumps({**json.loads(path.read_text()), "pid": os.getpid(), "startTime": ticks}))


if __name__ == "__main__":
    main()
