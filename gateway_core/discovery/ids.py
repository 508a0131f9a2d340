"""What each instance is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gateway_core.discovery.join import Installation
from gateway_core.discovery.naming import digits_of_place


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
        f"{name}-{digits_of_place(_place(item))}" if name in shared else name
        for name, item in zip(names, installations, strict=True)
    ]


def _place(installation: Installation) -> str:
    return str(installation.config_path or [process.info.identity for process in installation.processes])
