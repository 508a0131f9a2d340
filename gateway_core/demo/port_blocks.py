"""Blocks of free ports, reserved against everybody else who asks here, other processes included."""

import errno
import random
import socket
from types import TracebackType
from typing import Self

DEFAULT_SIZE = 110  # from a gateway's base port to the end of its CDP range
_SLOT = 200
_SLOTS: tuple[int, ...] = (*range(10_000, 18_600, _SLOT), *range(24_000, 32_600, _SLOT))
"""Below the ports that the kernel gives to outgoing connections, and away from the products' usual ones."""


class NoFreePortsError(Exception):
    """Raised where no block of that size is free."""


class PortBlocks:
    """Gives out blocks of free ports; they stay reserved until it is closed."""

    def __init__(self) -> None:
        self._reservations: dict[int, list[socket.socket]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def take(self, following: int = DEFAULT_SIZE) -> int:
        """A base port that is free together with the `following` ports after it. Raises `NoFreePortsError`.

        A picture of the host that was taken before may still show who had them last: take first, then look.
        """
        width = -(-(following + 1) // _SLOT)
        places = max(0, len(_SLOTS) - width + 1)
        for index in random.sample(range(places), places):
            slots = _SLOTS[index : index + width]
            if slots[-1] - slots[0] == (width - 1) * _SLOT and self._reserve(slots, following):
                return slots[0]
        raise NoFreePortsError(f"there is no free block of {following + 1} ports")

    def give_back(self, base_port: int) -> None:
        """End the reservation of the block that begins there."""
        for reservation in self._reservations.pop(base_port, ()):
            reservation.close()

    def close(self) -> None:
        for base_port in list(self._reservations):
            self.give_back(base_port)

    def _reserve(self, slots: tuple[int, ...], following: int) -> bool:
        """A slot is reserved by its UDP port: nobody else wants it, and the kernel gives it back for us."""
        taken: list[socket.socket] = []
        try:
            for slot in slots:
                taken.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                taken[-1].bind(("127.0.0.1", slot))
        except OSError:
            free = False
        else:
            free = is_free(slots[0], slots[0] + following)
        if free:
            self._reservations[slots[0]] = taken
            return True
        for reservation in taken:
            reservation.close()
        return False


def is_free(first: int, last: int) -> bool:
    """Whether nothing listens on any of these ports, on any address of this host."""
    return all(
        _can_bind(family, address, port)
        for port in range(first, last + 1)
        for family, address in ((socket.AF_INET, ""), (socket.AF_INET6, "::"))
    )


def _can_bind(family: socket.AddressFamily, address: str, port: int) -> bool:
    """A host without IPv6 does not make a port taken."""
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family is socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind((address, port))
    except OSError as error:
        return error.errno not in (errno.EADDRINUSE, errno.EACCES)
    return True
