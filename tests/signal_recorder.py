"""A process that ignores every signal it can, but writes it down: `signal_recorder.py RECORD PORT NAME ADDRESS`.

An IPv6 address is for IPv6 only. It ends when its standard input does.
"""

import os
import signal
import socket
import sys
from pathlib import Path

record, port = Path(sys.argv[1]), int(sys.argv[2])


def write_down(number: int, _frame: object) -> None:
    with record.open("a") as file:
        file.write(f" {signal.Signals(number).name}")


for known in signal.valid_signals():
    if known not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD):
        signal.signal(known, write_down)
if port:
    address = sys.argv[4]
    server = socket.create_server((address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET)
record.write_text("ready")
while os.read(0, 1):
    pass
