"""The files that claw-tui writes: whole or not at all, for their owner alone, where nobody else may put others.

Everything that claw-tui writes down goes through here. Whatever the umask, a directory is made with the mode 0700 and
a file with 0600, never with more for a moment. Failures are `OSError`s whose `strerror` is for people.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Lock

from gateway_core.accounts import account_of
from gateway_core.files import FileContent, path_status, read_text_file
from gateway_core.shell_commands import shell_command
from gateway_core.trusted_places import ROOT, why_untrusted, why_untrusted_file

_DIR_MODE = 0o700
_FILE_MODE = 0o600
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


class UntrustedPlaceError(PermissionError):
    """A directory of claw-tui that somebody else may change, or that belongs to somebody else."""

    def __init__(self, reason: str, path: Path) -> None:
        super().__init__(errno.EPERM, reason, str(path))


def private_dir(path: Path) -> Path:
    """Make a directory for nobody but its owner, if it is not there, and those above it likewise. Raises `OSError`.

    One that is there keeps its mode; where others may write to it, `UntrustedPlaceError` is raised.
    """
    with _leftovers_told(path):
        missing = _make(path)
    if missing or (reason := why_untrusted(path)) is None:
        return path
    raise UntrustedPlaceError(reason, path)


def _make(path: Path) -> bool:
    """Make what is missing, the outermost first; whether the last was. What others may write to gets nothing."""
    missing: list[Path] = []
    for directory in (path, *path.parents):
        if path_status(directory).is_directory:
            break
        missing.append(directory)
    made = False
    for directory in reversed(missing):
        above = directory.parent
        if not made and (reason := why_untrusted(above, shared=True)) is not None:
            raise UntrustedPlaceError(reason, above)
        made = _make_one(directory)
    return made


def _make_one(path: Path) -> bool:
    try:
        os.mkdir(path, _DIR_MODE)  # noqa: PTH102 - the umask may take bits away, and never adds one
    except FileExistsError:
        if not path_status(path).is_directory:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path)) from None
        return False
    if stat.S_IMODE(os.stat(path).st_mode) != _DIR_MODE:  # noqa: PTH116
        with suppress(PermissionError):  # of a file system without modes
            os.chmod(path, _DIR_MODE)  # noqa: PTH101
    return True


def open_private(path: Path, flags: int) -> int:
    """Open a file in a private directory, made if need be; links are not followed. Raises `OSError`."""
    private_dir(path.parent)
    with _leftovers_told(path):
        descriptor = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, _FILE_MODE)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", str(path))
        _set_mode(descriptor, _FILE_MODE)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def _leftovers_told(path: Path) -> Iterator[None]:
    """Where a user may not write because a claw-tui that ran as root has left something there, say so."""
    try:
        yield
    except UntrustedPlaceError:
        raise
    except PermissionError as error:
        user = os.geteuid()
        nearest = next(found for one in (path, *path.parents) if (found := path_status(one)).exists)
        if nearest.owner != 0 or path_status(nearest.path.parent).owner != user or user == 0:
            raise
        command = shell_command(("sudo", "chown", "-R", account_of(ROOT, user), str(nearest.path)))
        reason = f"{error.strerror}; {nearest.path} belongs to root: {command}"
        raise PermissionError(error.errno, reason, str(path)) from error


def _set_mode(descriptor: int, mode: int) -> None:
    if stat.S_IMODE(os.fstat(descriptor).st_mode) != mode:
        with suppress(PermissionError):  # of a file system without modes, or of a file of root's
            os.fchmod(descriptor, mode)


class WriteFaults:
    """What of the memories of claw-tui could not be written when it was last tried. Any thread may call."""

    def __init__(self) -> None:
        self.by_file: Mapping[Path, str] = {}
        self._noting = Lock()

    def replace_file(self, path: Path, text: str) -> None:
        """Write that file, or note why not. That others may write to its directory is told by itself."""
        reason = None
        try:
            replace_file(path, text)
        except UntrustedPlaceError:
            pass
        except OSError as error:
            reason = error.strerror or str(error)
        with self._noting:
            others = {file: known for file, known in self.by_file.items() if file != path}
            self.by_file = others if reason is None else {**others, path: reason}


def require_room(descriptor: int, wanted: int) -> None:
    """Raise `OSError` if the file system of an open file has no room for so many bytes, as far as it tells."""
    found = os.fstatvfs(descriptor)
    free = (found.f_bavail if os.geteuid() else found.f_bfree) * found.f_frsize
    if found.f_blocks and free < wanted:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def replace_file(path: Path, text: str, *, durable: bool = False, mode: int | None = None) -> None:
    """Write a file, whole at any moment, and with `durable` on the disk before this returns; its directory is private.

    `mode` is that of the file; by default its owner alone may read it. Raises `OSError`; the file is then as before.
    """
    private_dir(path.parent)
    with _leftovers_told(path):
        staged = _staged(path, text, _FILE_MODE if mode is None else mode, durable=durable)
    try:
        staged.replace(path)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    if durable:
        _sync_directory(path.parent)


def create_file(path: Path, text: str) -> None:
    """Write a file that is not there yet, wherever the user wants it. Raises `OSError`; there is no file then.

    What is there is kept, and is a `FileExistsError`.
    """
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    staged = _staged(path, text, _FILE_MODE, durable=True)
    try:
        try:
            os.link(staged, path)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE))
            staged.replace(path)
    finally:
        staged.unlink(missing_ok=True)


def _staged(path: Path, text: str, mode: int, *, durable: bool) -> Path:
    """A new file beside that one, with the text in it."""
    from tempfile import mkstemp  # only here: most runs write nothing

    descriptor, name = mkstemp(prefix=f".{path.name[:64]}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            _set_mode(descriptor, mode)
            file.write(text)
            file.flush()
            if durable:
                os.fsync(descriptor)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)  # noqa: PTH108
        raise
    return Path(name)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems cannot; the file is there
            raise
    finally:
        os.close(descriptor)


def read_own_text(path: Path, limit: int) -> FileContent:
    """The text of a file of claw-tui, if nobody else can have written it; else that is its fault."""
    content = read_text_file(path, limit)
    reason = why_untrusted_file(content)
    return content if reason is None else replace(content, data=None, text=None, fault=f"is not used: {reason}")
