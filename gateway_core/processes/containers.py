"""Containers: whether a process runs in one, and what its control groups say of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway_core.host import Placement

_ID = r"(?P<name>[0-9a-f]{12})[0-9a-f]*"
_ENGINES: tuple[tuple[str, str], ...] = (
    ("podman", rf"/libpod-{_ID}(\.scope)?(/|$)"),
    ("Kubernetes", rf"/kubepods.{{0,255}}[/-]{_ID}(\.scope)?(/|$)"),
    ("docker", rf"/docker[-/]{_ID}(\.scope)?(/|$)"),
    ("nerdctl", rf"/nerdctl-{_ID}(\.scope)?(/|$)"),
    ("containerd", rf"/cri-containerd-{_ID}(\.scope)?(/|$)"),
    ("CRI-O", rf"/crio-{_ID}(\.scope)?(/|$)"),
    ("buildah", rf"/buildah-{_ID}"),
    ("lxc", r"/lxc(\.payload)?[./](?P<name>[^/]+)"),
    ("nspawn", r"/systemd-nspawn@(?P<name>[^/]+)\.service"),
    ("machine", r"/machine\.slice/machine-(?P<name>[^/]+)\.scope"),
    ("flatpak", r"/app-flatpak-(?P<name>[^/]+?)(-\d+)?\.scope"),
    ("snap", r"/snap\.(?P<name>[^/.]+)\.[^/]+\.(scope|service)"),
)
"""Each engine with the pattern of the control groups that it makes, and of what in their names tells its container."""
_SANDBOXES = ("flatpak", "snap")  # they mostly share pids and ports with the host: their groups alone tell nothing
_ESCAPED = re.compile(r"\\x([0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class Container:
    """A container as a control group names it."""

    engine: str
    name: str  # its name, or the beginning of its id

    def __str__(self) -> str:
        return f"{self.engine} container {self.name}"


def container_of(placement: Placement) -> Container | None:
    """The container that the control groups of a process name."""
    for path in placement.cgroups:
        for engine, pattern in _ENGINES:
            if match := re.search(pattern, path):
                return Container(engine, _ESCAPED.sub(lambda code: chr(int(code[1], 16)), match["name"]))
    return None


def is_elsewhere(placement: Placement | None) -> bool:
    """Whether a process runs in a container or the like: its pid, its ports or its locks mean nothing on this host.

    Where its namespaces may not be seen, or it has only files of its own, its control groups must tell: a container may
    have the pids and the network of the host, and so have units with `PrivateTmp=`, which are of this host.
    """
    if placement is None:
        return False
    if False in (placement.own_pids, placement.own_network, placement.own_files):
        return True
    in_doubt = placement.own_mounts is False or None in (placement.own_pids, placement.own_network)
    container = container_of(placement) if in_doubt else None
    return container is not None and container.engine not in _SANDBOXES


def is_in_own_network(placement: Placement | None) -> bool:
    """Whether only the ports of a process mean nothing on this host: services can be given a network of their own."""
    if placement is None or placement.own_network is not False:
        return False
    return placement.own_pids is True and container_of(placement) is None


def is_in_own_files(placement: Placement | None) -> bool:
    """Whether only the paths of a process mean nothing on this host: services can be given files of their own, too."""
    if placement is None or placement.own_files:
        return False
    return False not in (placement.own_pids, placement.own_network) and container_of(placement) is None


def is_set_apart(placement: Placement | None) -> bool:
    """Whether a process is of this host but for its ports or its paths."""
    return is_in_own_network(placement) or is_in_own_files(placement)


def spoken_place(placement: Placement) -> str:
    """`docker container 3f2a1b0c9d8e`, or that it is another namespace."""
    container = container_of(placement)
    if container is not None:
        return str(container)
    return "a file system of its own" if is_in_own_files(placement) else "another namespace"
