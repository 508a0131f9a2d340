"""A crowd of processes that listen: `python -m bench.crowd PROCESSES SOCKETS_EACH`, until its standard input closes.

It says `ready` when all of them listen. Every member waits for the end of the same pipe, so none outlives the bench.
"""

import os
import socket
import sys


def main(processes: int, sockets_each: int) -> None:
    """Fork the crowd, this process included, and wait."""
    listening, tell = os.pipe()
    for _ in range(processes - 1):
        if os.fork() == 0:
            _listen(sockets_each, tell)
            return
    sockets = _listen_here(sockets_each)
    for _ in range(processes - 1):
        os.read(listening, 1)
    print("ready", flush=True)
    _await_end(sockets)
    for _ in range(processes - 1):
        os.wait()


def _listen(count: int, tell: int) -> None:
    sockets = _listen_here(count)
    os.write(tell, b".")
    _await_end(sockets)


def _listen_here(count: int) -> list[socket.socket]:
    return [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]


def _await_end(sockets: list[socket.socket]) -> None:
    os.read(sys.stdin.fileno(), 1)
    for one in sockets:
        one.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
