"""Guarded work with files: reading what anybody may have put there, looking at paths, and locking."""

from __future__ import annotations

import errno
import fnmatch
import glob
import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

FileIdentity = tuple[int, ...]
"""Device, inode, size, mtime and ctime (ns) of a file's content; a lone errno where it cannot be looked at."""
_ABSENT = (errno.ENOENT, errno.ENOTDIR)
_NEVER_FOLLOWED = (errno.ELOOP, errno.ENAMETOOLONG)
_SETTLING_NS = 50_000_000  # several ticks of the coarsest clock that Linux gives to file times
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_LONGEST_PATH = 4096  # bytes, with the NUL at the end: PATH_MAX of Linux, the largest of all systems
_FORBIDDEN = "may not be read by this user"
_FAULTS = {
    errno.ENOENT: "does not exist",
    errno.ENOTDIR: "does not exist",
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.ELOOP: "is a symbolic link that leads in a circle",
    errno.ENAMETOOLONG: "has a name that is too long",
}
_KINDS = {
    stat.S_IFDIR: "is a directory, not a file",
    stat.S_IFIFO: "is a named pipe, not a file",
    stat.S_IFSOCK: "is a socket, not a file",
    stat.S_IFCHR: "is a device, not a file",
    stat.S_IFBLK: "is a device, not a file",
}
Inode = tuple[int, int]  # device and inode: the same for all paths that lead to one file or directory
MOST_ENTRIES = 5000  # no real directory of credentials comes near


@dataclass(frozen=True, slots=True)
class FileContent:
    """The content of a file: `data` or `text`, or a `fault` that completes the sentence "The file …"."""

    path: Path
    identity: FileIdentity
    data: bytes | None = field(default=None, repr=False)
    text: str | None = field(default=None, repr=False)
    fault: str | None = None
    settled: bool = True
    """Whether any later change is sure to show in the identity. A file system's clock is coarse: content that is
    written twice within one of its ticks keeps its times."""
    owner: int | None = None  # the uid that the file belongs to; `None`, here and below: it was not read
    group: int | None = None
    mode: int | None = None  # type and permission bits

    @property
    def exists(self) -> bool:
        return not _is_absent(self.identity)

    @property
    def forbidden(self) -> bool:
        return self.fault == _FORBIDDEN


def absolute_path(text: object) -> Path | None:
    """The path that a text stands for, if it is an absolute one that a file can have."""
    if not isinstance(text, str) or not text.startswith("/") or "\0" in text:
        return None
    try:
        encoded = os.fsencode(text)
    except UnicodeEncodeError:
        return None  # half a character, which JSON can hold
    return Path(text) if len(encoded) < _LONGEST_PATH else None


def read_text_file(path: Path, limit: int, *, lossy: bool = False) -> FileContent:
    """The text of a regular UTF-8 file of at most `limit` bytes, its byte order mark dropped. Never waits or raises.

    What is no UTF-8 is a fault; `lossy` puts U+FFFD in its place, as Node does when it reads a text.
    """
    content = read_file(path, limit)
    if content.data is None:
        return content
    try:
        return replace(content, data=None, text=content.data.decode("utf-8-sig", "replace" if lossy else "strict"))
    except UnicodeDecodeError as error:
        return replace(content, data=None, fault=f"is not UTF-8 text (byte {error.start + 1})")


def read_file(path: Path, limit: int) -> FileContent:
    """The bytes of a regular file of at most `limit` bytes. Never waits or raises."""
    try:
        descriptor = open_regular(path)
    except UnreadableFileError as error:
        return FileContent(path, error.identity, fault=error.fault)
    try:
        return _read_opened(path, descriptor, limit)
    except OSError as error:
        return FileContent(path, _identity_of_error(error), fault=_fault(error))
    finally:
        os.close(descriptor)


class UnreadableFileError(Exception):
    """A file that cannot be opened; `fault` completes the sentence "The file …"."""

    def __init__(self, identity: FileIdentity, fault: str) -> None:
        super().__init__(fault)
        self.identity = identity
        self.fault = fault

    @property
    def absent(self) -> bool:
        return _is_absent(self.identity)


def open_regular(path: Path) -> int:
    """Open a regular file for reading, however large it is; returns its descriptor. Raises `UnreadableFileError`."""
    try:
        # Looked at before it is opened, because merely opening some devices does something.
        status = os.stat(path)  # noqa: PTH116 - a third of the cost of Path.stat
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableFileError(_identity(status), _kind(status))
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        raise UnreadableFileError(_identity_of_error(error), _fault(error)) from error
    status = os.fstat(descriptor)  # another file may have taken its place since
    if stat.S_ISREG(status.st_mode):
        return descriptor
    os.close(descriptor)
    raise UnreadableFileError(_identity(status), _kind(status))


def read_end(path: Path, begin: int, most: int) -> bytes:
    """What stands in a regular file from `begin` on, the last `most` bytes of it; of a file that became shorter, all.

    Nothing if it cannot be read.
    """
    return _read_part(path, most, lambda end: max(begin if begin <= end else 0, end - most))


