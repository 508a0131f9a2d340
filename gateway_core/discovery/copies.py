"""Copies: which state dir with the name of a profile is only the backup of another one."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence

from gateway_core.config import ConfigReading
from gateway_core.dirs import expand_home
from gateway_core.discovery.installations import FoundBy, Installation
from gateway_core.discovery.launches import OwnRecords
from gateway_core.discovery.naming import copied_profile, standard_state_dir

_SECRETS = ("gateway.auth.token", "gateway.auth.password")


def without_copies(
    looked: Sequence[tuple[Installation, ConfigReading]], records: OwnRecords, planned: Collection[str]
) -> list[tuple[Installation, ConfigReading]]:
    """Leave out the backups of others of these.

    That is what has the name of one, shares a setting with its original, and was never run, started or stopped. A
    profile that is really called so has a service, a lock, a record of an operation, or settings of its own.
    """
    if not any(_original_of(item) for item, _ in looked):
        return list(looked)
    by_place = {os.path.realpath(item.state_dir): (item, reading) for item, reading in looked if item.state_dir}

    def is_copy(installation: Installation, reading: ConfigReading) -> bool:
        original = by_place.get(_original_of(installation) or "")
        return (
            original is not None
            and original[1].exists
            and installation.found_by == (FoundBy.STATE_DIR,)
            and str(installation.state_dir) not in planned
            and _share(installation, reading, *original)
            and not records.of(installation.config_path).known
        )

    return [item for item in looked if not is_copy(*item)]


def _original_of(installation: Installation) -> str | None:
    """The state dir whose name this one has, but for the mark of a backup."""
    state_dir, profile = installation.state_dir, installation.profile
    original = copied_profile(profile) if profile is not None else None
    if state_dir is None or original is None:
        return None
    return os.path.realpath(standard_state_dir(installation.distribution, state_dir.parent, original))


def _share(one: Installation, its: ConfigReading, other: Installation, others: ConfigReading) -> bool:
    """Whether both configs name the same port, secret or workspace. What neither names is nothing in common."""
    return not set(_marks(one, its)).isdisjoint(_marks(other, others))


def _marks(installation: Installation, reading: ConfigReading) -> Iterator[tuple[str, object]]:
    settings = reading.settings
    port = settings.dotenv_port or settings.environment_port or settings.port
    if port is not None:
        yield "port", port
    for path in _SECRETS:
        if reading.keys is not None and path in reading.keys.digests:
            yield path, reading.keys.digests[path]
    if settings.default_workspace:
        yield "workspace", os.path.realpath(expand_home(settings.default_workspace, installation.home))
