"""All checks, in the order in which a person reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gateway_core.audit import exposure, leftovers, modes, own_places, ports, services, shared_files
from gateway_core.audit.finding import Finding
from gateway_core.audit.scene import Scene


@dataclass(frozen=True, slots=True)
class Check:
    """One question. It yields a finding for each instance that it concerns, also where all is well."""

    name: str
    """Its name in the JSON document; never changes."""
    ask: Callable[[Scene], Iterable[Finding]]

    @property
    def explanation(self) -> str:
        """How things should be, and why, in a sentence."""
        return (self.ask.__doc__ or "").strip()


CHECKS = (
    Check("config path", own_places.config_path),
    Check("state dir", own_places.state_dir),
    Check("workspace", own_places.workspace),
    Check("base port", ports.base_port),
    Check("derived ports", ports.derived_ports),
    Check("browser", ports.browser),
    Check("channel accounts", shared_files.channel_accounts),
    Check("credentials", own_places.credentials),
    Check("shared files", shared_files.shared_by_design),
    Check("log file", own_places.log_file),
    Check("secret files", modes.secret_files),
    Check("service files", modes.service_files),
    Check("bind", exposure.bind),
    Check("linger", services.linger),
    Check("services", services.services),
    Check("service target", services.service_target),
    Check("config name", leftovers.config_name),
    Check("twin state dirs", leftovers.twin_state_dirs),
    Check("locks", leftovers.locks),
    Check("profile", leftovers.profile),
)