def read_beginning(path: Path, most: int) -> bytes:
    """The first `most` bytes of a regular file; nothing if it cannot be read."""
    return _read_part(path, most, lambda _: 0)


def _read_part(path: Path, most: int, begin: Callable[[int], int]) -> bytes:
    """At most that many bytes; where they begin is told by the size of the file."""
    try:
        descriptor = open_regular(path)
    except UnreadableFileError:
        return b""
    try:
        return os.pread(descriptor, most, begin(os.fstat(descriptor).st_size))
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def identify(path: Path) -> FileIdentity:
    """The identity of the content that a path has now, at the cost of one stat."""
    try:
        return _identity(os.stat(path))  # noqa: PTH116
    except (OSError, ValueError) as error:
        return _identity_of_error(error)


def _read_opened(path: Path, descriptor: int, limit: int) -> FileContent:
    status = os.fstat(descriptor)
    settled = abs(time.time_ns() - status.st_ctime_ns) > _SETTLING_NS
    data = _read_up_to(descriptor, limit + 1) if status.st_size <= limit else None
    if data is None or len(data) > limit:
        fault = f"is larger than {_readable_size(limit)}"
        return FileContent(path, _identity(status), fault=fault, settled=settled)
    return FileContent(
        path, _identity(status), data, settled=settled, owner=status.st_uid, group=status.st_gid, mode=status.st_mode
    )


def _read_up_to(descriptor: int, size: int) -> bytes:
    chunks: list[bytes] = []
    while size > 0 and (chunk := os.read(descriptor, min(size, 1 << 20))):
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)


def _identity(status: os.stat_result) -> FileIdentity:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _is_absent(identity: FileIdentity) -> bool:
    return len(identity) == 1 and identity[0] in _ABSENT


def _identity_of_error(error: OSError | ValueError) -> FileIdentity:
    # A ValueError is a name that no file can have, such as one with a NUL in it.
    return ((error.errno or errno.EIO) if isinstance(error, OSError) else errno.EINVAL,)


def _fault(error: OSError | ValueError) -> str:
    if isinstance(error, ValueError):
        return "has a name that no file can have"
    return _FAULTS.get(error.errno or 0) or f"cannot be read ({error.strerror})"


def _kind(status: os.stat_result) -> str:
    return _KINDS.get(stat.S_IFMT(status.st_mode), "is not a regular file")


def _readable_size(size: int) -> str:
    mebibytes, rest = divmod(size, 1 << 20)
    return f"{mebibytes} MiB" if mebibytes and not rest else f"{size >> 10} KiB"


@dataclass(frozen=True, slots=True)
class PathStatus:
    """The target of a path, symbolic links followed."""

    path: Path
    inode: Inode | None = None
    mode: int | None = None
    """Type and permission bits; `None` if there is nothing, or it could not be looked at."""
    fault: str | None = None  # why it could not be looked at; `None` also if nothing is there
    owner: int | None = None
    group: int | None = None
    size: int = 0

    @property
    def exists(self) -> bool:
        return self.mode is not None

    @property
    def is_directory(self) -> bool:
        return self.mode is not None and stat.S_ISDIR(self.mode)

    @property
    def permissions(self) -> int:
        return stat.S_IMODE(self.mode or 0)


def path_status(path: Path, *, follow: bool = True) -> PathStatus:
    """What is at the end of a path; without `follow`, the link itself that it is. Never raises."""
    try:
        status = os.stat(path, follow_symlinks=follow)  # noqa: PTH116 - a third of the cost of Path.stat
    except (FileNotFoundError, NotADirectoryError):
        return PathStatus(path)
    except OSError as error:
        return PathStatus(path, fault=error.strerror or "unknown error")
    except ValueError:
        return PathStatus(path, fault="no file can have that name")
    inode, size = (status.st_dev, status.st_ino), status.st_size
    return PathStatus(path, inode, status.st_mode, owner=status.st_uid, group=status.st_gid, size=size)


def enclosing(path: Path) -> Iterator[Inode]:
    """The directories around the target of a path, from the inside out."""
    for parent in Path(real_path(path)).parents:
        inode = path_status(parent).inode
        if inode is not None:
            yield inode


@dataclass(frozen=True, slots=True)
class Listing:
    """The entries of a directory by name, in order; none where it is not there, or cannot be listed."""

    directory: Path
    names: Sequence[str] = ()
    fault: str | None = None  # why it cannot be listed, as in "Permission denied"; `None` also if it is not there
    cut: bool = False  # there are more than were asked for: these are any of them
    links: frozenset[str] = frozenset()  # the names of symbolic links, wherever they lead, and of what cannot be told
    directories: frozenset[str] = frozenset()  # without links to some

    def paths(self, suffix: str) -> list[Path]:
        """The paths of the entries whose names end so."""
        return [self.directory / name for name in self.names if name.endswith(suffix)]


