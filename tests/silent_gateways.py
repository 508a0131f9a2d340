"""Many gateways that accept connections and never answer: `python -I silent_gateways.py PORT...`.

It says `ready` when all of them listen, and ends with all of them when its standard input closes.
"""

import os
import socket
import sys

from setproctitle import setproctitle

TITLE = "openclaw-gateway"


def main(ports: list[int]) -> None:
    listening, tell = os.pipe()
    for port in ports:
        if os.fork() == 0:
            setproctitle(TITLE)
            with socket.create_server(("127.0.0.1", port)):
                os.write(tell, b".")
                os.read(0, 1)
            return
    for _ in ports:
        os.read(listening, 1)
    print("ready", flush=True)
    os.read(0, 1)
    for _ in ports:
        os.wait()


if __name__ == "__main__":
    main([int(port) for port in sys.argv[1:]])
