"""The rules about the workspace and the home: shared with nobody, writable, with room."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from gateway_core.dirs import expand_home
from gateway_core.distributions.homes import caller_home
from gateway_core.files import path_status, real_path
from gateway_core.host import Host
from gateway_core.onboarding.choices import ChoiceProblem, Field, ProblemCode, choice_problem
from gateway_core.onboarding.plan import InstancePlaces
from gateway_core.onboarding.rules.profile import ProfilePlaces

_problem = partial(choice_problem, Field.WORKSPACE)

LEAST_FREE_BYTES = 200 << 20
"""A fresh profile takes some megabytes (openclaw 2026.9.6); with its first sessions and caches more than 100."""


def wanted_workspace(
    host: Host, places: ProfilePlaces, version: str | None, text: str | None, current: str | None
) -> Path | ChoiceProblem:
    """Return the workspace that was typed, else that of an existing profile, else this version's own choice."""
    if text is None:
        if current is not None:
            return Path(current)
        own = places.distribution.default_workspace(
            caller_home(host, places.distribution), places.state_dir, places.profile, version
        )
        return own or places.state_dir / "workspace"
    if not text.strip():
        return _problem(ProblemCode.WORKSPACE_EMPTY, "The agents need a directory to work in.", "Type its path.")
    path = expand_home(text, caller_home(host, places.distribution))
    if not path.is_absolute() or "\0" in text:
        message = f"“{text}” does not begin with “/” or “~/”: where it leads would depend on the current directory."
        suggestion = str(host.home / text)
        return _problem(ProblemCode.WORKSPACE_RELATIVE, message, f"Perhaps {suggestion}?", suggestion)
    return Path(os.path.normpath(path))


def workspace_problem(
    workspace: Path, places: ProfilePlaces, version_default: Path | None, others: Sequence[InstancePlaces]
) -> ChoiceProblem | None:
    if os.path.lexists(workspace) and not path_status(workspace).is_directory:
        message = f"{workspace} is there already, and is not a directory."
        return _problem(ProblemCode.WORKSPACE_IS_FILE, message, "Choose another path.")
    if _within(places.state_dir, workspace):
        message = f"{workspace} holds the state dir {places.state_dir}: agents could read and change credentials there."
        return _problem(ProblemCode.WORKSPACE_SHARED, message, "Choose a directory of its own.")
    is_default = version_default is not None and real_path(workspace) == real_path(version_default)
    reasons = (_shared_with(workspace, other, is_default=is_default) for other in others)
    reason = next((reason for reason in reasons if reason), None)
    if reason is None:
        return None
    return _problem(ProblemCode.WORKSPACE_SHARED, reason, "Choose a directory of its own.")


def home_problems(state_dir: Path, workspace: Path) -> Iterator[ChoiceProblem]:
    for field, path in ((Field.HOME, state_dir), (Field.WORKSPACE, workspace)):
        ground = existing_ancestor(path)
        if not os.access(ground, os.W_OK | os.X_OK):
            message = f"{path} cannot be created: this user may not write to {ground}."
            yield choice_problem(field, ProblemCode.NOT_WRITABLE, message, "Make it writable.")
            continue
        free = shutil.disk_usage(ground).free
        if free < LEAST_FREE_BYTES:
            message = f"Only {free >> 20} MB are free where {path} would be; {LEAST_FREE_BYTES >> 20} MB are needed."
            yield choice_problem(field, ProblemCode.DISK_FULL, message, "Make room first.")


def existing_ancestor(path: Path) -> Path:
    """Return the nearest directory above the path, or the path itself, that is there."""
    return next(candidate for candidate in (path, *path.parents) if os.path.isdir(candidate))  # noqa: PTH112


def _shared_with(workspace: Path, other: InstancePlaces, *, is_default: bool) -> str | None:
    if other.workspace is not None and (_within(workspace, other.workspace) or _within(other.workspace, workspace)):
        return f"{workspace} and {other.workspace}, the workspace of {other.id}, would be shared."
    if other.state_dir is None:
        return None
    if _within(other.state_dir, workspace):
        return f"{workspace} holds {other.state_dir}, the state dir of {other.id}."
    # Early versions put the workspaces of all profiles into the default one's state dir.
    if _within(workspace, other.state_dir) and not is_default:
        return f"{workspace} lies in {other.state_dir}, the state dir of {other.id}."
    return None


def _within(path: Path, directory: Path) -> bool:
    return Path(real_path(path)).is_relative_to(real_path(directory))
