"""Moves things out of the way for good, and so that they can be had back by hand."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import count
from pathlib import Path

from gateway_core.decoding import decode_model, encode_model
from gateway_core.files import path_status
from gateway_core.own_files import private_dir, read_own_text, replace_file
from gateway_core.snapshot import Model
from gateway_core.timestamps import Timestamp

MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 16 << 20


class TrashedItem(Model):
    """A path that was moved, or is about to be."""

    was: str
    now: str


class Manifest(Model):
    """The list of what lies in a trash folder, and where it came from."""

    instance: str
    at: Timestamp
    items: tuple[TrashedItem, ...] = ()


class Trash:
    """The folder of what one undo moved away."""

    def __init__(self, folder: Path, instance: str, at: datetime) -> None:
        self.folder = folder
        self._manifest = _read(folder) or Manifest(instance=instance, at=at)

    def take(self, path: Path) -> Path:
        """Move the path here, whatever it is, and return where it is now. Raises `OSError`. Blocks.

        The manifest says so before it happens. Across file systems it is copied, compared, and only then removed.
        """
        private_dir(self.folder)
        manifest = self.folder / MANIFEST
        if not self._manifest.items and os.path.lexists(manifest):
            manifest.rename(self._free_place(manifest))  # one that cannot be read is kept: it may still tell somebody
        target = self._free_place(path)
        item = TrashedItem(was=str(path), now=str(target))
        self._manifest = self._manifest.model_copy(update={"items": (*self._manifest.items, item)})
        self._write()
        try:
            path.rename(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _carry_over(path, target)
        return target

    def _free_place(self, path: Path) -> Path:
        """A path in the folder where nothing is: the manifest of an earlier undo may have been lost."""
        numbers = count(len(self._manifest.items))
        targets = (self.folder / f"{number:02d}-{path.name.lstrip('.')}" for number in numbers)
        return next(target for target in targets if not os.path.lexists(target))

    def _write(self) -> None:
        replace_file(self.folder / MANIFEST, encode_model(self._manifest, indent=1), durable=True)


def reason_of(error: OSError) -> str:
    """Return why something could not be moved, for people; a copy of many files fails with the errors of each."""
    if isinstance(error, shutil.Error) and isinstance(error.args[0], list):
        source, _, why = error.args[0][0]
        return f"{source}: {why}"
    return error.strerror or str(error)


def size_of(path: Path) -> tuple[int, int]:
    """Return how many files are in it, and their bytes; a file counts as itself. Raises `OSError`. Blocks."""
    sizes = [status.st_size for _, status in _files(path)]
    return len(sizes), sum(sizes)


def _carry_over(path: Path, target: Path) -> None:
    staged = target.with_name(f"{target.name}.partial")
    _remove(staged)
    if path_status(path, follow=False).is_directory:
        shutil.copytree(path, staged, symlinks=True, ignore=_not_copied)
    else:
        shutil.copy2(path, staged, follow_symlinks=False)
    if _fingerprint(path) != _fingerprint(staged):
        raise OSError(errno.EIO, f"the copy of {path} differs; it was left where it is")
    staged.rename(target)
    _remove(path)


def _fingerprint(path: Path) -> str:
    """Return a digest of what all regular files and links in it hold, and of their names."""
    digest = hashlib.sha256()
    for entry, status in _files(path):
        digest.update(f"{entry.relative_to(path)}\0{stat.S_IFMT(status.st_mode)}\0".encode("utf-8", "surrogateescape"))
        if stat.S_ISLNK(status.st_mode):
            digest.update(os.fsencode(entry.readlink()))
        elif stat.S_ISREG(status.st_mode):
            with entry.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _files(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield all in the path but directories, sockets and pipes: the latter are nothing without their owner.

    What is gone when its turn comes, such as a log that a gateway rotates, is not in it. Raises `OSError` for what
    cannot be looked at.
    """
    own = _status(path)
    if own is None:
        return
    if not stat.S_ISDIR(own.st_mode):
        yield path, own
        return
    for directory, names, files in os.walk(path, onerror=_raise_unless_gone):
        names.sort()
        for entry in (Path(directory, name) for name in sorted((*files, *names))):
            status = _status(entry)
            if status is not None and _is_kept(status):
                yield entry, status


def _not_copied(directory: str, names: Sequence[str]) -> set[str]:
    found = {name: _status(Path(directory, name)) for name in names}
    return {name for name, status in found.items() if status and not (_is_kept(status) or stat.S_ISDIR(status.st_mode))}


def _status(path: Path) -> os.stat_result | None:
    """Return the status of the path itself, not of what it links to; `None` if it is gone. Raises `OSError`."""
    try:
        return path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _raise_unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error


def _is_kept(status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode)


def _remove(path: Path) -> None:
    if path_status(path, follow=False).is_directory:
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _read(folder: Path) -> Manifest | None:
    try:
        return decode_model(Manifest, read_own_text(folder / MANIFEST, _LARGEST_MANIFEST).text or "")
    except ValueError:
        return None