def listing_of(directory: Path | str, most: int | None = None) -> Listing:
    """The entries of a directory, `most` at most. Never raises: one that cannot be looked at has a name all the same.

    A directory that others may write to is listed with a limit.
    """
    names: list[str] = []
    links: set[str] = set()
    directories: set[str] = set()
    cut = False
    place = directory if isinstance(directory, Path) else Path(directory)
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if len(names) == most:
                    cut = True
                    break
                names.append(entry.name)
                try:
                    if entry.is_symlink():
                        links.add(entry.name)
                    elif entry.is_dir(follow_symlinks=False):
                        directories.add(entry.name)
                except OSError:  # only some file systems do not tell at once what an entry is
                    links.add(entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return Listing(place)
    except (OSError, ValueError) as error:
        fault = error.strerror if isinstance(error, OSError) else "no directory can have that name"
        return Listing(place, fault=fault)
    return Listing(place, sorted(names), None, cut, frozenset(links), frozenset(directories))


def why_unlisted(directory: Path) -> str | None:
    """Why a directory cannot be listed and entered, for people; `None` if it can, or is not there."""
    fault = listing_of(directory, most=0).fault or path_status(directory / ".").fault
    return None if fault is None else f"{directory}: {fault}"


@dataclass(frozen=True, slots=True)
class FilesBelow:
    """The files below a directory, or that file; links are not followed further down."""

    files: Sequence[Path]
    faults: Sequence[str] = ()  # what could not be looked at, each with its path and why


def files_below(path: Path) -> FilesBelow:
    """Every file at or below `path`, at most `MOST_ENTRIES`."""
    if not path_status(path).is_directory:
        return FilesBelow((path,) if path_status(path).exists else ())
    files: list[Path] = []
    faults: list[str] = []
    pending, left = [path], MOST_ENTRIES
    while pending:
        found = listing_of(directory := pending.pop(), left)
        left -= len(found.names)
        if found.fault is not None:
            faults.append(f"{directory}: {found.fault}")
        files.extend(directory / name for name in found.names if not _leads_to_directory(found, name))
        pending.extend(directory / name for name in reversed(found.names) if name in found.directories)
        if found.cut:
            faults.append(f"{path}: only the first {MOST_ENTRIES} entries were looked at")
            break
    return FilesBelow(files, faults)


def _leads_to_directory(found: Listing, name: str) -> bool:
    return name in found.directories or (name in found.links and path_status(found.directory / name).is_directory)


def from_working_dir(path: Path) -> Path | None:
    """The absolute path that a path means to this process; `None` if it is relative, and the working directory gone."""
    try:
        return path.absolute()
    except OSError:
        return None


def real_path(path: Path | str) -> str:
    """The absolute path without symbolic links; as it is where it leads in a circle, or no file can have it.

    A relative one stays as it is, too. Never raises. A chain of links that the kernel will not follow is not followed
    either: of any length, it would take long.
    """
    text = str(path)
    if not text.startswith("/"):
        return text
    try:
        os.stat(text)  # noqa: PTH116 - a third of the cost of Path.stat
    except ValueError:
        return text
    except OSError as error:
        if error.errno in _NEVER_FOLLOWED:
            return text
    return os.path.realpath(text)


@dataclass(frozen=True, slots=True)
class FittingPaths:
    """The paths that a pattern fits, by name, and why there may be more of them."""

    paths: tuple[Path, ...]
    faults: tuple[str, ...] = ()  # what could not be looked at, each with its path and why


def files_fitting(pattern: str) -> FittingPaths:
    """What is there of an absolute path with wildcards, as glob(3) has it. Never raises.

    At most `MOST_ENTRIES` entries of directories are looked at: `/*/*/*/*/*` would be all that there is.
    """
    return _fitting("", pattern.split("/")[1:], hidden=False)


def paths_matching(directory: Path, pattern: str) -> FittingPaths:
    """What is there below a directory of a path with wildcards, which fit hidden names too. Never raises."""
    return _fitting(str(directory).rstrip("/"), pattern.split("/"), hidden=True)


def _fitting(top: str, parts: Sequence[str], *, hidden: bool) -> FittingPaths:
    found, left = [top], MOST_ENTRIES
    faults: list[str] = []
    for part in parts:
        if not glob.has_magic(part):
            found = [f"{path}/{part}" for path in found]
            continue
        fitting: list[str] = []
        for path in found:
            listing = listing_of(f"{path}/", left)
            left -= len(listing.names)
            faults += [f"{path or '/'}: {listing.fault}"] if listing.fault is not None else []
            faults += [f"{path or '/'}: only {MOST_ENTRIES} entries were looked at"] if listing.cut else []
            named = fnmatch.filter(listing.names, part)
            fitting += (f"{path}/{name}" for name in named if hidden or part[0] == "." or name[0] != ".")
        found = fitting
    return FittingPaths(tuple(map(Path, sorted(filter(os.path.lexists, found)))), tuple(faults))
