"""Programs that hold a port of this host for a container, and what they tell of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from gateway_core.host import Placement, ProcessInfo
from gateway_core.processes.containers import container_of, is_elsewhere, spoken_place
from gateway_core.redaction.terminal import printable

_PUBLISHERS: tuple[tuple[str, str], ...] = (
    (r"docker-proxy", "docker"),
    (r"com\.docker\.(backend|vpnkit)|vpnkit-bridge", "docker"),
    (r"conmon(rs)?", "podman"),
    (r"rootlessport(-child)?", "podman"),
    (r"rootlesskit|rootless-docker-proxy", "rootless"),
    (r"pasta(\.avx2)?|passt(\.avx2)?|slirp4netns|netavark|aardvark-dns|gvproxy", "podman"),
    (r"containerd-shim(-runc)?(-v\d)?|nerdctl|buildkit-cni-helper", "containerd"),
    (r"lxd-forkproxy|incusd|lxd|forkproxy", "lxc"),
)
"""Each program by the pattern of its name, with the engine that runs it."""
_NAMES = ("-n", "--name", "-id", "-c", "--cid", "-container-ip")
"""The options of these programs that name the container, the most telling first."""
_PORTS = ("-container-port",)
_ID = re.compile(r"[0-9a-f]{64}")


def place_behind(process: ProcessInfo, placement: Placement | None) -> str | None:
    """The container that a listening process runs in or publishes its port for, in words; `None` if neither."""
    engine = _engine(process)
    if engine is None:
        return spoken_place(placement) if placement is not None and is_elsewhere(placement) else None
    container = container_of(placement) if placement is not None else None
    name = _value(process.argv, _NAMES)
    if name is None:
        return str(container) if container is not None else f"a {engine} container"
    port = _value(process.argv, _PORTS)
    shown = name[:12] if _ID.fullmatch(name) else printable(name)
    return f"{engine} container {shown}{f':{port}' if port else ''}"


def _engine(process: ProcessInfo) -> str | None:
    program = process.argv[0].rpartition("/")[2] if process.argv else process.name
    return _engine_named(program) or _engine_named(process.name)


@lru_cache(maxsize=256)
def _engine_named(program: str) -> str | None:
    return next((engine for pattern, engine in _PUBLISHERS if re.fullmatch(pattern, program)), None)


def _value(argv: Sequence[str], options: Sequence[str]) -> str | None:
    for option in options:
        for word, value in pairwise(argv):
            if word == option and value:
                return value
    return None
