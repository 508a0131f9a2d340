"""The instance that the calling environment names, with `OPENCLAW_CONFIG_PATH` and the like."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gateway_core.discovery.evidence import Evidence, Witness
from gateway_core.distributions import Distribution, Distributions
from gateway_core.host import Host


def environment_evidence(host: Host, distributions: Distributions) -> Iterator[Evidence]:
    """One piece of evidence per distribution whose own variables are set.

    Only a distribution's own prefix counts: openclaw also reads `CLAWDBOT_*`, but there it means clawdbot first.
    """
    for distribution in distributions:
        state_dir = _named_path(host, distribution, "STATE_DIR")
        config_path = _named_path(host, distribution, "CONFIG_PATH")
        if state_dir or config_path:
            yield Evidence(Witness.ENVIRONMENT, distribution.name, state_dir, config_path)


def _named_path(host: Host, distribution: Distribution, name: str) -> Path | None:
    for prefix in (*distribution.override_prefixes, distribution.environment_prefix):
        value = host.environment.get(prefix + name, "").strip()
        if value:
            return host.home / value[2:] if value.startswith("~/") else Path(value).absolute()
    return None
