"""What each instance is called."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence

from gateway_core.discovery.join import Installation


def instance_ids(installations: Sequence[Installation]) -> list[str]:
    """`openclaw:rescue` in the naming scheme, `openclaw@label` outside it.

    Of twins in the scheme the first bears the profile's name. Where several would be called the same outside it, each
    gets a few digits made of its place: an id must not pass to another instance when one of them comes or goes.
    """
    names: list[str] = []
    for item in installations:
        scheme_name = f"{item.distribution.name}:{item.profile}"
        outside = not item.in_scheme or scheme_name in names
        names.append(f"{item.distribution.name}@{item.label}" if outside else scheme_name)
    shared = {name for name, count in Counter(names).items() if count > 1}
    return [
        f"{name}-{_digits_of_place(item)}" if name in shared else name
        for name, item in zip(names, installations, strict=True)
    ]


def _digits_of_place(installation: Installation) -> str:
    place = str(installation.config_path or [process.info.identity for process in installation.processes])
    return hashlib.sha256(os.fsencode(place)).hexdigest()[:4]
