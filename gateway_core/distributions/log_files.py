"""The log file of a gateway whose config names none: by version and profile, and by whose the log directory is."""

from __future__ import annotations

from pathlib import Path

from gateway_core.distributions.model import Distribution, log_profile_segment
from gateway_core.distributions.versions import first_covering
from gateway_core.files import path_status


def log_file(
    distribution: Distribution,
    profile: str | None,
    version: str | None,
    date: str,
    *,
    root: Path,
    uid: int,
    temporary_dir: Path,
) -> Path | None:
    """The log file of that day, of a gateway that runs as `uid`; `None` if its product has no such rule.

    The usual log directory does not follow TMPDIR. Where it is not the user's own, as on a host with two users, the
    log goes below the gateway's `temporary_dir`, if the version does that (seen in openclaw 2026.9.6).
    """
    rule = first_covering(distribution.logs, version)
    if rule is None:
        return None
    segment = log_profile_segment(profile)
    usual = root / rule.path.format(profile=segment, date=date).lstrip("/")
    if rule.private is None or not _is_anothers(usual.parent, uid):
        return usual
    return Path(rule.private.format(tmp=temporary_dir, uid=uid, profile=segment, date=date))


def _is_anothers(directory: Path, uid: int) -> bool:
    """Whether something is there that a gateway of that user does not take for its own directory."""
    status = path_status(directory, follow=False)
    return status.exists and (not status.is_directory or status.owner != uid)
