"""Whose an instance is: of the caller's home or registered there, of another home or user, or of a demo elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from gateway_core.discovery.installations import FoundBy, Installation
from gateway_core.discovery.processes import GatewayProcess
from gateway_core.distributions.homes import caller_homes
from gateway_core.distributions.loader import Distributions
from gateway_core.files import absolute_path, real_path
from gateway_core.host import Host

_NAMED_BY_CALLER = frozenset({FoundBy.REGISTRATION, FoundBy.STATE_DIR, FoundBy.ENVIRONMENT})
"""What is found by these lies in the caller's home, or the caller has named it."""


class Belonging:
    """The homes of the caller, and those of demos that run elsewhere, at one moment. Blocks."""

    def __init__(self, host: Host, distributions: Distributions, gateways: Iterable[GatewayProcess]) -> None:
        self._uid = host.uid
        self._homes = caller_homes(host, distributions)
        self._demos = self._demos_of(gateways)

    def is_own(self, installation: Installation) -> bool:
        """Whether it is of the caller's home, or registered.

        What only a process or a lock tells of has to lie there, and to be given that home, which alone counts where
        nothing tells where it lies; a service that runs as the caller in that home may keep its files anywhere.
        """
        if not _NAMED_BY_CALLER.isdisjoint(installation.found_by):
            return True
        if not _is_among(installation.home, self._homes):
            return False
        if any(service.uid == self._uid for service in installation.services):
            return True
        place = installation.state_dir or installation.config_path
        if place is None:
            return any(map(self._is_from_home, installation.processes))
        return _is_below(place, self._homes)

    def _is_from_home(self, gateway: GatewayProcess) -> bool:
        """Whether the caller started it there: all that is known where its state dir was deleted, for example."""
        return gateway.info.uid == self._uid and gateway.home is not None and _is_among(gateway.home, self._homes)

    def is_of_demo(self, installation: Installation, *, own: bool) -> bool:
        """Whether it belongs to a demo that runs elsewhere, by the environment of a process and where it lies.

        A variable alone takes nothing away from the caller: one's own gateway may have inherited it.
        """
        place = installation.state_dir or installation.config_path
        named = self._demos_of(installation.processes)
        if own:
            return place is not None and _is_below(place, named)
        return bool(named) or (place is not None and bool(self._demos) and _is_below(place, self._demos))

    def _demos_of(self, gateways: Iterable[GatewayProcess]) -> Sequence[Path]:
        """The demo homes that processes name; one around a home of the caller is the caller's own, or made up."""
        named = {absolute_path(gateway.demo_home) for gateway in gateways}
        found = _real(path for path in named if path is not None)
        return tuple(base for base in found if not any(_is_below(home, (base,)) for home in self._homes))


def _real(paths: Iterable[Path]) -> Sequence[Path]:
    return tuple(Path(real_path(path)) for path in paths)


def _is_among(path: Path, others: Sequence[Path]) -> bool:
    return path in others or Path(real_path(path)) in _real(others)


def _is_below(path: Path, dirs: Sequence[Path]) -> bool:
    """Whether a path lies in one of those directories, as it is called or as it really is."""
    if any(path.is_relative_to(directory) for directory in dirs):
        return True
    real = Path(real_path(path))
    return any(real.is_relative_to(directory) for directory in _real(dirs))
