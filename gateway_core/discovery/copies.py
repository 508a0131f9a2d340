"""Copies: which state dir with the name of a profile is only the backup of another one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from gateway_core.config.model import ConfigReading
from gateway_core.dirs import expand_home
from gateway_core.discovery.installations import FoundBy, Installation
from gateway_core.discovery.naming import copied_profile, hints_at_copy, standard_state_dir
from gateway_core.discovery.operation_records import OperationRecords
from gateway_core.files import real_path

_SECRETS = ("gateway.auth.token", "gateway.auth.password")


def without_copies(
    looked: Sequence[tuple[Installation, ConfigReading]], records: OperationRecords, planned: Collection[str]
) -> list[tuple[Installation, ConfigReading]]:
    """Leave out the backups of others of these.

    That is what has the name of one, shares a setting with its original, and was never run, started or stopped. A
    profile that is really called so has a service, a lock, a record of an operation, or settings of its own. A name
    that only hints at a backup, such as `before-update`, counts where secret and port are those of another one.
    """
    genuine = [item for item in looked if not _hints_at_copy(item[0])]
    if len(genuine) == len(looked):
        return genuine
    by_place = {real_path(item.state_dir): (item, reading) for item, reading in looked if item.state_dir}
    originals = {_twin_mark(*item) for item in genuine}

    def is_copy(installation: Installation, reading: ConfigReading) -> bool:
        found_by_name = installation.found_by == (FoundBy.STATE_DIR,) and _hints_at_copy(installation)
        if not found_by_name or str(installation.state_dir) in planned:
            return False
        original = by_place.get(_original_of(installation) or "")
        shares = original is not None and original[1].exists and _share(installation, reading, *original)
        mark = _twin_mark(installation, reading)
        return (shares or (None not in mark and mark in originals)) and not records.of(installation.config_path).known

    return [item for item in looked if not is_copy(*item)]


def _hints_at_copy(installation: Installation) -> bool:
    return installation.profile is not None and hints_at_copy(installation.profile)


def _original_of(installation: Installation) -> str | None:
    """The state dir whose name this one has, but for the mark of a backup."""
    state_dir, profile = installation.state_dir, installation.profile
    original = copied_profile(profile) if profile is not None else None
    if state_dir is None or original is None:
        return None
    return real_path(standard_state_dir(installation.distribution, state_dir.parent, original))


def _share(one: Installation, its: ConfigReading, other: Installation, others: ConfigReading) -> bool:
    """Whether both configs name the same port, secret or workspace. What neither names is nothing in common."""
    return not set(_marks(one, its)).isdisjoint(_marks(other, others))


def _marks(installation: Installation, reading: ConfigReading) -> Iterator[tuple[str, object]]:
    port, secret, workspace = _port_of(reading), _secret_of(reading), reading.settings.default_workspace
    if port is not None:
        yield "port", port
    if secret is not None:
        yield "secret", secret
    if workspace:
        yield "workspace", real_path(expand_home(workspace, installation.home))


def _twin_mark(installation: Installation, reading: ConfigReading) -> tuple[str, bytes | None, int | None]:
    return installation.distribution.name, _secret_of(reading), _port_of(reading)


def _port_of(reading: ConfigReading) -> int | None:
    settings = reading.settings
    return settings.dotenv_port or settings.environment_port or settings.port


def _secret_of(reading: ConfigReading) -> bytes | None:
    """The digest of its token, else of its password."""
    digests = reading.keys.digests if reading.keys is not None else {}
    return next((digests[path] for path in _SECRETS if path in digests), None)
