"""Where a gateway prints to that was started without a service."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from gateway_core.host import Host
from gateway_core.lifecycle.places import output_dir
from gateway_core.own_dirs import private_dir

LARGEST = 4 * 1024 * 1024
"""A file that has grown beyond this is put aside at the next start; one such older file is kept."""


def output_path(host: Host, instance_id: str) -> Path:
    """The file of that instance, there or not."""
    return output_dir(host) / f"{quote(instance_id, safe=':@')}.log"


@contextmanager
def opened_output(path: Path) -> Iterator[int]:
    """A descriptor that appends to that file, which only its owner may read. Raises `OSError`."""
    private_dir(path.parent)
    if path.exists() and path.stat().st_size > LARGEST:
        path.replace(path.with_suffix(".old.log"))
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(path, flags, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
