"""Gateways of a host outside the naming scheme, which the user registers and drops."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway_core.discovery.registrations import Registration
    from gateway_core.host import Host


class Registrar:
    """Registers gateways on a host, and drops them. Blocks; nothing of a gateway is changed."""

    def __init__(self, host: Callable[[], Host]) -> None:
        self._host = host

    def registered(self) -> tuple[Registration, ...]:
        from gateway_core.discovery.registrations import read_registrations

        return tuple(item for item in read_registrations(self._host())[0] if not item.ignored)

    def register(
        self, config_path: Path, *, state_dir: Path | None, distribution: str | None, label: str | None
    ) -> Registration:
        """Remember a gateway. Raises `RegistrationError` if it cannot be registered like this."""
        from gateway_core.discovery.registrations import register
        from gateway_core.distributions.loader import load_distributions

        host = self._host()
        products = load_distributions(host.config_dir)
        return register(host, products, config_path, state_dir=state_dir, distribution=distribution, label=label)[0]

    def list_again(self, config_path: Path) -> bool:
        """Take back an `ignore`; whether there was one. Raises `RegistrationError` if that cannot be written."""
        from gateway_core.discovery.registrations import list_again

        return list_again(self._host(), config_path)

    def forget(self, name: str) -> Registration:
        """Drop the registration of that label or instance id. Raises `RegistrationError` if there is none."""
        from gateway_core.discovery.registrations import unregister

        return unregister(self._host(), name)

    def ignore(self, distribution: str, config_path: Path, state_dir: Path | None) -> None:
        """Leave a gateway that is found out of every list. Raises `RegistrationError` if that cannot be written."""
        from gateway_core.discovery.registrations import ignore

        ignore(self._host(), distribution, config_path, state_dir)
