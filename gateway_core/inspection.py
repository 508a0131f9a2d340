"""Looks at files without opening them: which is which, who may read it, what a directory holds. Never raises."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

Inode = tuple[int, int]
"""Device and inode: the same for two paths that lead to one and the same file or directory."""

MOST_ENTRIES = 5000
"""No real directory of credentials comes near."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a path leads to, symbolic links followed."""

    path: Path
    inode: Inode | None = None
    mode: int | None = None
    """Type and permission bits; `None` if there is nothing, or it could not be looked at."""
    fault: str | None = None
    """Why it could not be looked at; `None` also if there is simply nothing there."""
    owner: int | None = None
    """The user id of whoever owns it."""
    group: int | None = None
    """The group id for which its group bits are."""

    @property
    def exists(self) -> bool:
        """Whether something is there for sure."""
        return self.mode is not None

    @property
    def is_directory(self) -> bool:
        """Whether it is a directory."""
        return self.mode is not None and stat.S_ISDIR(self.mode)

    @property
    def permissions(self) -> int:
        """The permission bits; 0 if there is nothing."""
        return stat.S_IMODE(self.mode or 0)


def look_at(path: Path) -> Sight:
    """What that path leads to now."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a third of the cost of Path.stat
    except (FileNotFoundError, NotADirectoryError):
        return Sight(path)
    except OSError as error:
        return Sight(path, fault=error.strerror or "unknown error")
    except ValueError:
        return Sight(path, fault="no file can have that name")
    return Sight(path, (status.st_dev, status.st_ino), status.st_mode, owner=status.st_uid, group=status.st_gid)


def enclosing(path: Path) -> Iterator[Inode]:
    """The directories around what that path really is, from the inside out."""
    for parent in Path(os.path.realpath(path)).parents:
        inode = look_at(parent).inode
        if inode is not None:
            yield inode


def why_unlisted(directory: Path) -> str | None:
    """Why what is in that directory cannot be told, for people; `None` if it can, or if there is none."""
    try:
        with os.scandir(directory):
            return look_at(directory / ".").fault
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return f"{directory}: {error.strerror}"


@dataclass(frozen=True, slots=True)
class Contents:
    """All files below a directory, or that file; links are not followed further down."""

    files: Sequence[Path]
    faults: Sequence[str] = ()
    """What could not be listed, and why."""


def files_below(path: Path) -> Contents:
    """Every file at or below `path`, at most `MOST_ENTRIES`."""
    if not look_at(path).is_directory:
        return Contents((path,) if look_at(path).exists else ())
    files: list[Path] = []
    faults: list[str] = []

    def note(error: OSError) -> None:
        faults.append(f"{error.filename}: {error.strerror}")

    for directory, _, names in os.walk(path, onerror=note):
        files.extend(Path(directory, name) for name in sorted(names))
        if len(files) > MOST_ENTRIES:
            faults.append(f"{path}: only the first {MOST_ENTRIES} files were looked at")
            break
    return Contents(files[:MOST_ENTRIES], faults)
